package io.nodepass.reactor;

/**
 * Something that an {@link EventLoop} does once, at a later time. A timer belongs to one loop's
 * thread and may be scheduled again after it has fired or was cancelled; nothing is allocated for
 * that.
 */
public final class Timer {
  static final int NOT_QUEUED = -1;

  final Runnable action;
  long deadline;
  int index = NOT_QUEUED;

  public Timer(Runnable action) {
    this.action = action;
  }

  /** Whether it will still fire. */
  public boolean isScheduled() {
    return index != NOT_QUEUED;
  }
}
