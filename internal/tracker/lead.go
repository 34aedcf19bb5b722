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

// lead carries the invitations through until ctx ends, or the lease. It leaves no goroutine behind.
func (t *Tracker) lead(ctx, held context.Context, holds func() bool) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// A step that has spoken to the outside is to be noted: it gets a while longer. But when another
	// replica may lead by now, everything stops at once.
	steps, stop := grace.Context(ctx, grace.Period)
	defer stop()
	defer context.AfterFunc(held, func() { cancel(); stop() })()

	if err := t.ledger.catchUp(ctx); err != nil { // nothing can be noted then, so that nothing is sent
		t.log.WarnContext(ctx, "the news of other replicas cannot be read yet", "err", err)
	}
	t.takeOver(ctx)
	defer t.handOver()
	var parts sync.WaitGroup
	parts.Go(func() { t.watch(ctx) })
	parts.Go(func() { t.work(ctx, steps, holds) })
	parts.Go(func() { t.prune(ctx) })
	parts.Go(func() { t.probe(ctx) })
	parts.Wait()
}

// takeOver makes the work this replica's: it begins as after a restart.
func (t *Tracker) takeOver(ctx context.Context) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.leading = true
	t.queue, t.sight, t.pace = newQueue(), newSight(), newPace()
	t.admitting, t.parked = map[ChatUser]int{}, parking{}
	for id, inv := range t.mem.invitations {
		t.queue.add(id, inv.Inviter)
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

// Leads tells whether this replica carries the invitations through, as one alone always does.
func (t *Tracker) Leads() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.leading
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
	timer := time.NewTimer(rereadEvery)
	defer timer.Stop()
	for {
		err := t.ledger.catchUp(ctx)
		if ctx.Err() != nil {
			return
		}
		t.ledger.report(err)
		timer.Reset(rereadEvery)
		select {
		case <-changed:
		case <-timer.C:
		case <-ctx.Done():
			return
		}
	}
}
