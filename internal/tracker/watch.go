package tracker

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

const (
	// overlap is for how long a scan of the newest accounts still reaches back to where it did
	// before: replicas and transactions of the portal may be late (docs/facts/docspace.md, "Paging
	// races").
	overlap = 5 * time.Minute
	// slowestPoll is the longest pause while the portal fails.
	slowestPoll = 5 * time.Minute
	// lookAhead is how many addresses are looked up before what was found is noted.
	lookAhead = 10 * batch
)

// sweepState is what is remembered of the portal between two sweeps. It is lost with the
// process: the first scan of the next one reaches back to make up for it. The tracker's
// mutex guards it.
type sweepState struct {
	calendar calendar
	// horizons are how far the scans saw, oldest first; the first is older than overlap.
	horizons []horizon
	// scanned is when the newest accounts were last looked through. While that shows less than there is
	// (unsound), everyone awaited is looked up by address.
	scanned time.Time
	unsound bool
	// answered is when the portal last answered a sweep: one that finds nothing to ask tells nothing of it.
	answered time.Time
	health   Health
	awake    chan struct{}
}

// horizon is the registration of the newest account that was seen at a time, by the portal's
// clock.
type horizon struct {
	at     time.Time
	newest time.Time
}

// reached notes how far a scan saw.
func (s *sweepState) reached(newest, now time.Time) {
	if n := len(s.horizons); n > 0 && !newest.After(s.horizons[n-1].newest) {
		newest = s.horizons[n-1].newest
	}
	s.horizons = append(s.horizons, horizon{now, newest})
	for len(s.horizons) > 1 && now.Sub(s.horizons[1].at) >= overlap {
		s.horizons = s.horizons[1:]
	}
}

func newSweepState() sweepState {
	return sweepState{calendar: newCalendar(), awake: make(chan struct{}, 1)}
}

// wake asks for a sweep soon.
func (s *sweepState) wake() {
	select {
	case s.awake <- struct{}{}:
	default:
	}
}

// drain forgets who asked for a sweep until now.
func (s *sweepState) drain() {
	select {
	case <-s.awake:
	default:
	}
}

// watch sweeps the portal while someone is pending, until the context ends. No one
// pending is silence. A sweep that saw someone move is soon followed by another: people
// move together. A slow one is followed by a longer pause. A portal that fails is asked ever
// more rarely, and no claim changes that; only the portal's own wish to be left alone for longer yields to a claim.
func (t *Tracker) watch(ctx context.Context) {
	failures := 0
	for {
		start := time.Now()
		t.sweeps.drain() // this sweep is what they asked for
		counting, calls := countCalls(ctx)
		moved, err := t.sweep(counting, start)
		t.opts.Metrics.swept(calls.Load(), time.Since(start), err)
		if ctx.Err() != nil {
			return
		}
		t.swept(err, start)
		took := time.Since(start)
		wait, awake := max(t.opts.Poll, took), t.sweeps.awake
		switch {
		case err != nil:
			failures++
			pause := backoff(failures, max(t.opts.Poll, time.Second), max(t.opts.Poll, slowestPoll))
			wait = max(invitation.FailureOf(err).RetryAfter, pause)
			t.logFailure(ctx, err, failures, wait)
			if !t.rest(ctx, pause, nil) {
				return
			}
			wait -= pause // what the portal asks for beyond: a claim may still ask
		case !t.anyPending():
			wait = t.idlePause() // or until someone is
		case moved:
			wait = max(t.opts.Poll/3, 2*took)
		}
		if err == nil {
			if failures > 0 {
				t.log.InfoContext(ctx, "the portal answers again", "failures", failures)
			}
			failures = 0
		}
		if !t.rest(ctx, wait, awake) {
			return
		}
	}
}

// idlePause is how long to rest while no one is pending; less than nothing is for ever.
func (t *Tracker) idlePause() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.mem.anyOpen() {
		return strangersPoll * t.opts.Poll
	}
	return -1
}

// anyOpen reports whether there is an invitation to join by.
func (m *memory) anyOpen() bool {
	for _, inv := range m.invitations {
		if inv.Open() {
			return true
		}
	}
	return false
}

func (t *Tracker) anyPending() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.mem.pending) > 0
}

// rest waits for the time to pass or for someone to wake it, and reports whether to go on.
// Being woken it still holds back for a moment, so that a burst of claims is one sweep.
func (t *Tracker) rest(ctx context.Context, wait time.Duration, awake <-chan struct{}) bool {
	var elapsed <-chan time.Time
	if wait >= 0 {
		timer := time.NewTimer(wait - time.Duration(rand.Int64N(int64(wait)/20+1)))
		defer timer.Stop()
		elapsed = timer.C
	}
	select {
	case <-ctx.Done():
		return false
	case <-elapsed:
		return true
	case <-awake:
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(min(t.opts.Poll/10, time.Second)):
		return true
	}
}

