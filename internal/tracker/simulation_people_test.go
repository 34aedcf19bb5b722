package tracker_test

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// checkPerson checks that someone was confirmed under an invitation exactly once if they
// became active while it was open, and the bot had the time to see it.
func (w *world) checkPerson(o order, who person) {
	identities := map[identity]bool{}
	for _, m := range w.chat.said {
		if m.key == o.key && m.of(who) && m.effect == invitation.EffectConfirmation {
			identities[m.identity] = true
		}
	}
	if len(identities) > 1 && who.newEmail == "" { // or they were named by one address and joined with the other
		w.fail(o.key, "%s was confirmed in %d ways", who.user, len(identities))
	}
	w.checkRemoval(o, who)
	arrived := w.mustConfirm(o, who)
	if arrived.account == nil {
		return
	}
	if len(identities) == 0 {
		w.fail(o.key, "%s became active in time and was never confirmed", who.user)
	}
	if arrived.newcomer && w.plan.opts.Congratulate && !w.wasWelcomed(arrived.account.ID) {
		w.fail(o.key, "%s joined and was never welcomed", who.user)
	}
	w.checkPrompt(o, who, arrived)
}

// knownAs returns the addresses by which the bot knows an invitee, and since when.
func (w *world) knownAs(key string, who person) map[string]time.Time {
	if who.newEmail == "" {
		return map[string]time.Time{invitation.FoldEmail(who.email): {}}
	}
	known := map[string]time.Time{}
	for _, l := range w.book.told {
		if w.book.keys[l.invitation] != key {
			continue
		}
		var e invitation.Entry
		if err := json.Unmarshal(l.text, &e); err != nil {
			panic(err)
		}
		if e.Kind == invitation.KindIdentified || e.Kind == invitation.KindClaimed {
			e.People = append(e.People, *e.Person)
		}
		for _, p := range e.People {
			if _, before := known[invitation.FoldEmail(p.Email)]; !before && (p.ChatUser == who.user || p.ChatUser == "" && who.isTheirs(p.Email)) {
				known[invitation.FoldEmail(p.Email)] = l.at
			}
		}
	}
	return known
}

// checkPrompt checks that a confirmation does not wait longer than one look at the portal, and
// what it takes to say it, when nothing at all goes wrong.
// Someone who has had an account for a while, or takes another address, is looked up more rarely:
// once an hour at last.
func (w *world) checkPrompt(o order, who person, arrived arrival) {
	since := arrived.from.Sub(w.began)
	by := since + w.plan.opts.Poll + 2*minute
	was := arrived.account.story[0]
	if arrived.from.Sub(was.from) > 10*minute || !who.isTheirs(was.email) {
		by += hour
	}
	trouble, _ := w.troubledAfter(since-hour, o.request.Channel)
	if w.plan.rough > 0 || trouble < by {
		return
	}
	if w.chat.count(func(m *message) bool {
		return m.key == o.key && m.effect == invitation.EffectConfirmation && m.of(who) && m.at.Sub(w.began) <= by
	}) == 0 {
		w.fail(o.key, "%s was active at %s, and was not confirmed within %v", who.user, arrived.from.Format(stamp), by-since)
	}
}

// wasWelcomed reports whether the portal was asked to welcome the account, or would have
// refused: who was refused once is not asked again at once.
func (w *world) wasWelcomed(id invitation.MemberID) bool {
	return w.portal.asked[id] > 0 || slices.ContainsFunc(w.portal.welcomes, func(wel welcome) bool {
		return invitation.FailureOf(wel.err).Reason == invitation.PortalDenied
	})
}

// sinces returns from when on someone was an invitee, and when they pressed Join again.
func (w *world) sinces(o order, who person) (sinces []time.Time) {
	card := w.chat.card(o.key)
	if card == nil || w.cardWasDeleted(o.key) || w.wasRefused(o.key) {
		return nil
	}
	if slices.ContainsFunc(o.request.People, func(p invitation.Person) bool {
		return p.ChatUser == who.user || invitation.FoldEmail(p.Email) == invitation.FoldEmail(who.email)
	}) {
		sinces = append(sinces, card.at)
	}
	for _, c := range w.claims {
		if c.key == o.key && c.who == who && !who.unknown {
			sinces = append(sinces, c.at)
		}
	}
	return sinces
}

