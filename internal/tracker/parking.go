package tracker

import (
	"context"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// parkedFor is how long a channel that cannot be posted to is left alone before one
// message tries it again.
const parkedFor = 10 * time.Minute

// parking lists the channels that cannot be posted to: they were archived, or the bot left
// them. Their messages wait together, and the operator hears of it once. The tracker's mutex
// guards it.
type parking map[invitation.Channel]parkedChannel

type parkedChannel struct {
	reason invitation.Reason
	again  time.Time
}

// turn returns when a message may be tried in the channel. In a parked one, the first
// message after the pause tries for all.
func (p parking) turn(channel invitation.Channel, now time.Time) time.Time {
	place, parked := p[channel]
	if !parked || now.Before(place.again) {
		return place.again
	}
	place.again = now.Add(parkedFor)
	p[channel] = place
	return now
}

// postsInChannel are the steps that post in the channel of a card that stands there already.
var postsInChannel = map[invitation.StepKind]bool{invitation.StepUpdateCard: true, invitation.StepConfirm: true, invitation.StepReport: true, invitation.StepEnd: true}

// park lets all messages for the channel wait.
func (w *worker) park(ctx context.Context, inv invitation.Invitation, reason invitation.Reason, err error) {
	w.t.mu.Lock()
	place, known := w.t.parked[inv.Card.Channel]
	place.reason, place.again = reason, time.Now().Add(parkedFor)
	w.t.parked[inv.Card.Channel] = place
	w.t.queue.addAt(inv.ID, inv.Inviter, place.again)
	w.t.mu.Unlock()
	if !known {
		w.t.log.ErrorContext(ctx, "a channel cannot be posted to; its messages wait and are tried every ten minutes",
			"channel", inv.Card.Channel, "reason", reason, "invitation", inv.ID, "err", err)
	}
}

// Unpark has the messages that wait for a channel tried now: it was unarchived, or the bot invited.
func (t *Tracker) Unpark(channel invitation.Channel) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if place, parked := t.parked[channel]; parked {
		place.again = time.Time{}
		t.parked[channel] = place
		t.lookAt(channel)
	}
}

// lookAt has the invitations of a channel looked at. The lock must be held.
func (t *Tracker) lookAt(channel invitation.Channel) {
	for id, inv := range t.mem.invitations {
		if inv.Card.Channel == channel {
			t.queue.add(id, inv.Inviter)
		}
	}
}

// posted takes the channel out of the parking when something was posted there.
func (w *worker) posted(ctx context.Context, inv invitation.Invitation, s invitation.Step) {
	if !postsInChannel[s.Kind] {
		return
	}
	w.t.mu.Lock()
	_, was := w.t.parked[inv.Card.Channel]
	if was {
		delete(w.t.parked, inv.Card.Channel)
		w.t.lookAt(inv.Card.Channel)
	}
	w.t.mu.Unlock()
	if was {
		w.t.log.InfoContext(ctx, "a channel can be posted to again", "channel", inv.Card.Channel)
	}
}
