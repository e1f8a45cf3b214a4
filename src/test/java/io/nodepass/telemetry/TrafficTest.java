package io.nodepass.telemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TrafficTest {
  @Test
  void eachTotalCountsItsOwnEvents() {
    Traffic traffic = new Traffic();
    traffic.opened();
    traffic.opened();
    traffic.opened();
    traffic.ended();
    traffic.failed();
    traffic.refused();
    traffic.addIn(5);
    traffic.addOut(7_000_000_000L);
    traffic.addIn(6);
    Traffic.Snapshot snapshot = traffic.snapshot();
    assertEquals(new Traffic.Snapshot(3, 1, 1, 1, 11, 7_000_000_000L), snapshot);
    assertEquals(1, snapshot.active());
  }

  @Test
  void nothingIsLostBetweenThreads() throws InterruptedException {
    Traffic traffic = new Traffic();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Thread thread =
          new Thread(
              () -> {
                for (int n = 0; n < 10_000; n++) {
                  traffic.opened();
                  traffic.addIn(3);
                  traffic.ended();
                }
              });
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(new Traffic.Snapshot(40_000, 40_000, 0, 0, 120_000, 0), traffic.snapshot());
  }
}
