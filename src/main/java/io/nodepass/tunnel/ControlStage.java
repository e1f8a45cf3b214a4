package io.nodepass.tunnel;

/** What a client's control connection is busy with. For the home loop. */
interface ControlStage {
  /** Ends it, and the connection with it; nobody is told. */
  void close();
}
