package tracker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// club is a journal in memory that several replicas share.
type club struct {
	mu      sync.Mutex
	entries []Entry
	members []*member
	leader  *member
	words   string
	full    bool // it can be read all the same
}

// member is one replica's way to it.
type member struct {
	*club
	known  int
	cut    bool // from the journal
	frozen bool // it was, for longer than its term
	// deafened says that it can write and not read.
	deafened bool
	changed  chan struct{}
	term     *clubTerm
}

type clubTerm struct {
	m            *member
	ending, over context.Context
	end, lose    context.CancelFunc
}

var (
	errCut  = errors.New("no way to the journal")
	errFull = errors.New("the journal is full")
)

func (c *club) join() *member {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := &member{club: c, changed: make(chan struct{}, 1)}
	c.members = append(c.members, m)
	return m
}

func (m *member) Exchange(_ context.Context, write func([]Entry, bool) []Entry) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.cut {
		return errCut
	}
	if m.full {
		write(m.unread(), m.leader == m)
		return errFull
	}
	mine := write(m.unread(), m.leader == m)
	m.entries = append(m.entries, mine...)
	m.known = len(m.entries)
	for _, other := range m.members {
		select {
		case other.changed <- struct{}{}:
		default:
		}
	}
	return nil
}

func (m *member) unread() []Entry {
	others := slices.Clone(m.entries[m.known:])
	m.known = len(m.entries)
	return others
}

func (m *member) News(context.Context) ([]Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.cut || m.deafened {
		return nil, errCut
	}
	return m.unread(), nil
}

func (m *member) Probe(context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.full {
		return errFull
	}
	return nil
}

func (c *club) setFull(full bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.full = full
}

func (m *member) Changed() <-chan struct{} { return m.changed }

func (m *member) Append(context.Context, ...Entry) error { panic("nobody appends so") }

func (m *member) Replay(_ context.Context, _ time.Time, yield func(Entry) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range m.unread() {
		if err := yield(e); err != nil {
			return err
		}
	}
	return nil
}

func (m *member) Say(words string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.words = words
}

func (m *member) Heard() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.words
}

func (m *member) Prune(context.Context, time.Time) (int, error) { return 0, nil }

func (m *member) Lead(ctx context.Context, lead func(Term)) {
	for ctx.Err() == nil {
		if term := m.takeLead(); term != nil {
			lead(term)
			m.lay(term)
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
		}
	}
}

func (m *member) takeLead() *clubTerm {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.leader != nil || m.cut {
		return nil
	}
	t := &clubTerm{m: m}
	t.over, t.lose = context.WithCancel(context.Background())
	t.ending, t.end = context.WithCancel(t.over)
	m.leader, m.term = m, t
	return t
}

func (m *member) lay(t *clubTerm) {
	t.lose()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.leader == m && m.term == t {
		m.leader = nil
	}
}

func (t *clubTerm) Ending() context.Context { return t.ending }
func (t *clubTerm) Over() context.Context   { return t.over }
func (t *clubTerm) Holds() bool {
	t.m.mu.Lock()
	defer t.m.mu.Unlock()
	return t.ending.Err() == nil && !t.m.frozen
}

// depose ends the leader's term; whoever comes first is the next.
func (m *member) depose() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.term.lose()
	m.leader = nil
}

func (m *member) setCut(cut bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cut = cut
}

func (c *club) leading() *member {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.leader
}