// checkRemoval checks that the thread says it when the account of someone is disabled or
// removed who was seen to have registered, and never became active.
func (w *world) checkRemoval(o order, who person) {
	card, sinces := w.chat.card(o.key), w.sinces(o, who)
	if len(sinces) == 0 || who.newEmail != "" { // they may have another account
		return
	}
	since := sinces[0]
	for _, a := range w.portal.accounts {
		if invitation.FoldEmail(a.story[0].email) != invitation.FoldEmail(who.email) {
			continue
		}
		var seen time.Duration
		ok := false
		for i, c := range a.story {
			if !a.until(i).After(since) {
				continue
			}
			from, to := latest(c.from, since, a.visible).Sub(w.began), earliest(a.until(i), card.expires).Sub(w.began)
			switch {
			case c.standing == invitation.Enabled || c.email != a.story[0].email:
				return
			case c.standing == invitation.Unconfirmed && !ok:
				seen, ok = w.calmUntil(from, to, "")
			case c.standing == invitation.Disabled || c.standing == "":
				until, gone := w.calmUntil(max(from, seen), to, "")
				if !gone || !ok || w.cameBack(a, w.began.Add(until)) || sinces[len(sinces)-1].After(c.from) {
					return // the bot may have missed it, or they are awaited again
				}
				if w.calm(until, card.expires.Sub(w.began)+ttl, card.channel) && !w.removalSaid(o.key, who, c.from, time.Now()) {
					w.fail(o.key, "the account of %s was lost, and nobody said so", who.user)
				}
				return
			}
		}
	}
}

// cameBack reports whether the owner of a lost account had another one by then.
func (w *world) cameBack(lost *account, by time.Time) bool {
	return slices.ContainsFunc(w.portal.accounts, func(a *account) bool {
		return a != lost && invitation.FoldEmail(a.story[0].email) == invitation.FoldEmail(lost.story[0].email) &&
			a.story[0].from.After(lost.story[0].from) && a.story[0].from.Before(by)
	})
}

// arrival is someone's becoming active.
type arrival struct {
	account  *account
	newcomer bool      // no doubt that they are to be welcomed
	from     time.Time // when the bot could see it at the earliest
}

// mustConfirm returns the account that was to be confirmed under the invitation, if the bot
// certainly had to see it.
func (w *world) mustConfirm(o order, who person) arrival {
	card, sinces := w.chat.card(o.key), w.sinces(o, who)
	for _, since := range sinces {
		if a, from := w.seenSince(card, who, sinces[0], since); a != nil {
			return arrival{a, !a.Registered.Before(since) && len(sinces) == 1, from}
		}
	}
	return arrival{}
}

// seenSince returns the account that the bot had to find enabled for someone invited since
// then. An account that was removed meanwhile may have cost them their place, and a click gives it back
// only when the thread had said so. One that was disabled and is enabled again goes on.
func (w *world) seenSince(card *message, who person, first, since time.Time) (*account, time.Time) {
	names := w.knownAs(card.key, who)
	for _, a := range w.portal.accounts {
		for i, c := range a.story {
			known, ok := names[invitation.FoldEmail(c.email)]
			if c.standing != invitation.Enabled || !ok {
				continue
			}
			from, to := latest(c.from, since, a.visible, known), earliest(a.until(i), card.expires)
			seen, ok := w.calmUntil(from.Sub(w.began), to.Sub(w.began), "")
			if !ok || w.spoilt(who, since, w.began.Add(seen)) || !w.calm(seen, card.expires.Sub(w.began)+ttl, card.channel) {
				continue
			}
			if w.spoilt(who, first, since) && !w.forgiven(card.key, who, first, since) {
				continue
			}
			return a, from
		}
	}
	return nil, time.Time{}
}

// spoilt reports whether an account of the person was not what it should be within the stretch.
func (w *world) spoilt(who person, from, to time.Time) bool {
	for _, a := range w.portal.accounts {
		if !who.isTheirs(a.story[0].email) {
			continue
		}
		for i, c := range a.story {
			bad := c.standing == "" || c.email != a.story[0].email
			if bad && c.from.Before(to) && a.until(i).After(from) {
				return true
			}
		}
	}
	return false
}

// removalSaid reports whether the thread spoke of the person's removal within the stretch.
func (w *world) removalSaid(key string, who person, from, to time.Time) bool {
	return w.chat.count(func(m *message) bool {
		return m.key == key && m.effect == invitation.EffectRemoval && m.of(who) && !m.at.Before(from) && m.at.Before(to)
	}) > 0
}

// forgiven reports whether the thread spoke of the last removal before they pressed Join again.
func (w *world) forgiven(key string, who person, first, since time.Time) bool {
	last := first
	for _, a := range w.portal.accounts {
		for _, c := range a.story {
			if !who.isTheirs(c.email) {
				continue
			}
			if (c.standing == invitation.Disabled || c.standing == "") && c.from.Before(since) && c.from.After(last) {
				last = c.from
			}
		}
	}
	return w.removalSaid(key, who, last, since)
}

func latest(times ...time.Time) time.Time   { return slices.MaxFunc(times, time.Time.Compare) }
func earliest(times ...time.Time) time.Time { return slices.MinFunc(times, time.Time.Compare) }

// calm reports whether the stretch holds enough time in a row in which nothing lasting was
// wrong, for the bot to do all that it owes. With a channel it must be possible to post there.
func (w *world) calm(from, to time.Duration, channel invitation.Channel) bool {
	_, ok := w.calmUntil(from, to, channel)
	return ok
}

// calmUntil returns the end of the first such time.
func (w *world) calmUntil(from, to time.Duration, channel invitation.Channel) (time.Duration, bool) {
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
func (w *world) troubledAfter(at time.Duration, channel invitation.Channel) (from, to time.Duration) {
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
