package tracker

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/docspace-invite-bot/bot/internal/grace"
	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// Options are the settings that the tracker obeys. Zero values are replaced by the
// defaults named here, except for the switches.
type Options struct {
	// TTL is how long an invitation is tracked; default 7 days, as long as a portal
	// honours a link by default (docs/facts/docspace.md, "Legacy invitation link").
	TTL time.Duration
	// Poll is the longest time between two looks at the portal while someone is
	// pending and the portal answers; default 15 s.
	Poll time.Duration
	// PerHour is how many invitations of one inviter are let in within an hour; 0 is no limit.
	PerHour int
	// Backlog is how many invitations may wait for their card; default 10 000, and half of
	// that for one inviter. More are refused with Busy.
	Backlog int
	// Workers is how many invitations are worked on at once; default 256.
	Workers int
	// Retention is how long the journal keeps an invitation that has finished; default 30
	// days, and at least an hour.
	Retention time.Duration
	// Congratulate reports whether the portal is asked to congratulate members.
	Congratulate bool
	// SendWelcome reports whether members are welcomed in a direct message.
	SendWelcome bool
	// Policy is what else members get in direct messages.
	invitation.Policy
	// Metrics count what the tracker does; default: some that are registered nowhere.
	Metrics *Metrics
	// Log gets what the product does; default: nothing is logged.
	Log *slog.Logger

	naive bool // look everyone up at every sweep: what sweeps are compared with
}

// pruneEvery is how often the journal is asked to drop old invitations.
const pruneEvery = time.Hour

// Tracker keeps invitations and carries them through. Its methods are safe for
// concurrent use.
type Tracker struct {
	journal   Journal
	ledger    *ledger
	portal    Portal
	messenger Messenger
	opts      Options
	log       *slog.Logger

	mu        sync.Mutex
	mem       *memory
	accepting map[string]chan struct{} // keys of requests on their way onto the journal
	waiting   backlog
	admitting map[invitation.ChatUser]int // admissions decided and not yet on the journal
	queue     queue
	sweeps    sweepState
	parked    parking
	pace      pace
	notes     notes
	links     *links
	presses   *rate.Limiter // how many people who press Join are looked up at once
}

// New returns a tracker with nothing in memory; Run rebuilds it from the journal.
func New(journal Journal, portal Portal, messenger Messenger, opts Options) *Tracker {
	opts.TTL = cmp.Or(opts.TTL, 7*24*time.Hour)
	opts.Poll = cmp.Or(opts.Poll, 15*time.Second)
	opts.Backlog = cmp.Or(opts.Backlog, 10_000)
	opts.Workers = cmp.Or(opts.Workers, 256)
	opts.Retention = max(keyLife, cmp.Or(opts.Retention, 30*24*time.Hour))
	if opts.Metrics == nil {
		opts.Metrics = NewMetrics(nil)
	}
	opts.Log = cmp.Or(opts.Log, slog.New(slog.DiscardHandler))
	t := &Tracker{
		journal: journal, portal: portal, messenger: messenger, opts: opts, log: opts.Log,
		mem:       newMemory(),
		accepting: map[string]chan struct{}{},
		waiting:   backlog{of: map[invitation.ChatUser]int{}},
		admitting: map[invitation.ChatUser]int{},
		queue:     newQueue(),
		sweeps:    newSweepState(),
		parked:    parking{},
		pace:      newPace(),
		notes:     newNotes(),
		links:     newLinks(portal),
		presses:   rate.NewLimiter(pressRate, pressRate),
	}
	t.ledger = newLedger(journal, opts.Metrics, opts.Log, t.apply)
	return t
}

// Recover rebuilds the memory from the journal. Call it once, before Run and before the
// first Accept.
func (t *Tracker) Recover(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	remembered := time.Now().Add(-keyLife)
	if err := t.journal.Replay(ctx, remembered, func(e invitation.Entry) error { t.mem.apply(e); return nil }); err != nil {
		return fmt.Errorf("read the journal: %w", err)
	}
	for id, inv := range t.mem.invitations {
		t.queue.add(id, inv.Inviter)
		if inv.Unposted() {
			t.waiting.add(inv.Inviter, 1)
			t.notes.expect(id, time.Now())
		}
	}
	if n := len(t.mem.invitations); n > 0 {
		t.log.InfoContext(ctx, "open invitations taken up again", "count", n, "without_card", t.waiting.all)
	}
	return nil
}

// expiry returns when an invitation of this moment expires. It is a time of the clock on the wall alone: the card
// shows it, and a machine that slept, or whose clock was put right, must keep to it.
func (t *Tracker) expiry() time.Time { return time.Now().Round(0).Add(t.opts.TTL) }

