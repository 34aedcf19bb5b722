package journaltest

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Pooler puts a PgBouncer with its stock settings in front of the server at the address, and returns the
// address to connect to. mode is session, transaction or statement; more are lines that replace
// ours. Without PgBouncer it skips the test.
func Pooler(tb testing.TB, address, mode string, more ...string) string {
	tb.Helper()
	path, err := exec.LookPath("pgbouncer")
	if err != nil {
		if path = "/usr/sbin/pgbouncer"; !exists(path) {
			tb.Skip("no PgBouncer (Debian: apt-get install pgbouncer)")
		}
	}
	u, err := url.Parse(address)
	if err != nil {
		tb.Fatal(err)
	}
	port, err := freePort()
	if err != nil {
		tb.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "pool")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = os.RemoveAll(dir) })
	for name, text := range map[string]string{
		"users.txt": `"bot" ""`,
		"pool.ini": fmt.Sprintf("[databases]\n* = host=%s port=%s\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = %d\nunix_socket_dir =\nauth_type = trust\nauth_file = users.txt\npool_mode = %s\n%s\n",
			u.Hostname(), u.Port(), port, mode, strings.Join(more, "\n")),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	pooler := exec.Command(path, "pool.ini") //nolint:gosec // found above
	pooler.Dir = dir
	own(tb, dir)
	runUnprivileged(pooler)
	if err := pooler.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = pooler.Process.Kill(); _ = pooler.Wait() })
	u.Host = fmt.Sprintf("127.0.0.1:%d", port)
	for range 100 {
		conn, err := new(net.Dialer).DialContext(context.Background(), "tcp", u.Host)
		if err == nil {
			_ = conn.Close()
			return u.String()
		}
		time.Sleep(50 * time.Millisecond)
	}
	tb.Fatal("PgBouncer did not start")
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// own gives a directory and its files to the user that runUnprivileged switches to.
func own(tb testing.TB, dir string) {
	tb.Helper()
	files, err := os.ReadDir(dir)
	if err == nil {
		err = giveAway(dir)
	}
	for _, file := range files {
		if err == nil {
			err = giveAway(filepath.Join(dir, file.Name()))
		}
	}
	if err != nil {
		tb.Fatal(err)
	}
}
