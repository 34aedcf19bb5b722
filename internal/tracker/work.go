package tracker

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"
)

const (
	// stepTimeout bounds one step, however many calls it makes.
	stepTimeout = time.Minute
	// patience is how long an invitation may wait for the chat to say who its inviter is
	// and to take its card. Then the inviter is told instead: a card that appears out of
	// the blue half an hour later helps nobody.
	patience = 15 * time.Minute
	// parked is how long a message waits whose channel cannot be posted to.
	parked = 10 * time.Minute
	// retryFirst and retryLast are the shortest and the longest pause before a step is
	// tried again.
	retryFirst = time.Second
	retryLast  = 5 * time.Minute
	// tries is how often a step is tried that people can do without.
	tries = 3
	// welcomePause is how long a portal that forbade the welcome is not asked again.
	welcomePause = time.Hour
)

// attempt is what is remembered of a step that failed.
type attempt struct {
	count int
	again time.Time
}

// work looks at one invitation after the other, many at once, until ctx ends. Then it still
// brings to their cards, or their refusals, the invitations that wait for one, for as long
// as the longer-lived context steps allows: their inviters are waiting for an answer.
func (t *Tracker) work(ctx, steps context.Context) {
	w := &worker{
		Tracker: t, steps: steps,
		attempts: map[ID]map[step]attempt{}, waiting: map[Role][]ID{}, linking: map[ID]bool{},
	}
	defer w.hands.Wait()

	free := make(chan struct{}, t.opts.Workers)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	stopping := ctx.Done()
	for w.goesOn(ctx) {
		id, wait := w.take()
		if id == "" {
			timer.Reset(wait)
			select {
			case <-stopping:
				stopping = nil
			case <-steps.Done():
			case <-t.queue.wake:
			case <-timer.C:
			}
			continue
		}
		select {
		case <-steps.Done():
			return
		case free <- struct{}{}:
		}
		w.hands.Go(func() {
			defer func() { <-free }()
			w.carry(ctx, id)
		})
	}
}

// worker is the state of one Run: what was tried, and which links are on their way.
// Tracker.mu guards it.
type worker struct {
	*Tracker
	steps    context.Context // outlives Run's context by grace, for what is under way
	hands    sync.WaitGroup
	attempts map[ID]map[step]attempt
	// waiting lists, by role, the invitations that wait for the link being fetched. One
	// call serves all of them: a slow portal must not be asked once per command.
	waiting map[Role][]ID
	linking map[ID]bool
	spent   []spentKeys
}

type spentKeys struct {
	keys []string
	at   time.Time
}

// goesOn tells whether there is work: always, until ctx ends, and then while an inviter waits
// for an answer and the steps may go on.
func (w *worker) goesOn(ctx context.Context) bool {
	if ctx.Err() == nil {
		return true
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, inv := range w.mem.invitations {
		if inv.owesInviter() {
			return w.steps.Err() == nil
		}
	}
	return false
}

func (w *worker) take() (id ID, wait time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	if id, ok := w.queue.take(now); ok {
		return id, 0
	}
	wait = time.Hour
	if at, ok := w.queue.next(); ok {
		wait = min(wait, at.Sub(now))
	}
	return "", wait
}

// carry does what the invitation owes, step by step, until nothing can be done now.
func (w *worker) carry(ctx context.Context, id ID) {
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.queue.release(id)
	}()
	for w.goesOn(ctx) {
		inv, next, ok := w.next(id)
		if !ok || ctx.Err() != nil && !inv.owesInviter() {
			return
		}
		w.perform(inv, next)
	}
}

// next returns the first step that the invitation owes and that may be done now. When
// there is none, it sees to it that the invitation is looked at again in time, or
// forgotten when it is finished.
func (w *worker) next(id ID) (Invitation, step, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	inv := w.mem.invitations[id]
	if inv == nil {
		return Invitation{}, step{}, false
	}
	now := time.Now()
	for _, s := range inv.owed(now) {
		if s.kind == stepFetchLink && w.linking[id] {
			continue // the fetch will come back to it
		}
		if again := w.attempts[id][s].again; now.Before(again) {
			w.queue.addAt(id, again)
			continue
		}
		return inv.clone(), s, true
	}
	if inv.Stage == Posted {
		w.queue.addAt(id, inv.Expires)
	}
	if inv.finished(now) {
		w.finish(inv, now)
	}
	return Invitation{}, step{}, false
}

