package io.nodepass.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.bouncycastle.asn1.ASN1Object;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is in the two jars: the one that runs by itself and the thin one for embedding. */
class PackagedJarsIT {
  private static final String RUNNABLE = "nodepass.jar";
  private static final String THIN = "nodepass.thin.jar";
  private static final String LIBRARY = "io/nodepass/shaded/bouncycastle/";
  private static final String LIBRARY_LICENCE = "META-INF/licenses/bouncycastle.md";
  private static final long MOST_BYTES = 2L << 20;

  private static Path jar(String property) {
    return Path.of(System.getProperty(property));
  }

  private static List<String> names(String property) throws IOException {
    try (JarFile file = new JarFile(jar(property).toFile())) {
      return file.stream().map(JarEntry::getName).toList();
    }
  }

  private static byte[] bytes(Path jar, String name) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      JarEntry entry = file.getJarEntry(name);
      assertTrue(entry != null, () -> name + " is not in " + jar);
      try (InputStream in = file.getInputStream(entry)) {
        return in.readAllBytes();
      }
    }
  }

  private static Attributes manifest(String property) throws IOException {
    try (JarFile file = new JarFile(jar(property).toFile())) {
      return file.getManifest().getMainAttributes();
    }
  }

  /** A signature of a jar that was taken apart holds for nothing, and some loaders then refuse. */
  private static boolean isLeftOver(String name) {
    String upper = name.toUpperCase(Locale.ROOT);
    return upper.endsWith(".SF")
        || upper.endsWith(".RSA")
        || upper.endsWith(".DSA")
        || upper.endsWith(".EC")
        || name.endsWith("module-info.class")
        || name.startsWith("META-INF/maven")
        || name.startsWith("META-INF/versions");
  }

  @Test
  void theRunnableJarHasTheLibraryRenamedAndNothingElseOfOthers() throws IOException {
    List<String> names = names(RUNNABLE);
    assertTrue(names.stream().anyMatch(name -> name.startsWith(LIBRARY)));
    assertEquals(List.of(), names.stream().filter(name -> !isOurs(name)).toList());
    long size = Files.size(jar(RUNNABLE));
    assertTrue(size < MOST_BYTES, () -> size + " bytes");
  }

  private static boolean isOurs(String name) {
    return "io/nodepass/".startsWith(name)
        || name.startsWith("io/nodepass/")
        || name.startsWith("META-INF/");
  }

  @Test
  void theThinJarHasNoClassOfTheLibrary() throws IOException {
    List<String> names = names(THIN);
    assertTrue(names.contains("io/nodepass/NodePass.class"));
    assertEquals(List.of(), names.stream().filter(name -> !isOurs(name)).toList());
    assertEquals(List.of(), names.stream().filter(name -> name.startsWith(LIBRARY)).toList());
  }

  @ParameterizedTest
  @ValueSource(strings = {RUNNABLE, THIN})
  void noSignatureAndNoModuleOfOthersIsLeft(String property) throws IOException {
    assertEquals(List.of(), names(property).stream().filter(PackagedJarsIT::isLeftOver).toList());
  }

  @ParameterizedTest
  @ValueSource(strings = {RUNNABLE, THIN})
  void itIsTheModuleIoNodepass(String property) throws IOException {
    ModuleDescriptor module =
        ModuleFinder.of(jar(property)).find("io.nodepass").orElseThrow().descriptor();
    assertTrue(module.isAutomatic());
    assertTrue(module.packages().contains("io.nodepass"));
    assertEquals("io.nodepass", manifest(property).getValue("Automatic-Module-Name"));
  }

  @Test
  void onlyTheJarThatHoldsAllOfItSaysThatItRuns() throws IOException {
    assertEquals("io.nodepass.Main", manifest(RUNNABLE).getValue(Attributes.Name.MAIN_CLASS));
    assertNull(manifest(THIN).getValue(Attributes.Name.MAIN_CLASS));
  }

  @ParameterizedTest
  @ValueSource(strings = {RUNNABLE, THIN})
  void itCarriesTheLicences(String property) throws Exception {
    assertArrayEquals(
        Files.readAllBytes(Path.of("LICENSE")), bytes(jar(property), "META-INF/LICENSE"));
    Path library =
        Path.of(ASN1Object.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    assertArrayEquals(
        bytes(library, "META-INF/LICENSE.md"),
        bytes(jar(property), LIBRARY_LICENCE),
        "the licence is another one than that of " + library);
    String notice =
        new String(bytes(jar(property), "META-INF/THIRD-PARTY.md"), StandardCharsets.UTF_8);
    String version = library.getFileName().toString().replaceAll(".*-|\\.jar$", "");
    assertTrue(notice.contains("| " + version + " |"), notice);
    assertTrue(notice.contains(LIBRARY_LICENCE), notice);
  }
}
