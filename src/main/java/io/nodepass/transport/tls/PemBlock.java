package io.nodepass.transport.tls;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** One block of a PEM file (RFC 7468), what stands between a BEGIN and an END line, decoded. */
final class PemBlock {
  private static final String BEGIN = "-----BEGIN ";
  private static final String END = "-----END ";
  private static final String DASHES = "-----";
  private static final String BYTE_ORDER_MARK = "\u00ef\u00bb\u00bf";
  private static final int LONGEST_KIND = 40;

  private final String kind;
  private final int line;
  private final boolean encrypted;
  private final byte[] der;

  private PemBlock(String kind, int line, boolean encrypted, byte[] der) {
    this.kind = kind;
    this.line = line;
    this.encrypted = encrypted;
    this.der = der;
  }

  /** The words after BEGIN: {@code CERTIFICATE}, {@code EC PRIVATE KEY}. */
  String kind() {
    return kind;
  }

  /** Where it begins, counted from 1. */
  int line() {
    return line;
  }

  /** Whether a header says so (RFC 1421, 4.6.1.1), as in keys that older openssl wrote. */
  boolean encrypted() {
    return encrypted;
  }

  /** The content; not copied. */
  byte[] der() {
    return der;
  }

  boolean isCertificate() {
    return kind.equals("CERTIFICATE") || kind.equals("X509 CERTIFICATE");
  }

  boolean isPrivateKey() {
    return kind.endsWith("PRIVATE KEY");
  }

  /**
   * Finds the blocks; text around them is passed over. A block that does not end, or whose content
   * is not base64, is an error that names its line and nothing of its content.
   */
  static List<PemBlock> parse(String label, String text) throws CertificateProblem {
    List<PemBlock> blocks = new ArrayList<>();
    String kind = null;
    int begun = 0;
    boolean encrypted = false;
    StringBuilder base64 = new StringBuilder();
    int number = 0;
    for (String raw : text.lines().toList()) {
      number++;
      String line =
          (number == 1 && raw.startsWith(BYTE_ORDER_MARK) ? raw.substring(3) : raw).strip();
      if (line.startsWith(BEGIN)) {
        if (kind != null) {
          throw unended(label, kind, begun);
        }
        kind = kind(label, line, BEGIN, number);
        begun = number;
        encrypted = false;
        base64.setLength(0);
      } else if (kind != null && line.startsWith(END)) {
        if (!kind(label, line, END, number).equals(kind)) {
          throw unended(label, kind, begun);
        }
        blocks.add(new PemBlock(kind, begun, encrypted, decode(label, kind, begun, base64)));
        kind = null;
      } else if (kind != null && line.indexOf(':') >= 0) {
        encrypted |= line.startsWith("Proc-Type:") && line.endsWith("ENCRYPTED");
      } else if (kind != null) {
        base64.append(line);
      }
    }
    if (kind != null) {
      throw unended(label, kind, begun);
    }
    return blocks;
  }

  private static String kind(String label, String line, String prefix, int number)
      throws CertificateProblem {
    int end = line.length() - DASHES.length();
    if (line.endsWith(DASHES) && end > prefix.length() && end <= prefix.length() + LONGEST_KIND) {
      return CertificateText.plain(line.substring(prefix.length(), end));
    }
    throw new CertificateProblem(
        label + ", line " + number + ": a line " + prefix.strip() + " that is cut off or too long");
  }

  private static byte[] decode(String label, String kind, int begun, CharSequence base64)
      throws CertificateProblem {
    try {
      return Base64.getDecoder().decode(base64.toString());
    } catch (IllegalArgumentException e) {
      // Its message quotes a character of what may be a key.
      throw new CertificateProblem(
          label
              + ", line "
              + begun
              + ": what stands in the "
              + kind
              + " block is not base64; the file is damaged");
    }
  }

  private static CertificateProblem unended(String label, String kind, int begun) {
    return new CertificateProblem(
        label
            + ", line "
            + begun
            + ": the "
            + kind
            + " block has no line -----END "
            + kind
            + "-----; the file is cut off or damaged");
  }

  /** Without the content, which may be a key. */
  @Override
  public String toString() {
    return kind + " at line " + line;
  }
}
