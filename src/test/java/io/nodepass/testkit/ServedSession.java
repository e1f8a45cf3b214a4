package io.nodepass.testkit;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A session at the server's end. Any thread. */
public final class ServedSession {
  private static final int WINDOW = 1024;

  private final Crew crew;
  private final SessionPipe control;
  private final SessionSecrets secrets;
  private final SessionText opening;
  private final Duration beat;
  private final boolean resumed;
  private final BlockingQueue<ServedConnection> ready = new LinkedBlockingQueue<>();
  private final AtomicInteger opened = new AtomicInteger();
  private final AtomicInteger blanks = new AtomicInteger();

  /** Guarded by itself. */
  private final Set<Long> used = new HashSet<>();

  private long highest;
  private volatile boolean mute;
  private volatile String end;

  ServedSession(
      Crew crew,
      SessionPipe control,
      SessionSecrets secrets,
      SessionText opening,
      Duration beat,
      boolean resumed) {
    this.crew = crew;
    this.control = control;
    this.secrets = secrets;
    this.opening = opening;
    this.beat = beat;
    this.resumed = resumed;
  }

  public SessionSecrets secrets() {
    return secrets;
  }

  /** The client's line {@code //open}. */
  public SessionText opening() {
    return opening;
  }

  /** Whether it has replaced the session that the client has named. */
  public boolean resumed() {
    return resumed;
  }

  /** Data connections that have been ready so far. */
  public int opened() {
    return opened.get();
  }

  public int ready() {
    return ready.size();
  }

  /** The client's signs of life. */
  public int blanks() {
    return blanks.get();
  }

  /** How it ended; null as long as it has not. */
  public String end() {
    return end;
  }

  /** Says something on control. */
  public void say(String text) throws IOException {
    control.say(text);
  }

  /** Asks for so many data connections. */
  public void more(int users) throws IOException {
    say(SessionText.of("more", "n", Integer.toString(users)).raw());
  }

  /** Ends the session with a reason; control is closed when the client has ended it too. */
  public void refuse(String code, String text) throws IOException {
    end = "refused by the server";
    say(SessionText.of("refused", "code", code, "text", text).raw());
    try {
      control.end();
    } catch (IOException e) {
      // The client has heard it and closed already.
    }
  }

  /** Neither says nor reads anything any more, and closes nothing. */
  void fallSilent() {
    mute = true;
  }

  /** Ends it as a process does that is killed: by a FIN. */
  public void drop() {
    stop();
  }

  /** What goes on on control, to its end. */
  void live() throws IOException {
    crew.spawn("beat", this::beat);
    try {
      control.patience(beat.multipliedBy(3));
      while (true) {
        if (control.text().is("") && !mute) {
          blanks.incrementAndGet();
        }
      }
    } catch (SocketTimeoutException e) {
      ended("silent");
    } catch (EOFException e) {
      ended("ended");
    } catch (IOException e) {
      ended(e.toString());
    } finally {
      if (!mute) {
        stop();
      }
    }
  }

  private void beat() throws IOException, InterruptedException {
    while (!beat.isZero() && end == null && !mute) {
      say("\n");
      Thread.sleep(beat.toMillis());
    }
  }

  private synchronized void ended(String how) {
    end = end == null ? how : end;
  }

  void stop() {
    ended("ended by the server");
    crew.release(control);
    for (ServedConnection each = ready.poll(); each != null; each = ready.poll()) {
      crew.release(each.pipe());
    }
  }

  /** Whether a data connection's number is new; from then on it is not. */
  boolean take(long number) {
    synchronized (used) {
      if (number < 1 || number > 1L << 62 || number <= highest - WINDOW || !used.add(number)) {
        return false;
      }
      highest = Math.max(highest, number);
      return true;
    }
  }

  void add(ServedConnection connection) {
    opened.incrementAndGet();
    ready.add(connection);
    if (end != null) {
      stop();
    }
  }

  /** A ready connection that is alive, or null; whoever gets it has it alone. */
  public ServedConnection next(Duration patience) throws InterruptedException {
    long until = System.nanoTime() + patience.toNanos();
    while (true) {
      ServedConnection each =
          ready.poll(Math.max(0, until - System.nanoTime()), TimeUnit.NANOSECONDS);
      if (each == null || each.pipe().isSilentAndAlive()) {
        return each;
      }
      crew.release(each.pipe());
    }
  }

  /** Makes a connection ready again whose flow was finished. */
  public void giveBack(ServedConnection connection) {
    ready.add(connection);
  }

  /** One user: sends something, half-closes, and gets everything that the target sends. */
  public byte[] exchange(byte[] sent) throws IOException, InterruptedException {
    ServedConnection connection = next(SessionClientDouble.PATIENCE);
    if (connection == null) {
      throw new IOException("no connection is ready");
    }
    SessionFlow flow = connection.open("203.0.113.9:50412");
    byte[] received = flow.exchange(sent);
    if (flow.finish()) {
      giveBack(connection);
    }
    return received;
  }
}
