package io.nodepass.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.junit.jupiter.api.Test;

class AddressesTest {
  private static String text(byte[] ip, int port) throws Exception {
    return Addresses.text(new InetSocketAddress(InetAddress.getByAddress(ip), port));
  }

  @Test
  void anIpv4AddressIsWrittenAsItIs() throws Exception {
    assertEquals("192.0.2.1:80", text(new byte[] {(byte) 192, 0, 2, 1}, 80));
  }

  @Test
  void anIpv6AddressIsPutInBrackets() throws Exception {
    byte[] ip = new byte[16];
    ip[15] = 1;
    assertEquals("[0:0:0:0:0:0:0:1]:443", text(ip, 443));
  }

  @Test
  void aNameIsNeitherLookedUpNorChanged() throws Exception {
    assertEquals(
        "no-such-host.invalid:65535",
        Addresses.text(InetSocketAddress.createUnresolved("no-such-host.invalid", 65535)));
    InetAddress named = InetAddress.getByAddress("a.name", new byte[] {127, 0, 0, 1});
    assertEquals("127.0.0.1:1", Addresses.text(new InetSocketAddress(named, 1)));
  }

  @Test
  void anUnresolvedIpv6AddressIsPutInBracketsToo() {
    assertEquals(
        "[2001:db8::1]:9", Addresses.text(InetSocketAddress.createUnresolved("2001:db8::1", 9)));
  }

  @Test
  void whatIsNoInternetAddressSpeaksForItself() {
    SocketAddress other =
        new SocketAddress() {
          private static final long serialVersionUID = 1;

          @Override
          public String toString() {
            return "somewhere";
          }
        };
    assertEquals("somewhere", Addresses.text(other));
    assertEquals("null", Addresses.text(null));
  }
}
