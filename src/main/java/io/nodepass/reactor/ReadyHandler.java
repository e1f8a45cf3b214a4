package io.nodepass.reactor;

/** Owner of a registered channel. Called on the loop's thread only. */
public interface ReadyHandler {
  /**
   * The channel is ready for some of the operations that its key is interested in.
   *
   * @param ops bits of {@link java.nio.channels.SelectionKey}
   * @throws Exception which is handed to {@link #failed}; it never ends the loop
   */
  void ready(int ops) throws Exception;

  /** {@link #ready} threw this. The handler ends what it owns. */
  void failed(Throwable cause);
}
