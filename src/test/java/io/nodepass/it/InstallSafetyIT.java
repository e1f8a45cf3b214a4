package io.nodepass.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.Await;
import io.nodepass.testkit.NodePassProcess;
import io.nodepass.testkit.RealProgram;
import io.nodepass.testkit.Stage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** {@code install.sh} interrupted, twice at once, and among files of somebody else's. */
@Timeout(120)
class InstallSafetyIT {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final String JAR = System.getProperty("nodepass.jar");
  private static final String SCRIPT = Path.of("install.sh").toAbsolutePath().toString();

  @TempDir private Path directory;

  @RegisterExtension final Stage stage = new Stage();

  private Installation installation;

  @BeforeEach
  void choosePrefix() {
    installation = new Installation(directory.resolve("prefix"));
  }

  private NodePassProcess startInstalling(Object javaHome) {
    NodePassProcess.Launch launch = NodePassProcess.launch().env("JAVA_HOME", javaHome);
    return stage.add(
        launch
            .by(Path.of(SCRIPT))
            .start(
                "install", "install", "--prefix", installation.prefix().toString(), "--jar", JAR));
  }

  private RealProgram.Result install() throws IOException {
    return installation.run("install", "--jar", JAR);
  }

  private void uninstallsToNothing() throws IOException {
    RealProgram.Result away = installation.run("uninstall");
    assertEquals(0, away.exit(), away::err);
    assertEquals(List.of(), installation.everything());
  }

  /** A file with a text that must stay, outside of the prefix. */
  private Path victim() throws IOException {
    Path outside = Files.createDirectories(directory.resolve("outside"));
    return Files.writeString(outside.resolve("victim"), "to be kept");
  }

  private static void executable(Path file, String... lines) throws IOException {
    Files.createDirectories(file.getParent());
    Files.write(file, Stream.concat(Stream.of("#!/bin/sh"), Stream.of(lines)).toList());
    assertTrue(file.toFile().setExecutable(true));
  }

  @Test
  void anInterruptedInstallationEndsWhatItHasStarted() throws IOException {
    // A java that knows a version, and else stays for ever, deaf to TERM.
    Path home = directory.resolve("java");
    Path pid = directory.resolve("pid");
    executable(
        home.resolve("bin/java"),
        "case \"$*\" in *--version) echo nodepass 0.0.0; exit ;; esac",
        "trap '' TERM",
        "echo $$ >'" + pid + ".new' && mv '" + pid + ".new' '" + pid + "'",
        "exec sleep 600");
    Files.writeString(home.resolve("release"), "JAVA_VERSION=\"17.0.1\"\n");
    NodePassProcess process = startInstalling(home);
    Await.until(process::tail, SOON, () -> Files.exists(pid));
    ProcessHandle child =
        ProcessHandle.of(Long.parseLong(Files.readString(pid).strip())).orElseThrow();
    try {
      process.signal("TERM");
      assertEquals(143, process.awaitExit(SOON), process::tail);
      assertFalse(child.isAlive());
    } finally {
      child.destroyForcibly();
    }
    assertFalse(Files.exists(installation.file(".lock")));
    uninstallsToNothing();
  }

  /** The thin jar lies beside the one that runs, and has nearly its name. */
  @Test
  void anotherJarReplacesNothing() throws IOException {
    assertEquals(0, install().exit());
    List<String> before = installation.everything();
    RealProgram.Result wrong =
        installation.run("install", "--jar", System.getProperty("nodepass.thin.jar"));
    assertEquals(1, wrong.exit(), wrong::err);
    assertTrue(wrong.err().contains("is not NodePass's runnable jar"), wrong::err);
    assertEquals(before, installation.everything());
    RealProgram.Result old =
        RealProgram.run(SOON, List.of(installation.launcher().toString(), "--version"));
    assertEquals(0, old.exit(), old::err);
    uninstallsToNothing();
  }

