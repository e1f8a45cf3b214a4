package io.nodepass.config;

/** Which end accepts the users: the server (reverse, as the original) or the client (forward). */
public enum Direction {
  AUTO,
  REVERSE,
  FORWARD
}
