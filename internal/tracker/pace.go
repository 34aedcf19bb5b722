package tracker

import (
	"time"

	"golang.org/x/time/rate"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// What Slack grants (docs/facts/slack.md, "Rate limits") and the bot keeps within by itself,
// because a refused message comes later than one that waited: about a message a second in a
// channel, several hundred a minute in a workspace, and fifty updates a minute. Cards do not wait:
// someone has just asked for them.
const (
	channelRate, channelBurst = rate.Limit(1), 5
	directRate, directBurst   = rate.Limit(4), 20
	updateRate, updateBurst   = rate.Limit(50.0 / 60), 15
	// A hundred look-ups of people are granted a minute; some are left for who gives commands.
	lookupRate, lookupBurst = rate.Limit(75.0 / 60), 40
	// cardPause is the shortest time between two updates of one card.
	cardPause = 3 * time.Second
)

// pace keeps what is sent within those limits. The tracker's mutex guards it.
type pace struct {
	channels map[invitation.Channel]*rate.Limiter
	direct   *rate.Limiter
	updates  *rate.Limiter
	lookups  *rate.Limiter
	updated  map[invitation.ID]time.Time // when cards were last updated
}

func newPace() pace {
	return pace{
		channels: map[invitation.Channel]*rate.Limiter{},
		direct:   rate.NewLimiter(directRate, directBurst),
		updates:  rate.NewLimiter(updateRate, updateBurst),
		lookups:  rate.NewLimiter(lookupRate, lookupBurst),
		updated:  map[invitation.ID]time.Time{},
	}
}

// limiter returns what the step has to wait for, or nil.
func (p pace) limiter(inv *invitation.Invitation, s invitation.Step) *rate.Limiter {
	switch s.Kind {
	case invitation.StepUpdateCard:
		return p.updates
	case invitation.StepIdentify:
		if v := inv.Invitee(s.Invitee); v != nil && !v.Claimed { // who claims is waiting
			return p.lookups
		}
	case invitation.StepGreet, invitation.StepRemind, invitation.StepDeliver, invitation.StepAskWho, invitation.StepHandOver, invitation.StepAnnounce, invitation.StepEndingSoon, invitation.StepNotShared, invitation.StepNotLinked:
		return p.direct
	case invitation.StepAnswer, invitation.StepTakeBack:
		return p.updates
	case invitation.StepPostCard:
		return p.channel(inv.Channel)
	case invitation.StepConfirm, invitation.StepReport, invitation.StepEnd:
		return p.channel(inv.Card.Channel)
	}
	return nil
}

func (p pace) channel(id invitation.Channel) *rate.Limiter {
	limiter := p.channels[id]
	if limiter == nil {
		limiter = rate.NewLimiter(channelRate, channelBurst)
		p.channels[id] = limiter
	}
	return limiter
}

// slot returns when the step may be done, and keeps that place for it.
func (w *worker) slot(inv *invitation.Invitation, s invitation.Step, now time.Time) time.Time {
	limiter := w.t.pace.limiter(inv, s)
	if limiter == nil {
		return time.Time{}
	}
	if w.attempts[inv.ID][s].placed {
		w.attempts.change(inv.ID, s, func(a *attempt) { a.placed = false })
		return time.Time{}
	}
	at := now
	if s.Kind == invitation.StepUpdateCard {
		if next := w.t.pace.updated[inv.ID].Add(cardPause); now.Before(next) {
			at = next
		}
		w.t.pace.updated[inv.ID] = at
	}
	at = at.Add(limiter.ReserveN(at, 1).DelayFrom(at))
	if s.Kind == invitation.StepPostCard || !now.Before(at) {
		return time.Time{}
	}
	w.attempts.change(inv.ID, s, func(a *attempt) { a.placed, a.again = true, at })
	return at
}
