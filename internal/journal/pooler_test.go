package journal_test

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/docspace-invite-bot/bot/internal/journal"
	"github.com/docspace-invite-bot/bot/internal/journal/journaltest"
	"github.com/docspace-invite-bot/bot/internal/remedy"
)

// TestPoolerMustBeInSessionMode: behind a pooler in session mode one leads and another takes over; of one in
// transaction mode the bot says at once why not.
func TestPoolerMustBeInSessionMode(t *testing.T) {
	t.Run("session", func(t *testing.T) {
		address := journaltest.Pooler(t, journaltest.Database(t), "session")
		first := openPostgres(t, address)
		next := second(t, address)
		mustAppend(t, first, shown("a", 1))
		_ = first.Close()
		if found := leadsWithin(t, next, time.Second); len(found) != 1 {
			t.Errorf("it finds %d entries, want 1", len(found))
		}
	})
	for _, mode := range []string{"transaction", "statement"} {
		t.Run(mode, func(t *testing.T) {
			address := journaltest.Pooler(t, journaltest.Database(t), mode)
			refusedBoth(t, address, remedy.DatabasePooled)
			// Others keep the pooler's first sessions busy, so that the bot's two get different ones.
			busy(t, address)
			refusedBoth(t, address, remedy.DatabasePooled)
		})
	}
}

// busy has others ask through the pooler, again and again, until the test ends.
func busy(t *testing.T, address string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var others sync.WaitGroup
	for range 4 {
		others.Go(func() {
			conn, err := pgx.Connect(ctx, address+"&default_query_exec_mode=exec")
			if err != nil {
				return
			}
			for err == nil {
				_, err = conn.Exec(ctx, "SELECT pg_sleep(0.01)")
			}
			_ = conn.Close(context.Background())
		})
	}
	t.Cleanup(func() { cancel(); others.Wait() })
}

// refusedBoth checks that neither a bot nor bot check takes the database, and that both say the same.
func refusedBoth(t *testing.T, address string, want remedy.Trouble) {
	t.Helper()
	opened, err := journal.OpenPostgres(t.Context(), address, nil)
	if remedy.Of(err) != want {
		t.Errorf("a bot finds %q (%v), want %q", remedy.Of(err), err, want)
	}
	if opened != nil {
		_ = opened.Close()
	}
	if _, found := journal.InspectPostgres(t.Context(), address); remedy.Of(found) != want || err != nil && !strings.HasPrefix(found.Error(), want.Wrong()) {
		t.Errorf("bot check finds %q (%v), want %q", remedy.Of(found), found, want)
	}
}

// TestPoolerRefusalsAreToldApart: PgBouncer has one error code for everything, and words that tell.
func TestPoolerRefusalsAreToldApart(t *testing.T) {
	direct := journaltest.Database(t)
	for name, tt := range map[string]struct {
		settings []string
		user     string
		want     remedy.Trouble
		passes   bool
	}{
		"wrong password": {[]string{"auth_type = md5"}, "bot:hunter2", remedy.DatabasePassword, false},
		"unknown user":   {[]string{"auth_type = md5"}, "bob:hunter2", remedy.DatabasePassword, false},
		"no database":    {[]string{"server_login_retry = 0"}, "bot", remedy.DatabaseMissing, false},
		"crowded":        {[]string{"max_client_conn = 1"}, "bot", remedy.DatabaseCrowded, true},
		"a pool of one":  {[]string{"default_pool_size = 1", "query_wait_timeout = 1"}, "bot", remedy.DatabaseCrowded, true},
	} {
		t.Run(name, func(t *testing.T) {
			address := journaltest.Pooler(t, direct, "session", tt.settings...)
			address = strings.Replace(address, "//bot@", "//"+tt.user+"@", 1)
			if name == "no database" {
				address = strings.Replace(address, "/postgres?", "/nothing?", 1)
			}
			_, err := journal.OpenPostgres(t.Context(), address, nil)
			if remedy.Of(err) != tt.want || journal.Passes(err) != tt.passes || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("a bot finds %q (%v), want %q", remedy.Of(err), err, tt.want)
			}
			refusedBoth(t, address, tt.want)
		})
	}
}

func TestTroubleOnTheWayToTheDatabaseIsToldApart(t *testing.T) {
	made := httptest.NewTLSServer(nil)
	made.Close()
	for name, tt := range map[string]struct {
		address string
		want    remedy.Trouble
	}{
		"no one listens": {"postgres://bot@" + listening(t, nil) + "/bot?sslmode=disable", remedy.DatabaseRefused},
		"no encryption":  {"postgres://bot@" + listening(t, func(c net.Conn) { _, _ = c.Write([]byte("N")) }) + "/bot?sslmode=require", remedy.DatabaseNoTLS},
		"certificate": {"postgres://bot@" + listening(t, func(c net.Conn) {
			_, _ = c.Write([]byte("S"))
			_ = tls.Server(c, &tls.Config{Certificates: made.TLS.Certificates}).Handshake()
		}) + "/bot?sslmode=verify-full", remedy.DatabaseCert},
		"silent": {"postgres://bot@" + listening(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }) + "/bot?sslmode=disable", remedy.DatabaseAway},
	} {
		t.Run(name, func(t *testing.T) { refusedBoth(t, tt.address, tt.want) })
	}
}

// listening is the address of a program that takes a first message and then does what it is to do; with
// nothing to do it is gone.
func listening(t *testing.T, do func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	if do == nil {
		_ = listener.Close()
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_, _ = conn.Read(make([]byte, 8))
				do(conn)
			}()
		}
	}()
	return listener.Addr().String()
}
