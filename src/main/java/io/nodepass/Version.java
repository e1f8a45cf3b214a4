package io.nodepass;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** What {@code --version} says. */
final class Version {
  private Version() {}

  /** One line without a line break: the version of the program, of Java and of the system. */
  static String line() {
    return "nodepass "
        + number()
        + " (Java "
        + System.getProperty("java.version")
        + ", "
        + System.getProperty("os.name")
        + " "
        + System.getProperty("os.arch")
        + ")";
  }

  /** The version of the program, "unknown" when it was not built by Maven. */
  static String number() {
    Properties build = new Properties();
    try (InputStream in = Version.class.getResourceAsStream("/io/nodepass/build.properties")) {
      if (in != null) {
        build.load(in);
      }
    } catch (IOException e) {
      return "unknown";
    }
    return build.getProperty("version", "unknown");
  }
}
