package io.nodepass.transport.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;

/**
 * What tells cheaply that a file is another than before, wherever its links lead: when it was
 * written, its size, and which file it is.
 *
 * @param identity the inode, where the system has such a thing; may be null
 */
record FileStamp(Instant written, long size, Object identity) {
  private static final FileStamp ABSENT = new FileStamp(Instant.EPOCH, -1, null);

  /** File systems count time in steps; two seconds is the coarsest of those in use. */
  private static final Duration STEP = Duration.ofSeconds(2);

  static FileStamp of(Path path) {
    try {
      BasicFileAttributes found = Files.readAttributes(path, BasicFileAttributes.class);
      return new FileStamp(found.lastModifiedTime().toInstant(), found.size(), found.fileKey());
    } catch (IOException e) {
      return ABSENT;
    }
  }

  /** Whether the file could be written again after this moment and still have this stamp. */
  boolean mayHideAWriteAfter(Instant moment) {
    return !written.plus(STEP).isBefore(moment);
  }
}