func (t *Tracker) logFailure(ctx context.Context, err error, failures int, wait time.Duration) {
	level, message := slog.LevelWarn, "the portal did not answer the sweep; no one is forgotten"
	switch {
	case errors.Is(err, invitation.NotKept):
		return // the ledger has told the operator
	case errors.Is(err, invitation.KeyBroken):
		level, message = slog.LevelError, "the portal refuses the API key; no one is forgotten"
	}
	if failures == 1 || level < slog.LevelError {
		t.log.Log(ctx, level, message, "failures", failures, "again_in", wait.Round(time.Second), "err", err)
	}
}

// sweep looks at the portal once and notes what became of the pending invitees; moved tells
// whether anything did. The first error ends it; what was noted before stays true.
//
// First come the newest accounts, as far back as is needed to miss none: most of what happens
// is seen there, however many wait. Then come look-ups by address, as the calendar says, or of
// everyone when the portal's list of the newest is out of order.
func (t *Tracker) sweep(ctx context.Context, now time.Time) (moved bool, err error) {
	if since, worth := t.scanSince(now); worth {
		if moved, err = t.scan(ctx, since, now); err != nil {
			return moved, err
		}
	}
	for addresses := t.toLookUp(now); len(addresses) > 0; {
		some := addresses[:min(len(addresses), lookAhead)]
		found, err := t.ask(ctx, some)
		moved = moved || found
		if err != nil {
			t.postpone(addresses, now)
			return moved, err
		}
		t.appoint(some, now)
		addresses = addresses[len(some):]
	}
	return moved, nil
}

// scanSince returns how far back the newest accounts are to be looked through. It is worth it
// when someone is pending who has no account yet, and when a page of accounts shows more of
// those who have one than a look-up by address.
func (t *Tracker) scanSince(now time.Time) (since time.Time, worth bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := &t.sweeps.calendar
	worth = !t.opts.naive && (len(t.mem.fresh) > 0 || len(c.heaps[strangers]) > 0 || len(c.heaps[young])+len(c.heaps[known]) > batch)
	if !t.opts.naive && now.Sub(t.sweeps.scanned) >= strangersPoll*t.opts.Poll*9/10 && t.mem.anyOpen() {
		worth = true
	}
	if seen := t.sweeps.horizons; len(seen) > 0 || !worth {
		if worth {
			since = seen[0].newest
		}
		return since, worth
	}
	oldest := now
	for _, refs := range t.mem.pending {
		for _, r := range refs {
			if v := t.mem.invitee(r); v != nil && v.Since.Before(oldest) {
				oldest = v.Since
			}
		}
	}
	return oldest.Add(-overlap), true
}

// scan looks through the accounts that registered lately for those who are waited for.
func (t *Tracker) scan(ctx context.Context, since, now time.Time) (moved bool, err error) {
	newcomers, err := t.portal.Newcomers(ctx, since)
	unsound := errors.Is(err, ErrUnsound)
	if err != nil && !unsound {
		return false, err
	}
	t.logSoundness(ctx, unsound, err)
	var seen []invitation.Entry
	var addresses []string
	var newest time.Time
	for _, m := range newcomers {
		if m.Registered.After(newest) {
			newest = m.Registered
		}
		if refs := t.waitingFor(m.Email); len(refs) > 0 {
			seen = append(seen, t.observe(refs, m)...)
			addresses = append(addresses, invitation.FoldEmail(m.Email))
		}
	}
	if err := t.noteSeen(ctx, seen); err != nil {
		return false, err
	}
	t.appoint(addresses, now)
	if err := t.noteStrangers(ctx, newcomers); err != nil {
		return false, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.sweeps.scanned, t.sweeps.unsound = now, unsound; !unsound {
		t.sweeps.reached(newest, now)
	}
	return len(seen) > 0, nil
}

// logSoundness tells once that the portal's list of people became unsound, and once that it is sound again.
func (t *Tracker) logSoundness(ctx context.Context, unsound bool, err error) {
	t.mu.Lock()
	before := t.sweeps.unsound
	t.mu.Unlock()
	switch {
	case unsound && !before:
		t.log.WarnContext(ctx, "the portal's list of new people is out of order; people are looked up by address", "err", err)
	case before && !unsound:
		t.log.InfoContext(ctx, "the portal's list of new people is in order again")
	}
}

// noteStrangers notes who joined by a link of the bot's and is no one who is awaited.
func (t *Tracker) noteStrangers(ctx context.Context, newcomers []invitation.Member) error {
	entries := t.strangersAmong(newcomers)
	if len(entries) == 0 {
		return nil
	}
	for _, e := range entries {
		t.log.WarnContext(ctx, "someone unexpected joined through a link", "member", e.Member.ID, "invitation", e.Invitation)
	}
	return t.ledger.note(entries...)
}

// waitingFor returns the pending invitees with the email address.
func (t *Tracker) waitingFor(address string) []ref {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.mem.pending[invitation.FoldEmail(address)])
}