  @Test
  void installationsAtTheSameTimeTakeTurns() throws IOException {
    List<NodePassProcess> all = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      all.add(startInstalling(System.getProperty("java.home")));
    }
    for (NodePassProcess process : all) {
      assertEquals(0, process.awaitExit(LIMIT), process::tail);
      assertFalse(process.hasErrorWith("no class-data archive"), process::tail);
    }
    assertTrue(Files.exists(installation.file("nodepass.jsa")));
    uninstallsToNothing();
  }

  @Test
  void anInstallationWaitsForTheOneThatIsAtWork() throws IOException {
    Path lock = Files.createDirectories(installation.file(".lock"));
    Path pid = lock.resolve("pid");
    Files.writeString(pid, ProcessHandle.current().pid() + "\n");
    NodePassProcess process = startInstalling(System.getProperty("java.home"));
    process.awaitLine("waiting for process " + ProcessHandle.current().pid(), SOON);
    assertFalse(Files.exists(installation.file("installed")));
    Files.delete(pid);
    Files.delete(lock);
    assertEquals(0, process.awaitExit(LIMIT), process::tail);
  }

  @Test
  void aLockThatWasLeftBehindIsNamed() throws Exception {
    install();
    List<String> before = installation.everything();
    Process ended = new ProcessBuilder("true").start();
    ended.waitFor();
    Path lock = Files.createDirectories(installation.file(".lock"));
    Path pid = Files.writeString(lock.resolve("pid"), ended.pid() + "\n");
    for (RealProgram.Result result : List.of(install(), installation.run("uninstall"))) {
      assertEquals(70, result.exit(), result::err);
      assertTrue(result.err().contains("process " + ended.pid()), result::err);
      assertTrue(result.err().contains("remove " + lock), result::err);
    }
    Files.delete(pid);
    Files.delete(lock);
    assertEquals(before, installation.everything());
  }

  @Test
  void linksThatSomebodyHasPlantedAreNotFollowed() throws IOException {
    Path victim = victim();
    install();
    Files.createSymbolicLink(installation.file("LICENSE.new"), victim);
    Files.delete(installation.file("LICENSE"));
    Files.createSymbolicLink(installation.file("LICENSE"), victim.getParent());
    RealProgram.Result again = install();
    assertEquals(0, again.exit(), again::err);
    assertEquals("to be kept", Files.readString(victim));
    assertTrue(Files.notExists(victim.resolveSibling("LICENSE")));
    assertEquals(-1, Files.mismatch(Path.of("LICENSE"), installation.file("LICENSE")));
  }

  @Test
  void aLinkInPlaceOfADirectoryOfOursIsRefused() throws IOException {
    Path victim = victim();
    Path licence = victim.resolveSibling("bouncycastle.md");
    install();
    Files.delete(installation.file("licenses/bouncycastle.md"));
    Files.delete(installation.file("licenses"));
    Files.writeString(licence, "of another program");
    Files.createSymbolicLink(installation.file("licenses"), victim.getParent());
    for (RealProgram.Result result : List.of(install(), installation.run("uninstall"))) {
      assertEquals(1, result.exit(), result::err);
      assertTrue(result.err().contains("licenses is a symbolic link"), result::err);
    }
    assertEquals("of another program", Files.readString(licence));
  }

  @Test
  void uninstallingKeepsToItsDirectoriesWhateverTheListSays() throws IOException {
    Path victim = victim();
    Path empty = Files.createDirectories(directory.resolve("empty"));
    Path mine = Files.createDirectories(installation.prefix().resolve("mine"));
    install();
    Files.createSymbolicLink(installation.file("link"), victim.getParent());
    Path gone = Files.createSymbolicLink(installation.file("dangling"), directory.resolve("no"));
    Files.createDirectories(installation.file("kept"));
    Files.write(
        installation.file("installed"),
        List.of(
            "file lib/nodepass/link/victim",
            "file lib/nodepass/../../../outside/victim",
            "file ../outside/victim",
            "file " + victim,
            "file lib/nodepass/dangling",
            "file lib/nodepass/kept",
            "file lib/nodepass/",
            "file lib/nodepass/*",
            "file bin/../bin/nodepass",
            "directory " + empty,
            "directory " + mine,
            "directory " + installation.prefix() + "/../empty",
            "directory /",
            "directory ",
            "nonsense"),
        StandardOpenOption.APPEND);
    RealProgram.Result away = installation.run("uninstall");
    assertEquals(0, away.exit(), away::err);
    assertEquals("to be kept", Files.readString(victim));
    assertTrue(Files.isDirectory(empty));
    assertFalse(Files.isSymbolicLink(gone));
    assertEquals(
        List.of("", "lib", "lib/nodepass", "lib/nodepass/kept", "lib/nodepass/link", "mine"),
        installation.everything());
  }

  @Test
  void whatIsInstalledIsForAllWhateverTheUmask() throws IOException {
    // A relative prefix, and a CDPATH that leads elsewhere.
    Files.createDirectories(directory.resolve("elsewhere/here"));
    Path here = Files.createDirectories(directory.resolve("here"));
    RealProgram.Result result =
        runIn(
            here,
            List.of("CDPATH=" + here.resolveSibling("elsewhere")),
            "umask 077; exec sh \"$0\" install --prefix ../here/.././prefix/ --jar \"$1\"");
    assertEquals(0, result.exit(), result::err);
    for (String name : installation.everything()) {
      var permissions = Files.getPosixFilePermissions(installation.prefix().resolve(name));
      assertTrue(permissions.contains(PosixFilePermission.OTHERS_READ), name);
    }
    assertTrue(Files.isRegularFile(installation.launcher()));
    uninstallsToNothing();
  }

  @Test
  void withoutAHomeAPrefixIsAskedFor() throws IOException {
    Path here = Files.createDirectories(directory.resolve("here"));
    Path tools = directory.resolve("tools");
    executable(tools.resolve("id"), "echo 1000");
    RealProgram.Result result =
        runIn(
            here,
            List.of("PATH=" + tools + ":" + System.getenv("PATH")),
            "exec sh \"$0\" install --jar \"$1\"");
    assertEquals(64, result.exit(), result::err);
    assertTrue(result.err().contains("--prefix"), result::err);
    assertTrue(Files.notExists(here.resolve("bin")));
  }

  /** Runs a line of sh with the paths of install.sh and of the jar, and without HOME. */
  private static RealProgram.Result runIn(Path here, List<String> environment, String line)
      throws IOException {
    List<String> command = new ArrayList<>(List.of(RealProgram.find("env", "coreutils"), "-i"));
    command.add("PATH=" + System.getenv("PATH"));
    command.add("JAVA_HOME=" + System.getProperty("java.home"));
    command.addAll(environment);
    command.addAll(List.of("sh", "-c", "cd '" + here + "' && { " + line + "; }", SCRIPT, JAR));
    return RealProgram.run(LIMIT, command);
  }

  @Test
  void aPrefixWithALineBreakIsRefused() throws IOException {
    installation = new Installation(directory.resolve("two\nlines"));
    RealProgram.Result result = install();
    assertEquals(64, result.exit(), result::err);
    assertEquals(List.of(), installation.everything());
  }

  @Test
  void flagsForTunnelsAreNotForTheInstallation() throws IOException {
    RealProgram.Result result =
        installation.run(List.of("NODEPASS_JAVA_OPTS=-Xnonsense"), "install", "--jar", JAR);
    assertEquals(0, result.exit(), result::err);
    assertTrue(Files.exists(installation.file("nodepass.jsa")));
  }
}
