package io.nodepass.config;

/** Which end of the tunnel a process plays. */
public enum Role {
  SERVER,
  CLIENT
}
