package journal_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/journal"
	"github.com/docspace-invite-bot/bot/internal/journal/journaltest"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// BenchmarkAccept is what it costs to keep a command before its envelope is acknowledged: one
// at a time, in bursts of 10 and of 500 at once, per command. The PostgreSQL server keeps what it commits
// safe from a loss of power, as full does.
func BenchmarkAccept(b *testing.B) {
	for name, open := range map[string]func(b *testing.B) tracker.Journal{
		"memory":  func(*testing.B) tracker.Journal { return journal.Memory{} },
		"process": func(b *testing.B) tracker.Journal { return openFor(b, journal.SQLiteOptions{Relaxed: true}) },
		"full":    func(b *testing.B) tracker.Journal { return openFor(b, journal.SQLiteOptions{}) },
	} {
		b.Run(name, func(b *testing.B) { bursts(b, open) })
	}
	b.Run("postgres", func(b *testing.B) {
		server, schemas := journaltest.NewServer(b, "fsync=on"), 0
		bursts(b, func(b *testing.B) tracker.Journal {
			schemas++
			j, err := journal.OpenPostgres(b.Context(), server.URL(fmt.Sprintf("accept%d", schemas)), nil)
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = j.Close() })
			return j
		})
	})
}

func bursts(b *testing.B, open func(b *testing.B) tracker.Journal) {
	b.Helper()
	for _, burst := range []int{1, 10, 500} {
		b.Run(fmt.Sprintf("burst-%d", burst), func(b *testing.B) {
			t := tracker.New(open(b), nil, nil, tracker.Options{Backlog: 2 * (b.N + burst)})
			b.ResetTimer()
			accept(b, t, burst)
		})
	}
}

func openFor(b *testing.B, opts journal.SQLiteOptions) *journal.SQLite {
	b.Helper()
	j, err := journal.OpenSQLite(b.Context(), filepath.Join(b.TempDir(), "state.db"), opts)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = j.Close() })
	return j
}

func accept(b *testing.B, t *tracker.Tracker, burst int) {
	for done := 0; done < b.N; done += burst {
		var all sync.WaitGroup
		for i := range min(burst, b.N-done) {
			all.Go(func() {
				key := fmt.Sprintf("envelope %d", done+i)
				_, err := t.Accept(context.Background(), invitation.Request{
					Keys: []string{key, "trigger of " + key}, Role: invitation.Guest, Inviter: "U0ANNARCHER", Channel: "C0GENERAL01",
					Note: "for the archive room", ReplyTo: "https://hooks.slack.example/commands/T0001/1234567890/abcdefghijklmnopqrstuvwx",
				})
				if err != nil {
					b.Error(err)
				}
			})
		}
		all.Wait()
	}
}

// BenchmarkRecover rebuilds the memory from a file with 100 000 pending invitees, each of whom
// pressed Join on one of 1000 cards, and tells how much of the file each takes.
func BenchmarkRecover(b *testing.B) {
	path := filepath.Join(b.TempDir(), "state.db")
	j, err := journal.OpenSQLite(b.Context(), path, journal.SQLiteOptions{Relaxed: true})
	if err != nil {
		b.Fatal(err)
	}
	const invitations, people = 1000, 100
	for i := range invitations {
		if err := j.Append(b.Context(), journaltest.Pending(i, people)...); err != nil {
			b.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		j, err := journal.OpenSQLite(b.Context(), path, journal.SQLiteOptions{})
		if err != nil {
			b.Fatal(err)
		}
		t := tracker.New(j, nil, nil, tracker.Options{})
		if err := t.Recover(b.Context()); err != nil {
			b.Fatal(err)
		}
		if n := len(t.Open()); n != invitations {
			b.Fatalf("%d invitations are open", n)
		}
		if err := j.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(info.Size())/(invitations*people), "bytes/invitee")
}
