/**
 * A reverse tunnel inside a Java program, and the command line.
 *
 * <p>The API for programs is {@link io.nodepass.NodePass}, {@link io.nodepass.TunnelStats}, {@link
 * io.nodepass.telemetry.Log}, {@link io.nodepass.telemetry.Level} and {@link
 * io.nodepass.config.ConfigException}, with the URLs that the manual describes. Everything else, in
 * this package and those below it, is public for other packages of the library only and changes
 * without notice.
 *
 * <p>The version numbers follow Semantic Versioning. Before 1.0 a minor version may change the API,
 * and the list of changes says how; a patch version does not. From 1.0 on only a major version may.
 * Three things are no break: new components of the record {@link io.nodepass.TunnelStats}, so
 * programs should not construct it; new constants and parameters; and other texts of messages and
 * log lines.
 */
package io.nodepass;
