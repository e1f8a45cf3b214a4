package io.nodepass.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestNameTest {
  private static final List<String> KNOWN =
      List.of("lb", "log", "loops", "tls", "proto", "ports", "report_interval");

  @ParameterizedTest
  @CsvSource({
    "lgo, log",
    "logs, log",
    "LOG, log",
    "tsl, tls",
    "port, ports",
    "prots, ports",
    "loop, loops",
    "reportinterval, report_interval",
    "report_intervall, report_interval"
  })
  void aSlipIsRecognised(String wrong, String meant) {
    assertEquals(meant, NearestName.of(wrong, KNOWN));
    assertEquals("; did you mean " + meant + "?", NearestName.hint(wrong, KNOWN));
  }

  @ParameterizedTest
  @CsvSource({"colour", "x", "''", "zz", "interval"})
  void aStrangerIsNot(String wrong) {
    assertNull(NearestName.of(wrong, KNOWN));
    assertEquals("", NearestName.hint(wrong, KNOWN));
  }

  @Test
  void anEndlessWordIsNotEvenCompared() {
    assertNull(NearestName.of("log".repeat(100_000), KNOWN));
  }
}
