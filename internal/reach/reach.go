// Package reach knows what stands between the bot and a server. It says why the server was not reached: its
// name, a proxy, its certificate, TLS or the connection is at fault. It recognizes the answers of a proxy,
// a filter or a captive portal in the server's place (page.go), and finds the way through a proxy where the
// libraries drop what the proxy said (tunnel.go). It must not know which server was meant: its clients have a
// sentence for each cause, and know what that server's own answers look like.
package reach

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
)

// Cause is what is at fault when a server was not reached.
type Cause int

// The causes.
const (
	// Unknown is anything else, a time-out among it: the words of the error say what there is.
	Unknown Cause = iota
	// NoHost says that no host has the name, NameServer that the name could not be looked up.
	NoHost
	NameServer
	// Refused is a connection that no one takes, Cut one that ended before its time.
	Refused
	Cut
	// ProxyAway, ProxyRefused and ProxyPassword are a proxy that is not reached, that doesn't connect to
	// the server, and that wants to know who asks.
	ProxyAway
	ProxyRefused
	ProxyPassword
	// PlainHTTP is plain http where TLS was spoken, PlainTLS the reverse. NoTLS is a server, or what stands
	// before it, with which no encryption could be agreed on.
	PlainHTTP
	PlainTLS
	NoTLS
	// Expired, WrongName and Untrusted are certificates that don't vouch for the server.
	Expired
	WrongName
	Untrusted
)

// proxyConnect is the operation that package net/http names when it can't reach a proxy.
const proxyConnect = "proxyconnect"

// Why returns what is at fault in an error of a connection, and says it in words that show neither the
// server's address nor a secret.
func Why(err error) (Cause, string) {
	if refusal, ok := errors.AsType[*refusedByProxy](err); ok {
		if refusal.status == http.StatusProxyAuthRequired {
			return ProxyPassword, refusal.Error()
		}
		return ProxyRefused, refusal.Error()
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == proxyConnect {
		return ProxyAway, "the proxy cannot be reached: " + op.Err.Error()
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		if dns.IsNotFound {
			return NoHost, "there is no such host"
		}
		return NameServer, "the name server has no answer: " + dns.Err
	}
	if untrusted, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return whyUntrusted(untrusted.Err), "its certificate is not trusted: " + untrusted.Err.Error()
	}
	record, isRecord := errors.AsType[tls.RecordHeaderError](err)
	text := words(err)
	switch {
	case errors.Is(err, http.ErrSchemeMismatch), isRecord && string(record.RecordHeader[:]) == "HTTP/":
		return PlainHTTP, "it answers in plain http where encryption was expected"
	case strings.Contains(text, `malformed HTTP response "\x15\x03`): // a record of TLS
		return PlainTLS, "it speaks TLS, and was asked in plain http"
	case isRecord, isAlert(err), strings.HasPrefix(text, "tls: "):
		return NoTLS, "no encryption could be agreed on: " + text
	case errors.Is(err, syscall.ECONNREFUSED):
		return Refused, "the connection was refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return Cut, "the connection was cut"
	}
	return Unknown, text
}

// Unsent reports whether the server certainly got nothing of what was to be sent to it.
func (c Cause) Unsent() bool {
	switch c {
	case Unknown, Cut, PlainTLS, NoTLS:
		return false
	}
	return true
}

func whyUntrusted(err error) Cause {
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		return Expired
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return WrongName
	}
	return Untrusted
}

func isAlert(err error) bool {
	_, ok := errors.AsType[tls.AlertError](err)
	op, isOp := errors.AsType[*net.OpError](err)
	return ok || isOp && op.Op == "remote error"
}

// words returns what an error says beneath those that name the address.
func words(err error) string {
	for {
		switch outer := err.(type) { //nolint:errorlint // layer by layer, from the outside
		case *url.Error:
			err = outer.Err
		case *net.OpError:
			if _, isTimeout := outer.Err.(interface{ Timeout() bool }); isTimeout {
				return outer.Op + ": " + strings.ReplaceAll(outer.Err.Error(), "i/o ", "")
			}
			err = outer.Err
		default:
			return err.Error()
		}
	}
}

// WantsTLS reports whether an answer is that of a server that speaks TLS and was asked in plain http.
// start is how its body begins.
func WantsTLS(resp *http.Response, start []byte) bool {
	if resp.StatusCode != http.StatusBadRequest {
		return false
	}
	for _, says := range []string{
		"Client sent an HTTP request to an HTTPS server", // Go's, and so Caddy's and Traefik's
		"The plain HTTP request was sent to HTTPS port",  // nginx
		"speaking plain HTTP to an SSL-enabled server",   // Apache
	} {
		if bytes.Contains(start, []byte(says)) {
			return true
		}
	}
	return false
}

// Intercept keeps what a proxy says that doesn't connect, of which package net/http keeps the text of
// the status alone. It is an OnProxyConnectResponse of [http.Transport].
func Intercept(_ context.Context, proxy *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	return &refusedByProxy{proxy.Host, resp.StatusCode, schemes(resp.Header)}
}

// refusedByProxy is a proxy's no to CONNECT.
type refusedByProxy struct {
	proxy  string
	status int
	takes  string // how the proxy wants to be told who asks
}

func (r *refusedByProxy) Error() string {
	text := "the proxy " + r.proxy + " answered " + statusOf(r.status)
	if r.takes != "" {
		text += " (it takes " + r.takes + ")"
	}
	return text
}
