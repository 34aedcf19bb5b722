package journal_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/docspace-invite-bot/bot/internal/journal"
	"github.com/docspace-invite-bot/bot/internal/pgtest"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

func newWire(t *testing.T, address string) (*pgtest.Wire, string) {
	t.Helper()
	wire, near, err := pgtest.NewWire(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(wire.Close)
	return wire, near
}

func shown(replica string, n int) tracker.Entry {
	return tracker.Entry{Kind: tracker.KindShown, At: time.Unix(1_790_000_000, 0).UTC(), Invitation: tracker.ID(replica), Revision: n}
}

// reader keeps what one replica was told, as its tracker would.
type reader struct {
	*journal.Postgres
	known []tracker.Entry
}

func (r *reader) write(t *testing.T, mine ...tracker.Entry) (leads bool) {
	t.Helper()
	if err := r.Exchange(t.Context(), func(others []tracker.Entry, lead bool) []tracker.Entry {
		r.known, leads = append(r.known, others...), lead
		return mine
	}); err != nil {
		t.Fatal(err)
	}
	r.known = append(r.known, mine...)
	return leads
}

func (r *reader) news(t *testing.T) {
	t.Helper()
	news, err := r.News(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r.known = append(r.known, news...)
}

func names(entries []tracker.Entry) []string {
	var all []string
	for _, e := range entries {
		all = append(all, fmt.Sprintf("%s%d", e.Invitation, e.Revision))
	}
	return all
}

// TestReplicasAgree: whatever replicas append at once, all of them are told all of it, in one order,
// which is that in which it is read again.
func TestReplicasAgree(t *testing.T) {
	address := pgtest.URL(t)
	replicas := make([]*reader, 4)
	for i := range replicas {
		replicas[i] = &reader{Postgres: openPostgres(t, address)}
	}
	const each = 60
	var all sync.WaitGroup
	for i, r := range replicas {
		all.Go(func() {
			for n := range each {
				switch n % 3 {
				case 0:
					r.news(t)
				default:
				}
				r.write(t, shown(string(rune('a'+i)), 2*n), shown(string(rune('a'+i)), 2*n+1))
			}
		})
	}
	all.Wait()
	var want []string
	if err := openPostgres(t, address).Replay(t.Context(), time.Unix(0, 0), func(e tracker.Entry) error {
		want = append(want, names([]tracker.Entry{e})...)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(want) != 2*each*len(replicas) {
		t.Fatalf("%d entries are kept, of %d", len(want), 2*each*len(replicas))
	}
	for i, r := range replicas {
		r.news(t)
		if got := names(r.known); !slices.Equal(got, want) {
			t.Errorf("replica %d was told\n%v\nand the journal has\n%v", i, got, want)
		}
	}
}

// TestFarBehind: a replica that knows nothing of thousands of entries is told them before it appends.
func TestFarBehind(t *testing.T) {
	address := pgtest.URL(t)
	slow, busy := &reader{Postgres: openPostgres(t, address)}, openPostgres(t, address)
	var many []tracker.Entry
	for n := range 3500 {
		many = append(many, shown("m", n))
	}
	if err := busy.Append(t.Context(), many...); err != nil {
		t.Fatal(err)
	}
	slow.write(t, shown("s", 1))
	if got, want := names(slow.known), append(names(many), "s1"); !slices.Equal(got, want) {
		t.Errorf("told %d entries in the end, want %d, or others", len(got), len(want))
	}
}

// TestCompareAndSet: of many who decide the same thing at once on several replicas one does.
func TestCompareAndSet(t *testing.T) {
	address := pgtest.URL(t)
	var decided atomic.Int32
	var all sync.WaitGroup
	const replicas, things = 4, 50
	for range replicas {
		r := &reader{Postgres: openPostgres(t, address)}
		all.Go(func() {
			for n := range things {
				did := false
				if err := r.Exchange(t.Context(), func(others []tracker.Entry, _ bool) []tracker.Entry {
					r.known = append(r.known, others...)
					if did = !slices.Contains(names(r.known), fmt.Sprintf("x%d", n)); did {
						return []tracker.Entry{shown("x", n)}
					}
					return nil
				}); err != nil {
					t.Error(err)
				}
				if did {
					r.known = append(r.known, shown("x", n))
					decided.Add(1)
				}
			}
		})
	}
	all.Wait()
	if decided.Load() != things {
		t.Errorf("%d decisions were taken about %d things", decided.Load(), things)
	}
}

// TestLostCommit cuts the connection at every message of an append, before it arrives or after, once or
// for good: what Exchange says of the entry is so, and it is never there twice.
func TestLostCommit(t *testing.T) {
	address := pgtest.URL(t)
	wire, near := newWire(t, address)
	kept, refused, unsure := 0, 0, 0
	for at := range 4 {
		for _, arrives := range []bool{true, false} {
			for _, forGood := range []bool{true, false} {
				t.Run(fmt.Sprintf("message %d, arrives %t, for good %t", at, arrives, forGood), func(t *testing.T) {
					r := &reader{Postgres: openPostgres(t, near)}
					r.write(t, shown("w", 0)) // which prepares the statements
					var said atomic.Int32
					wire.Heard(func([]byte) bool {
						if int(said.Add(1)) != at+1 {
							return true
						}
						if forGood {
							go wire.Down(true)
						} else {
							go wire.Cut()
						}
						return arrives
					})
					mine := shown(fmt.Sprintf("%d-%t-%t-", at, arrives, forGood), 1)
					err := r.Exchange(t.Context(), func(others []tracker.Entry, _ bool) []tracker.Entry {
						r.known = append(r.known, others...)
						return []tracker.Entry{mine}
					})
					wire.Heard(nil)
					wire.Down(false)
					if err == nil {
						r.known = append(r.known, mine)
					}
					var there int
					if err := openPostgres(t, address).Replay(t.Context(), time.Unix(0, 0), func(e tracker.Entry) error {
						if e.Invitation == mine.Invitation {
							there++
						}
						return nil
					}); err != nil {
						t.Fatal(err)
					}
					switch {
					case err == nil && there == 1:
						kept++
					case errors.Is(err, tracker.NotSure) && there <= 1:
						unsure++
					case err != nil && !errors.Is(err, tracker.NotSure) && there == 0:
						refused++
					default:
						t.Errorf("it is there %d times, and Exchange said %v", there, err)
					}
					r.write(t, shown("w", 1)) // and it goes on, knowing all
					if told := strings.Count(strings.Join(names(r.known), " "), string(mine.Invitation)); told != there {
						t.Errorf("it is there %d times, and was told %d times", there, told)
					}
				})
			}
		}
	}
	if kept == 0 || unsure == 0 || refused == 0 {
		t.Errorf("%d kept, %d refused, %d unsure: the wire was not cut where it matters", kept, refused, unsure)
	}
}

// TestAbandonedTransaction: a replica that was stopped while it held the journal keeps the others
// waiting for a moment, and not longer.
func TestAbandonedTransaction(t *testing.T) {
	address := pgtest.URL(t)
	wire, near := newWire(t, address)
	frozen, other := openPostgres(t, near), openPostgres(t, address)
	if err := frozen.Append(t.Context(), shown("a", 0)); err != nil {
		t.Fatal(err)
	}
	holds, thaw, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		first := sync.OnceFunc(func() { close(holds); <-thaw })
		ended <- frozen.Exchange(context.Background(), func([]tracker.Entry, bool) []tracker.Entry {
			first()
			return []tracker.Entry{shown("a", 1)}
		})
	}()
	<-holds
	err := other.Append(t.Context(), shown("b", 0))
	wire.Cut() // it may have been told that it was too late
	close(thaw)
	<-ended
	if err != nil {
		t.Errorf("the other replica could not append: %v", err)
	}
}

// reign is one replica's wish to lead.
type reign struct {
	*journal.Postgres
	terms chan tracker.Term
	stop  context.CancelFunc
	over  chan struct{}
}

// campaign has a replica lead until it is stopped, or the lease is lost.
func campaign(t *testing.T, j *journal.Postgres) *reign {
	ctx, stop := context.WithCancel(context.Background())
	r := &reign{Postgres: j, terms: make(chan tracker.Term, 10), stop: stop, over: make(chan struct{})}
	go func() {
		defer close(r.over)
		j.Lead(ctx, func(term tracker.Term) {
			r.terms <- term
			select {
			case <-term.Over().Done():
			case <-ctx.Done():
			}
		})
	}()
	t.Cleanup(func() { stop(); <-r.over })
	return r
}

// TestOneLeads: one replica leads at a time; when it is cut off it knows by itself, before the other
// begins, and what it would note as the one that leads is refused.
func TestOneLeads(t *testing.T) {
	address := pgtest.URL(t)
	wire, near := newWire(t, address)
	first := campaign(t, openPostgres(t, near+"&lease=1s"))
	term := <-first.terms
	if r := (&reader{Postgres: first.Postgres}); !r.write(t, shown("a", 1)) || !term.Holds() {
		t.Error("the one that leads is not told so")
	}
	second := campaign(t, openPostgres(t, address+"&lease=1s"))
	select {
	case <-second.terms:
		t.Fatal("two lead at once")
	case <-time.After(2500 * time.Millisecond): // renewed more than twice
	}
	if !term.Holds() {
		t.Fatal("the lease was not renewed")
	}

	wire.Down(true)
	select {
	case <-term.Over().Done():
	case <-second.terms:
		t.Fatal("the second leads before the first knows that it does not")
	}
	if term.Holds() {
		t.Error("the first believes that it leads")
	}
	<-second.terms
	wire.Down(false)
	if r := (&reader{Postgres: first.Postgres}); r.write(t, shown("a", 2)) {
		t.Error("the first is told that it leads")
	}
	if r := (&reader{Postgres: second.Postgres}); !r.write(t, shown("b", 1)) {
		t.Error("the second is told that it does not lead")
	}

	// A replica that ends gives the lease back.
	began := time.Now()
	second.stop()
	<-first.terms
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v to take over from a replica that had ended", took)
	}
}

// TestNewsTravels: a replica is told that another has appended, also after its connection was cut, and
// hears what the one that leads says.
func TestNewsTravels(t *testing.T) {
	address := pgtest.URL(t) + "&lease=1s"
	wire, near := newWire(t, address)
	here, there := openPostgres(t, near), openPostgres(t, address)
	told := func(what string, n int) {
		t.Helper()
		for drained := false; !drained; { // what it was told before
			select {
			case <-here.Changed():
			default:
				drained = true
			}
		}
		if err := there.Append(t.Context(), shown("b", n)); err != nil {
			t.Fatal(err)
		}
		select {
		case <-here.Changed():
		case <-time.After(30 * time.Second):
			t.Fatal("nothing was heard " + what)
		}
	}
	told("at first", 1)
	wire.Cut()
	r := &reader{Postgres: here}
	r.write(t, shown("a", 1)) // there is a way again
	told("after a cut", 2)

	leader := campaign(t, there)
	<-leader.terms
	there.Say("all is well")
	campaign(t, here)
	for deadline := time.After(30 * time.Second); here.Heard() != "all is well"; {
		select {
		case <-time.After(50 * time.Millisecond):
		case <-deadline:
			t.Fatalf("heard %q of the one that leads", here.Heard())
		}
	}
}

// TestLeaseIsSharedByTransactions: nobody comes to lead while the one that led has a transaction under
// way that relies on it.
func TestLeaseIsSharedByTransactions(t *testing.T) {
	address := pgtest.URL(t)
	first := campaign(t, openPostgres(t, address+"&lease=1s"))
	<-first.terms
	second := openPostgres(t, address+"&lease=1s")
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if err := first.Exchange(t.Context(), func(_ []tracker.Entry, leads bool) []tracker.Entry {
		if !leads {
			t.Error("the first does not lead")
		}
		_, err := conn.Exec(t.Context(), "SET lock_timeout = '200ms'; UPDATE lease SET holder = 'somebody'")
		if err == nil {
			t.Error("the lease could be taken in the middle of a transaction that relies on it")
		}
		return []tracker.Entry{shown("a", 1)}
	}); err != nil {
		t.Fatal(err)
	}
	first.stop()
	<-first.over
	third := campaign(t, second)
	<-third.terms
}

// TestSchemas: replicas that start together make the tables once; what a newer version has made is
// worked with where it says so, and nothing of another program's is touched.
func TestSchemas(t *testing.T) {
	address := pgtest.URL(t)
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
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	exec := func(sql string) {
		t.Helper()
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	try := func() error {
		j, err := journal.OpenPostgres(t.Context(), address, nil)
		if err == nil {
			err = j.Append(t.Context(), shown("a", 1))
			_ = j.Close()
		}
		return err
	}
	exec("UPDATE docspace_bot_schema SET version = 99, compatible = 1; ALTER TABLE entries ADD COLUMN more text")
	if err := try(); err != nil {
		t.Errorf("beside a newer version: %v", err)
	}
	exec("UPDATE docspace_bot_schema SET compatible = 99")
	if err := try(); err == nil || !strings.Contains(err.Error(), "newer version") {
		t.Errorf("with a schema that it does not know: %v", err)
	}
	exec("DROP TABLE docspace_bot_schema")
	if err := try(); err == nil || !strings.Contains(err.Error(), "another program") {
		t.Errorf("with another program's tables: %v", err)
	}
}

// TestDamagedDatabase: an entry that cannot be read is told as that, by whoever meets it, and is not
// taken for a database that is away.
func TestDamagedDatabase(t *testing.T) {
	address := pgtest.URL(t)
	j := openPostgres(t, address)
	if err := j.Append(t.Context(), shown("a", 1)); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if _, err := conn.Exec(t.Context(), `INSERT INTO entries VALUES (2, 'x', 'a', '{"kind":'); UPDATE head SET seq = 2`); err != nil {
		t.Fatal(err)
	}
	_, news := j.News(t.Context())
	for what, err := range map[string]error{
		"news": news, "append": j.Append(t.Context(), shown("a", 2)),
		"replay": openPostgres(t, address).Replay(t.Context(), time.Unix(0, 0), func(tracker.Entry) error { return nil }),
	} {
		if err == nil || !strings.Contains(err.Error(), "entry 2 cannot be read") || errors.Is(err, tracker.NotSure) {
			t.Errorf("%s: %v", what, err)
		}
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
