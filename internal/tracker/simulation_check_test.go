package tracker_test

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// enough is how long the bot may need, with all at its best, to find out what is the case at
// the portal: it backs off while something fails, and looks everyone up once an hour.
const enough = 3 * hour

// stale is how old a command may be at most when its card appears: the tracker has patience
// for 15 minutes, pauses up to five before the last try, and that takes its time.
const stale = 25 * minute

// checkMessage checks a message at the instant at which it is posted. The mutex is held.
func (w *world) checkMessage(m *message, inv invitation.Invitation) {
	now := time.Now()
	for _, v := range m.about {
		// For an invitee who came back, Since is when the bot had its answer.
		was := func(standing invitation.Standing) bool {
			return w.portal.was(v.Member.ID, standing, v.Since.Add(-minute), now)
		}
		switch {
		case m.effect == invitation.EffectRemoval && !was(invitation.Disabled) && !was(""):
			w.fail(m.key, "the removal of %s, who is there", v.ID)
		case w.plan.in(strangersRead, inv.Channel, w.clock()) && (m.effect == invitation.EffectLink || m.effect == invitation.EffectReminder && v.State == invitation.Awaited):
			w.fail(m.key, "%s of %s, and strangers read the channel", m.effect, v.ID)
		case m.effect == invitation.EffectLink:
			if !w.plan.opts.Deliver && !inv.Private() && !v.Away || v.Claimed || v.ChatUser == "" || v.State != invitation.Awaited {
				w.fail(m.key, "a link for %s, who is %s", v.ID, v.State)
			}
		case m.effect == invitation.EffectWho:
			w.checkStranger(m, v)
		case m.effect == invitation.EffectReminder:
			w.checkReminder(m, v)
		case m.effect != invitation.EffectRemoval && !was(invitation.Enabled):
			w.fail(m.key, "%s of %s, who is not active", m.effect, v.ID)
		}
	}
	switch m.effect {
	case invitation.EffectCard:
		if inv.Link == "" || w.plan.denied[m.key] != "" || w.plan.approvals[m.key] && w.approvedAt(m.key).IsZero() {
			w.fail(m.key, "a card that must not be")
		}
	case invitation.EffectConfirmation, invitation.EffectGreeting, invitation.EffectRemoval:
		if len(m.about) == 0 {
			w.fail(m.key, "%s of nobody", m.effect)
		}
	case invitation.EffectEnding:
		if now.Before(inv.Expires) {
			w.fail(m.key, "an end before its time")
		}
	case invitation.EffectEndingSoon:
		if left := inv.Expires.Sub(now); left > 24*hour || inv.CountMissing() == 0 {
			w.fail(m.key, "a word %v before the end, with %d people missing", left, inv.CountMissing())
		}
	case invitation.EffectRefusal:
		if m.reason == "" {
			w.fail(m.key, "a refusal without a reason")
		}
	}
	if m.effect != invitation.EffectCard && m.effect != invitation.EffectRefusal && m.effect != invitation.EffectRequest && w.chat.count(func(c *message) bool {
		return c.effect == invitation.EffectCard && c.invitation == m.invitation && cardOf(c) == inv.Card
	}) == 0 {
		w.fail(m.key, "%s under a card that is not there", m.effect)
	}
}

// was reports whether the account stood so at any time of the stretch.
func (m *portalModel) was(id invitation.MemberID, standing invitation.Standing, from, to time.Time) bool {
	for _, a := range m.accounts {
		if a.ID != id {
			continue
		}
		for i, c := range a.story {
			if c.standing == standing && !c.from.After(to) && a.until(i).After(from) {
				return true
			}
		}
	}
	return false
}

// until is when a chapter of the account's story ends.
func (a *account) until(i int) time.Time {
	if i+1 < len(a.story) {
		return a.story[i+1].from
	}
	return time.Now().Add(forever)
}

