package io.nodepass.testkit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * One user's exchange over a data connection, raw or in frames, at either end. One thread may read
 * while another writes; {@link #finish} comes after both.
 */
public abstract class SessionFlow {
  final SessionPipe pipe;
  private final SessionText signal;

  private SessionFlow(SessionPipe pipe, SessionText signal) {
    this.pipe = pipe;
    this.signal = signal;
  }

  /** In mode 0: bytes are bytes, and the connection goes with the user. */
  static SessionFlow raw(SessionPipe pipe, SessionText signal) {
    return new Raw(pipe, signal);
  }

  /** In modes 1 and 2. */
  static SessionFlow framed(SessionPipe pipe, SessionText signal, int number, boolean server) {
    return new Framed(pipe, signal, number, server);
  }

  /** The line by which it was opened. */
  public SessionText signal() {
    return signal;
  }

  /** Some bytes; -1 at the end, an exception when it was aborted. */
  public abstract int read(byte[] into) throws IOException;

  public abstract void write(byte[] from, int length) throws IOException;

  /** Half-closes. */
  public abstract void end() throws IOException;

  public abstract void abort(String code) throws IOException;

  /**
   * Lets go of it, after the ends of both directions.
   *
   * @return whether the connection may carry another one
   */
  public abstract boolean finish() throws IOException;

  /** Everything to the end. */
  public byte[] readAll() throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    byte[] some = new byte[16 * 1024];
    for (int n = read(some); n >= 0; n = read(some)) {
      all.write(some, 0, n);
    }
    return all.toByteArray();
  }

  /** What a user does: sends something, half-closes, and reads to the end. */
  public byte[] exchange(byte[] sent) throws IOException, InterruptedException {
    IOException[] failed = new IOException[1];
    Thread writer =
        new Thread(
            () -> {
              try {
                write(sent, sent.length);
                end();
              } catch (IOException e) {
                failed[0] = e;
              }
            },
            "user's bytes");
    writer.setDaemon(true);
    writer.start();
    byte[] received = readAll();
    writer.join();
    if (failed[0] != null) {
      throw failed[0];
    }
    return received;
  }

  private static final class Raw extends SessionFlow {
    Raw(SessionPipe pipe, SessionText signal) {
      super(pipe, signal);
    }

    @Override
    public int read(byte[] into) throws IOException {
      return pipe.read(into);
    }

    @Override
    public void write(byte[] from, int length) throws IOException {
      pipe.write(from, length);
    }

    @Override
    public void end() throws IOException {
      pipe.end();
    }

    @Override
    public void abort(String code) throws IOException {
      pipe.reset();
    }

    @Override
    public boolean finish() throws IOException {
      pipe.close();
      return false;
    }
  }

  private static final class Framed extends SessionFlow {
    private final int number;
    private final boolean server;
    private byte[] left = new byte[0];
    private int at;
    private boolean taken;

    Framed(SessionPipe pipe, SessionText signal, int number, boolean server) {
      super(pipe, signal);
      this.number = number;
      this.server = server;
    }

    @Override
    public int read(byte[] into) throws IOException {
      if (taken) {
        return -1;
      }
      if (at == left.length) {
        SessionFrame frame = SessionFrame.read(pipe, number);
        switch (frame.type) {
          case SessionFrame.DATA -> {
            left = frame.payload;
            at = 0;
          }
          case SessionFrame.END -> {
            taken = true;
            return -1;
          }
          case SessionFrame.ABORT -> {
            pipe.close();
            throw new IOException("aborted: " + new String(frame.payload, StandardCharsets.UTF_8));
          }
          default -> throw new IOException("a frame of type " + frame.type + " in a flow");
        }
      }
      int n = Math.min(into.length, left.length - at);
      System.arraycopy(left, at, into, 0, n);
      at += n;
      return n;
    }

    @Override
    public void write(byte[] from, int length) throws IOException {
      for (int done = 0; done < length; done += SessionFrame.MOST) {
        int n = Math.min(SessionFrame.MOST, length - done);
        SessionFrame.write(pipe, SessionFrame.DATA, number, from, done, n);
      }
    }

    @Override
    public void end() throws IOException {
      SessionFrame.write(pipe, SessionFrame.END, number, new byte[0]);
    }

    @Override
    public void abort(String code) throws IOException {
      try {
        SessionFrame.write(pipe, SessionFrame.ABORT, number, code.getBytes(StandardCharsets.UTF_8));
      } finally {
        pipe.reset();
      }
    }

    @Override
    public boolean finish() throws IOException {
      if (!server) {
        SessionFrame.write(pipe, SessionFrame.DONE, number, new byte[0]);
      } else if (SessionFrame.read(pipe, number).type != SessionFrame.DONE) {
        throw new IOException("wanted DONE of flow " + number);
      }
      return true;
    }
  }
}