// ask looks up pending addresses, and notes what is told of their owners.
func (t *Tracker) ask(ctx context.Context, addresses []string) (moved bool, err error) {
	ask, accounts := t.questions(addresses)
	asked := make([]string, 0, len(ask))
	for address := range ask {
		asked = append(asked, address)
	}
	slices.Sort(asked)
	members, err := t.portal.FindAccounts(ctx, asked)
	if err != nil {
		return false, err
	}
	var seen []invitation.Entry
	others := map[ref]invitation.Member{}
	for _, m := range members {
		refs := ask[invitation.FoldEmail(m.Email)]
		for _, r := range refs {
			if last := accounts[r]; last.ID == m.ID || invitation.SameEmail(last.Email, m.Email) {
				delete(accounts, r)
			} else {
				others[r] = m
			}
		}
		seen = append(seen, t.observe(refs, m)...)
	}
	if err := t.noteSeen(ctx, seen); err != nil {
		return false, err
	}
	moved = len(seen) > 0
	for r, last := range accounts { // known, and not among the answers
		if err := t.lookAgain(ctx, r, last.ID, others[r]); err != nil {
			return moved, err
		}
	}
	return moved, nil
}

// questions returns whom each address to ask for stands for, and the accounts that must be
// among the answers unless they are gone. An account is asked for by the address it had when
// it was last seen: that may have been changed. Its owner may have another one by now, under an
// address of theirs.
func (t *Tracker) questions(addresses []string) (ask map[string][]ref, accounts map[ref]invitation.Member) {
	t.mu.Lock()
	defer t.mu.Unlock()
	ask, accounts = map[string][]ref{}, map[ref]invitation.Member{}
	for _, address := range addresses {
		for _, r := range t.mem.pending[address] {
			v := t.mem.invitee(r)
			if v == nil {
				continue
			}
			keys := []string{address}
			if v.Member.ID != "" {
				accounts[r] = v.Member
				keys = append(keys, invitation.FoldEmail(v.Member.Email))
			}
			for _, key := range keys {
				if !slices.Contains(ask[key], r) {
					ask[key] = append(ask[key], r)
				}
			}
		}
	}
	return ask, accounts
}

// lookAgain looks up one account that its address did not lead to any more: it was removed,
// or its address was changed. If it was removed and its owner has another one, that stands for them.
func (t *Tracker) lookAgain(ctx context.Context, r ref, id invitation.MemberID, other invitation.Member) error {
	m, err := t.portal.Member(ctx, id)
	switch {
	case errors.Is(err, invitation.UnknownMember) && other.ID != "":
		return t.noteSeen(ctx, []invitation.Entry{{Kind: invitation.KindSeen, At: time.Now(), Invitation: r.invitation, Invitee: r.invitee, Member: &other}})
	case errors.Is(err, invitation.UnknownMember):
		return t.noteSeen(ctx, []invitation.Entry{{Kind: invitation.KindLost, At: time.Now(), Invitation: r.invitation, Invitee: r.invitee}})
	case err != nil:
		return err
	}
	return t.noteSeen(ctx, t.observe([]ref{r}, m))
}

// observe returns what an account tells about invitees, as far as it tells anything new.
func (t *Tracker) observe(refs []ref, m invitation.Member) []invitation.Entry {
	t.mu.Lock()
	defer t.mu.Unlock()
	var seen []invitation.Entry
	for _, r := range refs {
		if inv := t.mem.invitations[r.invitation]; inv != nil {
			if e, news := inv.Observe(r.invitee, m, time.Now()); news {
				seen = append(seen, e)
			}
		}
	}
	return seen
}

func (t *Tracker) noteSeen(ctx context.Context, seen []invitation.Entry) error {
	if len(seen) == 0 {
		return nil
	}
	seen = invitation.Furthest(seen)
	t.decideWelcomes(seen)
	for _, e := range seen { // before it is noted: what follows from it is logged after that
		standing := invitation.Standing("gone")
		if e.Member != nil {
			standing = e.Member.Standing
		}
		t.log.InfoContext(ctx, "invitee seen at the portal", "invitation", e.Invitation, "invitee", e.Invitee, "standing", standing)
	}
	return t.ledger.note(seen...)
}

// decideWelcomes decides for those who are active now which invitation welcomes them: the first
// that sees them. It stands in the entry, because the first may be forgotten before the others.
// The sweep alone sees, so that no one else decides meanwhile.
func (t *Tracker) decideWelcomes(seen []invitation.Entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	decided := map[invitation.MemberID]invitation.ID{}
	for i := range seen {
		e := &seen[i]
		if e.Kind != invitation.KindSeen || e.Member.Standing != invitation.Enabled || e.Already {
			continue
		}
		if _, taken := t.mem.welcomes[e.Member.ID]; !taken && decided[e.Member.ID] == "" {
			decided[e.Member.ID], e.First = e.Invitation, true
		}
	}
}
