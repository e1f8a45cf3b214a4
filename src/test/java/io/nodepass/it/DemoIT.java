package io.nodepass.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.NodePassProcess;
import io.nodepass.testkit.Stage;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code nodepass demo} carries traffic over every mode, says how it went, and is not slow. */
class DemoIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @RegisterExtension final Stage stage = new Stage();

  @Test
  void demoShowsARowForEachModeAndEndsWell() {
    NodePassProcess demo = stage.add(NodePassProcess.launch().start("demo", "demo"));
    assertEquals(0, demo.awaitExit(LIMIT), demo::tail);
    String row = demo.awaitLine(0, "a row for tcp", line -> line.startsWith("tcp "), LIMIT);
    String[] cells = row.trim().split(" +", -1);
    assertEquals("none", cells[1], row);
    for (int i = 2; i <= 5; i++) {
      assertTrue(Double.parseDouble(cells[i]) > 0, row);
    }
    assertTrue(row.endsWith("all right"), row);
    demo.awaitLine("Every byte was right.", LIMIT);
  }
}
