package io.nodepass.transport.tls;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * The bytes of one PEM file as they were at one moment, with the name under which messages speak of
 * it.
 */
final class PemFile {
  /** Far above any chain, far below what hurts. */
  static final int MOST_BYTES = 1 << 20;

  private static final int DER_SEQUENCE = 0x30;

  private final String label;
  private final byte[] bytes;

  private PemFile(String label, byte[] bytes) {
    this.label = label;
    this.bytes = bytes;
  }

  /** What the file is for and where it is: {@code crt=/etc/nodepass/crt.pem}. */
  String label() {
    return label;
  }

  /** Whether the other holds the same bytes. */
  boolean sameAs(PemFile other) {
    return Arrays.equals(bytes, other.bytes);
  }

  /**
   * Reads a whole file; may block.
   *
   * @param parameter what names the file: {@code crt}, {@code key} or {@code ca}
   */
  static PemFile read(String parameter, Path path) throws CertificateProblem {
    String label = parameter + "=" + CertificateText.plain(path.toString());
    try {
      // Asked first: to open a pipe would wait for who writes it.
      if (Files.isDirectory(path)) {
        throw new CertificateProblem(label + " is a directory; name a PEM file in it");
      }
      if (Files.exists(path) && !Files.isRegularFile(path)) {
        throw new CertificateProblem(label + " is not a regular file; name a PEM file");
      }
      try (InputStream in = Files.newInputStream(path)) {
        byte[] bytes = in.readNBytes(MOST_BYTES + 1);
        if (bytes.length > MOST_BYTES) {
          throw new CertificateProblem(
              label + " is larger than " + MOST_BYTES + " bytes, so it is no PEM file of ours");
        }
        return new PemFile(label, bytes);
      }
    } catch (IOException e) {
      throw new CertificateProblem(label + " cannot be read: " + reason(e));
    }
  }

  /** Why a file cannot be read, without its name, which the label has. */
  static String reason(IOException e) {
    if (e instanceof NoSuchFileException) {
      return "there is no such file";
    }
    if (e instanceof AccessDeniedException) {
      return "permission denied; it must be readable for the user that runs nodepass";
    }
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  /** The blocks in the order of the file; at least one. */
  List<PemBlock> blocks() throws CertificateProblem {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    List<PemBlock> blocks = PemBlock.parse(label, text);
    if (!blocks.isEmpty()) {
      return blocks;
    }
    if (bytes.length == 0) {
      throw problem("is empty; a PEM file begins with -----BEGIN");
    }
    if (bytes[0] == DER_SEQUENCE && !isAscii()) {
      throw problem("is binary (DER or PKCS#12); convert it to PEM with openssl");
    }
    throw problem("holds no PEM block; one begins with a line -----BEGIN");
  }

  private boolean isAscii() {
    for (byte b : bytes) {
      if (b < 0) {
        return false;
      }
    }
    return true;
  }

  CertificateProblem problem(String what) {
    return new CertificateProblem(label + " " + what);
  }

  /** Without the bytes, which may be a key. */
  @Override
  public String toString() {
    return label;
  }
}
