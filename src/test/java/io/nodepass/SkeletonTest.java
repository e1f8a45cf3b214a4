package io.nodepass;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SkeletonTest {
  @Test
  void javaIsAtLeastSeventeen() {
    assertTrue(Runtime.version().feature() >= 17);
  }
}
