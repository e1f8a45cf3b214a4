package io.nodepass.tunnel;

import io.nodepass.config.KeySource;
import io.nodepass.telemetry.Log;
import io.nodepass.transport.tls.CertificatePath;
import io.nodepass.transport.tls.CertificateProblem;
import io.nodepass.transport.tls.KeyStretching;
import io.nodepass.transport.tls.SecretFile;
import java.util.Optional;

/** The key that both ends share, ready for use. */
final class SharedKey {
  private static final char BYTE_ORDER_MARK = '\uFEFF';

  private SharedKey() {}

  /**
   * Reads and stretches the key of the configuration, and warns of one that is weak or that others
   * can read. Takes long; not on a loop.
   *
   * @return {@link SessionKeys#SIZE} bytes, or null when there is no key
   * @throws CertificateProblem when its file cannot be used
   */
  static byte[] of(TunnelContext context) throws CertificateProblem {
    Optional<KeySource> source = context.config().key();
    if (source.isEmpty()) {
      return null;
    }
    KeySource given = source.get();
    String key =
        given.origin() == KeySource.Origin.FILE ? read(given.text(), context.log()) : given.text();
    double bits = KeyStrength.bits(key);
    if (bits < KeyStrength.GOOD) {
      context
          .log()
          .warn(
              "the shared key ("
                  + given.origin().label()
                  + ") has "
                  + (int) bits
                  + " bits at most, and fewer if somebody has thought of it: nodepass keygen makes"
                  + " one of "
                  + KeyStrength.GOOD
                  + " bits");
    }
    return KeyStretching.stretch(key);
  }

  private static String read(String path, Log log) throws CertificateProblem {
    String parameter = KeySource.Origin.FILE.label();
    SecretFile file = SecretFile.read(parameter, CertificatePath.of(parameter, path));
    String key = file.line();
    if (key.indexOf(BYTE_ORDER_MARK) == 0) {
      throw new CertificateProblem(
          file.label() + " begins with a byte order mark: save it as UTF-8 without one");
    }
    Optional<String> fault = KeySource.fault(key);
    if (fault.isPresent()) {
      throw new CertificateProblem(file.label() + " " + fault.get());
    }
    if (file.open()) {
      log.warn(
          file.label() + " can be read by others than its owner: chmod 600 keeps the key to you");
    }
    return key;
  }
}
