package journal_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/journal"
	"github.com/docspace-invite-bot/bot/internal/journal/journaltest"
)

func shown(replica string, n int) invitation.Entry {
	return invitation.Entry{Kind: invitation.KindShown, At: time.Unix(1_790_000_000, 0).UTC(), Invitation: invitation.ID(replica), Revision: n}
}

// second opens the database as another bot does that finds a leader there.
func second(t *testing.T, address string) *journal.Postgres {
	t.Helper()
	j, err := journal.OpenPostgres(t.Context(), address, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	if leads, err := j.TryLead(t.Context()); leads || err != nil {
		t.Fatalf("beside a leader it leads %t: %v", leads, err)
	}
	return j
}

// leadsWithin waits until it leads, and returns what it finds written.
func leadsWithin(t *testing.T, j *journal.Postgres, limit time.Duration) (entries []invitation.Entry) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	began := time.Now()
	if err := j.Lead(ctx, func() {}); err != nil {
		t.Fatalf("after %v: %v", time.Since(began), err)
	}
	t.Logf("leads after %v", time.Since(began).Round(time.Millisecond))
	return entriesOf(t, j)
}

func mustAppend(t *testing.T, j *journal.Postgres, entries ...invitation.Entry) {
	t.Helper()
	if err := j.Append(t.Context(), entries...); err != nil {
		t.Fatal(err)
	}
}

// TestOrderlyHandover: a leader that closes is followed within a second, by one that knows all.
func TestOrderlyHandover(t *testing.T) {
	address := journaltest.Database(t)
	first := openPostgres(t, address)
	next := second(t, address)
	if err := next.Append(t.Context(), shown("b", 1)); err == nil {
		t.Error("a standby has appended something")
	}
	mustAppend(t, first, shown("a", 1))
	_ = first.Close()
	if found := leadsWithin(t, next, time.Second); len(found) != 1 {
		t.Errorf("it finds %d entries, want 1", len(found))
	}
	mustAppend(t, next, shown("b", 1))
}

// TestSilentLeaderIsReplaced: of a leader that says nothing any more, because it is frozen or cut off, the
// connection is ended within ten seconds, and it can keep nothing when it comes back.
func TestSilentLeaderIsReplaced(t *testing.T) {
	t.Parallel()
	address := journaltest.Database(t)
	wire, near := journaltest.NewWire(t, address)
	first := openPostgres(t, near)
	next := second(t, address)
	mustAppend(t, first, shown("a", 1))
	wire.Heard(func([]byte) bool { return false })
	if found := leadsWithin(t, next, 10*time.Second); len(found) != 1 {
		t.Errorf("it finds %d entries, want 1", len(found))
	}
	if first.Leads() || first.Leading().Err() == nil {
		t.Error("the one that was cut off believes that it leads")
	}
	wire.Heard(nil)
	if err := first.Append(t.Context(), shown("a", 2)); err == nil {
		t.Error("the one that was cut off has appended something")
	}
	mustAppend(t, next, shown("b", 1))
}

func TestWorkingLeaderIsLeftAlone(t *testing.T) {
	t.Parallel()
	address := journaltest.Database(t)
	first := openPostgres(t, address)
	next := second(t, address)
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
	defer cancel()
	if err := next.Lead(ctx, func() {}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a standby: %v", err)
	}
	mustAppend(t, first, shown("a", 1))
}

// TestLostConnectionEndsTheLead: it cuts the connection at each message of an append, before it arrives or after: the
// lead ends, what Append says of the entry is so, and nothing is kept by that bot any more.
func TestLostConnectionEndsTheLead(t *testing.T) {
	address := journaltest.Database(t)
	wire, near := journaltest.NewWire(t, address)
	refused, unsure := 0, 0
	for n := range 6 {
		j := openPostgres(t, near)
		arrives := n%2 == 0
		wire.Heard(func(said []byte) bool {
			if !strings.Contains(string(said), "INSERT") { // a heartbeat
				return true
			}
			go wire.Cut()
			return arrives
		})
		mine := shown(string(rune('a'+n)), 1)
		err := j.Append(t.Context(), mine)
		wire.Heard(nil)
		<-j.Leading().Done() // the heartbeat finds out what the append did not
		if err == nil && !arrives {
			t.Error("append says that it is kept, and it never arrived")
		}
		if err := j.Append(t.Context(), mine); err == nil {
			t.Error("something was appended without a connection")
		}
		_ = j.Close()
		next := openPostgres(t, address)
		there := 0
		for _, e := range entriesOf(t, next) {
			if e.Invitation == mine.Invitation {
				there++
			}
		}
		_ = next.Close()
		switch {
		case there > 1 || there == 1 && err != nil && !errors.Is(err, invitation.NotSure), there == 0 && err == nil:
			t.Errorf("it is there %d times, and append said %v", there, err)
		case there == 1:
			unsure++
		default:
			refused++
		}
	}
	t.Logf("%d kept, %d not", unsure, refused)
}

