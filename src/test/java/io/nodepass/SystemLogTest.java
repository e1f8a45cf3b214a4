package io.nodepass;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.telemetry.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Seen from java.util.logging, where the platform's loggers lead unless a program says otherwise.
 */
class SystemLogTest {
  private final Logger logger = Logger.getLogger("io.nodepass");
  private final List<String> records = new ArrayList<>();
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord record) {
          records.add(record.getLevel() + " " + new SimpleFormatter().formatMessage(record));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeEach
  void listen() {
    logger.addHandler(handler);
    logger.setUseParentHandlers(false);
  }

  @AfterEach
  void leave() {
    logger.removeHandler(handler);
    logger.setUseParentHandlers(true);
    logger.setLevel(null);
  }

  @Test
  void eachLevelHasItsOwn() {
    logger.setLevel(java.util.logging.Level.ALL);
    SystemLog log = new SystemLog();
    for (Level level : Level.values()) {
      assertTrue(log.on(level));
      log.write(level, "line {0} of 100 %s");
    }
    List<String> levels = List.of("FINE", "INFO", "WARNING", "SEVERE", "SEVERE");
    assertEquals(levels.stream().map(level -> level + " line {0} of 100 %s").toList(), records);
  }

  @Test
  void theLoggersOwnLevelDecides() {
    logger.setLevel(java.util.logging.Level.WARNING);
    SystemLog log = new SystemLog();
    assertFalse(log.on(Level.DEBUG));
    assertFalse(log.on(Level.INFO));
    assertTrue(log.on(Level.WARN));
    log.info("not written");
    logger.setLevel(java.util.logging.Level.OFF);
    assertFalse(log.on(Level.ERROR));
    assertEquals(List.of(), records);
  }

  @Test
  void aTunnelThatIsGivenNoLogWritesThere() throws Exception {
    logger.setLevel(java.util.logging.Level.INFO);
    try (NodePass server = NodePass.start("server://127.0.0.1:0/127.0.0.1:0?log=error")) {
      String ready = "INFO server ready: tunnel 127.0.0.1:" + server.tunnelAddress().getPort();
      assertEquals(1, records.size(), records::toString);
      assertTrue(records.get(0).startsWith(ready), records::toString);
    }
  }
}
