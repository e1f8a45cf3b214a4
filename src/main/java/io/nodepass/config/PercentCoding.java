package io.nodepass.config;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Percent-decoding of URL parts (RFC 3986, section 2.1). A plus sign stays a plus sign. */
final class PercentCoding {
  private PercentCoding() {}

  /** The decoded text, or null when an escape is broken or the bytes are not UTF-8. */
  static String decode(String text) {
    if (text.indexOf('%') < 0) {
      return text;
    }
    try {
      ByteBuffer bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
      ByteBuffer out = ByteBuffer.allocate(bytes.remaining());
      while (bytes.hasRemaining()) {
        byte b = bytes.get();
        if (b == '%') {
          int high = bytes.remaining() < 2 ? -1 : HexDigit.of((char) (bytes.get() & 0xff));
          int low = high < 0 ? -1 : HexDigit.of((char) (bytes.get() & 0xff));
          if (low < 0) {
            return null;
          }
          b = (byte) (high << 4 | low);
        }
        out.put(b);
      }
      return StandardCharsets.UTF_8.newDecoder().decode(out.flip()).toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }
}
