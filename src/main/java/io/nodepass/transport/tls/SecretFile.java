package io.nodepass.transport.tls;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;

/**
 * The text of a file that holds a secret, as it was at one moment. Neither a message nor {@link
 * #toString} shows it.
 */
public final class SecretFile {
  private static final int MOST_BYTES = 4096;
  private static final Set<PosixFilePermission> OF_OTHERS =
      Set.of(PosixFilePermission.GROUP_READ, PosixFilePermission.OTHERS_READ);

  private final String label;
  private final String text;
  private final boolean open;

  private SecretFile(String label, String text, boolean open) {
    this.label = label;
    this.text = text;
    this.open = open;
  }

  /**
   * Reads all of it; may block.
   *
   * @param parameter what names the file
   * @throws CertificateProblem when that cannot be done; the message names the file and the cure
   */
  public static SecretFile read(String parameter, Path path) throws CertificateProblem {
    String label = parameter + "=" + CertificateText.plain(path.toString());
    try {
      // Asked first: to open a pipe would wait for who writes it.
      if (Files.isDirectory(path)) {
        throw new CertificateProblem(label + " is a directory; name a file in it");
      }
      if (Files.exists(path) && !Files.isRegularFile(path)) {
        throw new CertificateProblem(label + " is not a regular file; name one that holds the key");
      }
      byte[] bytes;
      try (InputStream in = Files.newInputStream(path)) {
        bytes = in.readNBytes(MOST_BYTES + 1);
      }
      if (bytes.length > MOST_BYTES) {
        throw new CertificateProblem(
            label
                + " is larger than "
                + MOST_BYTES
                + " bytes, so it holds no key of ours; nodepass keygen makes one");
      }
      return new SecretFile(label, text(label, bytes), isOpen(path));
    } catch (IOException e) {
      throw new CertificateProblem(label + " cannot be read: " + PemFile.reason(e));
    }
  }

  private static String text(String label, byte[] bytes) throws CertificateProblem {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new CertificateProblem(
          label + " is not text in UTF-8; nodepass keygen makes a key of plain ASCII");
    }
  }

  private static boolean isOpen(Path path) throws IOException {
    try {
      Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path);
      return OF_OTHERS.stream().anyMatch(permissions::contains);
    } catch (UnsupportedOperationException e) {
      return false; // a system that has other rights than these
    }
  }

  /** What the file is for and where it is: {@code secret_file=/etc/nodepass/key}. */
  public String label() {
    return label;
  }

  /** Everything in it but one line break at the end. */
  public String line() {
    if (text.endsWith("\r\n")) {
      return text.substring(0, text.length() - 2);
    }
    return text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
  }

  /** Whether its group, or everybody, may read it. */
  public boolean open() {
    return open;
  }

  /** Without what is in it. */
  @Override
  public String toString() {
    return label;
  }
}
