package tracker

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// watch runs a tracker over one portal in fake time.
func watch(t *testing.T, portal Portal, opts Options) (*Tracker, *notebook) {
	book := &notebook{}
	tracker := New(book, portal, &silence{}, opts)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = tracker.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	return tracker, book
}

// invite has n people invited by email, fifty a card.
func invite(t *testing.T, tracker *Tracker, n int) {
	t.Helper()
	for from := 0; n > 0; from, n = from+50, n-50 {
		request := ask(fmt.Sprintf("k%d", from))
		for i := from; i < from+min(50, n); i++ {
			request.People = append(request.People, invitation.Person{Email: address(i)})
		}
		if _, err := tracker.Accept(t.Context(), request); err != nil {
			t.Fatal(err)
		}
	}
}

func address(i int) string { return fmt.Sprintf("person%d@acme.test", i) }

func account(i int, standing invitation.Standing) invitation.Member {
	return invitation.Member{ID: invitation.MemberID(fmt.Sprintf("m%d", i)), Email: address(i), Standing: standing, Registered: time.Now()}
}

// costs returns the requests per sweep over an hour in which no one moves.
func costs(t *testing.T, unregistered, unconfirmed int) (perSweep float64) {
	synctest.Test(t, func(t *testing.T) {
		portal := &register{}
		tracker, _ := watch(t, portal, Options{Backlog: 1 << 20})
		invite(t, tracker, unregistered+unconfirmed)
		time.Sleep(time.Minute)
		for i := range unconfirmed {
			portal.add(account(i, invitation.Unconfirmed))
			time.Sleep(100 * time.Millisecond)
		}
		time.Sleep(2 * youth)
		before, sweeps := portal.count(), time.Hour/tracker.opts.Poll
		time.Sleep(time.Hour)
		perSweep = float64(portal.count()-before) / float64(sweeps)
	})
	return perSweep
}

// TestSweepsCostWhatHappens: however many wait, a sweep is three requests at most.
func TestSweepsCostWhatHappens(t *testing.T) {
	for _, tt := range []struct{ unregistered, unconfirmed int }{{100, 0}, {100, 50}, {100, 1000}, {10_000, 1000}, {100_000, 1000}} {
		name := fmt.Sprintf("%d unregistered, %d unconfirmed", tt.unregistered, tt.unconfirmed)
		t.Run(name, func(t *testing.T) {
			perSweep := costs(t, tt.unregistered, tt.unconfirmed)
			t.Logf("%.2f requests a sweep; the naive way makes %d", perSweep, tt.unregistered+tt.unconfirmed)
			if perSweep > 3.15 { // sweeps come up to 5 % early
				t.Error("want three at most")
			}
		})
	}
}

// BenchmarkSweepOf100000 is what one sweep costs this machine while 100 000 people are pending.
func BenchmarkSweepOf100000(b *testing.B) {
	book := &notebook{}
	now := time.Now()
	for n := range 2000 {
		id := invitation.ID(fmt.Sprintf("i%d", n))
		request := ask(string(id))
		var people []invitation.Person
		for i := range 50 {
			people = append(people, invitation.Person{Email: address(n*50 + i)})
		}
		book.entries = append(book.entries,
			invitation.Entry{Kind: invitation.KindAccepted, At: now, Invitation: id, Request: &request, Expires: now.Add(time.Hour)},
			invitation.Entry{Kind: invitation.KindAdmitted, At: now, Invitation: id, People: people},
			invitation.Entry{Kind: invitation.KindLinked, At: now, Invitation: id, Link: "https://acme.test/s/1"},
			invitation.Entry{Kind: invitation.KindPosted, At: now, Invitation: id, Card: &invitation.Card{Channel: "C1", Message: string(id)}})
	}
	portal := &register{}
	for i := range 200 {
		portal.add(account(1_000_000+i, invitation.Enabled))
	}
	tracker := New(book, portal, &silence{}, Options{})
	if err := tracker.Recover(b.Context()); err != nil {
		b.Fatal(err)
	}
	if _, err := tracker.sweep(b.Context(), now); err != nil { // everyone is new to it
		b.Fatal(err)
	}
	before := portal.count()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := tracker.sweep(b.Context(), now); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(portal.count()-before)/float64(b.N), "requests/op")
}

