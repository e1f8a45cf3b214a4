package io.nodepass.transport.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CipherOrderTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "flags\t\t: fpu vme aes xsave | TLS_AES_128_GCM_SHA256",
        "flags\t\t: fpu vme aes | TLS_AES_128_GCM_SHA256",
        "flags\t\t: fpu vme vaes xsave | TLS_CHACHA20_POLY1305_SHA256",
        "Features\t: fp asimd aes pmull | TLS_AES_128_GCM_SHA256",
        "Features\t: half thumb neon vfpv4 | TLS_CHACHA20_POLY1305_SHA256",
        "isa\t\t: rv64imafdc | TLS_AES_128_GCM_SHA256",
        "'' | TLS_AES_128_GCM_SHA256"
      })
  void aesComesFirstUnlessTheProcessorIsKnownToLackIt(String line, String first) {
    assertEquals(first, CipherOrder.of("processor\t: 0\n" + line + "\nbugs\t: none\n")[0]);
  }

  @Test
  void allThreeAreOfferedWhateverTheOrder() {
    List<String> here = List.of(CipherOrder.here());
    assertEquals(3, here.size());
    assertEquals(Set.copyOf(here), Set.of(CipherOrder.of("flags : fpu")));
  }

  @Test
  void anEngineOffersThemInThatOrder() throws Exception {
    assertArrayEquals(
        CipherOrder.here(), Tls13.server(TestKeys.server()).getSSLParameters().getCipherSuites());
  }
}
