package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// healthTimeout bounds bot healthcheck. It is shorter than the timeouts under deploy/, so that
// the caller reads the reason and not that the command was killed.
const healthTimeout = 4 * time.Second

// healthcheckCommand is bot healthcheck: it asks the bot that runs beside it, with the same
// HTTP_ADDR, how it is, for images that have neither a shell nor curl. It reads no other setting:
// what it says is about the bot that runs. Whatever is not a yes is exit code 1, since Docker
// keeps 2 for itself.
func healthcheckCommand(ctx context.Context, env map[string]string, ready bool, stdout, stderr io.Writer) int {
	path := "/healthz"
	if ready {
		path = "/readyz"
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	said, err := askHealth(ctx, env["HTTP_ADDR"], path)
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "%s: %v\n", path, err)
		return exitFailed
	}
	_, _ = fmt.Fprintf(stdout, "%s: %s\n", path, said)
	return exitDone
}

// askHealth returns what the bot that serves at HTTP_ADDR answers on the path, and an error that says
// what to do if it gives no good answer.
func askHealth(ctx context.Context, address, path string) (said string, err error) {
	switch _, port, err := net.SplitHostPort(address); {
	case address == "":
		return "", fmt.Errorf("HTTP_ADDR is not set, so the bot serves no health: set it for the bot and for this command, e.g. HTTP_ADDR=:9090")
	case err != nil || port == "" || port == "0":
		return "", fmt.Errorf("HTTP_ADDR is %q: it must name a port, e.g. 127.0.0.1:9090 or :9090", address)
	}
	// A dialer takes an address without a host, 0.0.0.0 or [::] for this machine. No proxy: it would not be this one.
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost"+path, http.NoBody)
	if err != nil {
		return "", err
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return "", fmt.Errorf("no answer at HTTP_ADDR=%s: %w; check that the bot runs, with the same HTTP_ADDR", address, err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, 4<<10))
	if err != nil {
		return "", fmt.Errorf("the answer breaks off: %w", err)
	}
	said = strings.TrimSpace(string(body))
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s\n%s", response.Status, said)
	}
	return said, nil
}
