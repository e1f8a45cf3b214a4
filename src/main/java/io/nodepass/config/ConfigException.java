package io.nodepass.config;

/**
 * A value that cannot be used. The message names it and says what would be right, and never shows a
 * key. Part of the API for embedding programs; for the command line it is exit code 78.
 */
public final class ConfigException extends Exception {
  private static final long serialVersionUID = 1L;

  public ConfigException(String message) {
    super(message);
  }
}
