package io.nodepass.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class SessionLinePropertyTest {
  /** The grammar of docs/protocol.md, "Lines", without the escapes that are not UTF-8. */
  private static final String GRAMMAR =
      "//[A-Za-z0-9]+"
          + "(\\?[A-Za-z0-9_]+=([A-Za-z0-9._~:-]|%[0-9A-Fa-f]{2})*"
          + "(&[A-Za-z0-9_]+=([A-Za-z0-9._~:-]|%[0-9A-Fa-f]{2})*)*)?"
          + "(#[A-Za-z0-9]+)?";

  @Property
  void aLineComesBackAsItWasBuilt(
      @ForAll("word") String what,
      @ForAll("fields") Map<String, String> fields,
      @ForAll("kind") String kind)
      throws ProtocolException {
    SessionLine.Draft draft = SessionLine.of(what);
    fields.forEach(draft::with);
    SessionLine built = draft.build(kind);
    String raw = built.raw();
    assertEquals(raw.length() - 1, raw.indexOf('\n'), raw);
    assertTrue(raw.substring(0, raw.length() - 1).matches(GRAMMAR), raw);
    SessionLine parsed = SessionLine.parse(raw.substring(0, raw.length() - 1));
    assertEquals(built, parsed);
    assertEquals(fields, parsed.fields());
  }

  @Property(tries = 3000)
  void whatIsReadIsOfTheGrammarAndTheRestIsRefused(@ForAll("almost") String line) {
    SessionLine parsed;
    try {
      parsed = SessionLine.parse(line);
    } catch (ProtocolException e) {
      boolean wanted = line.matches(GRAMMAR);
      boolean reason = e.getMessage().contains(" twice: ") || notUtf8(line);
      assertTrue(!wanted || reason, line);
      return;
    }
    assertTrue(line.matches(GRAMMAR), line);
    assertEquals(line + "\n", parsed.raw());
  }

  /** The only such escape that the pieces below have. */
  private static boolean notUtf8(String line) {
    return line.contains("%ff");
  }

  @Provide
  Arbitrary<String> word() {
    return Arbitraries.strings().alpha().numeric().ofMinLength(1).ofMaxLength(12);
  }

  @Provide
  Arbitrary<String> kind() {
    return Arbitraries.strings().numeric().ofMaxLength(2);
  }

  @Provide
  Arbitrary<Map<String, String>> fields() {
    Arbitrary<String> names =
        Arbitraries.strings().alpha().numeric().withChars('_').ofMinLength(1).ofMaxLength(8);
    Arbitrary<String> values =
        Arbitraries.oneOf(
            Arbitraries.strings().ascii().ofMaxLength(30),
            Arbitraries.strings().withChars("ü密%&=#?+/\n\u0000\u0085 ").ofMaxLength(8),
            Arbitraries.just("\uD83D\uDD11"));
    return Arbitraries.maps(names, values).ofMaxSize(5);
  }

  @Provide
  Arbitrary<String> almost() {
    Arbitrary<String> pieces =
        Arbitraries.of(
            "//", "/", "open", "?", "&", "=", "a=1", "b_2=%20", "c=~", "&d=", "#", "1", "%", "%4",
            "%ff", "+", " ", "\u00e9", "\t");
    Arbitrary<List<String>> some = pieces.list().ofMaxSize(6);
    return some.map(list -> "//x" + String.join("", list));
  }
}