// Accept puts the request on the journal and returns the invitation's id; when it
// returns, the invitation will be carried through or its inviter told why not. A request
// that shares a key with an earlier one returns the earlier one's id and changes nothing.
// It wraps Busy when too many invitations wait for their card, and NotKept when the journal
// cannot be written.
func (t *Tracker) Accept(ctx context.Context, request invitation.Request) (invitation.ID, error) {
	id, done, err := t.reserve(ctx, request.Inviter, request.Keys)
	if err != nil || id != "" {
		return id, err
	}
	defer done()

	now := time.Now()
	id = invitation.ID(strings.ToLower(rand.Text()[:12]))
	accepted := invitation.Entry{Kind: invitation.KindAccepted, At: now, Invitation: id, Request: &request, Expires: t.expiry()}
	if err := t.ledger.note(accepted); err != nil {
		return "", fmt.Errorf("accept: %w", err)
	}
	t.log.DebugContext(ctx, "invitation accepted", "invitation", id, "role", request.Role,
		"inviter", request.Inviter, "channel", request.Channel, "people", len(request.People)+len(request.Groups))
	return id, nil
}

// reserve claims the keys for one request of the inviter's. It returns the invitation that they led to
// before, if any; otherwise done must be called when the request is on the journal or
// has failed to get there. A second delivery waits for the first: neither is answered
// before the request is kept.
func (t *Tracker) reserve(ctx context.Context, inviter invitation.ChatUser, keys []string) (earlier invitation.ID, done func(), err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for {
		var busy chan struct{}
		for _, key := range keys {
			if id, ok := t.mem.keys[key]; ok {
				return id, nil, nil
			}
			busy = cmp.Or(busy, t.accepting[key])
		}
		if busy == nil {
			break
		}
		t.mu.Unlock()
		select {
		case <-busy:
		case <-ctx.Done():
		}
		t.mu.Lock()
		if ctx.Err() != nil {
			return "", nil, ctx.Err()
		}
	}
	if t.waiting.full(inviter, t.opts.Backlog) {
		return "", nil, fmt.Errorf("%d invitations wait for their card, %d of them this inviter's: %w", t.waiting.all, t.waiting.of[inviter], invitation.Busy)
	}
	t.waiting.add(inviter, 1)
	kept := make(chan struct{})
	for _, key := range keys {
		t.accepting[key] = kept
	}
	return "", func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.waiting.add(inviter, -1) // note has counted the invitation, if it is kept
		for _, key := range keys {
			delete(t.accepting, key)
		}
		close(kept)
	}, nil
}

// Claim notes that the person pressed Join on the invitation's card, and returns the
// invitee they now are. It wraps InvitationOver when no one can join by it (any more), and
// ListClosed when only those can who are on its list.
func (t *Tracker) Claim(ctx context.Context, id invitation.ID, user invitation.ChatUser) (invitation.Invitee, error) {
	person := invitation.Person{ChatUser: user}
	known, e, err := t.join(id, person)
	if err != nil {
		return invitation.Invitee{}, fmt.Errorf("claim: %w", err)
	}
	if e.Kind == "" {
		return known, nil
	}
	e.At, e.Invitation = time.Now(), id
	if err := t.ledger.note(e); err != nil {
		return invitation.Invitee{}, fmt.Errorf("claim: %w", err)
	}
	switch e.Kind {
	case invitation.KindOpened:
		t.log.InfoContext(ctx, "link opened", "invitation", id, "invitee", e.Invitee)
	case invitation.KindClaimed:
		t.log.InfoContext(ctx, "invitation claimed", "invitation", id, "invitee", user)
	}
	if known, _, err = t.join(id, person); errors.Is(err, invitation.ListClosed) { // in that moment
		return invitation.Invitee{}, err
	}
	return known, nil // empty for someone of whom the chat does not tell enough
}

// join returns who the person is on the invitation's list, and the entry that says that they pressed Join.
func (t *Tracker) join(id invitation.ID, person invitation.Person) (known invitation.Invitee, e invitation.Entry, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	inv := t.mem.invitations[id]
	if inv == nil {
		return known, e, invitation.InvitationOver
	}
	if found := inv.Find(person); found != nil {
		known = *found
	}
	e, err = inv.Join(person)
	return known, e, err
}

// Open returns the invitations that are not over yet, newest first: those posted, and
// those that wait for their card or for someone's approval.
func (t *Tracker) Open() []invitation.Invitation {
	return t.those(func(inv *invitation.Invitation) bool { return inv.Open() || inv.Unposted() || inv.Waits() })
}

