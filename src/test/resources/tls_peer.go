// A TLS 1.3 peer as Go makes it, with the standard library alone.
//
//	tls_peer dial <port> <scenario>
//	tls_peer serve <pem> <scenario>    says "listens <port>"
//
// It says on standard output what it saw, one thing a line.
package main

import (
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

const (
	size     = 3_000_000
	rounds   = 6
	patience = 20 * time.Second
)

func fatal(err error) {
	fmt.Println("failed", err)
	os.Exit(1)
}

func send(conn *tls.Conn) {
	data := make([]byte, size)
	for i := range data {
		data[i] = byte(i * 31)
	}
	for sent := 0; sent < size; {
		end := sent + 50_000
		if end > size {
			end = size
		}
		n, err := conn.Write(data[sent:end])
		if err != nil {
			fatal(err)
		}
		sent += n
	}
	fmt.Printf("sent %x\n", sha256.Sum256(data))
}

func end(conn *tls.Conn) {
	if err := conn.CloseWrite(); err != nil {
		fatal(err)
	}
}

func receive(conn *tls.Conn) {
	sum := sha256.New()
	if _, err := io.Copy(sum, conn); err != nil {
		fatal(err)
	}
	fmt.Printf("received %x\n", sum.Sum(nil))
}

// Whether the connection beneath ends now, with nothing more on it.
func beneath(conn *tls.Conn) {
	if n, err := conn.NetConn().Read(make([]byte, 1)); n == 0 && errors.Is(err, io.EOF) {
		fmt.Println("beneath ended")
	} else {
		fmt.Println("beneath goes on", n, err)
	}
}

func play(conn *tls.Conn, scenario string) {
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		fatal(err)
	}
	if err := conn.Handshake(); err != nil {
		fatal(err)
	}
	state := conn.ConnectionState()
	fmt.Printf("speaks %x\n", state.Version)
	fmt.Println("resumed", state.DidResume)
	switch scenario {
	case "ends-first":
		send(conn)
		end(conn)
		receive(conn)
		beneath(conn)
	case "ends-last":
		receive(conn)
		send(conn)
		end(conn)
		beneath(conn)
	case "cuts": // ends beneath, without a close_notify
		send(conn)
		conn.NetConn().Close()
	case "resets": // told to: a reset takes along what the other end has not read, a Finished too
		if _, err := conn.Read(make([]byte, 1)); err != nil {
			fatal(err)
		}
		send(conn)
		conn.NetConn().(*net.TCPConn).SetLinger(0)
		conn.NetConn().Close()
	case "echoes":
		n, err := io.Copy(conn, conn)
		fmt.Println("echoed", n, err)
		end(conn)
	case "reads":
		_, err := io.Copy(io.Discard, conn)
		fmt.Println("read until", err)
	case "names": // the server's part of the eight digits
		if _, err := conn.Write([]byte("0badc0de")); err != nil {
			fatal(err)
		}
		_, err := io.Copy(io.Discard, conn)
		fmt.Println("read until", err)
	case "is-named": // the client's part of them
		id := make([]byte, 8)
		n, err := conn.Read(id)
		fmt.Println("named", n, string(id[:n]), err)
	}
	conn.Close()
}

func dial(port, scenario string, config *tls.Config) {
	config.InsecureSkipVerify = true
	config.ServerName = "localhost"
	config.ClientSessionCache = tls.NewLRUClientSessionCache(rounds)
	times := 1
	if scenario == "is-named" {
		times = rounds
	}
	for i := 0; i < times; i++ {
		tcp, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err != nil {
			fatal(err)
		}
		play(tls.Client(tcp, config), scenario)
	}
}

func serve(pem, scenario string, config *tls.Config) {
	pair, err := tls.LoadX509KeyPair(pem, pem)
	if err != nil {
		fatal(err)
	}
	config.Certificates = []tls.Certificate{pair}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fatal(err)
	}
	fmt.Println("listens", listener.Addr().(*net.TCPAddr).Port)
	times := 1
	if scenario == "names" {
		times = rounds
	}
	for i := 0; i < times; i++ {
		tcp, err := listener.Accept()
		if err != nil {
			fatal(err)
		}
		play(tls.Server(tcp, config), scenario)
	}
}

func main() {
	role, where, scenario := os.Args[1], os.Args[2], os.Args[3]
	config := &tls.Config{}
	if scenario == "is-old" {
		config.MaxVersion = tls.VersionTLS12
	}
	if role == "dial" {
		dial(where, scenario, config)
	} else {
		serve(where, scenario, config)
	}
	fmt.Println("done")
}
