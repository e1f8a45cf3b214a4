package io.nodepass.reactor;

/**
 * A thread that a tunnel works with. It is a daemon, and it takes nothing from the thread that
 * happens to start it but the context class loader, which logging frameworks go by.
 */
public final class OwnThread extends Thread {
  public OwnThread(Runnable task, String name) {
    super(null, task, name, 0, false);
    setDaemon(true);
    setContextClassLoader(Thread.currentThread().getContextClassLoader());
  }

  /** Whether the caller is one: it must not wait for a tunnel, which would wait for it in turn. */
  public static boolean isCurrent() {
    return Thread.currentThread() instanceof OwnThread;
  }
}
