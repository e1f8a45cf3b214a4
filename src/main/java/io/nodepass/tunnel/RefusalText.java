package io.nodepass.tunnel;

/** What the log says when the other end has refused this one. */
final class RefusalText {
  private RefusalText() {}

  /** Whether a line, as it was received, is a refusal. */
  static boolean isRefusal(String line) {
    return line.startsWith("//refused?");
  }

  /** Of such a line, which may be malformed. */
  static String of(String line) {
    try {
      return of(Refusal.from(SessionLine.parse(line)));
    } catch (ProtocolException e) {
      return "it refuses, for a reason that cannot be read: " + e.getMessage();
    }
  }

  static String of(Refusal refusal) {
    String cure = cure(refusal);
    return "it refuses ("
        + refusal.code()
        + "): "
        + refusal.getMessage()
        + (cure.isEmpty() ? "" : "; what helps: " + cure);
  }

  private static String cure(Refusal refusal) {
    if (refusal.is(Refusal.Code.VERSION)) {
      return "update the older end";
    } else if (refusal.is(Refusal.Code.MALFORMED)) {
      return "update both ends, if it is a NodePass server";
    } else if (refusal.is(Refusal.Code.LEGACY)) {
      return "a client without proto=legacy";
    } else if (refusal.is(Refusal.Code.KEY_MISSING)) {
      return "give this client the key of the server";
    } else if (refusal.is(Refusal.Code.KEY_UNEXPECTED)) {
      return "give the server the key of this client";
    } else if (refusal.is(Refusal.Code.KEY_WRONG)) {
      return "compare the keys; if they are the same, somebody is in the middle";
    } else if (refusal.is(Refusal.Code.NAME)) {
      return "compare name= of both ends";
    }
    return "";
  }
}
