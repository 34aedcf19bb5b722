package tracker

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"time"
)

const (
	// overlap is how far a scan of the newest accounts reaches back beyond the newest one
	// seen before. The portal's dates have one second, replicas and transactions may be
	// late, and looking twice is free (section 6 of the DocSpace facts, paging races).
	overlap = 5 * time.Minute
	// reconcileEvery is how often every pending address is looked up, to find what a scan
	// cannot show: an account that changed its address, or that came to be unseen.
	reconcileEvery = time.Hour
	// slowestPoll is the longest pause while the portal fails.
	slowestPoll = 5 * time.Minute
)

// sight is what is remembered of the portal between two sweeps. It is lost with the
// process: whoever is pending then is looked up anew. The tracker's mutex guards it.
type sight struct {
	looked     map[ref]bool // pending invitees that were looked up by address
	newest     time.Time    // registration of the newest account seen, by the portal's clock
	reconciled time.Time    // when every pending address was last looked up
	awake      chan struct{}
}

func newSight() sight { return sight{looked: map[ref]bool{}, awake: make(chan struct{}, 1)} }

// wake asks for a sweep soon.
func (s *sight) wake() {
	select {
	case s.awake <- struct{}{}:
	default:
	}
}

// watch sweeps the portal while somebody is pending, until the context ends. Nobody
// pending is silence. A portal that fails is asked ever more rarely, and no claim changes
// that.
func (t *Tracker) watch(ctx context.Context) {
	failures := 0
	for {
		wait := time.Duration(-1) // nobody is pending: until somebody is
		var err error
		if plan := t.plan(time.Now()); !plan.empty() {
			err = t.sweep(ctx, plan)
			wait = t.opts.Poll
		}
		if ctx.Err() != nil {
			return
		}
		awake := t.sight.awake
		if err != nil {
			failures++
			wait = max(retryAfter(err), backoff(failures, max(t.opts.Poll, time.Second), max(t.opts.Poll, slowestPoll)))
			awake = nil
			t.logFailure(ctx, err, failures, wait)
		} else {
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

// rest waits for the time to pass or for somebody to wake it, and tells whether to go on.
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
	level, advice := slog.LevelWarn, "the portal did not answer the sweep; nobody pending is forgotten"
	switch {
	case errors.Is(err, NotKept):
		return // the ledger has told the operator
	case errors.Is(err, KeyBroken):
		level, advice = slog.LevelError, "the portal refuses the API key: renew DOCSPACE_API_KEY and restart"
	}
	if failures == 1 || level < slog.LevelError {
		t.log.Log(ctx, level, advice, "failures", failures, "again_in", wait.Round(time.Second), "err", err)
	}
}

// plan is what one sweep is to find out.
type plan struct {
	// ask are the invitees to look up by address: new ones, those whose account is known
	// and not active yet, and at times everybody. The folded address is the key.
	ask map[string][]ref
	// known are those whose account must be among the answers, unless it is gone.
	known map[ref]MemberID
	// scan is whether somebody waits who has no account: newcomers are looked through.
	scan  bool
	since time.Time
	full  bool
	start time.Time
}

func (p plan) empty() bool { return len(p.ask) == 0 && !p.scan }

func (t *Tracker) plan(now time.Time) plan {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := plan{
		ask: map[string][]ref{}, known: map[ref]MemberID{}, start: now,
		full: now.Sub(t.sight.reconciled) >= reconcileEvery,
	}
	oldest := now
	for address, refs := range t.mem.pending {
		for r := range refs {
			v := t.mem.invitee(r)
			if v == nil {
				continue
			}
			key := address
			if v.Member.ID != "" {
				p.known[r] = v.Member.ID
				key = FoldEmail(v.Member.Email) // it may have been changed since
			} else {
				p.scan = true
				if v.Since.Before(oldest) {
					oldest = v.Since
				}
			}
			if p.full || v.Member.ID != "" || !t.sight.looked[r] {
				p.ask[key] = append(p.ask[key], r)
			}
		}
	}
	p.since = t.sight.newest.Add(-overlap)
	if t.sight.newest.IsZero() {
		p.since = oldest.Add(-overlap)
	}
	return p
}

// sweep looks at the portal once and notes what became of the pending invitees. The first
// error ends it; what was noted before stays true.
func (t *Tracker) sweep(ctx context.Context, p plan) error {
	found := map[ref]bool{}
	if len(p.ask) > 0 {
		addresses := make([]string, 0, len(p.ask))
		for address := range p.ask {
			addresses = append(addresses, address)
		}
		slices.Sort(addresses)
		members, err := t.portal.Find(ctx, addresses)
		if err != nil {
			return err
		}
		var sights []Entry
		for _, m := range members {
			refs := p.ask[FoldEmail(m.Email)]
			for _, r := range refs {
				found[r] = true
			}
			sights = append(sights, t.observe(refs, m)...)
		}
		if err := t.noteSights(ctx, sights); err != nil {
			return err
		}
	}
	for r, id := range p.known {
		if !found[r] {
			if err := t.lookAgain(ctx, r, id); err != nil {
				return err
			}
		}
	}
	t.lookedAt(p)
	if p.scan {
		return t.scan(ctx, p.since)
	}
	return nil
}

// lookedAt remembers that the plan's look-ups were answered.
func (t *Tracker) lookedAt(p plan) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, refs := range p.ask {
		for _, r := range refs {
			t.sight.looked[r] = true
		}
	}
	if p.full {
		t.sight.reconciled = p.start
		for r := range t.sight.looked { // the moment to forget who is not pending any more
			if v := t.mem.invitee(r); v == nil || !v.Pending() {
				delete(t.sight.looked, r)
			}
		}
	}
}

// scan looks through the accounts that registered lately for those who are waited for.
func (t *Tracker) scan(ctx context.Context, since time.Time) error {
	newcomers, err := t.portal.Newcomers(ctx, since)
	if err != nil {
		return err
	}
	var sights []Entry
	var newest time.Time
	for _, m := range newcomers {
		if m.Registered.After(newest) {
			newest = m.Registered
		}
		sights = append(sights, t.observe(t.waitingFor(m.Email), m)...)
	}
	if err := t.noteSights(ctx, sights); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if newest.After(t.sight.newest) {
		t.sight.newest = newest
	}
	return nil
}

// waitingFor returns the pending invitees with the e-mail address.
func (t *Tracker) waitingFor(address string) []ref {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Collect(maps.Keys(t.mem.pending[FoldEmail(address)]))
}

// lookAgain looks up one account that its address did not lead to any more: it was removed,
// or its address was changed.
func (t *Tracker) lookAgain(ctx context.Context, r ref, id MemberID) error {
	m, err := t.portal.Member(ctx, id)
	switch {
	case errors.Is(err, UnknownMember):
		return t.noteSights(ctx, []Entry{{Kind: KindLost, At: time.Now(), Invitation: r.invitation, Invitee: r.invitee}})
	case err != nil:
		return err
	}
	return t.noteSights(ctx, t.observe([]ref{r}, m))
}

// observe returns what an account tells about invitees, as far as it tells anything new.
func (t *Tracker) observe(refs []ref, m Member) []Entry {
	t.mu.Lock()
	defer t.mu.Unlock()
	var sights []Entry
	for _, r := range refs {
		v := t.mem.invitee(r)
		if v == nil || !v.Pending() || sameSight(v.Member, m) {
			continue
		}
		sights = append(sights, Entry{
			Kind: KindSeen, At: time.Now(), Invitation: r.invitation, Invitee: r.invitee, Member: &m, Already: v.wasActiveBefore(m),
		})
	}
	return sights
}

func (t *Tracker) noteSights(ctx context.Context, sights []Entry) error {
	if len(sights) == 0 {
		return nil
	}
	if err := t.ledger.note(sights...); err != nil {
		return err
	}
	for _, e := range sights {
		standing := Standing("gone")
		if e.Member != nil {
			standing = e.Member.Standing
		}
		t.log.InfoContext(ctx, "invitee seen at the portal", "invitation", e.Invitation, "invitee", e.Invitee, "standing", standing)
	}
	return nil
}

// sameSight tells whether a look at an account shows what the last one showed. Names may
// change without anybody caring.
func sameSight(last, now Member) bool {
	return last.ID == now.ID && last.Standing == now.Standing && FoldEmail(last.Email) == FoldEmail(now.Email) &&
		(now.Role == "" || last.Role == now.Role)
}

// wasActiveBefore tells whether the account m was active before its owner was invited.
// Nobody was who has been seen on the way. For the others the account's date decides, which
// has full seconds.
func (v *Invitee) wasActiveBefore(m Member) bool {
	return m.Standing == Enabled && v.Member.ID == "" &&
		(m.Registered.IsZero() || m.Registered.Before(v.Since.Truncate(time.Second)))
}
