package io.nodepass.transport.tls;

import java.time.Instant;
import java.util.Optional;

/** Makes the first identity when first asked, and another before each one ends. */
final class SelfSignedSource implements IdentitySource {
  private Identity last;

  @Override
  public Optional<Identity> renewed(Instant now, boolean thorough) {
    if (last != null && !SelfSigned.endsSoon(last, now)) {
      return Optional.empty();
    }
    last = SelfSigned.make(now);
    return Optional.of(last);
  }
}
