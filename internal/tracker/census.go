package tracker

import (
	"slices"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// Census counts what the tracker has in memory, and what waits there.
type Census struct {
	// Stages counts the invitations, States their invitees.
	Stages map[invitation.Stage]int
	States map[invitation.State]int
	// Unconfirmed is since when someone is active whom no thread has named yet; zero when there is
	// no one. Of several, who waits longest.
	Unconfirmed time.Time
	// Ready are the invitations that wait for a worker, Due those to be looked at at a later time.
	Ready, Due int
	// WithoutCard are the invitations whose inviters have neither a card nor a refusal.
	WithoutCard int
	// Unwritten are the notes that wait for the journal.
	Unwritten int
	// Parked are the channels that cannot be posted to.
	Parked int
}

// countedAtOnce is how many invitations are counted before others get a turn.
const countedAtOnce = 50

// Census counts. It lets others work in between, so that the numbers need not be of one moment.
func (t *Tracker) Census() Census {
	c := Census{Stages: map[invitation.Stage]int{}, States: map[invitation.State]int{}, Unwritten: t.ledger.unwritten()}
	for some := range slices.Chunk(t.countQueues(&c), countedAtOnce) {
		t.count(&c, some)
	}
	return c
}

// countQueues counts what waits, and returns the invitations that are to be counted.
func (t *Tracker) countQueues(c *Census) []invitation.ID {
	t.mu.Lock()
	defer t.mu.Unlock()
	c.WithoutCard = t.waiting.all
	for _, ids := range t.queue.ready {
		c.Ready += len(ids)
	}
	c.Due, c.Parked = len(t.queue.dues), len(t.parked)
	ids := make([]invitation.ID, 0, len(t.mem.invitations))
	for id := range t.mem.invitations {
		ids = append(ids, id)
	}
	return ids
}

func (t *Tracker) count(c *Census, some []invitation.ID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, id := range some {
		inv := t.mem.invitations[id]
		if inv == nil {
			continue
		}
		c.Stages[inv.Stage]++
		for i := range inv.Invitees {
			v := &inv.Invitees[i]
			c.States[v.State]++
			if v.AwaitsThread(inv) && (c.Unconfirmed.IsZero() || v.Moved().Before(c.Unconfirmed)) {
				c.Unconfirmed = v.Moved()
			}
		}
	}
}

// unwritten returns how many notes wait for the journal.
func (l *ledger) unwritten() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.waiting)
}