// checkOpen checks, some hours after the last fault, that every invitation is known whose
// time is not over, and no other.
func (w *world) checkOpen() {
	open := map[string]bool{}
	if doubts := tracker.Doubts(w.living().tracker); len(doubts) > 0 {
		w.fail("", "begun, hours after all is well, are still %v", doubts)
	}
	if people := tracker.LeftOut(w.living().tracker); len(people) > 0 {
		w.fail("", "hours after all is well, these have not been told: %v", people)
	}
	for _, inv := range w.living().tracker.Open() {
		open[inv.Keys[0]] = true
		if inv.Stage != invitation.Posted && !inv.Waits() {
			w.fail(inv.Keys[0], "it still waits for its card")
		}
		if time.Since(inv.Expires) > 0 && !inv.Waits() || inv.Waits() && time.Since(inv.Approval.Until) > 0 {
			w.fail(inv.Keys[0], "it is open after its end")
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for key := range w.accepted {
		card := w.chat.card(key)
		if card != nil && time.Until(card.expires) > 0 && !open[key] && !w.wasRefused(key) {
			w.fail(key, "its card is there, its time is not over, and it is forgotten")
		}
	}
}

func (w *world) wasRefused(key string) bool {
	return slices.ContainsFunc(w.book.told, func(l line) bool {
		return l.kind == invitation.KindRefused && w.book.keys[l.invitation] == key
	})
}

// checkAll checks, in the end, that everyone got what the product promises.
func (w *world) checkAll() {
	if held := tracker.Leftovers(w.living().tracker); len(held) > 0 {
		w.fail("", "in the end it still holds %v", held)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if n := len(w.book.lines); n > 0 {
		w.fail("", "in the end %d lines are left on the journal", n)
	}
	w.checkOnce()
	w.checkLimit()
	w.checkRetries()
	w.checkEmails()
	for _, o := range w.plan.orders {
		w.checkCard(o)
		w.checkReminders(o)
		w.checkEnd(o)
		w.checkRoom(o)
		for _, who := range w.plan.people {
			w.checkPerson(o, who)
		}
	}
}

// checkOnce checks that nothing was said twice, save what was counted as a repeat because
// no one could tell whether it had been said.
func (w *world) checkOnce() {
	times := map[identity]int{}
	for _, m := range w.chat.said {
		if !w.cardWasDeleted(m.key) || m.effect == invitation.EffectRefusal || m.effect == invitation.EffectGreeting {
			times[m.identity]++
		}
	}
	again := map[invitation.Effect]int{}
	for who, n := range times {
		again[who.effect] += n - 1
		if who.effect != invitation.EffectRefusal && n-1 > w.chat.unfound[who] {
			w.fail(who.key, "%s %s was said %d times, and %d searches failed", who.effect, who.invitees, n, w.chat.unfound[who])
		}
	}
	last := map[invitation.MemberID]time.Time{}
	for _, wel := range w.portal.welcomes {
		if wel.err != nil {
			continue
		}
		// An invitation that is forgotten takes with it that it welcomed a member: another one may
		// welcome them when their account is enabled again.
		before, welcomed := last[wel.member]
		if welcomed && !w.portal.was(wel.member, invitation.Disabled, before, wel.at) {
			again[invitation.EffectWelcome]++
		}
		last[wel.member] = wel.at
	}
	for effect, n := range again {
		if n > w.repeats[effect] {
			w.fail("", "%s: done %d times too often, and %d repeats were counted", effect, n, w.repeats[effect])
		}
	}
}

// checkCard checks that a command led to one card, or its inviter heard why not.
func (w *world) checkCard(o order) {
	if n := w.book.accepted[o.key]; n > 1 {
		w.fail(o.key, "one command became %d invitations", n)
	}
	if card := w.chat.card(o.key); card != nil && card.at.Sub(latest(card.ordered, w.approvedAt(o.key))) > stale {
		w.fail(o.key, "its card came %v after the command", card.at.Sub(card.ordered))
	}
	cards := w.chat.count(func(m *message) bool { return m.key == o.key && m.effect == invitation.EffectCard })
	told := w.chat.count(func(m *message) bool { return m.key == o.key && m.effect == invitation.EffectRefusal })
	asked := slices.ContainsFunc(w.book.told, func(l line) bool {
		return l.kind == invitation.KindRequested && w.book.keys[l.invitation] == o.key
	})
	if asked && w.chat.answered[o.key] == 0 {
		w.fail(o.key, "the request for approval never showed what became of it")
	}
	switch doubt := w.chat.unfound[identity{effect: invitation.EffectCard, key: o.key}]; {
	case w.accepted[o.key] == nil:
	case cards == 0 && told == 0 && w.chat.untold[o.key] < 3:
		w.fail(o.key, "accepted, and its inviter has neither a card nor an answer")
	case w.chat.card(o.key) != nil && (told > 0 || w.wasRefused(o.key)) && doubt == 0:
		w.fail(o.key, "there is a card, and the inviter was told that there is none")
	}
}

// checkLimit checks that no one had more invitations within an hour than the limit lets in.
func (w *world) checkLimit() {
	admitted := map[invitation.ChatUser][]time.Time{}
	for _, l := range w.book.told {
		key := w.book.keys[l.invitation]
		if l.kind != invitation.KindAdmitted || w.plan.opts.PerHour == 0 || w.plan.approvals[key] { // those count when they are asked for
			continue
		}
		inviter := w.inviter(key)
		times := append(admitted[inviter], l.at)
		if n := len(times) - w.plan.opts.PerHour; n > 0 && times[len(times)-1].Sub(times[n-1]) < hour {
			w.fail("", "%s was let in %d times within the hour", inviter, w.plan.opts.PerHour+1)
		}
		admitted[inviter] = times
	}
}

// checkRetries checks that an inviter can retry a refused invitation for an hour after hearing of it.
func (w *world) checkRetries() {
	told := map[invitation.ID]time.Time{}
	for _, l := range w.book.told {
		switch _, known := told[l.invitation]; {
		case l.kind == invitation.KindTold && !known:
			told[l.invitation] = l.at
		case l.kind == invitation.KindFinished && w.mayPass(l.invitation) && l.at.Sub(told[l.invitation]) < hour:
			w.fail(w.book.keys[l.invitation], "it cannot be tried again %v after it was refused", l.at.Sub(told[l.invitation]))
		}
	}
}

// mayPass reports whether the invitation was refused for a reason that may pass.
func (w *world) mayPass(id invitation.ID) bool {
	return slices.ContainsFunc(w.book.told, func(l line) bool {
		var e invitation.Entry
		return l.invitation == id && l.kind == invitation.KindRefused && json.Unmarshal(l.text, &e) == nil && e.Refusal.Reason.MayPass()
	})
}

func (w *world) inviter(key string) invitation.ChatUser {
	for _, o := range w.plan.orders {
		if o.key == key {
			return o.request.Inviter
		}
	}
	return ""
}

// checkEnd checks that the thread says that an invitation ended.
func (w *world) checkEnd(o order) {
	card := w.chat.card(o.key)
	if card == nil || w.wasRefused(o.key) || w.cardWasDeleted(o.key) {
		return
	}
	over := card.expires.Sub(w.began)
	if !w.calm(over, over+ttl, card.channel) {
		return
	}
	if inv := w.told(o.key); inv.Stage == invitation.Expired && !inv.Missed() {
		return // everyone has joined, which the card says
	}
	if w.chat.count(func(m *message) bool { return m.key == o.key && m.effect == invitation.EffectEnding }) == 0 {
		w.fail(o.key, "nobody said that it ended")
	}
}

// told returns the invitation as the journal tells it.
func (w *world) told(key string) (inv invitation.Invitation) {
	for _, l := range w.book.told {
		var e invitation.Entry
		if w.book.keys[l.invitation] == key && json.Unmarshal(l.text, &e) == nil {
			inv.Apply(e)
		}
	}
	return inv
}

// wasWithheld reports whether the order's link was kept from everyone.
func (w *world) wasWithheld(key string) bool {
	return slices.ContainsFunc(w.book.told, func(l line) bool {
		return l.kind == invitation.KindWithheld && w.book.keys[l.invitation] == key
	})
}

func (w *world) cardWasDeleted(key string) bool {
	return w.chat.count(func(m *message) bool { return m.key == key && m.effect == invitation.EffectCard && m.deleted }) > 0
}
