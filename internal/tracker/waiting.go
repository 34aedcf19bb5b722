package tracker

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/docspace-invite-bot/bot/internal/grace"
	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// An inviter who waits longer than a moment for a card hears that the bot is working on it. The note is
// not on the journal, so a restart may send it again. The outcome of the invitation takes its place.
const (
	// noteAfter is how long an inviter waits without a word. Slack's own patience is three seconds.
	noteAfter = 2 * time.Second
	// notesAtOnce bounds the notes that are sent at the same time.
	notesAtOnce = 32
)

// notes are the invitations whose inviters may have to be told that it takes a while, in the order in
// which they were accepted, and the notes that were sent. The tracker's mutex guards them.
type notes struct {
	queue []waiter
	// sent has a channel for each note, closed when Slack has it or refused it.
	sent map[invitation.ID]chan struct{}
	more chan struct{} // has room for one signal: the queue is no longer empty
}

type waiter struct {
	id  invitation.ID
	due time.Time
}

func newNotes() notes {
	return notes{sent: map[invitation.ID]chan struct{}{}, more: make(chan struct{}, 1)}
}

// expect has the inviter told after a while, unless there is a card by then.
func (n *notes) expect(id invitation.ID, now time.Time) {
	n.queue = append(n.queue, waiter{id, now.Add(noteAfter)})
	select {
	case n.more <- struct{}{}:
	default:
	}
}

// tellWaiting tells inviters that their invitations take a while, until the context ends.
func (t *Tracker) tellWaiting(ctx context.Context) {
	var sending errgroup.Group
	sending.SetLimit(notesAtOnce)
	defer func() { _ = sending.Wait() }()
	for {
		next, ok := t.nextWaiter()
		switch {
		case !ok:
			select {
			case <-t.notes.more:
				continue
			case <-ctx.Done():
				return
			}
		case !grace.Sleep(ctx, time.Until(next.due)):
			return
		}
		inv, sent := t.beginNote(next.id)
		if sent == nil {
			continue
		}
		sending.Go(func() error {
			defer close(sent)
			if err := t.messenger.Waiting(ctx, inv); err != nil {
				t.log.DebugContext(ctx, "the inviter was not told that it takes a while", "invitation", inv.ID, "err", err)
				t.forgetNote(inv.ID)
			}
			return nil
		})
	}
}

func (t *Tracker) nextWaiter() (waiter, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.notes.queue) == 0 {
		return waiter{}, false
	}
	return t.notes.queue[0], true
}

// beginNote takes the invitation off the queue and returns it if its inviter is still waiting.
func (t *Tracker) beginNote(id invitation.ID) (invitation.Invitation, chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.notes.queue = t.notes.queue[1:]
	inv := t.mem.invitations[id]
	if inv == nil || !inv.Unposted() || inv.WasAsked() {
		return invitation.Invitation{}, nil
	}
	sent := make(chan struct{})
	t.notes.sent[id] = sent
	waiting := inv.Clone()
	waiting.Waited = inv.Retry
	return waiting, sent
}

func (t *Tracker) forgetNote(id invitation.ID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.notes.sent, id)
}

// hasNote reports whether the inviter was told that it takes a while, or is being told, or has tried
// again what was refused: then they see something that is true no more.
func (t *Tracker) hasNote(inv invitation.Invitation) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return inv.Retry || t.notes.sent[inv.ID] != nil
}

// takeNote reports whether there is something for the next message to take the place of. A note that
// is on its way has arrived by then.
func (t *Tracker) takeNote(inv invitation.Invitation) bool {
	t.mu.Lock()
	sent := t.notes.sent[inv.ID]
	t.mu.Unlock()
	if sent == nil {
		return inv.Retry
	}
	<-sent
	t.mu.Lock()
	defer t.mu.Unlock()
	_, arrived := t.notes.sent[inv.ID]
	delete(t.notes.sent, inv.ID)
	return arrived || inv.Retry
}
