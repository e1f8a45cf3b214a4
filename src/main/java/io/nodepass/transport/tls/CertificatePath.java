package io.nodepass.transport.tls;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Turns what a configuration says into the path of a file with certificates or a secret. */
public final class CertificatePath {
  private CertificatePath() {}

  /**
   * The path, which need not exist.
   *
   * @param parameter what names it: {@code crt}, {@code key}, {@code ca} or {@code secret_file}
   * @throws CertificateProblem when no file can be called so here
   */
  public static Path of(String parameter, String text) throws CertificateProblem {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      String label = parameter + "=" + CertificateText.plain(text);
      if (isAscii(text)) {
        throw new CertificateProblem(label + " is not the path of a file: " + e.getReason());
      }
      throw new CertificateProblem(
          label
              + " has characters that file names cannot have in this locale; set one with UTF-8,"
              + " such as LC_ALL=C.UTF-8, or name a file whose path is plain ASCII");
    }
  }

  private static boolean isAscii(String text) {
    return text.chars().allMatch(c -> c < 0x80);
  }
}
