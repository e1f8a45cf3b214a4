package io.nodepass.jmh;

/**
 * What a row must not exceed.
 *
 * @param ratio the time per operation, as a multiple of the reference's
 * @param bytes allocated per operation
 * @param aboveReference whether {@code bytes} are those above what the reference allocates
 */
record Limit(double ratio, double bytes, boolean aboveReference) {
  /** The smallest object has 16 bytes, so this is one in every thirty-second operation. */
  private static final double NOISE_BYTES = 0.5;

  /** What JMH itself allocates in an iteration, which is 7 to 10 KB, and other threads with it. */
  private static final double NOISE_PER_ITERATION = 16 * 1024;

  /** However few operations there were, an object in each of them is more than that. */
  private static final double MOST_NOISE = 12;

  /** As far as the allocation of two runs of the same JDK code may differ. */
  private static final double NOISE_SHARE = 0.01;

  private static final String REFERENCE = "reference";

  /**
   * Reads the two columns of the file.
   *
   * @param bytes a number, {@code reference}, or {@code reference+} and a number
   */
  static Limit parse(String ratio, String bytes) {
    boolean above = bytes.startsWith(REFERENCE);
    String number = above ? bytes.substring(REFERENCE.length()) : bytes;
    double most = number.isEmpty() ? 0 : Double.parseDouble(number);
    return new Limit(Double.parseDouble(ratio), most, above);
  }

  /** Bytes that the row may allocate, noise included. */
  double mostBytes(Row row) {
    double base = aboveReference ? row.referenceBytes() : 0;
    double exact = base + bytes;
    double noise = Math.min(MOST_NOISE, NOISE_BYTES + NOISE_PER_ITERATION / row.operations());
    return exact + Math.max(noise, NOISE_SHARE * exact);
  }

  boolean allocatesTooMuch(Row row) {
    return row.bytes() > mostBytes(row);
  }

  boolean isTooSlow(Row row) {
    return row.ratio() > ratio;
  }

  boolean holds(Row row) {
    return !allocatesTooMuch(row) && !isTooSlow(row);
  }

  String verdict(Row row) {
    if (holds(row)) {
      return "ok";
    }
    if (!isTooSlow(row)) {
      return "ALLOCATES";
    }
    return allocatesTooMuch(row) ? "ALLOCATES, SLOW" : "SLOW";
  }
}
