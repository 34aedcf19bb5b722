package tracker

import (
	"context"
	"sync"
	"time"

	"github.com/docspace-invite-bot/bot/internal/grace"
)

// rereadEvery is how often a replica asks the journal for news although it was not told of any: a
// signal may be lost.
const rereadEvery = 3 * time.Second

// askOthersMax bounds how long somebody's click waits for what other replicas have noted: Slack
// waits three seconds for its acknowledgement.
const askOthersMax = 2 * time.Second

// forGood is the term of a bot that is alone.
type forGood struct{}

// Holds is always so.
func (forGood) Holds() bool { return true }

// Ending never comes.
func (forGood) Ending() context.Context { return context.Background() }

// Over never comes.
func (forGood) Over() context.Context { return context.Background() }

// lead carries the invitations through until ctx ends, or the term. It leaves no goroutine behind.
func (t *Tracker) lead(ctx context.Context, term Term) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(term.Ending(), cancel)()
	// A step that has spoken to the outside is to be noted: it gets a while longer, but not beyond
	// the moment when another replica may lead.
	steps, stop := grace.Context(ctx, grace.Period)
	defer stop()
	defer context.AfterFunc(term.Over(), stop)()

	if err := t.ledger.catchUp(ctx); err != nil { // who does not know what was done might do it again
		t.log.WarnContext(ctx, "this replica does not lead yet: it cannot read what others have noted", "err", err)
		return
	}
	t.takeOver(ctx)
	defer t.handOver()
	var parts sync.WaitGroup
	parts.Go(func() { t.watch(ctx) })
	parts.Go(func() { t.work(ctx, steps, term) })
	parts.Go(func() { t.prune(ctx) })
	parts.Go(func() { t.probe(ctx) })
	parts.Go(func() { t.tellWaiting(ctx) })
	if shared := t.ledger.shared; shared != nil {
		parts.Go(func() { t.inform(ctx, shared) })
	}
	parts.Wait()
	t.noteLeftover()
}

// takeOver makes the work this replica's: it begins as after a restart.
func (t *Tracker) takeOver(ctx context.Context) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.leading = true
	t.queue, t.sight, t.pace = newQueue(), newSight(), newPace()
	t.admitting, t.parked, t.notes = map[ChatUser]int{}, parking{}, newNotes()
	for id, inv := range t.mem.invitations {
		t.queue.add(id, inv.Inviter)
		if inv.unposted() {
			t.notes.expect(id, time.Now())
		}
	}
	t.resume(time.Now())
	if t.ledger.shared != nil {
		t.log.InfoContext(ctx, "this replica leads", "count", len(t.mem.invitations))
	}
}

func (t *Tracker) handOver() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ledger.shared != nil {
		t.leading, t.sight.health = false, Health{}
		t.log.Info("this replica leads no more")
	}
}

// asksOthers makes true what other replicas have noted up to now, and tells whether there are any.
func (t *Tracker) asksOthers() bool {
	if t.ledger.shared == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), askOthersMax)
	defer cancel()
	return t.ledger.catchUp(ctx) == nil
}

// follow makes true what other replicas note, until the context ends.
func (t *Tracker) follow(ctx context.Context, changed <-chan struct{}) {
	timer := time.NewTimer(t.opts.reread)
	defer timer.Stop()
	for {
		switch err := t.ledger.catchUp(ctx); {
		case ctx.Err() != nil:
			return
		case err != nil:
			t.ledger.report(err)
		default:
			if !t.ledger.brokenSince().IsZero() { // that it can be read again does not say that it can be written
				t.ledger.probe(t.ledger.shared)
			}
			t.noteLeftover()
			t.hear(t.ledger.shared.Heard())
		}
		timer.Reset(t.opts.reread)
		select {
		case <-changed:
		case <-timer.C:
		case <-ctx.Done():
			return
		}
	}
}

// outcome is what came of a step and could not be noted.
type outcome struct {
	id    ID
	step  step
	entry Entry
}

// leave keeps what this replica did while it led and could not note any more.
func (w *worker) leave() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for id, steps := range w.attempts {
		for s, a := range steps {
			if a.outcome.Kind != "" && effectOf[s.kind] != "" {
				w.leftover = append(w.leftover, outcome{id, s, a.outcome})
			}
		}
	}
}

// noteLeftover notes what this replica did while it led. Whoever leads now waits for that a moment
// before it does the same again (worker.try).
func (t *Tracker) noteLeftover() {
	t.mu.Lock()
	some := t.leftover
	t.leftover = nil
	t.mu.Unlock()
	for i, o := range some {
		if err := t.noteDone(o); err != nil {
			t.mu.Lock()
			t.leftover = append(t.leftover, some[i:]...)
			t.mu.Unlock()
			return
		}
	}
}

// noteDone notes what came of an effect, unless that is known. It is so whoever leads now.
func (t *Tracker) noteDone(o outcome) error {
	return t.ledger.noteDecided(func() ([]Entry, error) {
		if !t.stillOwes(o.id, o.step) {
			return nil, nil
		}
		return []Entry{o.entry}, nil
	})
}
