package io.nodepass.tunnel;

import java.io.IOException;

/** A data connection of a session that the server has taken. For the home loop only. */
abstract class Link {
  private long since;
  private boolean fresh = true;

  /** It is ready from now on. */
  final void readyAt(long now) {
    since = now;
  }

  /** Since when it has been ready. */
  final long since() {
    return since;
  }

  /** It is used, for the first time or again. */
  final void used() {
    fresh = false;
  }

  /** Whether the server has ended it so soon that it did not want it. */
  final boolean isUnwanted(long now) {
    return fresh && now - since < DialPauses.YOUNG;
  }

  /** Begins to wait for its use, or for its end. */
  abstract void watch();

  /** Ends it unused; the pool is not told. */
  abstract void end(IOException cause);
}
