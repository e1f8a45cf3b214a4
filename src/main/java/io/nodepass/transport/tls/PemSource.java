package io.nodepass.transport.tls;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/**
 * The identity in two PEM files, which are replaced while we run, seldom both in one moment. A pair
 * that cannot be used is looked at again each time; the error is told when the files have been the
 * same for two looks, so that a pair that is half written when we look is none.
 */
final class PemSource implements IdentitySource {
  private final Path crtPath;
  private final Path keyPath;

  private PemFile crt;
  private PemFile key;
  private FileStamp crtStamp;
  private FileStamp keyStamp;
  private Instant read = Instant.EPOCH;
  private boolean failing;

  /** The problem that was told, until the files change; else null. */
  private String told;

  PemSource(Path crtPath, Path keyPath) {
    this.crtPath = crtPath;
    this.keyPath = keyPath;
  }

  @Override
  public Optional<Identity> renewed(Instant now, boolean thorough) throws CertificateProblem {
    FileStamp crtNow = FileStamp.of(crtPath);
    FileStamp keyNow = FileStamp.of(keyPath);
    boolean settled = crtNow.equals(crtStamp) && keyNow.equals(keyStamp);
    boolean sure = !crtNow.mayHideAWriteAfter(read) && !keyNow.mayHideAWriteAfter(read);
    crtStamp = crtNow;
    keyStamp = keyNow;
    if (settled && sure && !failing && !thorough) {
      return Optional.empty();
    }
    if (!settled) {
      told = null;
    }
    try {
      read = now;
      return load(now);
    } catch (CertificateProblem problem) {
      failing = true;
      if ((settled || thorough) && !problem.getMessage().equals(told)) {
        told = problem.getMessage();
        throw problem;
      }
      return Optional.empty();
    }
  }

  private Optional<Identity> load(Instant now) throws CertificateProblem {
    PemFile newCrt = PemFile.read("crt", crtPath);
    PemFile newKey = PemFile.read("key", keyPath);
    Optional<Identity> identity = Optional.empty();
    if (crt == null || !crt.sameAs(newCrt) || !key.sameAs(newKey)) {
      identity = Optional.of(PemIdentity.of(newCrt, newKey, now));
      crt = newCrt;
      key = newKey;
    }
    failing = false;
    told = null;
    return identity;
  }
}
