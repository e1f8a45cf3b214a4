package io.nodepass;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.CountDownLatch;

/**
 * SIGTERM and SIGINT: the first one asks for a graceful end, the second ends the process at once.
 * The JVM's own handling would run shutdown hooks, exit with 143 or 130 and swallow a second one.
 *
 * <p>{@code sun.misc.Signal} (module jdk.unsupported) is the only way to a signal that Java has. It
 * is reached by reflection because the compiler refuses to be quiet about it.
 */
final class StopSignals implements InvocationHandler {
  private final CountDownLatch first = new CountDownLatch(1);
  // Written once, by the thread of the first signal, before the latch opens.
  private volatile String name;

  private StopSignals() {}

  /**
   * Takes the signals over for the whole process. Where that is not possible (a JVM with -Xrs, or
   * without jdk.unsupported) their default action stays: the process ends without a drain.
   */
  static StopSignals install() {
    StopSignals signals = new StopSignals();
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
      Object handler =
          Proxy.newProxyInstance(
              StopSignals.class.getClassLoader(), new Class<?>[] {handlerType}, signals);
      Method handle = signal.getMethod("handle", signal, handlerType);
      for (String name : new String[] {"TERM", "INT"}) {
        handle.invoke(null, signal.getConstructor(String.class).newInstance(name), handler);
      }
    } catch (ReflectiveOperationException e) {
      return signals;
    }
    return signals;
  }

  /** {@code SignalHandler.handle(Signal)}, on a thread of the JVM's. */
  @Override
  public Object invoke(Object proxy, Method method, Object[] arguments) {
    return switch (method.getName()) {
      case "handle" -> {
        received(arguments[0].toString());
        yield null;
      }
      case "equals" -> proxy == arguments[0];
      case "hashCode" -> System.identityHashCode(proxy);
      default -> "stop signals";
    };
  }

  private synchronized void received(String signal) {
    if (name != null) {
      // 128 + the number of the signal, as a shell reports a process that a signal has ended.
      Runtime.getRuntime().halt(signal.equals("SIGINT") ? 130 : 143);
    }
    name = signal;
    first.countDown();
  }

  /** Waits for the first signal and gives its name. */
  String await() throws InterruptedException {
    first.await();
    return name;
  }
}
