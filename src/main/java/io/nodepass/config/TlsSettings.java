package io.nodepass.config;

import java.util.Optional;

/**
 * What is encrypted and who is believed. Paths are as they were written: nothing has looked at
 * them.
 *
 * @param mode what the server announces, or the least that the client accepts
 * @param crt PEM file with the server's certificate and its issuers (server, mode 2)
 * @param key PEM file with its key (server, mode 2)
 * @param ca PEM file with issuers to trust besides the system's (client)
 * @param pin fingerprint of the only certificate to accept, as it was written (client)
 */
public record TlsSettings(
    TlsMode mode,
    Optional<String> crt,
    Optional<String> key,
    Optional<String> ca,
    Optional<String> pin) {
  /** That mode, and nothing else said. */
  public static TlsSettings of(TlsMode mode) {
    return new TlsSettings(
        mode, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
  }
}