// those returns some of the invitations, newest first.
func (t *Tracker) those(which func(*invitation.Invitation) bool) []invitation.Invitation {
	t.mu.Lock()
	defer t.mu.Unlock()
	var some []invitation.Invitation
	for _, inv := range t.mem.invitations {
		if which(inv) {
			shown := inv.Clone()
			shown.Parked = t.parked[inv.Card.Channel].reason
			some = append(some, shown)
		}
	}
	slices.SortFunc(some, func(a, b invitation.Invitation) int {
		return cmp.Or(b.Accepted.Compare(a.Accepted), cmp.Compare(a.ID, b.ID))
	})
	return some
}

// apply makes entries true that are on the journal, and sees to what follows from them.
// The ledger alone calls it.
func (t *Tracker) apply(entries []invitation.Entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, e := range entries {
		inviter, before := t.mem.isUnposted(e.Invitation)
		t.mem.apply(e)
		if of, after := t.mem.isUnposted(e.Invitation); after && !before {
			t.waiting.add(of, 1)
		} else if before && !after {
			t.waiting.add(inviter, -1)
		}
		inv := t.mem.invitations[e.Invitation]
		if inv == nil {
			t.queue.drop(e.Invitation)
			continue
		}
		t.queue.add(e.Invitation, inv.Inviter)
		switch e.Kind {
		case invitation.KindAccepted:
			t.notes.expect(inv.ID, time.Now())
		case invitation.KindAdmitted, invitation.KindAsked:
			if !inv.Approval.Approved {
				t.uncount(inv.Inviter) // the entry itself counts now
			}
		case invitation.KindPosted, invitation.KindClaimed, invitation.KindOpened, invitation.KindIdentified, invitation.KindExtended, invitation.KindAttributed:
			if inv.Open() { // someone new may be pending
				t.sweeps.wake()
			}
		}
	}
}

// isUnposted reports whether the invitation waits for its card, and whose it is.
func (m *memory) isUnposted(id invitation.ID) (inviter invitation.ChatUser, unposted bool) {
	inv := m.invitations[id]
	if inv == nil {
		return "", false
	}
	return inv.Inviter, inv.Unposted()
}

// backlog counts the invitations that wait for their card.
type backlog struct {
	all int
	of  map[invitation.ChatUser]int
}

func (b *backlog) add(inviter invitation.ChatUser, n int) {
	b.all += n
	if b.of[inviter] += n; b.of[inviter] == 0 {
		delete(b.of, inviter)
	}
}

// full reports whether no more is taken on of this inviter: the backlog is full, or half of it
// is theirs.
func (b *backlog) full(inviter invitation.ChatUser, limit int) bool {
	return b.all >= limit || b.of[inviter] >= (limit+1)/2
}

// Run carries the invitations through until the context ends, and then returns nil. Steps
// under way may finish within [grace.Period]; no goroutine is left behind. What is still owed is
// taken up by the next Run on the same journal.
func (t *Tracker) Run(ctx context.Context) error {
	// A step that has spoken to the outside is to be noted: it gets a while longer.
	steps, stop := grace.Context(ctx, grace.Period)
	defer stop()
	t.mu.Lock()
	t.resume(time.Now())
	t.mu.Unlock()
	var parts sync.WaitGroup
	parts.Go(func() { t.watch(ctx) })
	parts.Go(func() { t.work(ctx, steps) })
	parts.Go(func() { t.prune(ctx) })
	parts.Go(func() { t.probe(ctx) })
	parts.Go(func() { t.tellWaiting(ctx) })
	parts.Wait()
	if open := t.Open(); len(open) > 0 {
		t.log.InfoContext(ctx, "stopped with invitations open", "count", len(open), "without_card", len(t.those((*invitation.Invitation).Unposted)))
	}
	return nil
}

// prune has the journal drop, now and then, the invitations that finished long ago.
func (t *Tracker) prune(ctx context.Context) {
	for {
		dropped, err := t.journal.Prune(ctx, time.Now().Add(-t.opts.Retention))
		switch {
		case isOver(ctx, err):
		case err != nil:
			t.log.WarnContext(ctx, "old invitations could not be dropped from the journal; tried again in an hour", "err", err)
		case dropped > 0:
			t.log.InfoContext(ctx, "old invitations dropped from the journal", "count", dropped)
		}
		if !grace.Sleep(ctx, pruneEvery) {
			return
		}
	}
}

// isOver reports whether the error only says that the program is ending.
func isOver(ctx context.Context, err error) bool {
	return ctx.Err() != nil && errors.Is(err, context.Canceled)
}
