package io.nodepass;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * SIGTERM and SIGINT: the first one asks for a graceful end, the second ends the process at once,
 * after what runs has been aborted. Signals that come with the first one are part of it: some
 * programs signal a process and then its whole group. The JVM's own handling would run shutdown
 * hooks, exit with 143 or 130 and swallow a second one.
 *
 * <p>{@code sun.misc.Signal} (module jdk.unsupported) is the only way to a signal that Java has. It
 * is reached by reflection because the compiler refuses to be quiet about it.
 */
final class StopSignals implements InvocationHandler {
  private static final long TOGETHER_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final CountDownLatch first = new CountDownLatch(1);
  // Written once, by the thread of the first signal, before the latch opens.
  private volatile String name;
  // Set once, before the latch is waited for; what aborts everything.
  private volatile Runnable abort = () -> {};
  private long firstAt;

  private StopSignals() {}

  /** Sets what a second signal does before the process ends. */
  void onSecond(Runnable abort) {
    this.abort = abort;
  }

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
    long now = System.nanoTime();
    if (name != null) {
      if (now - firstAt < TOGETHER_NANOS) {
        return;
      }
      abort.run();
      // 128 + the number of the signal, as a shell reports a process that a signal has ended.
      Runtime.getRuntime().halt(signal.equals("SIGINT") ? 130 : 143);
    }
    firstAt = now;
    name = signal;
    first.countDown();
  }

  /** Waits for the first signal and gives its name. */
  String await() throws InterruptedException {
    first.await();
    return name;
  }
}