func (w *worker) finish(inv *Invitation, now time.Time) {
	w.mem.forget(inv)
	w.queue.drop(inv.ID)
	delete(w.attempts, inv.ID)
	w.spent = append(w.spent, spentKeys{inv.Keys, now})
	for len(w.spent) > 0 && now.Sub(w.spent[0].at) > keyLife {
		w.mem.forgetKeys(w.spent[0].keys)
		w.spent = w.spent[1:]
	}
	w.log.Debug("invitation finished", "invitation", inv.ID, "stage", inv.Stage)
}

// perform does one step and notes that it is done, or when to try again.
func (w *worker) perform(inv Invitation, s step) {
	if s.kind == stepFetchLink {
		w.fetchLink(inv)
		return
	}
	ctx, cancel := context.WithTimeout(w.steps, stepTimeout)
	defer cancel()
	log := w.log.With("invitation", inv.ID, "step", s.kind)
	if s.invitee != "" {
		log = log.With("invitee", s.invitee)
	}

	entry, err := w.do(ctx, inv, s)
	if err != nil {
		entry = w.settle(ctx, log, inv, s, err)
		if entry.Kind == "" {
			return
		}
	}
	entry.At, entry.Invitation, entry.Invitee = time.Now(), inv.ID, s.invitee
	if err := w.note(ctx, entry); err != nil {
		log.ErrorContext(ctx, "cannot keep what was done; it will be tried again", "err", err)
		w.again(inv.ID, s, retryFirst)
		if entry.Kind == KindAdmitted {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.uncount(inv.Inviter)
		}
		return
	}
	w.mu.Lock()
	delete(w.attempts[inv.ID], s)
	w.mu.Unlock()
	log.Log(ctx, levelOf(entry.Kind), "invitation "+string(entry.Kind))
}