// TestSweepsSeeWhatTheNaiveWaySees carries people through random histories at the portal. In the
// end both ways have seen the same, and everyone who became active was seen in time.
func TestSweepsSeeWhatTheNaiveWaySees(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { sameSights(t, seed) })
		})
	}
}

func sameSights(t *testing.T, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 3))
	portal := &register{}
	const people = 120
	for i := range 300 { // colleagues whom no one waits for, and some who are members already
		m := account(i+people-10, invitation.Enabled)
		m.Registered = m.Registered.Add(-time.Duration(random.IntN(1000)) * time.Hour)
		portal.add(m)
	}
	sweeps, seen := watch(t, portal, Options{TTL: 48 * time.Hour, Poll: time.Minute})
	naive, seenNaively := watch(t, portal, Options{TTL: 48 * time.Hour, Poll: time.Minute, naive: true})
	for _, tracker := range []*Tracker{sweeps, naive} {
		invite(t, tracker, people)
	}
	type act struct {
		at time.Duration
		do func()
	}
	var acts []act
	for i := range people - 10 {
		at := time.Duration(random.Int64N(int64(6 * time.Hour)))
		then := func(do func()) { acts = append(acts, act{at, do}) }
		standing := []invitation.Standing{invitation.Unconfirmed, invitation.Unconfirmed, invitation.Unconfirmed, invitation.Enabled, invitation.Invited}[random.IntN(5)]
		then(func() { portal.add(account(i, standing)) })
		id := invitation.MemberID(fmt.Sprintf("m%d", i))
		for range random.IntN(4) {
			at += time.Duration(random.Int64N(int64(12 * time.Hour)))
			switch random.IntN(6) {
			case 0:
				then(func() { portal.change(id, func(m *invitation.Member) { m.Standing = invitation.Disabled }) })
			case 1:
				then(func() { portal.change(id, func(m *invitation.Member) { m.ID = "" }) })
			case 2:
				then(func() { portal.change(id, func(m *invitation.Member) { m.Email = "new." + m.Email }) })
			default:
				then(func() { portal.change(id, func(m *invitation.Member) { m.Standing = invitation.Enabled }) })
			}
			// What the naive way could see for less than the bound need not be seen by both.
			at += 2 * time.Hour
		}
	}
	start := time.Now()
	for len(acts) > 0 {
		next := 0
		for i := range acts {
			if acts[i].at < acts[next].at {
				next = i
			}
		}
		time.Sleep(time.Until(start.Add(acts[next].at)))
		acts[next].do()
		acts = append(acts[:next], acts[next+1:]...)
	}
	time.Sleep(3 * time.Hour)
	got, want := lastSeen(seen), lastSeen(seenNaively)
	for who, entry := range want {
		other, ok := got[who]
		if !ok || other.Kind != entry.Kind || other.Member != nil && *other.Member != *entry.Member {
			t.Errorf("seed %d: of %s the naive way saw %v %v, the sweeps %v %v", seed, who, entry.Kind, entry.Member, other.Kind, other.Member)
			continue
		}
		if late := other.At.Sub(entry.At); late > reconcileEvery+3*time.Minute {
			t.Errorf("seed %d: %s was seen %v later than the naive way did", seed, who, late)
		}
	}
	if len(got) != len(want) {
		t.Errorf("seed %d: the sweeps saw something of %d people, the naive way of %d", seed, len(got), len(want))
	}
}

// lastSeen returns the last thing that was seen of each person.
func lastSeen(book *notebook) map[string]invitation.Entry {
	book.mu.Lock()
	defer book.mu.Unlock()
	last := map[string]invitation.Entry{}
	for _, e := range book.entries {
		if e.Kind == invitation.KindSeen || e.Kind == invitation.KindLost {
			last[e.Invitee] = e
		}
	}
	return last
}

