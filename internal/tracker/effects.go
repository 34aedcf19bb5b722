package tracker

import (
	"slices"
	"time"
)

// Effect is something the tracker does outside that somebody would notice if it were done
// twice. Before it does it, it notes KindBegun, which with the invitation, the invitee and
// their Since is the identity of the effect; the entry that settles it comes after. An effect
// between the two may have taken place: the process died, or no answer came.
//
// The update of a card is none: doing it again changes nothing.
type Effect string

// The effects, each with the entry that settles it.
const (
	EffectCard         Effect = "card"         // KindPosted, or KindRefused
	EffectRequest      Effect = "request"      // KindRequested, or KindRefused
	EffectRefusal      Effect = "refusal"      // KindTold
	EffectWelcome      Effect = "welcome"      // KindWelcomed
	EffectGreeting     Effect = "greeting"     // KindGreeted
	EffectConfirmation Effect = "confirmation" // KindConfirmed
	EffectRemoval      Effect = "removal"      // KindReported
	EffectEnding       Effect = "ending"       // KindEnded
	EffectWho          Effect = "who"          // KindAskedWho
	EffectLink         Effect = "link"         // KindDelivered; in doubt it is not repeated
	EffectReminder     Effect = "reminder"     // KindReminded; in doubt it is not repeated
	EffectAnnouncement Effect = "announcement" // KindAnnounced
)

// Effects returns every effect.
func Effects() []Effect {
	return []Effect{EffectCard, EffectRequest, EffectRefusal, EffectWelcome, EffectGreeting, EffectConfirmation, EffectRemoval, EffectEnding, EffectWho, EffectLink, EffectReminder, EffectAnnouncement}
}

// effectOf is the effect that a step has.
var effectOf = map[stepKind]Effect{
	stepPostCard:    EffectCard,
	stepAsk:         EffectRequest,
	stepTellInviter: EffectRefusal,
	stepWelcome:     EffectWelcome,
	stepGreet:       EffectGreeting,
	stepConfirm:     EffectConfirmation,
	stepReport:      EffectRemoval,
	stepEnd:         EffectEnding,
	stepAskWho:      EffectWho,
	stepDeliver:     EffectLink,
	stepRemind:      EffectReminder,
	stepAnnounce:    EffectAnnouncement,
}

// settles is the effect that an entry settles.
var settles = map[Kind]Effect{
	KindPosted:    EffectCard,
	KindRefused:   EffectCard,
	KindRequested: EffectRequest,
	KindTold:      EffectRefusal,
	KindWelcomed:  EffectWelcome,
	KindGreeted:   EffectGreeting,
	KindConfirmed: EffectConfirmation,
	KindReported:  EffectRemoval,
	KindEnded:     EffectEnding,
	KindAskedWho:  EffectWho,
	KindDelivered: EffectLink,
	KindReminded:  EffectReminder,
	KindAnnounced: EffectAnnouncement,
}

// begun is an effect that was begun and is not settled.
type begun struct {
	effect  Effect
	invitee string
	group   string
	at      time.Time
}

// is tells whether it is the effect that the entry begins or settles.
func (b begun) is(effect Effect, e Entry) bool {
	return b.effect == effect && b.invitee == e.Invitee && b.group == joinGroup(e.Invitees)
}

// begin notes that an effect is about to be tried. The first time counts: a search for it
// must reach back that far.
func (inv *Invitation) begin(e Entry) {
	if !slices.ContainsFunc(inv.begun, func(b begun) bool { return b.is(e.Effect, e) }) {
		inv.begun = append(inv.begun, begun{e.Effect, e.Invitee, joinGroup(e.Invitees), e.At})
	}
}

// settle forgets that the effect which the entry settles was begun.
func (inv *Invitation) settle(e Entry) {
	effect, ok := settles[e.Kind]
	if !ok {
		return
	}
	inv.begun = slices.DeleteFunc(inv.begun, func(b begun) bool { return b.is(effect, e) })
}

// abandon forgets that effects were begun which nobody cares for any more: those about one
// invitee, or all of that name.
func (inv *Invitation) abandon(effect Effect, invitee string) {
	inv.begun = slices.DeleteFunc(inv.begun, func(b begun) bool {
		return b.effect == effect && (invitee == "" || b.invitee == invitee)
	})
}

// begunAt returns when the step's effect was begun that is not settled, or zero.
func (inv *Invitation) begunAt(s step) time.Time {
	for _, b := range inv.begun {
		if b.effect == effectOf[s.kind] && b.invitee == s.invitee && b.group == s.group {
			return b.at
		}
	}
	return time.Time{}
}
