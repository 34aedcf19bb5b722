package reach

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Dial opens a connection, as [net.Dialer.DialContext] does.
type Dial = func(ctx context.Context, network, address string) (net.Conn, error)

// Tunnel returns what dials through the proxy, an http or https one, by CONNECT. The WebSocket library
// has a tunnel of its own, which drops the proxy's status, and panics when the status has no words.
func Tunnel(proxy *url.URL, config *tls.Config, dial Dial) Dial {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		port := proxy.Port()
		if port == "" {
			port = map[string]string{"http": "80", "https": "443"}[proxy.Scheme]
		}
		conn, err := dial(ctx, network, net.JoinHostPort(proxy.Hostname(), port))
		if err != nil {
			return nil, &net.OpError{Op: proxyConnect, Net: network, Err: err}
		}
		if proxy.Scheme == "https" {
			own := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: proxy.Hostname()}
			if config != nil {
				own.RootCAs = config.RootCAs
			}
			conn = tls.Client(conn, own)
		}
		if err := connect(ctx, conn, proxy, address); err != nil {
			_ = conn.Close()
			return nil, err
		}
		return conn, nil
	}
}

// connect asks a proxy at the other end of conn to connect to the address.
func connect(ctx context.Context, conn net.Conn, proxy *url.URL, address string) error {
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(deadline)
	}
	ask := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: address}, Host: address, Header: http.Header{}}
	if user := proxy.User; user != nil {
		password, _ := user.Password()
		ask.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password)))
	}
	err := ask.Write(conn)
	if err != nil {
		return &net.OpError{Op: proxyConnect, Net: "tcp", Err: err}
	}
	// The server says nothing before it is spoken to: the buffer holds the proxy's answer alone.
	resp, err := http.ReadResponse(bufio.NewReader(conn), ask) //nolint:bodyclose // what follows is the connection itself
	if err != nil {
		return &net.OpError{Op: proxyConnect, Net: "tcp", Err: err}
	}
	return Intercept(ctx, proxy, ask, resp)
}

func statusOf(status int) string {
	return strings.TrimSpace(strconv.Itoa(status) + " " + http.StatusText(status))
}

var scheme = regexp.MustCompile(`^[A-Za-z]{1,20}$`)

// schemes returns the ways in which a proxy wants to be told who asks, such as Basic or NTLM.
func schemes(header http.Header) string {
	var all []string
	for _, each := range header.Values("Proxy-Authenticate") {
		name, _, _ := strings.Cut(each, " ")
		if scheme.MatchString(name) && !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return strings.Join(all, ", ")
}
