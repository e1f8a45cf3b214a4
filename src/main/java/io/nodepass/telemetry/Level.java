package io.nodepass.telemetry;

/** Severity of a log line, least severe first. */
public enum Level {
  DEBUG,
  INFO,
  WARN,
  ERROR,
  FATAL
}
