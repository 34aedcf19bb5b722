package tracker

// Where links are not posted, everybody who was named and is known to the chat gets theirs directly,
// once for each link. The card gives it to the others who may have it, and to whoever has lost it.

// owedLinks returns the links that are to be sent, and those that were begun.
func (inv *Invitation) owedLinks() []step {
	if !inv.Open() {
		return nil
	}
	var steps []step
	for i := range inv.Invitees {
		v := &inv.Invitees[i]
		s := step{kind: stepDeliver, invitee: v.ID}
		if v.wantsLink() || !inv.begunAt(s).IsZero() {
			steps = append(steps, s)
		}
	}
	return steps
}

// wantsLink tells whether the invitee is to get a link directly.
func (v *Invitee) wantsLink() bool {
	return v.State == Awaited && !v.Claimed && !v.delivered && v.ChatUser != "" && v.Email != "" && v.Member.ID == ""
}

// beforeDelivery returns the outcome of a delivery that is not to be made, or an entry without a
// kind. One that may have been made is not made again: the card gives the link as well.
func (w *worker) beforeDelivery(inv Invitation, s step, v Invitee) Entry {
	switch {
	case !inv.begunAt(s).IsZero() && !w.certainlyNotDone(inv.ID, s):
		return Entry{Kind: KindDelivered, Outcome: Doubted}
	case !v.wantsLink():
		return Entry{Kind: KindDelivered, Outcome: Skipped}
	}
	return Entry{}
}

// hasByMailAlone tells whether somebody was named whom only the inviter can reach.
func (inv *Invitation) hasByMailAlone() bool {
	for i := range inv.Invitees {
		if v := &inv.Invitees[i]; v.ChatUser == "" && v.State == Awaited && v.Member.ID == "" {
			return true
		}
	}
	return false
}
