package io.nodepass;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The import arrows of docs/architecture.md and the rules that keep them worth having. Every rule
 * looks at the classes that are shipped, not at the tests.
 */
class ArchitectureTest {
  private static final JavaClasses SHIPPED =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.nodepass");

  /** One layer, and those of ours that it may import besides itself. */
  private record Layer(String name, List<String> imports) {
    static Layer of(String name, String... imports) {
      return new Layer(name, List.of(imports));
    }

    String pattern() {
      return "io.nodepass." + name;
    }
  }

  /**
   * The whole table but the root package, which may import everything, and {@code config}, which is
   * narrower than a package. A name that ends in two dots means its subpackages too.
   */
  private static final List<Layer> LAYERS =
      List.of(
          Layer.of("telemetry.."),
          Layer.of("buffer.."),
          Layer.of("reactor..", "buffer..", "telemetry.."),
          Layer.of("transport", "reactor..", "buffer..", "telemetry.."),
          Layer.of("transport.tcp..", "transport", "reactor..", "buffer..", "telemetry.."),
          Layer.of("transport.tls..", "transport", "reactor..", "buffer..", "telemetry.."),
          Layer.of("transport.framed..", "transport", "reactor..", "buffer..", "telemetry.."),
          Layer.of("transport.websocket..", "transport", "reactor..", "buffer..", "telemetry.."),
          Layer.of("transport.quic..", "transport", "reactor..", "buffer..", "telemetry.."),
          Layer.of("relay..", "transport", "reactor..", "buffer..", "telemetry.."),
          Layer.of(
              "tunnel..",
              "config..",
              "relay..",
              "transport..",
              "reactor..",
              "buffer..",
              "telemetry.."));

  static Stream<Layer> layers() {
    return LAYERS.stream();
  }

  @ParameterizedTest
  @MethodSource("layers")
  void aLayerImportsOnlyWhatItsRowOfTheTableNames(Layer layer) {
    String[] allowed =
        Stream.concat(
                Stream.of(layer.pattern()), layer.imports().stream().map(i -> "io.nodepass." + i))
            .toArray(String[]::new);
    check(
        noClasses()
            .that()
            .resideInAPackage(layer.pattern())
            .should()
            .dependOnClassesThat(ours().and(not(resideInAnyPackage(allowed)))));
  }

  @Test
  void configImportsNothingOfOursButTelemetry() {
    check(
        noClasses()
            .that()
            .resideInAPackage("io.nodepass.config..")
            .should()
            .dependOnClassesThat(
                ours()
                    .and(not(resideInAPackage("io.nodepass.config..")))
                    .and(not(resideInAPackage("io.nodepass.telemetry..")))));
  }

  @Test
  void everyClassBelongsToALayer() {
    String[] known =
        Stream.concat(
                Stream.of("io.nodepass", "io.nodepass.config.."), layers().map(Layer::pattern))
            .toArray(String[]::new);
    check(classes().should().resideInAnyPackage(known));
  }

  @Test
  void onlyTheTlsTransportSeesBouncyCastle() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage("io.nodepass.transport.tls..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.bouncycastle.."));
  }

  @Test
  void onlyTheQuicTransportSeesKwik() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage("io.nodepass.transport.quic..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("tech.kwik.."));
  }

  @Test
  void noNameSaysNothing() {
    check(
        noClasses()
            .should()
            .haveNameMatching("(?i).*(utils?|helpers?)")
            .orShould()
            .haveNameMatching(".*(Managers?|Impl)")
            .orShould()
            .resideInAnyPackage("..util..", "..helper..", "..manager..", "..impl.."));
  }

  @Test
  void onlyTheCommandLineEndsTheProcess() {
    DescribedPredicate<JavaMethodCall> ending =
        calls(Set.of("java.lang.System", "java.lang.Runtime"), Set.of("exit", "halt"));
    check(
        noClasses().that().resideOutsideOfPackage("io.nodepass").should().callMethodWhere(ending));
  }

  @Test
  void onlyTheCommandLineAndTheLogWriteToTheTerminal() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages("io.nodepass", "io.nodepass.telemetry..")
            .should()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err"));
  }

  @Test
  void noPatternIsMatchedOrFormattedWhereBytesFlow() {
    DescribedPredicate<JavaMethodCall> slow =
        calls(
            Set.of("java.lang.String"),
            Set.of("format", "formatted", "matches", "replaceAll", "replaceFirst"));
    check(
        noClasses()
            .that()
            .resideInAnyPackage(
                "io.nodepass.buffer..",
                "io.nodepass.reactor..",
                "io.nodepass.transport..",
                "io.nodepass.relay..")
            .should()
            .dependOnClassesThat(
                resideInAPackage("java.util.regex..").or(type(java.util.Formatter.class)))
            .orShould()
            .callMethodWhere(slow));
  }

  /** A layer that has no class yet breaks no rule; that the import found any is checked here. */
  private static void check(ArchRule rule) {
    if (SHIPPED.isEmpty()) {
      throw new AssertionError("no shipped class was found");
    }
    rule.allowEmptyShould(true).check(SHIPPED);
  }

  private static DescribedPredicate<JavaClass> ours() {
    return resideInAPackage("io.nodepass..");
  }

  private static DescribedPredicate<JavaMethodCall> calls(Set<String> owners, Set<String> names) {
    return new DescribedPredicate<>("calls of " + owners + "." + names) {
      @Override
      public boolean test(JavaMethodCall call) {
        AccessTarget.MethodCallTarget target = call.getTarget();
        return owners.contains(target.getOwner().getName()) && names.contains(target.getName());
      }
    };
  }
}
