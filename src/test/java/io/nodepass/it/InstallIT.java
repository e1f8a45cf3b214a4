package io.nodepass.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.nodepass.testkit.EchoServer;
import io.nodepass.testkit.NodePassProcess;
import io.nodepass.testkit.RealProgram;
import io.nodepass.testkit.Stage;
import io.nodepass.testkit.Tunnel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** {@code install.sh install} and {@code uninstall}, and the launcher that is put in place. */
@Timeout(120)
class InstallIT {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String NAME = "nodepass";
  private static final String VERSION = "nodepass 0.";
  private static final String ARCHIVE = "nodepass.jsa";

  /** One for all tests that leave it as it is. */
  @TempDir private static Path common;

  private static Installation installed;

  @TempDir private Path directory;

  @RegisterExtension final Stage stage = new Stage();

  @BeforeAll
  static void install() throws IOException {
    installed = new Installation(common.resolve("prefix")).install();
  }

  private NodePassProcess start(NodePassProcess.Launch launch, String... arguments) {
    return stage.add(launch.start(NAME, arguments));
  }

  private void answersItsVersion(NodePassProcess.Launch launch) {
    NodePassProcess process = start(launch, "--version");
    assertEquals(0, process.awaitExit(SOON), process::tail);
    assertTrue(process.awaitLine("", SOON).startsWith(VERSION), process::tail);
    assertEquals(1, process.linesWith(""), process::tail);
  }

  private void refusesToStart(NodePassProcess.Launch launch, String... named) {
    NodePassProcess process = start(launch, "--version");
    assertEquals(78, process.awaitExit(SOON), process::tail);
    for (String name : named) {
      assertTrue(process.hasErrorWith(name), () -> name + "\n" + process.tail());
    }
  }

  /** A java program that runs nothing and claims to be of this version. */
  private Path pretended(String version) throws IOException {
    Path java = Files.createDirectories(directory.resolve(version + "/bin")).resolve("java");
    Files.writeString(
        java, "#!/bin/sh\necho 'openjdk version \"" + version + "\" 2018-09-25' >&2\n");
    assertTrue(java.toFile().setExecutable(true));
    return java;
  }

  @Test
  void theJarIsTheOneThatWasGiven() throws IOException {
    assertArrayEquals(
        Files.readAllBytes(Path.of(System.getProperty("nodepass.jar"))),
        Files.readAllBytes(installed.file("nodepass.jar")));
    assertArrayEquals(
        Files.readAllBytes(Path.of("LICENSE")), Files.readAllBytes(installed.file("LICENSE")));
  }

  @Test
  void theLauncherSaysNothingOfItsOwn() {
    answersItsVersion(installed.launch());
  }

  @Test
  void argumentsReachTheProgramAsTheyAre() {
    NodePassProcess process = start(installed.launch(), "a  b*", "");
    assertEquals(64, process.awaitExit(SOON), process::tail);
    assertTrue(process.hasErrorWith("\"a  b*\""), process::tail);
  }

  @Test
  void aTunnelCarriesItsUsersAndEndsWellOnASignal() throws IOException {
    EchoServer echo = stage.add(EchoServer.start());
    Tunnel tunnel =
        Tunnel.to(echo.address()).both(side -> side.by(installed.launcher())).start(stage);
    tunnel.users(SOON).inARow(5, 100_000);
    for (NodePassProcess process : List.of(tunnel.client(), tunnel.server())) {
      process.signal("TERM");
      assertEquals(0, process.awaitExit(SOON), process::tail);
      process.awaitLine("shutdown complete", SOON);
    }
  }

  @Test
  void theClassesComeFromTheArchive() {
    NodePassProcess process =
        start(
            installed.launch().env("NODEPASS_JAVA_OPTS", "-Xshare:on -Xlog:class+load"),
            "server://127.0.0.1:0/127.0.0.1:0?tls=1");
    process.awaitLine("server ready: ", SOON);
    process.signal("TERM");
    assertEquals(0, process.awaitExit(SOON), process::tail);
    for (String type : List.of("Main", "config.Parameter", "tunnel.ServerTunnel", "StopSignals")) {
      String line = process.awaitLine("io.nodepass." + type + " source: ", SOON);
      assertTrue(line.endsWith("shared objects file (top)"), line);
    }
    String library = process.awaitLine(" io.nodepass.shaded.bouncycastle.", SOON);
    assertTrue(library.endsWith("shared objects file (top)"), library);
  }

