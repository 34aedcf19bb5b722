package journaltest

import (
	"context"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
)

// Wire is a way to a server that can be cut, and on which whatever the client says can be held back.
type Wire struct {
	listener net.Listener
	server   string

	mu    sync.Mutex
	conns []net.Conn
	down  bool
	heard func(said []byte) (pass bool)
}

// NewWire returns a wire to the server at a postgres:// address, and the address at its near end. It ends with
// the test.
func NewWire(t testing.TB, address string) (w *Wire, near string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w = &Wire{listener: listener, server: u.Host}
	go w.serve()
	t.Cleanup(func() {
		_ = listener.Close()
		w.Down(true)
	})
	u.Host = listener.Addr().String()
	return w, u.String()
}

func (w *Wire) serve() {
	for {
		near, err := w.listener.Accept()
		if err != nil {
			return
		}
		far, err := new(net.Dialer).DialContext(context.Background(), "tcp", w.server)
		w.mu.Lock()
		if err != nil || w.down {
			_ = near.Close()
			if far != nil {
				_ = far.Close()
			}
			w.mu.Unlock()
			continue
		}
		w.conns = append(w.conns, near, far)
		w.mu.Unlock()
		go w.carry(far, near)
		go func() { _, _ = io.Copy(near, far); _ = near.Close(); _ = far.Close() }()
	}
}

// carry hands on what the client says.
func (w *Wire) carry(far, near net.Conn) {
	defer func() { _ = far.Close(); _ = near.Close() }()
	said := make([]byte, 64<<10)
	for {
		n, err := near.Read(said)
		w.mu.Lock()
		heard := w.heard
		w.mu.Unlock()
		if heard != nil && n > 0 && !heard(said[:n]) {
			continue
		}
		if n > 0 {
			if _, err := far.Write(said[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// Cut cuts the connections that there are.
func (w *Wire) Cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, conn := range w.conns {
		_ = conn.Close()
	}
	w.conns = nil
}

// Down cuts the connections that there are, and lets none through until Down(false).
func (w *Wire) Down(down bool) {
	w.mu.Lock()
	w.down = down
	w.mu.Unlock()
	w.Cut()
}

// Heard has every message of the client told before it goes on, which it does not unless heard says so. It may
// call Cut in a goroutine of its own.
func (w *Wire) Heard(heard func(said []byte) (pass bool)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.heard = heard
}
