package main

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestStoryBehindNginxAndSquid: Slack and the portal are known to the proxy alone, which wants a password, and
// nginx serves them with a certificate that no one but SSL_CERT_FILE vouches for. The WebSocket goes that way too.
func TestStoryBehindNginxAndSquid(t *testing.T) {
	t.Parallel()
	nginx, squid := installed(t, "nginx", "nginx-light"), installed(t, "squid", "squid")
	dir, err := os.MkdirTemp("", "behind")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil { // Squid gives up being root
		t.Fatal(err)
	}
	ca := newAuthority(t)
	der, key := ca.issue("slack.test", "portal.test")
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	certificate := write("cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))+
		string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: private})))

	variables := simulatedSlack(t)
	maps.Copy(variables, simulatedPortal(t))
	front, way := freeAddress(t), freeAddress(t)
	_, port, _ := net.SplitHostPort(front)
	startServer(t, front, nginx, "-p", dir, "-c", write("nginx.conf", nginxConfig(dir, front, certificate, map[string]string{
		"slack.test": strings.TrimSuffix(variables["TEST_SLACK_API_URL"], "/api/"), "portal.test": variables["TEST_DOCSPACE_URL"],
	})))
	password := write("password.sh", `while read -r given; do [ "$given" = "bot s3cret" ] && echo OK || echo ERR; done`)
	startServer(t, way, squid, "-N", "-d1", "-n", strings.ReplaceAll(filepath.Base(dir), "-", ""), "-f", write("squid.conf", strings.Join([]string{
		"http_port " + way, "hosts_file " + write("hosts", "127.0.0.1 slack.test portal.test\n"),
		"auth_param basic program /bin/sh " + password, "acl known proxy_auth REQUIRED", "http_access allow CONNECT known", "http_access deny all",
		"pid_filename none", "access_log none", "cache_log /dev/null", "cache deny all", "shutdown_lifetime 0 seconds", "",
	}, "\n")))

	proxy := url.URL{Scheme: "http", User: url.UserPassword("bot", "s3cret"), Host: way}
	maps.Copy(variables, map[string]string{
		"TEST_SLACK_API_URL": "https://slack.test:" + port + "/api/", "TEST_DOCSPACE_URL": "https://portal.test:" + port,
		"SSL_CERT_FILE": ca.file, "HTTPS_PROXY": proxy.String(), "https_proxy": "", "NO_PROXY": "", "no_proxy": "",
	})
	tellStory(t, variables)
}

// nginxConfig serves each name over TLS at the address, and hands on to the server behind it, WebSockets too.
func nginxConfig(dir, address, certificate string, behind map[string]string) string {
	var config strings.Builder
	_, _ = fmt.Fprintf(&config, "daemon off; master_process off; pid %s/nginx.pid; error_log stderr;\nevents {}\nhttp {\naccess_log off;\n", dir)
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		_, _ = fmt.Fprintf(&config, "%s_temp_path %s/%s;\n", kind, dir, kind)
	}
	config.WriteString("map $http_upgrade $hop { default upgrade; '' close; }\n")
	for name, server := range behind {
		_, _ = fmt.Fprintf(&config, `server {
	listen %s ssl http2; server_name %s; ssl_certificate %s; ssl_certificate_key %[3]s;
	location / {
		proxy_pass %[4]s; proxy_http_version 1.1; proxy_set_header Host $http_host; proxy_set_header X-Forwarded-Proto https;
		proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $hop;
	}
}
`, address, name, certificate, server)
	}
	config.WriteString("}\n")
	return config.String()
}

// installed returns where the program is. Debian keeps servers off the path of people who are not root.
func installed(t *testing.T, program, debianPackage string) string {
	t.Helper()
	for _, candidate := range []string{program, "/usr/sbin/" + program} {
		if path, err := exec.LookPath(candidate); err == nil {
			return path
		}
	}
	t.Skipf("no %s (Debian: apt-get install %s)", program, debianPackage)
	return ""
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// startServer runs the server until the test ends, and returns when it listens at the address.
func startServer(t *testing.T, address, program string, args ...string) {
	t.Helper()
	server := exec.Command(program, args...)
	var output bytes.Buffer
	server.Stdout, server.Stderr = &output, &output
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Wait() }()
	t.Cleanup(func() {
		_ = server.Process.Signal(os.Interrupt) // Squid cleans up behind itself
		defer time.AfterFunc(10*time.Second, func() { _ = server.Process.Kill() }).Stop()
		<-ended
	})
	for deadline := time.After(30 * time.Second); ; {
		if conn, err := net.Dial("tcp", address); err == nil {
			_ = conn.Close()
			return
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("%s ended with %v:\n%s", program, err, output.String())
		case <-deadline:
			t.Fatalf("%s does not listen at %s", program, address)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
