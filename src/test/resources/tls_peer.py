"""A TLS 1.3 peer: connects, then does what its second argument says.

The records go through memory, because only so can Python end one direction and go on reading.
"""

import hashlib
import socket
import ssl
import sys

SIZE = 3_000_000


class Peer:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.settimeout(20)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self.incoming = ssl.MemoryBIO()
        self.outgoing = ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing)
        self.call(self.tls.do_handshake)
        print("speaks", self.tls.version(), self.tls.cipher()[0], flush=True)

    def flush(self):
        self.socket.sendall(self.outgoing.read())

    def call(self, what, *arguments):
        while True:
            try:
                result = what(*arguments)
                self.flush()
                return result
            except ssl.SSLWantReadError:
                self.flush()
                data = self.socket.recv(65536)
                if data:
                    self.incoming.write(data)
                else:
                    self.incoming.write_eof()

    def send(self):
        data = bytes(i * 31 & 0xFF for i in range(SIZE))
        sent = 0
        while sent < SIZE:
            sent += self.call(self.tls.write, data[sent : sent + 50_000])
        print("sent", hashlib.sha256(data).hexdigest(), flush=True)

    def end(self):
        """Sends close_notify and does not wait for the other's."""
        try:
            self.tls.unwrap()
        except ssl.SSLWantReadError:
            pass
        self.flush()

    def receive(self):
        total = hashlib.sha256()
        while True:
            try:
                data = self.call(self.tls.read, 65536)
            except ssl.SSLZeroReturnError:
                break
            if not data:
                break
            total.update(data)
        print("received", total.hexdigest(), flush=True)

    def tcp_ended(self):
        """Whether the connection beneath ends now, with nothing more on it."""
        print("beneath", "ended" if self.socket.recv(1) == b"" else "goes on", flush=True)


def main():
    peer = Peer(int(sys.argv[1]))
    mode = sys.argv[2]
    if mode == "ends-first":
        peer.send()
        peer.end()
        peer.receive()
        peer.tcp_ended()
    elif mode == "ends-last":
        peer.receive()
        peer.send()
        peer.end()
        peer.tcp_ended()
    elif mode == "cuts":
        peer.send()
        peer.socket.shutdown(socket.SHUT_RDWR)
    peer.socket.close()


main()
