package tracker_test

import (
	"slices"
	"time"

	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// checkPerson checks that somebody was confirmed under an invitation exactly once if they
// became active while it was open, and the bot had the time to see it.
func (w *world) checkPerson(o order, who person) {
	email := tracker.FoldEmail(who.email)
	identities := map[identity]bool{}
	for _, m := range w.chat.said {
		if m.key == o.key && m.email == email && m.effect == tracker.EffectConfirmation {
			identities[m.identity] = true
		}
	}
	if len(identities) > 1 {
		w.fail(o.key, "%s was confirmed as %d people", who.user, len(identities))
	}
	account, newcomer := w.mustConfirm(o, who)
	if account == nil {
		return
	}
	if len(identities) == 0 {
		w.fail(o.key, "%s became active in time and was never confirmed", who.user)
	}
	if newcomer && w.plan.opts.Welcome && !w.wasWelcomed(account.ID) && !w.anyCardDeleted() {
		w.fail(o.key, "%s joined and was never welcomed", who.user)
	}
}

// wasWelcomed tells whether the portal was asked to welcome the account, or would have
// refused: who was refused once is not asked again at once.
func (w *world) wasWelcomed(id tracker.MemberID) bool {
	return w.portal.asked[id] > 0 || slices.ContainsFunc(w.portal.welcomes, func(wel welcome) bool {
		return reasonOf(wel.err) == tracker.PortalDenied
	})
}

// anyCardDeleted tells whether an invitation was cancelled: it may have been the one that was
// to welcome somebody, and takes that along.
func (w *world) anyCardDeleted() bool {
	return w.chat.count(func(m *message) bool { return m.deleted }) > 0
}

// mustConfirm returns the account that was to be confirmed under the invitation, if the bot
// certainly had to see it.
func (w *world) mustConfirm(o order, who person) (_ *account, newcomer bool) {
	card := w.chat.card(o.key)
	if card == nil || w.cardWasDeleted(o.key) || w.wasRefused(o.key) {
		return nil, false
	}
	var sinces []time.Time
	if slices.ContainsFunc(o.request.People, func(p tracker.Person) bool {
		return p.ChatUser == who.user || tracker.FoldEmail(p.Email) == tracker.FoldEmail(who.email)
	}) {
		sinces = append(sinces, card.at)
	}
	for _, c := range w.claims {
		if c.key == o.key && c.who == who && !who.unknown {
			sinces = append(sinces, c.at)
		}
	}
	for _, since := range sinces {
		if a := w.seenSince(card, who, sinces[0], since); a != nil {
			return a, !a.Registered.Before(since) && len(sinces) == 1
		}
	}
	return nil, false
}

// seenSince returns the account that the bot had to find enabled for somebody invited since
// then. An account that was disabled or removed meanwhile may have cost them their place,
// and a click gives it back only when the thread had said so.
func (w *world) seenSince(card *message, who person, first, since time.Time) *account {
	for _, a := range w.portal.accounts {
		for i, c := range a.story {
			if c.standing != tracker.Enabled || tracker.FoldEmail(c.email) != tracker.FoldEmail(who.email) {
				continue
			}
			from, to := latest(c.from, since, a.visible), earliest(a.until(i), card.expires)
			seen, ok := w.calmUntil(from.Sub(w.began), to.Sub(w.began), "")
			if !ok || w.spoilt(who, since, w.began.Add(seen)) || !w.calm(seen, card.expires.Sub(w.began)+ttl, card.channel) {
				continue
			}
			if w.spoilt(who, first, since) && !w.removalSaid(card, who, first, since) {
				continue
			}
			return a
		}
	}
	return nil
}

// spoilt tells whether an account of the person was not what it should be within the stretch.
func (w *world) spoilt(who person, from, to time.Time) bool {
	for _, a := range w.portal.accounts {
		if tracker.FoldEmail(a.story[0].email) != tracker.FoldEmail(who.email) {
			continue
		}
		for i, c := range a.story {
			bad := c.standing == tracker.Disabled || c.standing == "" || c.email != a.story[0].email
			if bad && c.from.Before(to) && a.until(i).After(from) {
				return true
			}
		}
	}
	return false
}

// removalSaid tells whether the thread spoke of the removal, and all was well from then on.
func (w *world) removalSaid(card *message, who person, first, since time.Time) bool {
	for _, m := range w.chat.said {
		if m.key == card.key && m.effect == tracker.EffectRemoval && m.email == tracker.FoldEmail(who.email) &&
			m.at.After(first) && m.at.Before(since) && !w.spoilt(who, m.at, since) {
			return true
		}
	}
	return false
}

func latest(times ...time.Time) time.Time   { return slices.MaxFunc(times, time.Time.Compare) }
func earliest(times ...time.Time) time.Time { return slices.MinFunc(times, time.Time.Compare) }

// calm tells whether the stretch holds enough time in a row in which nothing lasting was
// wrong, for the bot to do all that it owes. With a channel it must be possible to post there.
func (w *world) calm(from, to time.Duration, channel tracker.Channel) bool {
	_, ok := w.calmUntil(from, to, channel)
	return ok
}

// calmUntil returns the end of the first such time.
func (w *world) calmUntil(from, to time.Duration, channel tracker.Channel) (time.Duration, bool) {
	for start := from; start+enough <= to; {
		trouble, until := w.troubledAfter(start, channel)
		if trouble >= start+enough {
			return start + enough, true
		}
		start = until
	}
	return 0, false
}

// troubledAfter returns when the first trouble begins that is not over at the time, and when
// it ends. Two that overlap are told one after the other.
func (w *world) troubledAfter(at time.Duration, channel tracker.Channel) (from, to time.Duration) {
	from, to = forever, forever
	consider := func(begin, end time.Duration) {
		if end > at && begin < from {
			from, to = begin, end
		}
	}
	for _, win := range w.plan.windows {
		switch win.trouble {
		case portalDown, keyBroken, chatDown, diskFull:
			consider(win.from, win.to)
		case archived, kicked:
			if win.channel == channel {
				consider(win.from, win.to)
			}
		}
	}
	ended := time.Duration(0)
	for _, b := range w.bots {
		consider(ended, b.born)
		if b.died == 0 {
			return from, to
		}
		ended = b.died
	}
	consider(ended, forever)
	return from, to
}
