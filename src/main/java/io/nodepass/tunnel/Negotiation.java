package io.nodepass.tunnel;

import io.nodepass.reactor.EventLoop;
import io.nodepass.reactor.Timer;
import io.nodepass.transport.Addresses;
import io.nodepass.transport.Flow;
import java.util.concurrent.TimeUnit;

/**
 * The first words on a client's control connection, by which both ends find out what they speak.
 *
 * <pre>
 *   hello said ──"v=2"──▶ session                            (given away)
 *        │ legacy line        ▲
 *        ├────────▶ legacy ───┘ "v=2" after all
 *        └────────▶ doubtful ─┘ when legacy will not do: for two seconds, then it fails
 * </pre>
 *
 * Without a hello there is only the way to legacy. For the home loop only.
 */
final class Negotiation implements ControlStage, ControlChannel.Listener {
  /** The highest version of the session dialect that is spoken here. */
  static final int VERSION = 2;

  static final SessionLine HELLO = SessionLine.of("hello").with("v", VERSION).build();

  private static final long SILENCE = TimeUnit.SECONDS.toNanos(2);
  private static final long DOUBT = TimeUnit.SECONDS.toNanos(2);
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(10);

  private final EventLoop loop;
  private final ControlChannel control;
  private final Words words;
  private final Notices notices;
  private final Events events;
  private final Timer silence;
  private final Timer limit;
  private LegacyClient legacy;
  private boolean doubtful;

  /** What may be spoken. */
  enum Words {
    LEGACY_ONLY,
    EITHER,
    SESSION_ONLY
  }

  /** Whoever goes on with what was found. */
  interface Events {
    /**
     * The legacy dialect, which begins with that line. What follows is passed on.
     *
     * @throws ProtocolException when it cannot
     */
    LegacyClient legacy(ControlChannel control, ControlLine greeting) throws ProtocolException;

    /** The session dialect; a legacy client that was begun has given way. */
    void session(ControlChannel control, SessionLine answer) throws ProtocolException;

    void lost(String reason);
  }

  Negotiation(EventLoop loop, Flow flow, Words words, Notices notices, Events events) {
    this.loop = loop;
    this.control = new ControlChannel(flow, this);
    this.words = words;
    this.notices = notices;
    this.events = events;
    this.silence = new Timer(this::stillSilent);
    this.limit = new Timer(this::late);
  }

  void start() {
    loop.schedule(silence, SILENCE);
    control.open();
    if (words == Words.SESSION_ONLY) {
      loop.schedule(limit, PATIENCE);
    }
    if (words != Words.LEGACY_ONLY) {
      control.send(HELLO.raw());
    }
  }

  @Override
  public void line(String raw) throws ProtocolException {
    if (RefusalText.isRefusal(raw)) {
      throw new ProtocolException(RefusalText.of(raw));
    }
    SessionLine answer = words == Words.LEGACY_ONLY ? null : answer(raw);
    if (answer != null) {
      release();
      if (legacy != null) {
        legacy.giveWay();
        legacy = null;
      }
      events.session(control, answer);
    } else if (legacy != null) {
      legacy.line(raw);
    } else if (!doubtful) {
      ControlLine line = ControlLine.parse(raw);
      if (!line.isHealth()) {
        greeted(line);
      }
    }
  }

  private void greeted(ControlLine line) throws ProtocolException {
    loop.cancel(silence);
    if (words == Words.SESSION_ONLY) {
      doubtful = true;
      loop.schedule(limit, DOUBT); // the hello may have come late
      return;
    }
    legacy = events.legacy(control, line);
    if (words == Words.LEGACY_ONLY) {
      control.hand(legacy);
    }
  }

  /** The line that answers the hello; null when it is another one. */
  private static SessionLine answer(String raw) throws ProtocolException {
    if (raw.indexOf('?') < 0) {
      return null;
    }
    SessionLine line;
    try {
      line = SessionLine.parse(raw);
    } catch (ProtocolException e) {
      return null; // the legacy dialect takes more forms than ours
    }
    if (!line.has("v")) {
      return null;
    }
    line.number("v", VERSION, VERSION);
    return line;
  }

  /** A legacy server that has a client greets no other: that may last, but should not be silent. */
  private void stillSilent() {
    notices.failed(
        "no word yet from the server "
            + Addresses.text(control.flow().remote())
            + ": another client may be connected, or it is no NodePass server; waiting");
  }

  private void late() {
    control.failed(
        control.flow(),
        new ProtocolException(
            doubtful
                ? "the server speaks only the legacy dialect, which cannot prove a key and which this"
                    + " client does not accept: update the server, or give this client no key and"
                    + " no proto=session"
                : "no answer within " + Seconds.text(PATIENCE)));
  }

  @Override
  public void lost(String reason) {
    release();
    if (legacy != null) {
      legacy.lost(reason); // which tells the same one
    } else {
      events.lost(reason);
    }
  }

  private void release() {
    loop.cancel(silence);
    loop.cancel(limit);
  }

  @Override
  public void close() {
    release();
    if (legacy != null) {
      legacy.close();
    } else {
      control.close();
    }
  }
}
