package io.nodepass.transport.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeyStretchingTest {
  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** RFC 7914, section 12, but for the last vector, which takes a gigabyte. */
  @ParameterizedTest
  @CsvSource({
    "'', '', 16, 1, 1, 77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
        + "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906",
    "password, NaCl, 1024, 8, 16, fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
        + "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640",
    "pleaseletmein, SodiumChloride, 16384, 8, 1,"
        + " 7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
        + "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887",
  })
  void theFunctionIsThatOfTheRfc(
      String password, String salt, int n, int r, int p, String expected) {
    assertEquals(
        expected,
        HexFormat.of().formatHex(KeyStretching.scrypt(ascii(password), ascii(salt), n, r, p, 64)));
  }

  /** Computed with another implementation, OpenSSL's. */
  @ParameterizedTest
  @CsvSource({
    "correct horse battery staple, 2494d2ef71108bdeb0951855840498c0ad5751642d9852db76c3a52822aed61f",
    "密钥, f7a24d37f282c2fd4789f66a789ca4a710f73ad1c67ff4ae6589ba8d51cd31ae",
  })
  void aKeyIsStretchedWithTheParametersOfTheProtocol(String key, String expected) {
    assertEquals(expected, HexFormat.of().formatHex(KeyStretching.stretch(key)));
  }
}
