package tracker

import (
	"slices"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// attempt is what is remembered of a step that was tried and is not done with.
type attempt struct {
	count int
	// searches are how often it was looked for in vain whether it was done.
	searches int
	again    time.Time
	// placed says that again is a place in the channel's queue.
	placed bool
	// tried is when the last try ended.
	tried time.Time
	// certain says that the last try certainly did nothing outside.
	certain bool
	// outcome is the entry that says what came of it, while the journal cannot take it.
	outcome invitation.Entry
}

// attempts are lost with the process: a step that was begun is then in doubt.
type attempts map[invitation.ID]map[invitation.Step]attempt

func (all attempts) change(id invitation.ID, s invitation.Step, change func(*attempt)) attempt {
	if all[id] == nil {
		all[id] = map[invitation.Step]attempt{}
	}
	a := all[id][s]
	change(&a)
	all[id][s] = a
	return a
}

func (all attempts) forget(id invitation.ID, s invitation.Step) {
	delete(all[id], s)
	if len(all[id]) == 0 {
		delete(all, id)
	}
}

func (w *worker) change(id invitation.ID, s invitation.Step, change func(*attempt)) attempt {
	w.t.mu.Lock()
	defer w.t.mu.Unlock()
	return w.attempts.change(id, s, change)
}

// count counts a failed try and returns how many there were.
func (w *worker) count(id invitation.ID, s invitation.Step) int {
	return w.change(id, s, func(a *attempt) { a.count++ }).count
}

// search counts a search that told nothing and returns how many there were.
func (w *worker) search(id invitation.ID, s invitation.Step) int {
	return w.change(id, s, func(a *attempt) { a.searches++ }).searches
}

// untried reports whether the step was not tried yet.
func (w *worker) untried(id invitation.ID, s invitation.Step) bool {
	w.t.mu.Lock()
	defer w.t.mu.Unlock()
	return w.attempts[id][s].count == 0
}

// again sets when the step may be tried again.
func (w *worker) again(id invitation.ID, s invitation.Step, wait time.Duration) {
	w.change(id, s, func(a *attempt) { a.again = time.Now().Add(wait) })
}

// pause returns how long to wait after as many tries as there were.
func (w *worker) pause(id invitation.ID, s invitation.Step) time.Duration {
	w.t.mu.Lock()
	defer w.t.mu.Unlock()
	return backoff(max(1, w.attempts[id][s].count), retryFirst, retryLast)
}

// doubt remembers whether the last try may have done something outside.
func (w *worker) doubt(id invitation.ID, s invitation.Step, unsure bool) {
	w.change(id, s, func(a *attempt) { a.certain, a.tried = !unsure, time.Now() })
}

// inFlight is how long a call may still take effect after its caller has given up on it,
// or has died.
const inFlight = 5 * time.Second

// landed returns from when on an effect of which no one knows is there if it ever will be.
func (w *worker) landed(id invitation.ID, s invitation.Step) time.Time {
	w.t.mu.Lock()
	defer w.t.mu.Unlock()
	tried := w.attempts[id][s].tried
	if tried.IsZero() {
		tried = w.started
	}
	return tried.Add(inFlight)
}

func (w *worker) certainlyNotDone(id invitation.ID, s invitation.Step) bool {
	w.t.mu.Lock()
	defer w.t.mu.Unlock()
	return w.attempts[id][s].certain
}

// noteLater keeps what came of a step until the journal takes it.
func (w *worker) noteLater(id invitation.ID, s invitation.Step, outcome invitation.Entry) {
	w.count(id, s)
	pause := w.pause(id, s)
	w.change(id, s, func(a *attempt) { a.outcome, a.again = outcome, time.Now().Add(pause) })
}

// unnoted returns what came of the step and could not be noted, if anything.
func (w *worker) unnoted(id invitation.ID, s invitation.Step) invitation.Entry {
	w.t.mu.Lock()
	defer w.t.mu.Unlock()
	return w.attempts[id][s].outcome
}

// hold keeps the step from being done at the same time for two invitations of the same people. Each would find nothing
// done yet: someone would be reminded or invited twice, or lose a right in a room that they were just given.
func (w *worker) hold(inv invitation.Invitation, s invitation.Step) (release func(), ok bool) {
	var people []string
	for _, v := range inv.About(s) {
		switch s.Kind {
		case invitation.StepRemind:
			people = append(people, "remind "+string(v.ChatUser))
		case invitation.StepEmail:
			people = append(people, "email "+invitation.FoldEmail(v.Email))
		case invitation.StepShare:
			people = append(people, "share "+string(inv.Room.ID)+" "+string(v.Member.ID))
		case invitation.StepResend:
			people = append(people, "resend "+string(v.Member.ID))
		}
	}
	w.t.mu.Lock()
	defer w.t.mu.Unlock()
	if slices.ContainsFunc(people, func(who string) bool { return w.held[who] }) {
		return nil, false
	}
	for _, who := range people {
		w.held[who] = true
	}
	return func() {
		w.t.mu.Lock()
		defer w.t.mu.Unlock()
		for _, who := range people {
			delete(w.held, who)
		}
	}, true
}

// heldPause is how long a step waits while the same is done for another invitation of the same people.
const heldPause = time.Second