  @Test
  void itWorksSilentlyWithAnotherJava() throws IOException {
    Path other = Installation.otherJdk();
    assumeTrue(other != null, "no other JDK is here");
    answersItsVersion(installed.launch().env("NODEPASS_JAVA", other.resolve("bin/java")));
    answersItsVersion(installed.launch().env("NODEPASS_JAVA", other));
    answersItsVersion(installed.launch().env("JAVA_HOME", other));
  }

  @Test
  void itWorksSilentlyWithAnArchiveThatNoLongerFits() throws IOException {
    Installation changed = new Installation(directory.resolve("prefix")).install();
    Path jar = changed.file("nodepass.jar");
    Files.setLastModifiedTime(jar, java.nio.file.attribute.FileTime.fromMillis(1_000_000_000));
    answersItsVersion(changed.launch());
    Files.writeString(changed.file(ARCHIVE), "no archive");
    answersItsVersion(changed.launch());
    Files.delete(changed.file(ARCHIVE));
    answersItsVersion(changed.launch());
  }

  @Test
  void aLinkToTheLauncherIsFollowed() throws IOException {
    Path links = Files.createDirectories(common.resolve("links/deeper"));
    Path first = Files.createSymbolicLink(links.resolve("np"), installed.launcher());
    Path second = Files.createSymbolicLink(common.resolve("np"), common.relativize(first));
    answersItsVersion(NodePassProcess.launch().by(second));
  }

  @Test
  void aPrefixMayHaveBlanks() throws IOException {
    Installation blanks = new Installation(directory.resolve("a  prefix/of two ")).install();
    answersItsVersion(blanks.launch());
    assertTrue(Files.exists(blanks.file(ARCHIVE)));
    assertEquals(0, blanks.run("uninstall").exit());
    assertEquals(List.of(), blanks.everything());
  }

  @Test
  void aJavaThatIsTooOldIsNamed() throws IOException {
    Path old = pretended("11.0.2");
    refusesToStart(installed.launch().env("NODEPASS_JAVA", old), old.toString(), "11", "17");
    Path ancient = pretended("1.8.0_402");
    refusesToStart(installed.launch().env("NODEPASS_JAVA", ancient), "NODEPASS_JAVA is Java 8");
    refusesToStart(installed.launch().env("NODEPASS_JAVA", "/nowhere/java"), "/nowhere/java");
  }

  @Test
  void aJavaHomeThatIsTooOldIsPassedOver() throws IOException {
    Path old = pretended("11.0.2").resolveSibling("..").normalize();
    answersItsVersion(installed.launch().env("JAVA_HOME", old));
  }

  @Test
  void theJavaOfTheInstallationMayBeGone() throws IOException {
    Installation moved = new Installation(directory.resolve("prefix")).install();
    Files.writeString(moved.file("java"), "/nowhere/bin/java\n");
    String home = System.getProperty("java.home");
    answersItsVersion(moved.launch().env("PATH", home + "/bin:" + System.getenv("PATH")));
    Path old = pretended("11.0.2");
    String tools = Path.of(RealProgram.find("sh", "dash")).getParent().toString();
    String path = old.getParent() + ":" + tools;
    refusesToStart(moved.launch().env("PATH", path), "/nowhere/bin/java", "PATH is Java 11");
  }

  @Test
  void theFlagsAreTheMeasuredOnesUnlessTheUserHasOthers() {
    hasFlags(installed.launch(), " UseSerialGC ", "= true", " InitialHeapSize ", "= 16777216");
    NodePassProcess.Launch small =
        installed.launch().env("NODEPASS_JAVA_OPTS", "-XX:+UseParallelGC -Xmx12m");
    hasFlags(small, " UseParallelGC ", "= true", " MaxHeapSize ", "= 12582912");
    String other = directory.resolve("other.jsa").toString();
    NodePassProcess.Launch archive =
        installed.launch().env("NODEPASS_JAVA_OPTS", "-XX:SharedArchiveFile=" + other);
    hasFlags(archive, " SharedArchiveFile ", other);
  }

  @Test
  void ofTwoFlagsTheUsersIsTheLast() {
    NodePassProcess process =
        start(installed.launch().env("NODEPASS_JAVA_OPTS", "-Xlog:cds=info"), "--version");
    assertEquals(0, process.awaitExit(SOON), process::tail);
    assertTrue(process.awaitLine("[cds", SOON).contains("][info]["), process::tail);
  }

