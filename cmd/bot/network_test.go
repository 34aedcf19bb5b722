package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
	"github.com/docspace-invite-bot/bot/internal/remedy"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// authority is a certificate authority that no system knows.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string // its certificate, as CA_FILE takes it
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, file: filepath.Join(t.TempDir(), "ca.pem")}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Acme's own"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der := a.sign(template, nil)
	a.cert, _ = x509.ParseCertificate(der)
	if err := os.WriteFile(a.file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *authority) sign(template *x509.Certificate, public *ecdsa.PublicKey) []byte {
	a.t.Helper()
	if a.key == nil {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			a.t.Fatal(err)
		}
		a.key, a.cert, public = key, template, &key.PublicKey
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, public, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	return der
}

// issue returns a certificate for the names and for this machine.
func (a *authority) issue(names ...string) (der []byte, key *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	return a.sign(&x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: names, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, &key.PublicKey), key
}

// serve serves over TLS with a certificate for the name and for this machine.
func (a *authority) serve(name string, handler http.Handler, config *tls.Config) *httptest.Server {
	a.t.Helper()
	der, key := a.issue(name)
	config.Certificates = []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}
	server := httptest.NewUnstartedServer(handler)
	server.TLS = config
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	a.t.Cleanup(server.Close)
	return server
}

// proxy is a proxy that takes CONNECT and nothing else. It alone knows where the names lead.
type proxy struct {
	*httptest.Server
	mu    sync.Mutex
	knows map[string]string
	asked []string
	// refusal is the status line to every CONNECT after so many; none when empty.
	refusal string
	after   int
}

func newProxy(t *testing.T, knows map[string]string) *proxy {
	t.Helper()
	p := &proxy{knows: knows}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked = append(p.asked, r.Host)
	address, refusal := p.knows[r.Host], p.refusal
	if len(p.asked) <= p.after {
		refusal = ""
	}
	p.mu.Unlock()
	if refusal != "" {
		here, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_, _ = io.WriteString(here, "HTTP/1.1 "+refusal+"\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n")
			_ = here.Close()
		}
		return
	}
	if r.Method != http.MethodConnect || address == "" {
		http.Error(w, "this proxy connects", http.StatusBadGateway)
		return
	}
	there, err := net.Dial("tcp", address)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	here, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = there.Close()
		return
	}
	_, _ = io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
	go func() { _, _ = io.Copy(there, here); _ = there.Close() }()
	_, _ = io.Copy(here, there)
	_ = here.Close()
}

func (p *proxy) wasAsked(host string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Contains(p.asked, host)
}

// behindProxy is a process whose Slack and portal are known to the proxy alone, by https.
func behindProxy(t *testing.T) (*process, *proxy) {
	t.Helper()
	p, ca := newProcess(t), newAuthority(t)
	slackServer, portalServer := ca.serve("slack.test", p.slack, &tls.Config{}), ca.serve("portal.test", p.portal, &tls.Config{})
	through := newProxy(t, map[string]string{
		"slack.test:443": slackServer.Listener.Addr().String(), "portal.test:443": portalServer.Listener.Addr().String(),
	})
	p.env = append(p.env, "SLACK_API_URL=https://slack.test/api/", "DOCSPACE_URL=https://portal.test", "CA_FILE="+ca.file,
		"HTTPS_PROXY="+through.URL, "https_proxy=", "NO_PROXY=", "no_proxy=", "LOG_LEVEL=debug")
	return p, through
}

// TestThroughAProxyWithAnAuthorityOfItsOwn: Web API, WebSocket and portal are reached by a name that
// only the proxy can resolve, and are vouched for by CA_FILE alone.
func TestThroughAProxyWithAnAuthorityOfItsOwn(t *testing.T) {
	p, through := behindProxy(t)
	p.start()
	p.types("/docspace-invite")
	if card := p.cards(1)[0]; !strings.HasPrefix(linkOf(t, card), "https://portal.test/") {
		t.Errorf("the link is %s", linkOf(t, card))
	}
	for _, host := range []string{"slack.test:443", "portal.test:443"} {
		if !through.wasAsked(host) {
			t.Errorf("%s was reached without the proxy", host)
		}
	}
}

// TestRefusingProxyIsNamed by bot check and by the log of the bot, as processes of their own. A refusal
// of the WebSockets alone, without words after the status, doesn't end the bot.
func TestRefusingProxyIsNamed(t *testing.T) {
	for refusal, tt := range map[string]struct {
		after       int
		check, logs string
		trouble     remedy.Trouble
	}{
		"407 Who are you?": {0, "✘ SLACK_BOT_TOKEN", "auth.test: no usable answer (the proxy %s answered 407 Proxy Authentication Required (it takes Basic))", remedy.ProxyPassword},
		"403":              {1, "✘ SLACK_APP_TOKEN", "dial the web socket: the proxy %s answered 403 Forbidden", remedy.SlackProxy},
	} {
		t.Run(refusal, func(t *testing.T) {
			p, through := behindProxy(t)
			through.mu.Lock()
			through.refusal, through.after = refusal, tt.after
			through.mu.Unlock()
			p.launch()
			line := fmt.Sprintf(tt.logs, through.Listener.Addr())
			p.await("the cause", func() bool { return p.log.count(line) > 0 && p.log.count(string(tt.trouble)) > 0 })
			p.stop(syscall.SIGTERM)
			if n := p.log.count("panic"); n > 0 {
				t.Errorf("the bot panics:\n%s", p.log)
			}

			through.mu.Lock()
			through.asked = nil
			through.mu.Unlock()
			check := exec.Command(os.Args[0], "check")
			check.Env = p.environment()
			said, _ := check.Output()
			contains(t, "bot check", string(said), tt.check, tt.trouble.Wrong(), line, "→ "+tt.trouble.Remedy())
		})
	}
}

