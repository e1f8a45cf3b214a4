package io.nodepass.tunnel;

import io.nodepass.transport.Addresses;
import io.nodepass.transport.Flow;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * One control connection at the {@link ControlDesk}: that of the client, or of somebody who may be
 * one. For the home loop only.
 */
final class Candidate implements ControlChannel.Listener {
  private static final String HELLO = "//hello?";

  private final InetSocketAddress remote;
  private final InetAddress network;
  private final ControlChannel channel;
  private final Desk desk;
  private boolean greeted;
  private long greetedAt;
  private boolean saidHello;

  /** What the desk is told. */
  interface Desk {
    /** It speaks the session dialect after all; {@link #release} gives its flow. */
    void hello(Candidate candidate, String line);

    /** It is closed. */
    void gone(Candidate candidate, String reason);
  }

  Candidate(InetSocketAddress remote, Flow flow, Desk desk) {
    this.remote = remote;
    this.network = Addresses.network(remote.getAddress());
    this.channel = new ControlChannel(flow, this);
    this.desk = desk;
  }

  void open() {
    channel.open();
  }

  InetSocketAddress remote() {
    return remote;
  }

  InetAddress ip() {
    return remote.getAddress();
  }

  InetAddress network() {
    return network;
  }

  boolean isGreeted() {
    return greeted;
  }

  /** As of the home loop's clock; only of one that is greeted. */
  long greetedAt() {
    return greetedAt;
  }

  /** Sends the first line of the dialect. */
  void greet(String greeting, long now) {
    greeted = true;
    greetedAt = now;
    channel.send(greeting);
  }

  void send(String line) {
    channel.send(line);
  }

  @Override
  public void line(String line) throws ProtocolException {
    if (saidHello || !line.startsWith(HELLO)) {
      throw new ProtocolException("spoke, which no client does");
    }
    saidHello = true;
    // Later, when it is known whether anything came behind it.
    channel.flow().loop().execute(() -> desk.hello(this, line));
  }

  @Override
  public void lost(String reason) {
    desk.gone(this, reason);
  }

  void end(String reason) {
    channel.close();
    desk.gone(this, reason);
  }

  /** Closes it without a word. */
  void close() {
    channel.close();
  }

  /**
   * Gives its flow away, after a hello.
   *
   * @throws IOException when it said more than that
   */
  Flow release() throws IOException {
    return channel.release();
  }

  @Override
  public String toString() {
    return Addresses.text(remote);
  }
}