// levelOf says at which level an entry is told: the story at info, the rest at debug.
func levelOf(kind Kind) slog.Level {
	switch kind {
	case KindShown, KindAdmitted, KindIdentified, KindTold:
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// do carries out the step and returns the entry that says so.
func (w *worker) do(ctx context.Context, inv Invitation, s step) (Entry, error) {
	var v Invitee
	if found := inv.invitee(s.invitee); found != nil {
		v = *found
	}
	switch s.kind {
	case stepVet:
		return w.vet(ctx, inv)
	case stepPostCard:
		card, err := w.messenger.PostCard(ctx, inv)
		return Entry{Kind: KindPosted, Card: &card}, err
	case stepTellInviter:
		return Entry{Kind: KindTold}, w.messenger.TellInviter(ctx, inv)
	case stepExpire:
		return Entry{Kind: KindExpired}, nil
	case stepUpdateCard:
		return Entry{Kind: KindShown, Revision: inv.revision}, w.messenger.UpdateCard(ctx, inv)
	case stepIdentify:
		person, err := w.messenger.Identify(ctx, v.ChatUser)
		return Entry{Kind: KindIdentified, Person: &person}, err
	case stepWelcome:
		return w.welcome(ctx, v)
	case stepGreet:
		if !w.opts.Greet || v.ChatUser == "" {
			return Entry{Kind: KindGreeted, Outcome: Skipped}, nil
		}
		return Entry{Kind: KindGreeted, Outcome: Done}, w.messenger.Greet(ctx, inv, v)
	case stepConfirm:
		return Entry{Kind: KindConfirmed}, w.messenger.Confirm(ctx, inv, v)
	case stepReport:
		return Entry{Kind: KindReported}, w.messenger.Removed(ctx, inv, v)
	case stepEnd:
		return Entry{Kind: KindEnded}, w.messenger.Ended(ctx, inv)
	}
	panic("tracker: no way to do " + string(s.kind))
}

// vet asks the chat whether the inviter may, and counts the invitation against the
// inviter's hourly limit when they may.
func (w *worker) vet(ctx context.Context, inv Invitation) (Entry, error) {
	people, err := w.messenger.Vet(ctx, inv.Request)
	if err != nil {
		return Entry{}, err
	}
	return Entry{Kind: KindAdmitted, People: people}, w.countIn(inv.Inviter)
}

// countIn counts an admission that is about to be noted. It counts until uncount: two
// commands worked on at once must not both be the last that is let in.
func (w *worker) countIn(inviter ChatUser) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	lately := recent(w.mem.admitted[inviter], now)
	if w.opts.PerHour > 0 && len(lately)+w.admitting[inviter] >= w.opts.PerHour {
		var wait time.Duration
		if len(lately) > 0 {
			wait = lately[0].Add(time.Hour).Sub(now)
		}
		return limited{wait}
	}
	w.admitting[inviter]++
	return nil
}

// uncount ends the counting of an admission. Call it with the mutex held.
func (t *Tracker) uncount(inviter ChatUser) {
	if t.admitting[inviter]--; t.admitting[inviter] <= 0 {
		delete(t.admitting, inviter)
	}
}

// limited says that the inviter's hourly limit is reached, and for how long.
type limited struct{ wait time.Duration }

func (l limited) Error() string             { return string(TooMany) }
func (l limited) Unwrap() error             { return TooMany }
func (l limited) RetryAfter() time.Duration { return l.wait }

// welcome asks the portal to welcome the member, unless that is off or was forbidden lately.
func (w *worker) welcome(ctx context.Context, v Invitee) (Entry, error) {
	w.mu.Lock()
	denied := w.mem.welcomeDenied
	w.mu.Unlock()
	if !w.opts.Welcome || !denied.IsZero() && time.Since(denied) < welcomePause {
		return Entry{Kind: KindWelcomed, Outcome: Skipped}, nil
	}
	return Entry{Kind: KindWelcomed, Outcome: Done}, w.portal.Welcome(ctx, v.Member.ID)
}

// settle decides what a failed step means: an entry that ends it, or none when it is to be
// tried again.
func (w *worker) settle(ctx context.Context, log *slog.Logger, inv Invitation, s step, err error) Entry {
	wait := retryAfter(err)
	// Whatever the outside asks to wait for, and whatever did not answer, is tried again.
	passing := (wait > 0 || errors.Is(err, ChatDown) || errors.Is(err, PortalDown) ||
		errors.Is(err, context.DeadlineExceeded) || isOver(ctx, err)) && !errors.Is(err, TooMany)
	refusal := refusalOf(err, time.Now())
	count := w.count(inv.ID, s)

	switch s.kind {
	case stepVet, stepPostCard:
		if passing && time.Since(inv.Accepted) < patience {
			break
		}
		log.WarnContext(ctx, "invitation refused", "reason", refusal.Reason, "about", refusal.About,
			"inviter", inv.Inviter, "channel", inv.Channel, "role", inv.Role, "err", err)
		return Entry{Kind: KindRefused, Refusal: &refusal}
	case stepTellInviter:
		if passing && count < tries {
			break
		}
		log.WarnContext(ctx, "the inviter cannot be told", "inviter", inv.Inviter, "err", err)
		return Entry{Kind: KindTold}
	case stepUpdateCard:
		if errors.Is(err, CardGone) {
			log.WarnContext(ctx, "the card was deleted: the invitation ends with it")
			return Entry{Kind: KindCancelled}
		}
	case stepIdentify:
		if !passing {
			log.InfoContext(ctx, "cannot watch for an invitee", "reason", refusal.Reason)
			return Entry{Kind: KindUnidentified}
		}
	case stepWelcome:
		switch {
		case errors.Is(err, PortalDenied):
			log.InfoContext(ctx, "the portal does not let the bot send its welcome; not asked again for an hour")
			return Entry{Kind: KindWelcomed, Outcome: Denied}
		case !passing || count >= tries || wait > time.Minute:
			log.WarnContext(ctx, "the portal's welcome failed", "err", err)
			return Entry{Kind: KindWelcomed, Outcome: Failed}
		}
	case stepGreet:
		if !passing || count >= tries {
			log.WarnContext(ctx, "the direct message failed", "err", err)
			return Entry{Kind: KindGreeted, Outcome: Failed}
		}
	}

	if !passing { // the channel may be opened again
		wait = parked
		if count == 1 {
			log.ErrorContext(ctx, "cannot post; tried again every ten minutes", "channel", inv.Channel, "err", err)
		}
	} else {
		log.WarnContext(ctx, "step failed, will be tried again", "attempt", count, "err", err)
	}
	w.again(inv.ID, s, max(wait, backoff(count, retryFirst, retryLast)))
	return Entry{}
}

// count counts a failed attempt and returns how many there were.
func (w *worker) count(id ID, s step) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	a := w.attempts[id][s]
	a.count++
	w.remember(id, s, a)
	return a.count
}

// again sets when the step may be tried again.
func (w *worker) again(id ID, s step, wait time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	a := w.attempts[id][s]
	a.again = time.Now().Add(wait)
	w.remember(id, s, a)
}

func (w *worker) remember(id ID, s step, a attempt) {
	if w.attempts[id] == nil {
		w.attempts[id] = map[step]attempt{}
	}
	w.attempts[id][s] = a
}

// backoff returns a pause that doubles with every attempt from first up to last, give or
// take a quarter, so that many that failed together do not come back together.
func backoff(attempt int, first, last time.Duration) time.Duration {
	pause := last
	if shift := attempt - 1; shift < 20 {
		pause = min(last, first<<shift)
	}
	return pause*3/4 + rand.N(pause/2+1)
}
