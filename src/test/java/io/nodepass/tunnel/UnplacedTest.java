package io.nodepass.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who makes room when there are too many connections that have proved nothing. */
class UnplacedTest {
  private static final int MOST = 16;
  private static final int MOST_OF_NETWORK = 4;

  private final Unplaced unplaced = new Unplaced(MOST);
  private final List<String> gone = new ArrayList<>();

  private final class Guest implements Unplaced.Guest {
    private final String name;
    private final InetAddress network;
    private final Unplaced.Kind kind;

    Guest(String name, int network, Unplaced.Kind kind) {
      this.name = name;
      this.network = address(network);
      this.kind = kind;
    }

    @Override
    public InetAddress network() {
      return network;
    }

    @Override
    public Unplaced.Kind kind() {
      return kind;
    }

    @Override
    public void giveWay(String reason) {
      gone.add(name);
    }
  }

  private static InetAddress address(int last) {
    try {
      return InetAddress.getByAddress(new byte[] {(byte) 192, 0, 2, (byte) last});
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  private void enter(String name, int network, Unplaced.Kind kind) {
    unplaced.enter(new Guest(name, network, kind));
  }

  @Test
  void ofAFullNetworkTheOldestOfItsLargestKindMakesRoom() {
    enter("opening", 1, Unplaced.Kind.HELLO_SAID);
    enter("speaking", 1, Unplaced.Kind.SPEAKING);
    enter("silent 1", 1, Unplaced.Kind.SILENT);
    enter("silent 2", 1, Unplaced.Kind.SILENT);
    enter("speaking 2", 1, Unplaced.Kind.SPEAKING);
    assertEquals(List.of("silent 1"), gone);
  }

  /** Whichever kind they choose, those who come slowly do not push out one who waits for us. */
  @Test
  void strangersOfOneKindDoNotPushOutTheOthersOfTheirNetwork() {
    for (Unplaced.Kind kind :
        List.of(Unplaced.Kind.SILENT, Unplaced.Kind.SPEAKING, Unplaced.Kind.CHALLENGED)) {
      enter("client", 1, Unplaced.Kind.HELLO_SAID);
      for (int i = 0; i < 100; i++) {
        enter(kind.name(), 1, kind);
      }
      assertFalse(gone.contains("client"), () -> kind + ": " + gone);
      unplaced.clear("");
      gone.clear();
    }
  }

  @Test
  void whenThereAreTooManyInAllTheLargestNetworkMakesRoom() {
    enter("alone", 9, Unplaced.Kind.SILENT);
    for (int network = 1; network <= 3; network++) {
      for (int i = 0; i < MOST_OF_NETWORK; i++) {
        enter(network + "." + i, network, Unplaced.Kind.SPEAKING);
      }
    }
    for (int i = 0; i < MOST - 1 - 3 * MOST_OF_NETWORK; i++) {
      enter("4." + i, 4, Unplaced.Kind.SILENT);
    }
    assertEquals(List.of(), gone);
    enter("next", 5, Unplaced.Kind.SILENT);
    assertEquals(List.of("1.0"), gone);
  }

  @Test
  void oneThatIsTurnedAwayCountsUntilItIsClosedAndMakesRoomFirst() throws IOException {
    List<ScriptedFlow> flows = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      ScriptedFlow flow = new ScriptedFlow();
      unplaced.turnAway(flow, address(1), ByteBuffer.wrap(new byte[] {'x'}));
      flows.add(flow);
    }
    enter("silent 1", 1, Unplaced.Kind.SILENT);
    enter("silent 2", 1, Unplaced.Kind.SILENT);
    enter("silent 3", 1, Unplaced.Kind.SILENT);
    assertEquals(1, flows.get(0).aborts);
    assertEquals(0, flows.get(1).aborts);
    flows.get(1).endOfInput();
    flows.get(1).becomes(~0);
    enter("silent 4", 1, Unplaced.Kind.SILENT);
    assertEquals(List.of(), gone);
    enter("silent 5", 1, Unplaced.Kind.SILENT);
    assertEquals(List.of("silent 1"), gone);
  }

  @Test
  void aFewStayWhenDescriptorsRunOutAndOfACrowdHalfMakeRoom() {
    Unplaced large = new Unplaced(10 * Unplaced.CROWD);
    for (int i = 0; i < Unplaced.CROWD - 1; i++) {
      large.enter(new Guest("stranger", 1, Unplaced.Kind.SILENT));
    }
    assertFalse(large.shed());
    assertEquals(List.of(), gone);
    large.enter(new Guest("client", 2, Unplaced.Kind.SILENT));
    assertTrue(large.shed());
    assertEquals(Unplaced.CROWD / 2, gone.size());
    assertFalse(gone.contains("client"));
  }
}
