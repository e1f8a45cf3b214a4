package io.nodepass.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.Await;
import io.nodepass.testkit.EchoServer;
import io.nodepass.testkit.NodePassProcess;
import io.nodepass.testkit.Ports;
import io.nodepass.testkit.RealProgram;
import io.nodepass.testkit.Stage;
import java.io.File;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Element;

/** The packaged jar inside other programs: the example's, and some that are built here. */
@Timeout(90)
class EmbeddingIT {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final Path EXAMPLE = Path.of("docs/examples/embedding");
  private static final String MODULE = "com.example.publish";
  private static final String MAIN = MODULE + ".Publish";

  @TempDir Path folder;

  @RegisterExtension final Stage stage = new Stage();

  private static String jar() {
    return System.getProperty("nodepass.jar");
  }

  private static RealProgram.Result java(String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx16m");
    command.addAll(List.of(arguments));
    return RealProgram.run(SOON, command);
  }

  /** Compiles the example's sources as its own build would. */
  private void compile(boolean modular) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("--release", "17", "-d", folder.toString()));
    arguments.addAll(List.of(modular ? "--module-path" : "--class-path", jar()));
    try (Stream<Path> files = Files.walk(EXAMPLE.resolve("src/main/java"))) {
      files
          .map(Path::toString)
          .filter(file -> file.endsWith(".java"))
          .filter(file -> modular || !file.endsWith("module-info.java"))
          .forEach(arguments::add);
    }
    int code =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, arguments.toArray(String[]::new));
    assertEquals(0, code, () -> "javac " + arguments);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theExampleRunsInAnHeapOfSixteenMegabytes(boolean modular) throws Exception {
    compile(modular);
    String path = jar() + File.pathSeparator + folder;
    RealProgram.Result result =
        modular ? java("-p", path, "-m", MODULE + "/" + MAIN) : java("-cp", path, MAIN);
    assertEquals(0, result.exit(), result::toString);
    String out = result.out();
    assertTrue(out.startsWith("page: Hello through the tunnel!"), result::toString);
    assertTrue(out.contains("opened=1, ended=1, aborted=0, refused=0,"), result::toString);
    assertTrue(out.endsWith("threads left: 0" + System.lineSeparator()), result::toString);
    // The platform's logger writes there unless told otherwise.
    assertTrue(result.err().contains("server ready: "), result::toString);
    assertEquals(3, out.lines().count(), result::toString);
  }

  /** What the build above cannot see: that the example's own build asks for this library. */
  @Test
  void theExamplesBuildAsksForThisVersion() throws Exception {
    Element ours = document(Path.of("pom.xml"));
    Element dependency =
        (Element) document(EXAMPLE.resolve("pom.xml")).getElementsByTagName("dependency").item(0);
    for (String part : List.of("groupId", "artifactId", "version")) {
      assertEquals(text(ours, part), text(dependency, part));
    }
  }

  private static Element document(Path pom) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(pom.toFile())
        .getDocumentElement();
  }

  private static String text(Element element, String name) {
    return element.getElementsByTagName(name).item(0).getTextContent();
  }

  @Test
  void aTunnelThatIsLeftOpenDoesNotKeepItsProgram() throws Exception {
    Path tests =
        Path.of(EmbeddingIT.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    RealProgram.Result result = java("-cp", jar() + File.pathSeparator + tests, LEFT_OPEN);
    assertEquals(0, result.exit(), result::toString);
    assertTrue(result.out().startsWith("left open: server://"), result::toString);
  }

  private static final String LEFT_OPEN = LeftOpen.class.getName();

  private static URLClassLoader packaged() throws IOException {
    return new URLClassLoader(
        new URL[] {Path.of(jar()).toUri().toURL()}, ClassLoader.getPlatformClassLoader());
  }

  private static AutoCloseable start(ClassLoader loader, String url) throws Exception {
    Class<?> type = loader.loadClass("io.nodepass.NodePass");
    assertNotSame(io.nodepass.NodePass.class, type);
    return (AutoCloseable) type.getMethod("start", String.class).invoke(null, url);
  }

  private static Object call(Object handle, String method) throws Exception {
    return handle.getClass().getMethod(method).invoke(handle);
  }

  /** A user of a server of the one loader and a client of the other; gives both loaders up. */
  private static List<WeakReference<ClassLoader>> useTwo(String query, int echo) throws Exception {
    try (URLClassLoader one = packaged();
        URLClassLoader other = packaged();
        AutoCloseable server = start(one, "server://127.0.0.1:0/127.0.0.1:0" + query)) {
      int port = ((InetSocketAddress) call(server, "tunnelAddress")).getPort();
      String client = "client://127.0.0.1:" + port + "/127.0.0.1:" + echo;
      try (AutoCloseable end = start(other, client)) {
        call(end, "awaitReady");
        InetSocketAddress ingress = (InetSocketAddress) call(server, "address");
        try (Socket user = new Socket(ingress.getAddress(), ingress.getPort())) {
          user.setSoTimeout((int) SOON.toMillis());
          user.getOutputStream().write("carried".getBytes(StandardCharsets.US_ASCII));
          user.shutdownOutput();
          byte[] back = user.getInputStream().readAllBytes();
          assertEquals("carried", new String(back, StandardCharsets.US_ASCII));
        }
      }
      return List.of(new WeakReference<>(one), new WeakReference<>(other));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"?tls=0", "?tls=1"})
  void twoClassLoadersHaveALibraryEachAndGiveItUp(String query) throws Exception {
    try (EchoServer echo = EchoServer.start()) {
      List<WeakReference<ClassLoader>> loaders = useTwo(query, echo.address().getPort());
      Await.until(
          "the classes can be unloaded",
          SOON,
          () -> {
            System.gc();
            return loaders.stream().allMatch(loader -> loader.get() == null);
          });
    }
  }

  @Test
  void theCommandLineLoadsNothingThatOnlyEmbeddingNeeds() {
    String url = "server://127.0.0.1:" + Ports.free() + "/127.0.0.1:" + Ports.free();
    NodePassProcess process =
        stage.add(NodePassProcess.launch().jvm("-verbose:class").start("nodepass", url));
    process.awaitLine("server ready: ", SOON);
    process.signal("TERM");
    assertEquals(0, process.awaitExit(SOON), process::tail);
    assertTrue(process.linesWith("io.nodepass.TunnelGroup ") > 0, process::tail);
    for (String name : List.of("NodePass ", "SystemLog ", "ShieldedLog ", "TunnelStats ")) {
      assertEquals(0, process.linesWith("io.nodepass." + name), name);
    }
    assertFalse(process.linesWith("java.util.logging.") > 0, "the platform's logging was loaded");
  }
}
