package io.nodepass.bench.work;

import java.time.Duration;

/** How long a workload runs before, and while, it is measured. */
public record Timing(Duration warmup, Duration measured) {}
