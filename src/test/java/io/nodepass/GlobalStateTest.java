package io.nodepass;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.lang.reflect.Field;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.Lock;
import org.junit.jupiter.api.Test;

/**
 * What only the command line may do, because a JVM has it once: its classes are named here, and no
 * other one may change the JVM, end it, or keep anything that two tunnels would share.
 */
class GlobalStateTest {
  private static final JavaClasses SHIPPED =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.nodepass");

  private static final DescribedPredicate<JavaClass> COMMAND_LINE =
      belongToAnyOf(
          Main.class,
          StopSignals.class,
          CommandLine.class,
          Usage.class,
          Version.class,
          ExitCode.class,
          Demo.class,
          DemoLoad.class,
          EchoTarget.class);

  /** Gives numbers that nobody has had before: all that tunnels share of it is that they differ. */
  private static final String NUMBERS = "io.nodepass.transport.tls.ResumingEngines.ALIASES";

  private static final Map<String, Set<String>> CHANGES_THE_JVM =
      Map.of(
          "java.lang.System",
          Set.of(
              "setProperty", "setProperties", "clearProperty", "setOut", "setErr", "setIn", "exit"),
          "java.lang.Runtime",
          Set.of("addShutdownHook", "exit", "halt"),
          "java.security.Security",
          Set.of("setProperty", "addProvider", "insertProviderAt", "removeProvider"),
          "java.lang.Thread",
          Set.of("setDefaultUncaughtExceptionHandler"),
          "java.lang.Class",
          Set.of("forName"),
          "java.net.Authenticator",
          Set.of("setDefault"),
          "java.util.concurrent.ForkJoinPool",
          Set.of("commonPool"));

  private static DescribedPredicate<JavaAccess<?>> changesTheJvm() {
    return new DescribedPredicate<>("change the JVM for everybody") {
      @Override
      public boolean test(JavaAccess<?> access) {
        String owner = access.getTargetOwner().getName();
        return CHANGES_THE_JVM.getOrDefault(owner, Set.of()).contains(access.getTarget().getName());
      }
    };
  }

  @Test
  void onlyTheCommandLineChangesTheJvm() {
    var rule =
        noClasses()
            .that(DescribedPredicate.not(COMMAND_LINE))
            .should()
            .accessTargetWhere(changesTheJvm());
    rule.check(SHIPPED);
    // The command line does, so the rule can be broken.
    var none = noClasses().should().accessTargetWhere(changesTheJvm());
    assertThrows(AssertionError.class, () -> none.check(SHIPPED));
  }

  @Test
  void theLibraryDoesNotSeeTheCommandLine() {
    noClasses()
        .that(DescribedPredicate.not(COMMAND_LINE))
        .should()
        .dependOnClassesThat(COMMAND_LINE)
        .check(SHIPPED);
  }

  @Test
  void nothingStaticCanBeReplaced() {
    fields()
        .that()
        .areStatic()
        .and(DescribedPredicate.describe("are ours", field -> !isGenerated(field)))
        .should()
        .beFinal()
        .check(SHIPPED);
  }

  private static boolean isGenerated(JavaField field) {
    return field.getModifiers().contains(JavaModifier.SYNTHETIC);
  }

  @Test
  void nothingStaticHoldsAThreadALockOrACount() {
    noFields()
        .that()
        .areStatic()
        .and()
        .doNotHaveFullName(NUMBERS)
        .should()
        .haveRawType(
            assignableTo(Thread.class)
                .or(assignableTo(ThreadLocal.class))
                .or(assignableTo(Executor.class))
                .or(assignableTo(Lock.class))
                .or(
                    DescribedPredicate.describe(
                        "of java.util.concurrent.atomic",
                        type -> type.getPackageName().equals("java.util.concurrent.atomic"))))
        .check(SHIPPED);
  }

  @Test
  void everyStaticCollectionIsImmutable() throws ReflectiveOperationException {
    int seen = 0;
    for (JavaClass type : SHIPPED) {
      for (JavaField field : type.getFields()) {
        if (field.getModifiers().contains(JavaModifier.STATIC)
            && (field.getRawType().isAssignableTo(Collection.class)
                || field.getRawType().isAssignableTo(Map.class))) {
          seen++;
          Field reflected = field.reflect();
          reflected.setAccessible(true);
          String kind = reflected.get(null).getClass().getName();
          assertTrue(
              kind.startsWith("java.util.ImmutableCollections")
                  || kind.startsWith("java.util.Collections$Unmodifiable"),
              field.getFullName() + " is a " + kind);
        }
      }
    }
    assertTrue(seen > 0, "no static collection was found");
  }
}
