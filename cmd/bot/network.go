package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"syscall"

	"github.com/gorilla/websocket"

	"github.com/docspace-invite-bot/bot/internal/reach"
	"github.com/docspace-invite-bot/bot/internal/remedy"
	"github.com/docspace-invite-bot/bot/internal/slackapi"
	"github.com/docspace-invite-bot/bot/internal/socketmode"
)

// network is how the bot reaches the outside; the zero value is the real one. Stories in
// fake time bring their own.
type network struct {
	transport http.RoundTripper
	dialer    *websocket.Dialer
	listen    func(ctx context.Context, address string) (net.Listener, error)
	roots     *x509.CertPool // vouch for servers; nil is the system's
	leads     func() bool    // nil for a bot that is alone
}

// network is the real one, as the settings have it.
func (s settings) network() network { return network{roots: s.roots} }

// client returns what calls Slack.
func (n network) client() *http.Client {
	return slackapi.HTTPClient(n.pool())
}

// listener returns what hears the operator at the address; the error says what to do.
func (n network) listener(ctx context.Context, address string) (net.Listener, error) {
	if n.listen != nil {
		return n.listen(ctx, address)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	switch {
	case err == nil:
		return listener, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, remedy.Explain(remedy.AddressInUse, err)
	}
	return nil, remedy.Explain(remedy.AddressNotOurs, err)
}

// pool returns a new set of connections, with TLS 1.2 or better, by the proxy that the environment names.
// A bot that leads no more gets nothing out by them: it may have been frozen in the middle of something
// that the next leader does.
func (n network) pool() http.RoundTripper {
	if leads := n.leads; leads != nil {
		n.leads = nil
		return whileLeading{leads, n.pool()}
	}
	if n.transport != nil {
		return n.transport
	}
	pool := http.DefaultTransport.(*http.Transport).Clone()
	pool.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: n.roots}
	pool.MaxIdleConnsPerHost = 32 // one host takes all calls
	pool.OnProxyConnectResponse = reach.Intercept
	return pool
}

type whileLeading struct {
	leads func() bool
	pool  http.RoundTripper
}

var errNotLeading = errors.New("this bot no longer leads")

// RoundTrip sends the request while the bot leads. See [http.RoundTripper].
func (w whileLeading) RoundTrip(r *http.Request) (*http.Response, error) {
	if !w.leads() {
		if r.Body != nil {
			_ = r.Body.Close()
		}
		return nil, errNotLeading
	}
	return w.pool.RoundTrip(r)
}

// webSocket returns what opens the connections to Slack.
func (n network) webSocket() *websocket.Dialer {
	if n.dialer != nil {
		return n.dialer
	}
	return socketmode.Dialer(n.roots)
}

// readRoots returns the system's certificate authorities and those of the file. No path is nil: the
// system's alone.
func readRoots(path string) (*x509.CertPool, error) {
	if path == "" {
		return nil, nil
	}
	bundle, err := os.ReadFile(path) //nolint:gosec // the operator names a file of their own
	if err != nil {
		return nil, unreadable(err)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("the system's certificate authorities: %w", err)
	}
	if !roots.AppendCertsFromPEM(bundle) {
		return nil, errors.New(path + " holds no certificate: it must be a bundle in PEM form")
	}
	return roots, nil
}
