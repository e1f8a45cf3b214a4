package io.nodepass.config;

/** What carries the data connections between the two ends. */
public enum TransportType {
  AUTO,
  TCP,
  QUIC,
  WS,
  WSS
}
