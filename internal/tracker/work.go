package tracker

import (
	"context"
	"sync"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

const (
	// stepTimeout bounds one step, however many calls it makes.
	stepTimeout = time.Minute
	// patience is how long an invitation may wait for the chat to say who its inviter is
	// and to take its card. Then the inviter is told instead: a card that appears out of
	// the blue half an hour later helps no one.
	patience = 15 * time.Minute
	// welcomeWait is how long the thread waits for a welcome before it names someone.
	welcomeWait = 2 * time.Second
	// begunPause is how long an effect waits that could not be announced.
	begunPause = 5 * time.Second
	// tellingTries is how often a refusal is tried to be told: for half an hour, in which it is
	// news. A response_url works as long (docs/facts/slack.md, "response_url").
	tellingTries = 12
	// retryFirst and retryLast are the shortest and the longest pause before a step is
	// tried again.
	retryFirst = time.Second
	retryLast  = 5 * time.Minute
	// tries is how often a step is tried that people can do without: for about two minutes, in which a
	// service has been restarted, or a proxy in front of it.
	tries = 8
	// welcomeTries and welcomeAgain are how often, and how far apart, a portal is asked for a welcome that
	// may have sent it and fails.
	welcomeTries = 3
	welcomeAgain = 30 * time.Second
	// operatorTries is how often a room or an email is tried that our own key or token stands in the way of.
	operatorTries = 3
	// shareTries is how often a room is tried that the portal doesn't refuse: for twelve hours, so that people get it
	// whom an outage at night kept from it, and aren't kept from everything else by a room that fails for good.
	shareTries = 150
	// findTries is how often a message that may be there is looked for in vain before it is posted.
	findTries = 3
	// welcomePause is how long a portal that forbade the welcome is not asked again.
	welcomePause = time.Hour
)

// work looks at one invitation after the other, many at once, until ctx ends. Then it still
// brings to their cards, or their refusals, the invitations that wait for one, for as long
// as the longer-lived context steps allows: their inviters are waiting for an answer.
func (t *Tracker) work(ctx, steps context.Context) {
	w := &worker{
		t: t, steps: steps, started: time.Now(),
		attempts: attempts{}, held: map[string]bool{},
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

// worker is the state of one Run: what was tried.
// Tracker.mu guards it.
type worker struct {
	t        *Tracker
	steps    context.Context // outlives Run's context by grace, for what is under way
	started  time.Time
	hands    sync.WaitGroup
	attempts attempts
	// held are the people for whom something is being done that hold keeps others from.
	held map[string]bool
}

// goesOn reports whether there is work: always, until ctx ends, and then while an inviter waits
// for an answer and the steps may go on.
func (w *worker) goesOn(ctx context.Context) bool {
	if ctx.Err() == nil {
		return true
	}
	w.t.mu.Lock()
	defer w.t.mu.Unlock()
	for _, inv := range w.t.mem.invitations {
		if inv.OwesInviter() {
			return w.steps.Err() == nil
		}
	}
	return false
}

func (w *worker) take() (id invitation.ID, wait time.Duration) {
	w.t.mu.Lock()
	defer w.t.mu.Unlock()
	now := time.Now()
	if id, ok := w.t.queue.take(now); ok {
		return id, 0
	}
	wait = time.Hour
	if at, ok := w.t.queue.next(); ok {
		wait = min(wait, at.Sub(now))
	}
	return "", wait
}

// carry does what the invitation owes, step by step, until nothing can be done now.
func (w *worker) carry(ctx context.Context, id invitation.ID) {
	defer func() {
		w.t.mu.Lock()
		defer w.t.mu.Unlock()
		w.t.queue.release(id)
	}()
	for w.goesOn(ctx) {
		inv, next, ok := w.next(id)
		if !ok || ctx.Err() != nil && !inv.OwesInviter() {
			return
		}
		w.perform(inv, next)
	}
}

// next returns the first step that the invitation owes and that may be done now. When
// there is none, it sees to it that the invitation is looked at again in time.
func (w *worker) next(id invitation.ID) (invitation.Invitation, invitation.Step, bool) {
	w.t.mu.Lock()
	defer w.t.mu.Unlock()
	inv := w.t.mem.invitations[id]
	if inv == nil {
		return invitation.Invitation{}, invitation.Step{}, false
	}
	now := time.Now()
	inv.Hurried = false
	next, held := w.firstStep(inv, now)
	if held && next.Kind == "" { // the thread need not wait for a welcome that cannot be said yet
		inv.Hurried = true
		next, _ = w.firstStep(inv, now)
	}
	if next.Kind != "" {
		return inv.Clone(), next, true
	}
	if at := inv.NextLook(now, w.t.opts.Policy); !at.IsZero() {
		w.t.queue.addAt(id, inv.Inviter, at)
	}
	return invitation.Invitation{}, invitation.Step{}, false
}

// firstStep returns the first step that the invitation owes and that may be done now; for the
// others it asks for another look in time. held reports whether someone's welcome is put off.
func (w *worker) firstStep(inv *invitation.Invitation, now time.Time) (first invitation.Step, held bool) {
	for _, s := range inv.Owed(now, w.t.opts.Policy) {
		again := w.attempts[inv.ID][s].again
		if !now.Before(again) && postsInChannel[s.Kind] {
			again = w.t.parked.turn(inv.Card.Channel, now)
		}
		if !now.Before(again) {
			again = w.slot(inv, s, now)
		}
		if !now.Before(again) {
			return s, held
		}
		held = held || inv.Welcomes(s) && again.Sub(now) > welcomeWait
		w.t.queue.addAt(inv.ID, inv.Inviter, again)
	}
	return invitation.Step{}, held
}
