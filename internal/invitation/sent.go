package invitation

import "slices"

// sentMessage is a direct message that gives out the link, or reminds of it. Once that is of no use any more its
// buttons are taken back.
type sentMessage struct {
	invitee  string // "" for the link that the inviter or approver hands over
	at       Card
	linkless bool // it reminds someone who has registered, and needs no link any more
	stale    bool // the link in it was revoked
}

// keepSent remembers a message that may have to be taken back.
func (inv *Invitation) keepSent(e Entry) {
	switch e.Kind {
	case KindDelivered, KindReminded, KindHandedOver:
		if e.Card != nil {
			v := inv.Invitee(e.Invitee)
			linkless := e.Kind == KindReminded && v != nil && v.State == Registered && e.Revision == inv.Revision // and was when it was sent
			inv.sent = append(slices.Clone(inv.sent), sentMessage{e.Invitee, *e.Card, linkless, inv.isStale(e)})
		}
	case KindTakenBack:
		inv.sent = slices.DeleteFunc(slices.Clone(inv.sent), func(m sentMessage) bool { return m.invitee == e.Invitee })
	}
}

// Sent returns where the messages to the invitee are that give out the link; "" stands for those to the person who
// hands it over.
func (inv *Invitation) Sent(invitee string) (all []Card) {
	for _, m := range inv.sent {
		if m.invitee == invitee {
			all = append(all, m.at)
		}
	}
	return all
}

// owedTakeBacks returns a step for each person whose messages offer what is of no use: to those who have joined,
// to those whose link was revoked, and to all when the invitation invites no one any more.
func (inv *Invitation) owedTakeBacks() []Step {
	var steps []Step
	for _, m := range inv.sent {
		v, s := inv.Invitee(m.invitee), Step{Kind: StepTakeBack, Invitee: m.invitee}
		if (m.stale || !inv.Invites() || v != nil && v.Joined()) && !slices.Contains(steps, s) {
			steps = append(steps, s)
		}
	}
	return steps
}
