// Package pipenet is a network inside one process: a listener and a dialer joined by
// net.Pipe. Servers and clients use it as they use TCP, and because no goroutine waits for
// the operating system, time inside a testing/synctest bubble can pass. It knows nothing of
// what is said over it.
package pipenet

import (
	"context"
	"net"
	"os"
	"sync"
	"syscall"
)

// Network joins dialers to listeners by host:port.
type Network struct {
	mu        sync.Mutex
	listeners map[string]*listener
}

// Listen returns a listener that DialContext reaches at the address. Listening twice at
// one address is a mistake of the caller's and panics.
func (n *Network) Listen(address string) net.Listener {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.listeners == nil {
		n.listeners = map[string]*listener{}
	}
	if n.listeners[address] != nil {
		panic("pipenet: already listening at " + address)
	}
	l := &listener{network: n, address: address, conns: make(chan net.Conn), closed: make(chan struct{})}
	n.listeners[address] = l
	return l
}

// DialContext connects to the listener at the address. It fits http.Transport.DialContext
// and websocket.Dialer.NetDialContext. No one listening is a refused connection.
func (n *Network) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	n.mu.Lock()
	l := n.listeners[address]
	n.mu.Unlock()
	refused := &net.OpError{Op: "dial", Net: network, Addr: addr(address), Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	if l == nil {
		return nil, refused
	}
	near, far := net.Pipe()
	select {
	case l.conns <- far:
		return near, nil
	case <-l.closed:
		return nil, refused
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

type listener struct {
	network *Network
	address string
	conns   chan net.Conn
	once    sync.Once
	closed  chan struct{}
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error {
	l.once.Do(func() {
		l.network.mu.Lock()
		defer l.network.mu.Unlock()
		delete(l.network.listeners, l.address)
		close(l.closed)
	})
	return nil
}

func (l *listener) Addr() net.Addr { return addr(l.address) }

type addr string

func (addr) Network() string  { return "pipe" }
func (a addr) String() string { return string(a) }