func (c *club) count(kind Kind) (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range c.entries {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// talk is a chat that counts its cards; posting one takes a while.
type talk struct {
	silence
	mu    sync.Mutex
	cards map[ID]int
	slow  time.Duration
	deaf  bool // an answer under way comes all the same
}

func (c *talk) PostCard(ctx context.Context, inv Invitation) (Card, error) {
	if c.deaf {
		ctx = context.WithoutCancel(ctx)
	}
	select {
	case <-time.After(c.slow):
	case <-ctx.Done():
		return Card{}, ctx.Err()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cards[inv.ID]++
	return Card{inv.Channel, fmt.Sprint(inv.ID)}, nil
}

func (c *talk) posted() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, times := range c.cards {
		n += times
	}
	return n
}

// replica is one tracker of several, at work.
type replica struct {
	*Tracker
	member *member
	end    context.CancelFunc
}

// several lets n replicas work until the test ends.
func several(t *testing.T, n int, chat Messenger) (*club, []*replica) {
	t.Helper()
	c := &club{}
	var all []*replica
	var running sync.WaitGroup
	for range n {
		ctx, end := context.WithCancel(context.Background())
		m := c.join()
		r := &replica{New(m, &register{}, chat, Options{}), m, end}
		if err := r.Recover(ctx); err != nil {
			t.Fatal(err)
		}
		running.Go(func() { _ = r.Run(ctx) })
		all = append(all, r)
		synctest.Wait()
	}
	t.Cleanup(func() {
		for _, r := range all {
			r.end()
		}
		running.Wait()
	})
	return c, all
}

func (c *club) leaderAmong(all []*replica) (leader *replica, others []*replica) {
	for _, r := range all {
		if r.member == c.leading() {
			leader = r
		} else {
			others = append(others, r)
		}
	}
	return leader, others
}

// TestReplicasCarryOnTogether: whichever replica is asked, the one that leads does it, once, and every
// one knows.
func TestReplicasCarryOnTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chat := &talk{cards: map[ID]int{}}
		c, all := several(t, 3, chat)
		leader, others := c.leaderAmong(all)
		if leader == nil || !leader.Health().Leads || others[0].Health().Leads {
			t.Fatal("it is not one that leads")
		}
		id, err := others[0].Accept(t.Context(), ask("k1"))
		if err != nil {
			t.Fatal(err)
		}
		if again, err := others[1].Accept(t.Context(), ask("k1")); again != id || err != nil {
			t.Errorf("the same wish at another replica: %s, %v; want %s", again, err, id)
		}
		time.Sleep(time.Second)
		if _, err := others[1].Claim(t.Context(), id, "UBOB"); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second)
		for i, r := range all {
			inv, ok := r.Look(id)
			if !ok || inv.Stage != Posted || len(inv.Invitees) != 1 || inv.Invitees[0].Email == "" {
				t.Errorf("replica %d knows %t, %+v", i, ok, inv)
			}
			if r.mu.Lock(); r != leader && len(r.queue.held)+len(r.mem.fresh) > 0 {
				t.Errorf("replica %d, which does not lead, gathers work: %v, %v", i, r.queue.held, r.mem.fresh)
			}
			r.mu.Unlock()
		}

		leader.member.depose()
		leader.end()
		time.Sleep(3 * time.Second)
		next, _ := c.leaderAmong(all)
		if next == nil || next == leader {
			t.Fatal("nobody took over")
		}
		if _, err := next.Accept(t.Context(), ask("k2")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if chat.posted() != 2 || c.count(KindPosted) != 2 || c.count(KindAccepted) != 2 {
			t.Errorf("%d cards were posted, the journal has %d of %d", chat.posted(), c.count(KindPosted), c.count(KindAccepted))
		}
	})
}

// TestDecidedOnce: of many who approve and deny the same request, on every replica at once, one has
// decided; all know who, and the others are told so.
func TestDecidedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, all := several(t, 4, &asking{})
		id, err := all[1].Accept(t.Context(), ask("k"))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		var mu sync.Mutex
		var deciders []ChatUser
		var deciding sync.WaitGroup
		for i, r := range all {
			for n := range 10 {
				deciding.Go(func() {
					by := ChatUser(fmt.Sprintf("U%d-%d", i, n))
					_, changed, err := r.Decide(context.Background(), id, by, n%2 == 0, Card{})
					if err != nil {
						t.Error(err)
					}
					if changed {
						mu.Lock()
						defer mu.Unlock()
						deciders = append(deciders, by)
					}
				})
			}
		}
		deciding.Wait()
		time.Sleep(time.Second)
		if len(deciders) != 1 || c.count(KindApproved)+c.count(KindDenied) != 1 {
			t.Fatalf("%v have decided; the journal has %d decisions", deciders, c.count(KindApproved)+c.count(KindDenied))
		}
		for i, r := range all {
			if inv, _ := r.Look(id); inv.Approval.By != deciders[0] {
				t.Errorf("replica %d believes that %q has decided, not %q", i, inv.Approval.By, deciders[0])
			}
		}
	})
}

// asking is a chat in which everything needs approval.
type asking struct{ silence }

func (*asking) Vet(context.Context, Invitation) (Admission, error) {
	return Admission{NeedsApproval: true}, nil
}

