package reach

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// answering is a program at the other end of a TCP connection that says one thing, whatever it is told.
func answering(t *testing.T, says string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 4096))
			_, _ = io.WriteString(conn, says)
			_ = conn.Close()
		}
	}()
	return listener.Addr().String()
}

// unused is an address at which no one listens.
func unused(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = listener.Close()
	return listener.Addr().String()
}

// TestWhyAConnectionFailed has real servers and real proxies fail, and asks two clients why: net/http, and a tunnel as
// WebSockets take it.
func TestWhyAConnectionFailed(t *testing.T) {
	encrypted := httptest.NewUnstartedServer(http.NotFoundHandler())
	encrypted.Config.ErrorLog = log.New(io.Discard, "", 0)
	encrypted.StartTLS()
	defer encrypted.Close()
	old := httptest.NewUnstartedServer(http.NotFoundHandler())
	old.Config.ErrorLog, old.TLS = encrypted.Config.ErrorLog, &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
	old.StartTLS()
	defer old.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	trusts := encrypted.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	at := func(server *httptest.Server) string { return server.Listener.Addr().String() }
	looksUp := func(err *net.DNSError) Dial {
		return func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Err: err}
		}
	}
	for name, tt := range map[string]struct {
		url, proxy string
		config     *tls.Config
		dial       Dial
		want       Cause
		says       string
	}{
		"no such host":           {url: "https://portal.invalid", dial: looksUp(&net.DNSError{Err: "no such host", Name: "portal.invalid", IsNotFound: true}), want: NoHost, says: "no such host"},
		"no name server":         {url: "https://portal.invalid", dial: looksUp(&net.DNSError{Err: "server misbehaving", Name: "portal.invalid"}), want: NameServer, says: "server misbehaving"},
		"refused":                {url: "https://" + unused(t), want: Refused, says: "refused"},
		"cut":                    {url: "http://" + answering(t, ""), want: Cut, says: "cut"},
		"untrusted":              {url: encrypted.URL, want: Untrusted, says: "unknown authority"},
		"expired":                {url: encrypted.URL, config: &tls.Config{RootCAs: trusts, Time: func() time.Time { return time.Now().AddDate(100, 0, 0) }}, want: Expired, says: "expired"},
		"another name":           {url: encrypted.URL, config: &tls.Config{RootCAs: trusts, ServerName: "acme.invalid"}, want: WrongName, says: "example.com"},
		"old TLS":                {url: old.URL, config: &tls.Config{InsecureSkipVerify: true}, want: NoTLS, says: "protocol version"},
		"no TLS at all":          {url: "https://" + answering(t, "220 mail.acme.test ESMTP\r\n"), want: NoTLS, says: "does not look like a TLS handshake"},
		"plain http":             {url: "https://" + at(plain), want: PlainHTTP, says: "plain http"},
		"a record of TLS":        {url: "http://" + answering(t, "\x15\x03\x01\x00\x02\x02\x16"), want: PlainTLS, says: "speaks TLS"},
		"proxy: 403":             {url: "https://acme.invalid", proxy: answering(t, "HTTP/1.1 403 Nope\r\nContent-Length: 0\r\n\r\n"), want: ProxyRefused, says: "answered 403 Forbidden"},
		"proxy: 403, no words":   {url: "https://acme.invalid", proxy: answering(t, "HTTP/1.1 403\r\nContent-Length: 0\r\n\r\n"), want: ProxyRefused, says: "answered 403 Forbidden"},
		"proxy: a page":          {url: "https://acme.invalid", proxy: answering(t, "HTTP/1.1 503 x\r\nContent-Type: text/html\r\n\r\n<html>"), want: ProxyRefused, says: "answered 503"},
		"proxy: 407":             {url: "https://acme.invalid", proxy: answering(t, "HTTP/1.1 407 x\r\nProxy-Authenticate: NTLM\r\nProxy-Authenticate: Basic realm=\"x\"\r\n\r\n"), want: ProxyPassword, says: "407 Proxy Authentication Required (it takes NTLM, Basic)"},
		"proxy: away":            {url: "https://acme.invalid", proxy: unused(t), want: ProxyAway, says: "connection refused"},
		"proxy: it is something": {url: "https://acme.invalid", proxy: answering(t, "220 mail ESMTP\r\n"), says: "malformed HTTP"},
	} {
		t.Run(name, func(t *testing.T) {
			transport := &http.Transport{TLSClientConfig: tt.config, DialContext: tt.dial, OnProxyConnectResponse: Intercept}
			defer transport.CloseIdleConnections()
			if tt.proxy != "" {
				transport.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: tt.proxy, User: url.UserPassword("u", "hunter2")})
			}
			resp, err := (&http.Client{Transport: transport}).Get(tt.url)
			if err == nil {
				_ = resp.Body.Close()
				t.Fatal("it was reached")
			}
			check(t, err, tt.want, tt.says)
			if tt.proxy == "" {
				return
			}
			tunnel := Tunnel(&url.URL{Scheme: "http", Host: tt.proxy, User: url.UserPassword("u", "hunter2")}, nil, new(net.Dialer).DialContext)
			_, err = tunnel(t.Context(), "tcp", "acme.invalid:443")
			if tt.want == Unknown {
				tt.want = ProxyAway // net/http doesn't tell that it was the proxy's
			}
			check(t, err, tt.want, tt.says)
		})
	}
}

func check(t *testing.T, err error, want Cause, says string) {
	t.Helper()
	cause, text := Why(fmt.Errorf("call: %w", err))
	if cause != want || !strings.Contains(text, says) || strings.Contains(text, "hunter2") || strings.Contains(text, "acme.invalid/") {
		t.Errorf("cause %d, %q of %v; want %d, saying %q", cause, text, err, want, says)
	}
}

func TestTunnelThroughAProxyWithAPassword(t *testing.T) {
	there := httptest.NewServer(http.NotFoundHandler())
	defer there.Close()
	proxy := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := (&http.Request{Header: http.Header{"Authorization": r.Header["Proxy-Authorization"]}}).BasicAuth(); user != "u" || password != "p@ss" {
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		conn, err := net.Dial("tcp", r.Host)
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		here, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer here.Close()
		_, _ = io.WriteString(here, "HTTP/1.1 200 Connection established\r\n\r\n")
		go func() { _, _ = io.Copy(conn, here) }()
		_, _ = io.Copy(here, conn)
	}))
	defer proxy.Close()
	config := proxy.Client().Transport.(*http.Transport).TLSClientConfig
	by := &url.URL{Scheme: "https", Host: proxy.Listener.Addr().String(), User: url.UserPassword("u", "p@ss")}
	transport := &http.Transport{DialContext: Tunnel(by, config, new(net.Dialer).DialContext)}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Get(there.URL)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusNotFound {
		t.Errorf("status %d", resp.StatusCode)
	}
	by.User = nil
	if _, err = Tunnel(by, config, new(net.Dialer).DialContext)(t.Context(), "tcp", "acme.test:443"); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("without the password: %v", err)
	}
}

func TestWantsTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	resp, err := http.Get("http://" + server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	start, _ := io.ReadAll(resp.Body)
	if !WantsTLS(resp, start) || WantsTLS(resp, []byte("bad request")) || WantsTLS(&http.Response{StatusCode: http.StatusOK}, start) {
		t.Errorf("not told apart: %d %s", resp.StatusCode, start)
	}
}