// TestNoProxyIsObeyed: what NO_PROXY names is not asked of the proxy.
func TestNoProxyIsObeyed(t *testing.T) {
	p, through := behindProxy(t)
	p.env = append(p.env, "NO_PROXY=portal.test")
	p.start()
	p.types("/docspace-invite")
	p.await("the refusal", func() bool { return p.log.count("portal_down") > 0 })
	if through.wasAsked("portal.test:443") {
		t.Error("the proxy was asked for the portal")
	}
}

// TestUnknownAuthoritiesAreNotTrusted, and CA_FILE makes them known.
func TestUnknownAuthoritiesAreNotTrusted(t *testing.T) {
	workspace, portal, ca := slacksim.New(), docspacesim.New(), newAuthority(t)
	t.Cleanup(workspace.Close)
	env := map[string]string{
		"SLACK_APP_TOKEN": workspace.AppToken(), "SLACK_BOT_TOKEN": workspace.BotToken(), "DOCSPACE_API_KEY": portal.APIKey(), "STATE": "memory",
		"SLACK_API_URL": ca.serve("slack.test", workspace, &tls.Config{}).URL + "/api/", "DOCSPACE_URL": ca.serve("portal.test", portal, &tls.Config{}).URL,
	}
	var out bytes.Buffer
	if code := bot(t.Context(), []string{"check"}, env, &out, io.Discard); code != exitFailed {
		t.Errorf("exit code %d", code)
	}
	contains(t, "bot check", out.String(), "✘ SLACK_BOT_TOKEN", "✘ DOCSPACE_URL", "certificate")
	env["CA_FILE"] = ca.file
	out.Reset()
	if code := bot(t.Context(), []string{"check"}, env, &out, io.Discard); code != exitDone {
		t.Errorf("with CA_FILE: exit code %d\n%s", code, out.String())
	}
}

// TestOldTLSIsRefused: a server that can do no better than TLS 1.1 is not talked to.
func TestOldTLSIsRefused(t *testing.T) {
	ca := newAuthority(t)
	roots, err := readRoots(ca.file)
	if err != nil {
		t.Fatal(err)
	}
	for _, version := range []uint16{tls.VersionTLS11, tls.VersionTLS12} {
		reached := make(chan string, 9)
		server := ca.serve("old.test", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { reached <- r.URL.Path }),
			&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: version})
		net := network{roots: roots}
		if resp, err := net.client().Get(server.URL + "/slack"); err == nil {
			_ = resp.Body.Close()
		}
		if _, resp, _ := net.webSocket().Dial(strings.Replace(server.URL, "https", "wss", 1)+"/socket", nil); resp != nil {
			_ = resp.Body.Close()
		}
		portal, err := newPortal(settings{DocSpaceURL: server.URL}, nil, slog.New(slog.DiscardHandler), net)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = portal.Settings(t.Context())
		portal.Close()
		if want := map[uint16]int{tls.VersionTLS11: 0, tls.VersionTLS12: 3}[version]; len(reached) != want {
			t.Errorf("%s: %d of 3 clients got through, want %d", tls.VersionName(version), len(reached), want)
		}
	}
}

// TestHTTPPortalMustBeAllowed, and is warned of.
func TestHTTPPortalMustBeAllowed(t *testing.T) {
	env := map[string]string{
		"SLACK_APP_TOKEN": "xapp-1", "SLACK_BOT_TOKEN": "xoxb-1", "DOCSPACE_API_KEY": "sk-1", "DOCSPACE_URL": "http://portal.test",
	}
	_, err := readSettings(env)
	if err == nil || !strings.Contains(err.Error(), "DOCSPACE_ALLOW_HTTP") {
		t.Errorf("http to another machine: %v", err)
	}
	env["DOCSPACE_ALLOW_HTTP"] = "true"
	s, err := readSettings(env)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	proxied := network{transport: &http.Transport{Proxy: func(*http.Request) (*url.URL, error) { return url.Parse(server.URL) }}}
	client, err := newPortal(s, nil, slog.New(slog.DiscardHandler), proxied)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	c := checkup{settings: s}
	c.portal(t.Context(), client)
	if first := c.findings[0]; first.trouble != remedy.PortalInClear || first.Status != warns {
		t.Errorf("no warning: %+v", c.findings)
	}
	env["SLACK_API_URL"] = "http://slack.test/api/"
	if _, err := readSettings(env); err == nil || !strings.Contains(err.Error(), "SLACK_API_URL") {
		t.Errorf("Slack by http: %v", err)
	}
	env["CA_FILE"] = "network_test.go"
	if _, err := readSettings(env); err == nil || !strings.Contains(err.Error(), "CA_FILE: network_test.go holds no certificate") {
		t.Errorf("CA_FILE without a certificate: %v", err)
	}
}