// TestEveryReplicaKnowsHowThingsAre: whoever asks another replica hears as well that the portal fails
// and that a channel cannot be posted to.
func TestEveryReplicaKnowsHowThingsAre(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, all := several(t, 2, &silence{})
		leader, others := c.leaderAmong(all)
		id, err := leader.Accept(t.Context(), ask("k"))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second) // the first sweep is over, and the next is far
		leader.swept(PortalDown, time.Now())
		leader.mu.Lock()
		leader.parked["C1"] = parkedChannel{reason: ChannelArchived, again: time.Now().Add(time.Hour)}
		leader.mu.Unlock()
		time.Sleep(2 * rereadEvery)
		open := others[0].Open()
		if h := others[0].Health(); h.Trouble != PortalDown || h.Leads || len(open) != 1 || open[0].ID != id || open[0].Parked != ChannelArchived {
			t.Errorf("the other knows %+v, and %+v", h, open)
		}
	})
}

// TestWhatWasDoneIsNotedAfterTheTerm: the one that leads is cut off from the journal while it posts a
// card, and another takes over. When the first is back it says what it did, in time for the next not
// to do it again, although nobody can look it up.
func TestWhatWasDoneIsNotedAfterTheTerm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chat := &talk{cards: map[ID]int{}, slow: 2 * time.Second}
		c, all := several(t, 2, chat)
		first, others := c.leaderAmong(all)
		if _, err := others[0].Accept(t.Context(), ask("k")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second) // the card is on its way
		first.member.setCut(true)
		time.Sleep(1500 * time.Millisecond) // it is there, and that cannot be noted
		if chat.posted() != 1 || c.count(KindPosted) != 0 {
			t.Fatalf("%d cards, %d noted", chat.posted(), c.count(KindPosted))
		}
		first.member.depose()
		time.Sleep(2 * time.Second)
		if !others[0].Health().Leads {
			t.Fatal("nobody took over")
		}
		first.member.setCut(false)
		time.Sleep(time.Minute)
		if chat.posted() != 1 || c.count(KindPosted) != 1 {
			t.Errorf("%d cards are posted, %d are noted", chat.posted(), c.count(KindPosted))
		}
		for i, r := range all {
			if open := r.Open(); len(open) != 1 || open[0].Stage != Posted {
				t.Errorf("replica %d has %+v", i, open)
			}
		}
	})
}

// TestAnswerAfterTheTerm: the answer about a card comes when another replica leads already; the first
// says so, and the next has waited for it.
func TestAnswerAfterTheTerm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chat := &talk{cards: map[ID]int{}, slow: 4 * time.Second, deaf: true}
		c, all := several(t, 2, chat)
		first, others := c.leaderAmong(all)
		if _, err := others[0].Accept(t.Context(), ask("k")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		first.member.depose()
		time.Sleep(2 * time.Second)
		if !others[0].Health().Leads || chat.posted() > 0 {
			t.Fatalf("the next leads: %t; %d cards", others[0].Health().Leads, chat.posted())
		}
		time.Sleep(time.Minute)
		if chat.posted() != 1 || c.count(KindPosted) != 1 {
			t.Errorf("%d cards are posted, %d are noted", chat.posted(), c.count(KindPosted))
		}
	})
}

// TestThawedBeginsNothing: a process that was stopped for longer than its term does not do, when it
// goes on, what it was about to.
func TestThawedBeginsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chat := &talk{cards: map[ID]int{}}
		c, all := several(t, 1, chat)
		c.mu.Lock()
		all[0].member.frozen = true
		c.mu.Unlock()
		if _, err := all[0].Accept(t.Context(), ask("k")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if chat.posted() > 0 {
			t.Error("it posted a card")
		}
		c.mu.Lock()
		all[0].member.frozen = false
		c.mu.Unlock()
		all[0].member.depose()
		time.Sleep(time.Minute)
		if chat.posted() != 1 {
			t.Errorf("%d cards in the end", chat.posted())
		}
	})
}

// TestWhoLeadsNoMoreBeginsNothing: a replica whose term has ended begins no effect and notes no
// decision, even before it has stopped.
func TestWhoLeadsNoMoreBeginsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chat := &talk{cards: map[ID]int{}}
		c, all := several(t, 1, chat)
		alone := all[0]
		c.mu.Lock()
		c.leader = nil // unknown to it
		c.mu.Unlock()
		if _, err := alone.Accept(t.Context(), ask("k")); err != nil {
			t.Fatal(err)
		}
		if err := alone.ledger.noteLeading(Entry{Kind: KindExpired, Invitation: "x"}); !errors.Is(err, errNotLeading) {
			t.Errorf("noted as the one that leads: %v", err)
		}
		time.Sleep(time.Minute)
		if chat.posted() > 0 || c.count(KindAdmitted)+c.count(KindBegun) > 0 {
			t.Errorf("%d cards; the journal has %v", chat.posted(), c.entries)
		}
		alone.member.depose() // and again it leads
		time.Sleep(time.Minute)
		if chat.posted() != 1 {
			t.Errorf("%d cards in the end", chat.posted())
		}
	})
}

