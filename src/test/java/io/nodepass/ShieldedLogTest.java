package io.nodepass;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.telemetry.Level;
import io.nodepass.telemetry.Log;
import io.nodepass.testkit.RecordingLog;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShieldedLogTest {
  @Test
  void whatStrangersWriteStaysOnOneLineWithoutEscapeCodes() {
    RecordingLog log = new RecordingLog();
    new ShieldedLog(log).warn("refused: one\r\nINFO two \033[31m");
    assertEquals(List.of("WARN refused: one  INFO two ?[31m"), log.take());
  }

  @Test
  void aLineOfALevelThatIsOffIsNotHandedOver() {
    Log deaf =
        new Log() {
          @Override
          public boolean on(Level level) {
            return level == Level.ERROR;
          }

          @Override
          public void write(Level level, String message) {
            assertEquals(Level.ERROR, level);
            throw new IllegalStateException(message);
          }
        };
    ShieldedLog shielded = new ShieldedLog(deaf);
    assertFalse(shielded.on(Level.WARN));
    assertTrue(shielded.on(Level.ERROR));
    shielded.warn("not wanted");
    shielded.error("thrown, and kept from the caller");
    assertThrows(IllegalStateException.class, () -> deaf.error("thrown"));
  }

  @Test
  void aLogThatCannotSayWhatItWantsGetsNothing() {
    Log broken =
        new Log() {
          @Override
          public boolean on(Level level) {
            throw new StackOverflowError();
          }

          @Override
          public void write(Level level, String message) {
            throw new AssertionError("written all the same");
          }
        };
    ShieldedLog shielded = new ShieldedLog(broken);
    assertFalse(shielded.on(Level.ERROR));
    shielded.error("lost");
  }
}