func entriesOf(t *testing.T, j *journal.Postgres) (entries []invitation.Entry) {
	t.Helper()
	if err := j.Replay(t.Context(), time.Unix(0, 0), func(e invitation.Entry) error { entries = append(entries, e); return nil }); err != nil {
		t.Fatal(err)
	}
	return entries
}

// TestTablesAreMadeOnceAndOthersLeftAlone: bots that start together make the tables once; what is not as this version
// makes it is told in a line, and nothing of another program's is touched.
func TestTablesAreMadeOnceAndOthersLeftAlone(t *testing.T) {
	address := journaltest.Database(t)
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			j, err := journal.OpenPostgres(t.Context(), address, nil)
			if err != nil {
				t.Error(err)
				return
			}
			_ = j.Close()
		})
	}
	all.Wait()
	exec := func(sql string) { t.Helper(); journaltest.Exec(t, address, sql) }
	try := func() error {
		j, err := journal.OpenPostgres(t.Context(), address, nil)
		if err == nil {
			err = j.Lead(t.Context(), func() {})
			_ = j.Close()
		}
		return err
	}
	exec("ALTER TABLE entries ADD COLUMN more text")
	if err := try(); err != nil {
		t.Errorf("with an added column: %v", err)
	}
	exec("ALTER TABLE leader RENAME at TO seen")
	if err := try(); err == nil || !strings.Contains(err.Error(), "lacks leader.at timestamp with time zone") {
		t.Errorf("with a column that is gone: %v", err)
	}
	exec("UPDATE docspace_bot_schema SET version = 99")
	if err := try(); err == nil || !strings.Contains(err.Error(), "newer version") {
		t.Errorf("with a schema that it does not know: %v", err)
	}
	exec("DROP TABLE docspace_bot_schema")
	if err := try(); err == nil || !strings.Contains(err.Error(), "another program") {
		t.Errorf("with another program's tables: %v", err)
	}
}

// TestDamagedEntryIsNotADatabaseThatIsAway: an entry that cannot be read is told as that, and is not taken for a
// database that is away.
func TestDamagedEntryIsNotADatabaseThatIsAway(t *testing.T) {
	address := journaltest.Database(t)
	j := openPostgres(t, address)
	if err := j.Append(t.Context(), shown("a", 1)); err != nil {
		t.Fatal(err)
	}
	journaltest.Exec(t, address, `INSERT INTO entries VALUES (2, 'a', '{"kind":')`)
	err := j.Replay(t.Context(), time.Unix(0, 0), func(invitation.Entry) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "entry 2 cannot be read") || j.Leading().Err() != nil {
		t.Errorf("replay: %v", err)
	}
}

// TestPasswordIsNotShown: no error about the database shows the address's password.
func TestPasswordIsNotShown(t *testing.T) {
	for _, address := range []string{
		"postgres://bot:hunter2secret@127.0.0.1:1/bot", "postgres://bot:hunter2secret@[::1", "postgres://bot:hunter2secret@127.0.0.1:5432/bot?sslmode=maybe",
	} {
		_, err := journal.OpenPostgres(t.Context(), address, nil)
		if err == nil {
			t.Errorf("%s could be opened", address)
			continue
		}
		if strings.Contains(err.Error(), "hunter2secret") {
			t.Errorf("the password is shown: %v", err)
		}
		if err := journal.CheckPostgres(address); err != nil && strings.Contains(err.Error(), "hunter2secret") {
			t.Errorf("the password is shown: %v", err)
		}
	}
}
