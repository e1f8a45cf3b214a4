package io.nodepass.transport.tls;

import java.time.Instant;
import java.util.Optional;

/** Where a server's identity comes from. One thread at a time; may block. */
interface IdentitySource {
  /**
   * Looks whether there is a new identity.
   *
   * @param thorough whether to look even where nothing seems to have changed
   * @return the one to use from now on, or nothing when the one before still holds
   * @throws CertificateProblem when there is something new that cannot be used; told once per
   *     change, and the one before still holds
   */
  Optional<Identity> renewed(Instant now, boolean thorough) throws CertificateProblem;
}
