package io.nodepass.config;

/**
 * An inclusive range of TCP ports.
 *
 * @param low 1..65535
 * @param high low..65535
 */
public record PortRange(int low, int high) {
  /** Where the original puts its data port. */
  public static final PortRange LEGACY = new PortRange(1024, 8192);

  public int size() {
    return high - low + 1;
  }
}