// seenAfter returns how long after the change of the portal the invitee's account was seen so.
func seenAfter(t *testing.T, book *notebook, who int, change func()) time.Duration {
	t.Helper()
	invitee := invitation.InviteeID(invitation.Person{Email: address(who)})
	before := lastSeen(book)[invitee].At
	start := time.Now()
	change()
	for !lastSeen(book)[invitee].At.After(before) {
		if time.Since(start) > 3*time.Hour {
			t.Fatal("it was not seen within three hours")
		}
		time.Sleep(time.Second)
	}
	return time.Since(start)
}

// TestFewUnconfirmedAreLookedUpAtEverySweep: fifty fit into the request that one takes.
func TestFewUnconfirmedAreLookedUpAtEverySweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		portal := &register{}
		tracker, book := watch(t, portal, Options{})
		invite(t, tracker, 40)
		time.Sleep(time.Second)
		for i := range 40 {
			portal.add(account(i, invitation.Unconfirmed))
		}
		time.Sleep(7 * time.Hour)
		for _, who := range []int{3, 17, 39} {
			enabled := func() {
				portal.change(account(who, "").ID, func(m *invitation.Member) { m.Standing = invitation.Enabled })
			}
			if took := seenAfter(t, book, who, enabled); took > 2*tracker.opts.Poll {
				t.Errorf("an old account was seen to be active after %v", took)
			}
		}
	})
}

// TestAccountThatAppearsLateIsSeen: the portal may show an account after a newer one.
func TestAccountThatAppearsLateIsSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		portal := &register{}
		tracker, book := watch(t, portal, Options{})
		invite(t, tracker, 50)
		time.Sleep(10 * time.Minute)
		for i := range 250 { // colleagues
			portal.add(account(1000+i, invitation.Enabled))
		}
		time.Sleep(time.Minute)
		late := account(7, invitation.Unconfirmed)
		late.Registered = late.Registered.Add(-90 * time.Second)
		if took := seenAfter(t, book, 7, func() { portal.add(late) }); took > 2*tracker.opts.Poll {
			t.Errorf("an account that turned up late was seen after %v", took)
		}
	})
}

// TestWhatAScanCannotShowIsFoundInTime: an account that is older than the scan reaches, and takes
// on an awaited address.
func TestWhatAScanCannotShowIsFoundInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		portal := &register{}
		old := account(500, invitation.Enabled)
		portal.add(old)
		time.Sleep(24 * time.Hour)
		tracker, book := watch(t, portal, Options{})
		invite(t, tracker, 200)
		time.Sleep(10 * time.Minute)
		took := seenAfter(t, book, 7, func() { portal.change(old.ID, func(m *invitation.Member) { m.Email = address(7) }) })
		if took > reconcileEvery+tracker.opts.Poll {
			t.Errorf("it was found after %v, want an hour at most", took)
		}
	})
}

// TestFirstScanAfterARestartReachesBack: who registered while the bot was away is seen at once.
func TestFirstScanAfterARestartReachesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		portal, book := &register{}, &notebook{}
		run := func() (stop func()) {
			tracker := New(book, portal, &silence{}, Options{})
			if err := tracker.Recover(t.Context()); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			first := len(book.entries) == 0
			ended := make(chan struct{})
			go func() { defer close(ended); _ = tracker.Run(ctx) }()
			if first {
				invite(t, tracker, 200)
			}
			return func() { cancel(); <-ended }
		}
		stop := run()
		time.Sleep(time.Hour)
		stop()
		time.Sleep(time.Hour)
		portal.add(account(7, invitation.Unconfirmed))
		for i := range 300 {
			portal.add(account(1000+i, invitation.Enabled))
		}
		time.Sleep(10 * time.Hour)
		defer func() { stop() }()
		if took := seenAfter(t, book, 7, func() { stop = run() }); took > time.Minute {
			t.Errorf("it was seen after %v", took)
		}
	})
}

// busy is a portal that once asks to be left alone.
type busy struct {
	register
	wait time.Duration
}

