package io.nodepass;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.config.ConfigException;
import io.nodepass.telemetry.Level;
import io.nodepass.telemetry.Log;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What embedding programs are compiled against, as the package's description promises it. */
class EmbeddingApiTest {
  private static final Set<Class<?>> API =
      Set.of(NodePass.class, TunnelStats.class, Log.class, Level.class, ConfigException.class);

  private static boolean isOpen(Member member) {
    return Modifier.isPublic(member.getModifiers()) || Modifier.isProtected(member.getModifiers());
  }

  private static void types(Type type, Set<Type> found) {
    if (type instanceof ParameterizedType parameterized) {
      types(parameterized.getRawType(), found);
      Arrays.stream(parameterized.getActualTypeArguments()).forEach(each -> types(each, found));
    } else if (type instanceof Class<?> one && one.isArray()) {
      types(one.getComponentType(), found);
    } else if (type != null) {
      found.add(type);
    }
  }

  private static Set<Type> seenIn(Class<?> api) {
    Set<Type> found = new java.util.HashSet<>();
    types(api.getGenericSuperclass(), found);
    Arrays.stream(api.getGenericInterfaces()).forEach(type -> types(type, found));
    for (Field field : api.getDeclaredFields()) {
      if (isOpen(field)) {
        types(field.getGenericType(), found);
      }
    }
    List<Executable> executables = new ArrayList<>(List.of(api.getDeclaredMethods()));
    executables.addAll(List.of(api.getDeclaredConstructors()));
    for (Executable executable : executables) {
      if (isOpen(executable)) {
        types(executable.getAnnotatedReturnType().getType(), found);
        Arrays.stream(executable.getGenericParameterTypes()).forEach(type -> types(type, found));
        Arrays.stream(executable.getGenericExceptionTypes()).forEach(type -> types(type, found));
      }
    }
    return found;
  }

  @Test
  void nothingInternalIsSeenInASignature() {
    for (Class<?> api : API) {
      Set<Type> seen = seenIn(api);
      assertTrue(!seen.isEmpty(), api::getName);
      for (Type type : seen) {
        boolean known =
            type instanceof Class<?> one
                && (one.isPrimitive() || one.getName().startsWith("java.") || API.contains(one));
        assertTrue(known, () -> api.getSimpleName() + " shows " + type);
      }
    }
  }

  /** Whoever changes this changes the API: the list of changes has to say so. */
  @Test
  void theHandleHasTheseMethods() {
    Set<String> methods = new TreeSet<>();
    for (Method method : NodePass.class.getDeclaredMethods()) {
      if (isOpen(method)) {
        methods.add(method.getName() + "/" + method.getParameterCount());
      }
    }
    assertEquals(
        List.of(
            "address/0",
            "awaitReady/0",
            "awaitReady/1",
            "close/0",
            "ready/0",
            "start/1",
            "start/2",
            "stats/0",
            "toString/0",
            "tunnelAddress/0"),
        List.copyOf(methods));
    for (Constructor<?> constructor : NodePass.class.getDeclaredConstructors()) {
      assertTrue(Modifier.isPrivate(constructor.getModifiers()), constructor::toString);
    }
  }
}
