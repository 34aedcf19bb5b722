package journaltest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// errNone says that there is no server to be had.
var errNone = errors.New("no PostgreSQL: set TEST_POSTGRES to the address of a server (postgres://user:password@host/database), " +
	"or install one (Debian: apt-get install postgresql)")

// Server is a PostgreSQL server of our own. It keeps nothing safe from a loss of power unless it is
// asked to.
type Server struct {
	bin, dir string
	port     int
	options  []string
	process  *exec.Cmd
}

// start makes a server in a directory of its own and starts it. options are settings such as
// fsync=on. It returns errNone without PostgreSQL's binaries. Close it after use.
func start(ctx context.Context, options ...string) (*Server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	// A short one: a socket's path has a hundred bytes at most.
	dir := filepath.Join(os.TempDir(), "pg-"+strings.ToLower(rand.Text()[:8]))
	s := &Server{bin: bin, dir: dir, port: port, options: options}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := giveAway(dir); err != nil {
		return nil, err
	}
	initdb := s.command("initdb", "-D", filepath.Join(dir, "data"), "-U", "bot", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C")
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	return s, s.run(ctx)
}

// binaries returns the directory of PostgreSQL's programs: Debian keeps them off the path.
func binaries() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return "", errNone
	}
	return filepath.Dir(found[len(found)-1]), nil
}

func freePort() (int, error) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...) //nolint:gosec // PostgreSQL's own programs
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	runUnprivileged(cmd)
	return cmd
}

// run starts the server and waits until it answers.
func (s *Server) run(ctx context.Context) error {
	args := []string{"-D", filepath.Join(s.dir, "data"), "-k", s.dir, "-p", strconv.Itoa(s.port), "-h", "127.0.0.1"}
	for _, option := range append([]string{"fsync=off", "max_connections=200", "logging_collector=off"}, s.options...) {
		args = append(args, "-c", option)
	}
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	s.process = s.command("postgres", args...)
	s.process.Stdout, s.process.Stderr = log, log
	if err := s.process.Start(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.URL(""))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-ctx.Done():
			said, _ := os.ReadFile(filepath.Join(s.dir, "log"))
			return fmt.Errorf("the server did not start: %w: %s", err, said)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// URL is the server's address, with a schema to be used, if there is one.
func (s *Server) URL(schema string) string {
	return inSchema(fmt.Sprintf("postgres://bot@127.0.0.1:%d/postgres", s.port), schema)
}

// Close ends the server and removes its directory.
func (s *Server) Close() {
	_ = s.process.Process.Signal(immediateShutdown)
	_ = s.process.Wait()
	_ = os.RemoveAll(s.dir)
}

func inSchema(address, schema string) string {
	if schema == "" {
		return address
	}
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	query := u.Query()
	query.Set("search_path", schema)
	u.RawQuery = query.Encode()
	return u.String()
}

// shared is the server of this process's tests.
var shared struct {
	once   sync.Once
	server *Server
	url    string
	err    error
}

// Main runs a package's tests, and ends the server that they used. TestMain calls it.
func Main(m *testing.M) int {
	code := m.Run()
	if shared.server != nil {
		shared.server.Close()
	}
	return code
}

// Database returns the address of a PostgreSQL database with an empty schema of the test's own, on the
// server that TEST_POSTGRES names, or on one started from the machine's PostgreSQL binaries. Without
// either it skips the test and says so; with CI set it fails it.
func Database(tb testing.TB) string {
	tb.Helper()
	shared.once.Do(func() {
		if shared.url = os.Getenv("TEST_POSTGRES"); shared.url != "" {
			return
		}
		if shared.server, shared.err = start(context.Background()); shared.err == nil {
			shared.url = shared.server.URL("")
		}
	})
	needs(tb, shared.err)
	schema := "test_" + strings.ToLower(rand.Text()[:12])
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		conn, err := pgx.Connect(ctx, shared.url)
		if err != nil {
			return
		}
		_, _ = conn.Exec(ctx, "DROP SCHEMA IF EXISTS "+schema+" CASCADE")
		_ = conn.Close(ctx)
	})
	return inSchema(shared.url, schema)
}

// NewServer starts a server that is the test's alone.
func NewServer(tb testing.TB, options ...string) *Server {
	tb.Helper()
	s, err := start(context.Background(), options...)
	needs(tb, err)
	tb.Cleanup(s.Close)
	return s
}

// Exec runs statements, on a connection of their own. It fails the test where it cannot.
func Exec(tb testing.TB, address, statements string) {
	tb.Helper()
	conn, err := pgx.Connect(tb.Context(), address)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if _, err := conn.Exec(tb.Context(), statements); err != nil {
		tb.Fatal(err)
	}
}

func needs(tb testing.TB, err error) {
	tb.Helper()
	switch {
	case err == nil:
	case errors.Is(err, errNone) && os.Getenv("CI") == "":
		tb.Skip(err)
	default:
		tb.Fatal(err)
	}
}