func (b *busy) Newcomers(ctx context.Context, since time.Time) ([]invitation.Member, error) {
	if b.wait > 0 {
		wait := b.wait
		b.wait = 0
		return nil, &invitation.Failure{Reason: invitation.PortalBusy, RetryAfter: wait}
	}
	return b.register.Newcomers(ctx, since)
}

// TestJoinAsksAPortalThatWantsALongPause: the sweep waits as it was told to; someone who presses Join
// need not.
func TestJoinAsksAPortalThatWantsALongPause(t *testing.T) {
	for name, tt := range map[string]struct {
		press   bool
		longest time.Duration
	}{"no press": {false, time.Hour}, "Join is pressed": {true, 3 * time.Minute}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				portal := &busy{wait: time.Hour}
				tracker, book := watch(t, portal, Options{})
				start := time.Now()
				invite(t, tracker, 1)
				time.Sleep(2 * time.Minute)
				portal.add(account(0, invitation.Unconfirmed))
				if tt.press {
					if _, err := tracker.Claim(t.Context(), tracker.Open()[0].ID, "UBOB"); err != nil {
						t.Fatal(err)
					}
				}
				for len(lastSeen(book)) == 0 && time.Since(start) < 2*time.Hour {
					time.Sleep(time.Second)
				}
				if took := time.Since(start); took > tt.longest+time.Minute || took < tt.longest*9/10-2*time.Minute {
					t.Errorf("the account was seen after %v, want about %v", took, tt.longest)
				}
			})
		})
	}
}

// disordered is a portal whose list of people cannot be trusted for a while: a scan sees the oldest.
type disordered struct {
	register
	unsound atomic.Bool
}

func (d *disordered) Newcomers(ctx context.Context, since time.Time) ([]invitation.Member, error) {
	all, err := d.register.Newcomers(ctx, since)
	if d.unsound.Load() {
		return all[max(0, len(all)-3):], fmt.Errorf("GET people/filter: %w", ErrUnsound)
	}
	return all, err
}

// TestDisorderedPortalHidesNoOne: who registers meanwhile is looked up by address, which is told once;
// afterwards the scan is enough again, and reaches back to where it was sound.
func TestDisorderedPortalHidesNoOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines bytes.Buffer
		portal := &disordered{}
		portal.add(invitation.Member{ID: "old", Email: "old@acme.test", Standing: invitation.Enabled, Registered: time.Now().Add(-time.Hour)})
		tracker, book := watch(t, portal, Options{Log: slog.New(slog.NewTextHandler(&lines, nil))})
		invite(t, tracker, 300)
		time.Sleep(10 * time.Minute)
		portal.unsound.Store(true)
		time.Sleep(10 * time.Minute)
		for _, who := range []int{3, 177, 299} {
			if took := seenAfter(t, book, who, func() { portal.add(account(who, invitation.Unconfirmed)) }); took > 2*tracker.opts.Poll {
				t.Errorf("an account was seen after %v", took)
			}
			if took := seenAfter(t, book, who, func() {
				portal.change(account(who, "").ID, func(m *invitation.Member) { m.Standing = invitation.Enabled })
			}); took > 2*tracker.opts.Poll {
				t.Errorf("an account was seen to be active after %v", took)
			}
			time.Sleep(time.Hour)
		}
		if health := tracker.Health(); health.Trouble != "" {
			t.Errorf("health = %+v: the portal answers", health)
		}
		portal.unsound.Store(false)
		time.Sleep(time.Minute)
		before := portal.count()
		time.Sleep(time.Hour)
		if perSweep := float64(portal.count()-before) / float64(time.Hour/tracker.opts.Poll); perSweep > 3.15 {
			t.Errorf("%.1f requests a sweep once the list is in order again", perSweep)
		}
		if n := strings.Count(lines.String(), "level=WARN"); n != 1 || !strings.Contains(lines.String(), "in order again") {
			t.Errorf("%d warnings, want one, and one line when that is over:\n%s", n, lines.String())
		}
	})
}
