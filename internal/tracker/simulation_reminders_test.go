package tracker_test

import (
	"slices"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// onItsWay is how long a reminder may take from the decision to send it until it is there.
const onItsWay = minute

// checkReminder checks a reminder at the instant at which it is sent. The mutex is held.
func (w *world) checkReminder(m *message, v invitation.Invitee) {
	now := time.Now()
	switch {
	case !w.plan.opts.Remind:
		w.fail(m.key, "%s was reminded although no one is to be", v.ID)
	case v.ChatUser == "" || v.Claimed:
		w.fail(m.key, "%s was reminded, who was not named", v.ID)
	case !v.Pending():
		w.fail(m.key, "%s was reminded, who is %s", v.ID, v.State)
	case !isAtWork(v.ChatUser, now) && !isAtWork(v.ChatUser, now.Add(-onItsWay)):
		w.fail(m.key, "%s was reminded outside working hours", v.ID)
	case now.Sub(m.expires) > onItsWay:
		w.fail(m.key, "%s was reminded of what is over", v.ID)
	}
	for _, other := range w.chat.said[:len(w.chat.said)-1] {
		over := w.cardWasDeleted(other.key) || w.clock() >= other.expires.Sub(w.began) || w.removalSaid(other.key, w.named(v), other.at, now)
		if other.effect == invitation.EffectReminder && !over && other.about[0].ChatUser == v.ChatUser && now.Sub(other.at) < 19*hour {
			w.fail(m.key, "%s was reminded twice within %v", v.ID, now.Sub(other.at))
		}
	}
	if string(v.ChatUser) != v.ID { // named by address: whose that is may not have been known when they said no
		return
	}
	for _, said := range w.mutes {
		if said.user == v.ChatUser && v.Since.Before(said.at.Add(-30*minute)) && now.Sub(said.at) > onItsWay {
			w.fail(m.key, "%s was reminded, who does not want to be", v.ID)
		}
	}
}

// named is the person behind an invitee.
func (w *world) named(v invitation.Invitee) person { return person{user: v.ChatUser, email: v.Email} }

// checkStranger checks that the account of which an inviter is asked is no one's whom any invitation
// names. The mutex is held.
func (w *world) checkStranger(m *message, v invitation.Invitee) {
	for _, other := range w.chat.said {
		if other.effect != invitation.EffectCard || w.cardWasDeleted(other.key) || w.wasRefused(other.key) {
			continue
		}
		for _, o := range w.plan.orders {
			if o.key == other.key && slices.ContainsFunc(o.request.People, func(p invitation.Person) bool {
				return invitation.FoldEmail(p.Email) == invitation.FoldEmail(v.Email) || p.ChatUser != "" && w.chatKnows(p.ChatUser, v.Email)
			}) && time.Now().Before(other.expires) {
				w.fail(m.key, "%s is a stranger, and invited by %s", v.Email, o.key)
			}
		}
	}
}

// chatKnows reports whether the address has been the user's in the chat for a while. The mutex is held.
func (w *world) chatKnows(user invitation.ChatUser, address string) bool {
	who := w.plan.byUser(user)
	justMoved := who.newEmail != "" && w.clock()-who.moves < hour && w.clock() >= who.moves
	return !justMoved && invitation.FoldEmail(w.personOf(user).Email) == invitation.FoldEmail(address)
}

// checkReminders checks that no one was reminded more often than twice, and that they were
// reminded who did not move for days while nothing was wrong.
func (w *world) checkReminders(o order) {
	card := w.chat.card(o.key)
	for _, who := range w.plan.people {
		times := w.chat.count(func(m *message) bool {
			return m.key == o.key && m.effect == invitation.EffectReminder && m.about[0].ChatUser == who.user
		})
		if times > 2 {
			w.fail(o.key, "%s was reminded %d times", who.user, times)
		}
		if card == nil || times > 0 || !w.plan.opts.Remind || w.plan.rough > 0 || who.unknown || w.knownAtAll(who) {
			continue
		}
		named := slices.ContainsFunc(o.request.People, func(p invitation.Person) bool { return p.ChatUser == who.user })
		from := card.at.Sub(w.began)
		clicked := slices.ContainsFunc(w.claims, func(c claim) bool { return c.who == who })
		reminded := w.chat.count(func(m *message) bool {
			return m.effect == invitation.EffectReminder && m.about[0].ChatUser == who.user
		})
		muted := slices.ContainsFunc(w.mutes, func(said mute) bool { return said.user == who.user })
		trouble, _ := w.troubledAfter(from, "")
		if named && !clicked && !muted && reminded == 0 && !w.wasRefused(o.key) && !w.cardWasDeleted(o.key) && !w.wasWithheld(o.key) &&
			trouble > from+3*day && card.expires.Sub(card.at) > 3*day {
			w.fail(o.key, "%s did not move for three days, and was not reminded", who.user)
		}
	}
}

// knownAtAll reports whether the portal ever had an account of the person.
func (w *world) knownAtAll(who person) bool {
	return slices.ContainsFunc(w.portal.accounts, func(a *account) bool {
		return slices.ContainsFunc(a.story, func(c chapter) bool { return who.isTheirs(c.email) })
	})
}
