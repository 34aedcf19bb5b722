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

// hasByMailAlone tells whether somebody was named whom only the inviter can reach.
func (inv *Invitation) hasByMailAlone() bool {
	for i := range inv.Invitees {
		if v := &inv.Invitees[i]; v.ChatUser == "" && v.State == Awaited && v.Member.ID == "" {
			return true
		}
	}
	return false
}
