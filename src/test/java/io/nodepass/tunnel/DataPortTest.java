package io.nodepass.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.config.PortRange;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DataPortTest {
  private static final InetAddress IP = InetAddress.getLoopbackAddress();
  private static final PortRange RANGE = new PortRange(20_000, 20_009);

  @Test
  void thePortsThatAreTakenAreSkipped() throws IOException {
    for (int free = RANGE.low(); free <= RANGE.high(); free++) {
      int only = free;
      InetSocketAddress found =
          DataPort.open(
              IP,
              RANGE,
              Set.of(),
              address -> {
                if (address.getPort() != only) {
                  throw new BindException("Address already in use");
                }
                return address;
              });
      assertEquals(new InetSocketAddress(IP, only), found);
    }
  }

  @Test
  void everyPortIsTriedOnceAndAFullRangeIsAnErrorThatNamesIt() {
    List<Integer> tried = new ArrayList<>();
    IOException e =
        assertThrows(
            IOException.class,
            () ->
                DataPort.open(
                    IP,
                    RANGE,
                    Set.of(),
                    address -> {
                      tried.add(address.getPort());
                      throw new BindException("Address already in use");
                    }));
    assertTrue(e.getMessage().contains("20000-20009"), e.getMessage());
    assertTrue(e.getMessage().contains("Address already in use"), e.getMessage());
    assertEquals(RANGE.size(), tried.size());
    assertEquals(
        Set.of(20000, 20001, 20002, 20003, 20004, 20005, 20006, 20007, 20008, 20009),
        new HashSet<>(tried));
  }

  @Test
  void anotherErrorIsThrownAtOnce() {
    IOException cause = new IOException("Too many open files");
    List<Integer> tried = new ArrayList<>();
    IOException e =
        assertThrows(
            IOException.class,
            () ->
                DataPort.open(
                    IP,
                    RANGE,
                    Set.of(),
                    address -> {
                      tried.add(address.getPort());
                      throw cause;
                    }));
    assertSame(cause, e);
    assertEquals(1, tried.size());
  }

  @Test
  void theReservedPortsAreLeftAlone() throws IOException {
    Set<Integer> reserved = Set.of(20000, 20001, 20002, 20003, 20005, 20006, 20007, 20008, 20009);
    for (int i = 0; i < 20; i++) {
      assertEquals(20004, DataPort.open(IP, RANGE, reserved, InetSocketAddress::getPort));
    }
  }

  @Test
  void theFirstPortIsNotAlwaysTheSame() throws IOException {
    Set<Integer> found = new HashSet<>();
    for (int i = 0; i < 1000 && found.size() < 2; i++) {
      found.add(DataPort.open(IP, RANGE, Set.of(), InetSocketAddress::getPort));
    }
    assertEquals(2, found.size());
  }
}
