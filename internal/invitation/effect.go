package invitation

import (
	"slices"
	"time"
)

// Effect is something done outside that people would notice if it were done
// twice. Before it is done KindBegun is noted, which with the invitation, the invitee and
// their Since is the identity of the effect; the entry that says it took place comes after. An effect
// between the two may have taken place: the process died, or no answer came.
//
// The update of a card is none: doing it again changes nothing.
type Effect string

// The effects. Those of a link, a reminder and an email that is sent again are not repeated when in doubt.
const (
	EffectCard         Effect = "card"
	EffectRequest      Effect = "request"
	EffectRefusal      Effect = "refusal"
	EffectWelcome      Effect = "welcome"
	EffectGreeting     Effect = "greeting"
	EffectConfirmation Effect = "confirmation"
	EffectRemoval      Effect = "removal"
	EffectEnding       Effect = "ending"
	EffectWho          Effect = "who"
	EffectLink         Effect = "link"
	EffectReminder     Effect = "reminder"
	EffectAnnouncement Effect = "announcement"
	EffectEndingSoon   Effect = "ending_soon"
	EffectNotShared    Effect = "not_shared"
	EffectNotLinked    Effect = "not_linked"
	EffectResend       Effect = "resend"
)

// effects has every effect, the step that has it, and the entry that says it took place.
var effects = []struct {
	effect Effect
	step   StepKind
	entry  Kind
}{
	{EffectCard, StepPostCard, KindPosted}, // as does KindRefused
	{EffectRequest, StepAsk, KindRequested},
	{EffectRefusal, StepTellInviter, KindTold},
	{EffectWelcome, StepWelcome, KindWelcomed},
	{EffectGreeting, StepGreet, KindGreeted},
	{EffectConfirmation, StepConfirm, KindConfirmed},
	{EffectRemoval, StepReport, KindReported},
	{EffectEnding, StepEnd, KindEnded},
	{EffectWho, StepAskWho, KindAskedWho},
	{EffectLink, StepDeliver, KindDelivered},
	{EffectReminder, StepRemind, KindReminded},
	{EffectAnnouncement, StepAnnounce, KindAnnounced},
	{EffectEndingSoon, StepEndingSoon, KindEndingSoon},
	{EffectNotShared, StepNotShared, KindNotShared},
	{EffectNotLinked, StepNotLinked, KindNotLinked},
	{EffectResend, StepResend, KindResent},
}

// Effects returns every effect.
func Effects() (all []Effect) {
	for _, e := range effects {
		all = append(all, e.effect)
	}
	return all
}

// Effect returns what others would notice of the step; "" when that is nothing.
func (k StepKind) Effect() Effect {
	for _, e := range effects {
		if e.step == k {
			return e.effect
		}
	}
	return ""
}

// TookPlace returns the entry that says that the effect took place; card is where, for those that are a card.
func (effect Effect) TookPlace(card Card) Entry {
	var noted Entry
	for _, e := range effects {
		if e.effect == effect {
			noted.Kind = e.entry
		}
	}
	switch effect {
	case EffectCard, EffectRequest:
		noted.Card = &card
	case EffectGreeting:
		noted.Outcome = Done
	}
	return noted
}

// Begun is an effect that was begun and not yet known to have taken place.
type Begun struct {
	Effect  Effect
	Invitee string
	Group   string
	at      instant
}

// is reports whether it is the effect that the entry begins or ends.
func (b Begun) is(effect Effect, e Entry) bool {
	return b.Effect == effect && b.Invitee == e.Invitee && b.Group == joinGroup(e.Invitees)
}

// begin notes that an effect is about to be tried. The first time counts: a search for it
// must reach back that far.
func (inv *Invitation) begin(e Entry) {
	if !slices.ContainsFunc(inv.Begun, func(b Begun) bool { return b.is(e.Effect, e) }) {
		inv.Begun = append(inv.Begun, Begun{e.Effect, e.Invitee, joinGroup(e.Invitees), at(e.At)})
	}
}

// forget drops the effect that the entry says took place from those begun.
func (inv *Invitation) forget(e Entry) {
	if e.Kind == KindRefused {
		inv.abandon(EffectCard, "")
	}
	for _, known := range effects {
		if known.entry == e.Kind {
			inv.Begun = slices.DeleteFunc(inv.Begun, func(b Begun) bool { return b.is(known.effect, e) })
		}
	}
}

// abandon forgets that effects were begun which no one cares for any more: those about one
// invitee, or all of that name.
func (inv *Invitation) abandon(effect Effect, invitee string) {
	inv.Begun = slices.DeleteFunc(inv.Begun, func(b Begun) bool {
		return b.Effect == effect && (invitee == "" || b.Invitee == invitee)
	})
}

// BegunAt returns when the step's effect was begun that is not yet known to have taken place, or zero.
func (inv *Invitation) BegunAt(s Step) time.Time {
	for _, b := range inv.Begun {
		if b.Effect == s.Kind.Effect() && b.Invitee == s.Invitee && b.Group == s.Group {
			return b.at.time()
		}
	}
	return time.Time{}
}