// TestInTurn: what depends on what is appended together with it waits for the next time; what
// refuses itself does not keep the others from being kept.
func TestInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := &batches{notebook: notebook{delay: time.Second}}
		known := map[int]int{}
		l := newLedger(book, slog.New(slog.DiscardHandler), func(entries []Entry) {
			for _, e := range entries {
				known[e.Revision]++
			}
		})
		no := errors.New("no")
		var first, refused int
		var mu sync.Mutex
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				err := l.noteInTurn("i", func() ([]Entry, error) {
					if known[7] > 0 {
						return nil, no
					}
					return []Entry{{Kind: KindShown, Invitation: "i", Revision: 7}}, nil
				})
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					first++
				case errors.Is(err, no) && !errors.Is(err, NotKept):
					refused++
				}
			})
			all.Go(func() {
				if err := l.note(Entry{Kind: KindShown, Invitation: "j", Revision: 100 + i}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if first != 1 || refused != 19 || known[7] != 1 {
			t.Errorf("%d decided and %d were refused; it is noted %d times", first, refused, known[7])
		}
		for i := range 20 {
			if known[100+i] != 1 {
				t.Errorf("note %d was kept %d times", i, known[100+i])
			}
		}
	})
}

// TestReadableIsNotWritable: a database whose disk is full can be read all the same. That it cannot be
// written is known until it can, on every replica that met it, and before somebody types a command.
func TestReadableIsNotWritable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, all := several(t, 2, &talk{cards: map[ID]int{}})
		leader, others := c.leaderAmong(all)
		c.setFull(true)
		if _, err := others[0].Accept(t.Context(), ask("k1")); !errors.Is(err, NotKept) {
			t.Errorf("a command while nothing can be written: %v", err)
		}
		since := others[0].Health().Unkept
		time.Sleep(2 * probeEvery)
		if at := others[0].Health().Unkept; at.IsZero() || !at.Equal(since) {
			t.Errorf("it cannot be written since %v, and since %v two minutes later", since, at)
		}
		if leader.Health().Unkept.IsZero() {
			t.Error("nobody asked the leader for anything, and it does not know that nothing can be written")
		}
		c.setFull(false)
		time.Sleep(2 * rereadEvery)
		for _, r := range all {
			if at := r.Health().Unkept; !at.IsZero() {
				t.Errorf("it can be written again, and a replica believes that it cannot since %v", at)
			}
		}
	})
}

// TestWhoKnowsNothingDoesNotLead: a replica that cannot read what the one before it has done leaves
// the lead alone until it can.
func TestWhoKnowsNothingDoesNotLead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chat := &talk{cards: map[ID]int{}}
		c, all := several(t, 2, chat)
		first, others := c.leaderAmong(all)
		c.mu.Lock()
		others[0].member.deafened = true
		c.mu.Unlock()
		if _, err := first.Accept(t.Context(), ask("k")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		first.member.depose()
		first.end()
		time.Sleep(time.Minute)
		if others[0].Health().Leads || chat.posted() != 1 {
			t.Errorf("it leads: %t; %d cards", others[0].Health().Leads, chat.posted())
		}
		c.mu.Lock()
		others[0].member.deafened = false
		c.mu.Unlock()
		time.Sleep(time.Minute)
		if !others[0].Health().Leads || chat.posted() != 1 {
			t.Errorf("once it knows it leads: %t; %d cards", others[0].Health().Leads, chat.posted())
		}
	})
}

// TestNothingIsNoProof: a journal that failed is not taken for sound because somebody noted nothing.
func TestNothingIsNoProof(t *testing.T) {
	book := &notebook{broken: errors.New("disk full")}
	l := newLedger(book, slog.New(slog.DiscardHandler), func([]Entry) {})
	if err := l.note(Entry{Kind: KindShown}); !errors.Is(err, NotKept) {
		t.Fatalf("kept on a full disk: %v", err)
	}
	if err := l.noteDecided(func() ([]Entry, error) { return nil, nil }); err != nil {
		t.Fatal(err)
	}
	if l.brokenSince().IsZero() {
		t.Error("the journal is taken for sound")
	}
	book.broken = nil
	if err := l.note(Entry{Kind: KindShown}); err != nil || !l.brokenSince().IsZero() {
		t.Errorf("a journal that works again is broken since %v: %v", l.brokenSince(), err)
	}
}
