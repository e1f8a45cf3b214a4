/** A program on the module path. Without this file it is one on the class path. */
module com.example.publish {
  requires io.nodepass;
  // Has the tunnel notice within two minutes that a silent peer is gone.
  requires jdk.net;
  // The service of this example.
  requires jdk.httpserver;
}
