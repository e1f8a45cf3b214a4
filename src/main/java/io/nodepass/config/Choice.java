package io.nodepass.config;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The legal values of a parameter that knows only certain words, in the order in which a message
 * lists them. A word may be reserved: known and documented, but not to be had in this version.
 *
 * @param <T> what a word stands for
 */
final class Choice<T> {
  private final String parameter;
  private final Map<String, T> words = new LinkedHashMap<>();

  Choice(String parameter) {
    this.parameter = parameter;
  }

  Choice<T> with(String word, T value) {
    words.put(word, value);
    return this;
  }

  Choice<T> notYet(String word) {
    words.put(word, null);
    return this;
  }

  T parse(String text) throws ConfigException {
    T value = words.get(text);
    if (value != null) {
      return value;
    }
    if (words.containsKey(text)) {
      throw new ConfigException(
          parameter
              + "="
              + text
              + " is not yet supported in this version; it has "
              + list(true)
              + " so far");
    }
    throw new ConfigException(
        parameter + "=" + Quoted.of(text) + " is not a legal value: use " + list(false));
  }

  private String list(boolean onlyPresent) {
    StringBuilder out = new StringBuilder();
    for (Map.Entry<String, T> word : words.entrySet()) {
      if (word.getValue() == null && onlyPresent) {
        continue;
      }
      out.append(out.length() == 0 ? "" : ", ").append(word.getKey());
      out.append(word.getValue() == null ? " (not yet supported)" : "");
    }
    return out.toString();
  }
}
