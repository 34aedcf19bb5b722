package main

import (
	"bytes"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// healthServer serves the operator's pages of a bot with so many connections at the address, and
// returns its port.
func healthServer(t *testing.T, address string, connections int) (port string) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Skipf("this machine cannot listen at %s: %v", address, err)
	}
	o := &ops{metrics: http.NotFoundHandler()}
	o.work.Store(&atWork{connections: func() (int, int) { return connections, connections }, health: func() tracker.Health { return tracker.Health{} }})
	server := &http.Server{Handler: o.handler(), ReadHeaderTimeout: time.Second}
	served := make(chan struct{})
	go func() { defer close(served); _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close(); <-served })
	_, port, err = net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// TestHealthcheckAsksTheBotBesideIt: whichever way the bot was told to listen, the same value
// finds it.
func TestHealthcheckAsksTheBotBesideIt(t *testing.T) {
	for host, listens := range map[string]string{
		"127.0.0.1": "127.0.0.1:0", "localhost": "127.0.0.1:0", "": ":0", "0.0.0.0": "0.0.0.0:0", "[::]": "[::]:0", "[::1]": "[::1]:0",
	} {
		t.Run("host "+host, func(t *testing.T) {
			port := healthServer(t, listens, 1)
			t.Setenv("HTTP_PROXY", "http://egress.invalid:1")
			for flag, want := range map[string]string{"": "/healthz: ok\n", "--ready": "/readyz: ok   slack: connections: 1\n"} {
				code, out, errOut := healthcheck(t, host+":"+port, flag)
				if code != exitDone || !strings.HasPrefix(out, want) || errOut != "" {
					t.Errorf("bot healthcheck %s: exit code %d, %q, %q; want %q", flag, code, out, errOut, want)
				}
			}
		})
	}
}

// TestHealthcheckSaysWhy: no is exit code 1 with the reason, and a process that lives and cannot
// work is alive.
func TestHealthcheckSaysWhy(t *testing.T) {
	deaf := "127.0.0.1:" + healthServer(t, "127.0.0.1:0", 0)
	gone, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = gone.Close()
	for name, tt := range map[string]struct {
		address, flag string
		code          int
		says          string
	}{
		"deaf, alive":     {deaf, "", exitDone, "/healthz: ok"},
		"deaf, not ready": {deaf, "--ready", exitFailed, "FAIL slack: no connection"},
		"nobody there":    {gone.Addr().String(), "", exitFailed, "check that the bot runs"},
		"not set":         {"", "", exitFailed, "HTTP_ADDR is not set"},
		"no port":         {"127.0.0.1", "", exitFailed, "must name a port"},
		"any port":        {"127.0.0.1:0", "", exitFailed, "must name a port"},
		"unknown flag":    {deaf, "--live", exitUsage, `does not take "--live"`},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, errOut := healthcheck(t, tt.address, tt.flag)
			if code != tt.code || !strings.Contains(out+errOut, tt.says) {
				t.Errorf("exit code %d, %q, %q; want %d and %q", code, out, errOut, tt.code, tt.says)
			}
		})
	}
}

func healthcheck(t *testing.T, address, flag string) (code int, out, errOut string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = bot(t.Context(), append([]string{"healthcheck"}, strings.Fields(flag)...), map[string]string{"HTTP_ADDR": address}, &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}
