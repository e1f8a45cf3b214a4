package io.nodepass.telemetry;

/** Severity of a log line, least severe first. Part of the API for embedding programs. */
public enum Level {
  DEBUG,
  INFO,
  WARN,
  ERROR,
  FATAL
}