  private void hasFlags(NodePassProcess.Launch launch, String... namesAndValues) {
    NodePassProcess process =
        start(launch.env("JDK_JAVA_OPTIONS", "-XX:+PrintFlagsFinal"), "--version");
    assertEquals(0, process.awaitExit(SOON), process::tail);
    for (int i = 0; i < namesAndValues.length; i += 2) {
      String line = process.awaitLine(namesAndValues[i], SOON);
      assertTrue(line.contains(namesAndValues[i + 1]), line);
    }
  }

  @Test
  void installingAgainBringsUpToDateAndUninstallingLeavesNothing() throws IOException {
    Installation twice = new Installation(directory.resolve("prefix")).install();
    List<String> first = twice.everything();
    assertTrue(first.contains("lib/nodepass/" + ARCHIVE), first::toString);
    Files.writeString(twice.file("nodepass.jar"), "an older one");
    assertEquals(first, twice.install().everything());
    answersItsVersion(twice.launch());

    RealProgram.Result away = twice.run("uninstall");
    assertEquals(0, away.exit(), away::err);
    assertTrue(away.err().contains("removed " + twice.launcher()), away::err);
    assertEquals(List.of(), twice.everything());
    assertEquals(0, twice.run("uninstall").exit());
  }

  @Test
  void uninstallingLeavesWhatIsNotOurs() throws IOException {
    Path prefix = Files.createDirectories(directory.resolve("prefix/bin")).getParent();
    Path tool = Files.writeString(prefix.resolve("bin/tool"), "another program");
    Installation shared = new Installation(prefix).install();
    Path note = Files.writeString(shared.file("note"), "the user's own");
    Files.writeString(shared.launcher(), "another nodepass");
    RealProgram.Result away = shared.run("uninstall");
    assertEquals(0, away.exit(), away::err);
    assertEquals(
        List.of("", "bin", "bin/nodepass", "bin/tool", "lib", "lib/nodepass", "lib/nodepass/note"),
        shared.everything());
    assertTrue(Files.exists(tool) && Files.exists(note));
    assertTrue(away.err().contains("left " + shared.launcher()), away::err);
    Files.delete(shared.launcher());
    answersItsVersion(shared.install().launch());
  }

  @Test
  void whatIsNotOursIsNotOverwritten() throws IOException {
    Path prefix = Files.createDirectories(directory.resolve("prefix/bin")).getParent();
    Installation taken = new Installation(prefix);
    Files.writeString(taken.launcher(), "another nodepass");
    RealProgram.Result result = taken.run("install", "--jar", System.getProperty("nodepass.jar"));
    assertFalse(result.exit() == 0);
    assertTrue(result.err().contains(taken.launcher() + " is another program"), result::err);
    assertEquals("another nodepass", Files.readString(taken.launcher()));
    assertEquals(List.of("", "bin", "bin/nodepass"), taken.everything());
  }

  @Test
  void aDirectoryOfTheSameNameIsNotOverwritten() throws IOException {
    Installation taken = new Installation(directory.resolve("prefix"));
    Files.createDirectories(taken.file("licenses"));
    Files.writeString(taken.file("LICENSE"), "of another program");
    RealProgram.Result result = taken.run("install", "--jar", System.getProperty("nodepass.jar"));
    assertFalse(result.exit() == 0);
    assertTrue(result.err().contains(taken.file("LICENSE").toString()), result::err);
    assertEquals("of another program", Files.readString(taken.file("LICENSE")));
  }

  @Test
  void aPrefixThatCannotBeIsNamed() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "");
    // Root may write anywhere but below a file.
    Installation impossible = new Installation(file.resolve("prefix"));
    RealProgram.Result result =
        impossible.run("install", "--jar", System.getProperty("nodepass.jar"));
    assertFalse(result.exit() == 0);
    assertTrue(result.err().contains("cannot install into " + impossible.prefix()), result::err);
    assertTrue(result.err().contains(file + " is no directory"), result::err);
  }

  @Test
  void aWrongCommandLineIsOne() throws IOException {
    for (String[] wrong :
        new String[][] {
          {"install", "--jra", "x"}, {"uninstall", "--jar", "x"}, {"install", "--jar"}
        }) {
      String[] options = List.of(wrong).subList(1, wrong.length).toArray(String[]::new);
      RealProgram.Result result = installed.run(wrong[0], options);
      assertEquals(64, result.exit(), result::err);
      assertTrue(result.err().contains(wrong[1]), result::err);
    }
  }
}
