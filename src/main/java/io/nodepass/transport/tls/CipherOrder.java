package io.nodepass.transport.tls;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The cipher suites of TLS 1.3, RFC 8446 section B.4, the fastest on this machine first: AES where
 * the processor has instructions for it, ChaCha20 where it has not.
 */
final class CipherOrder {
  private static final String AES_128 = "TLS_AES_128_GCM_SHA256";
  private static final String AES_256 = "TLS_AES_256_GCM_SHA384";
  private static final String CHACHA = "TLS_CHACHA20_POLY1305_SHA256";

  /** The first processor is described by less; large machines have hundreds of them. */
  private static final int MOST_READ = 8 * 1024;

  private static final Path PROCESSORS = Path.of("/proc/cpuinfo");

  private CipherOrder() {}

  /** As this machine is; reads a small file, so not for an event loop. */
  static String[] here() {
    try (InputStream in = Files.newInputStream(PROCESSORS)) {
      return of(new String(in.readNBytes(MOST_READ), StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      return of(""); // it is not Linux, nor one of the small machines that lack them
    }
  }

  /**
   * As the text says that the kernel gives of its processors.
   *
   * @param processors with a line of features; without one they are taken to have what most have
   */
  static String[] of(String processors) {
    boolean described = false;
    for (String line : processors.split("\n", -1)) {
      int colon = line.indexOf(':');
      String name = colon < 0 ? "" : line.substring(0, colon).strip();
      if (name.equals("flags") || name.equals("Features")) {
        described = true;
        if ((line.substring(colon + 1) + " ").contains(" aes ")) {
          return new String[] {AES_128, AES_256, CHACHA};
        }
      }
    }
    return described
        ? new String[] {CHACHA, AES_128, AES_256}
        : new String[] {AES_128, AES_256, CHACHA};
  }
}
