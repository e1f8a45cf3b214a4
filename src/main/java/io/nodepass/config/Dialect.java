package io.nodepass.config;

/** What the two ends speak: that of the Go original, or our own. */
public enum Dialect {
  AUTO,
  LEGACY,
  SESSION
}
