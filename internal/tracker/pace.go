package tracker

import (
	"time"

	"golang.org/x/time/rate"
)

// What Slack grants (docs/facts/slack.md, "Rate limits") and the bot keeps within by itself,
// because a refused message comes later than one that waited: about a message a second in a
// channel, several hundred a minute in a workspace, and fifty updates a minute. Cards do not wait:
// somebody has just asked for them.
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
	channels map[Channel]*rate.Limiter
	direct   *rate.Limiter
	updates  *rate.Limiter
	lookups  *rate.Limiter
	updated  map[ID]time.Time // when cards were last updated
}

func newPace() pace {
	return pace{
		channels: map[Channel]*rate.Limiter{},
		direct:   rate.NewLimiter(directRate, directBurst),
		updates:  rate.NewLimiter(updateRate, updateBurst),
		lookups:  rate.NewLimiter(lookupRate, lookupBurst),
		updated:  map[ID]time.Time{},
	}
}

// limiter returns what the step has to wait for, or nil.
func (p pace) limiter(inv *Invitation, s step) *rate.Limiter {
	switch s.kind {
	case stepUpdateCard:
		return p.updates
	case stepIdentify:
		if v := inv.invitee(s.invitee); v != nil && !v.Claimed { // who claims is waiting
			return p.lookups
		}
	case stepGreet, stepRemind, stepDeliver, stepAskWho, stepHandOver, stepAnnounce:
		return p.direct
	case stepAnswer:
		return p.updates
	case stepPostCard:
		return p.channel(inv.Channel)
	case stepConfirm, stepReport, stepEnd:
		return p.channel(inv.Card.Channel)
	}
	return nil
}

func (p pace) channel(id Channel) *rate.Limiter {
	limiter := p.channels[id]
	if limiter == nil {
		limiter = rate.NewLimiter(channelRate, channelBurst)
		p.channels[id] = limiter
	}
	return limiter
}

// slot returns when the step may be done, and keeps that place for it.
func (w *worker) slot(inv *Invitation, s step, now time.Time) time.Time {
	limiter := w.t.pace.limiter(inv, s)
	if limiter == nil {
		return time.Time{}
	}
	if w.attempts[inv.ID][s].placed {
		w.attempts.change(inv.ID, s, func(a *attempt) { a.placed = false })
		return time.Time{}
	}
	at := now
	if s.kind == stepUpdateCard {
		if next := w.t.pace.updated[inv.ID].Add(cardPause); now.Before(next) {
			at = next
		}
		w.t.pace.updated[inv.ID] = at
	}
	at = at.Add(limiter.ReserveN(at, 1).DelayFrom(at))
	if s.kind == stepPostCard || !now.Before(at) {
		return time.Time{}
	}
	w.attempts.change(inv.ID, s, func(a *attempt) { a.placed, a.again = true, at })
	return at
}
