package tracker

import "slices"

// People who were named and are known to the chat get the link directly, once for each link, when the
// card does not give it to them: because links are not posted, because the role was approved for them
// alone, or because they do not read the card's channel. The inviter gets it for those who were named
// by an address alone, and whom only they can reach.

// owedLinks returns the links that are to be sent, and those that were begun. Without all, that is
// only to people who do not read the channel.
func (inv *Invitation) owedLinks(all bool) []step {
	if !inv.Open() || !inv.GivesLink() {
		return nil
	}
	var steps []step
	for i := range inv.Invitees {
		v := &inv.Invitees[i]
		s := step{kind: stepDeliver, invitee: v.ID}
		if v.wantsLink() && (all || inv.Private() || v.Away) || !inv.begunAt(s).IsZero() {
			steps = append(steps, s)
		}
	}
	return steps
}

// wantsLink reports whether the invitee has yet to hear of the invitation directly. Somebody with a
// pending invitation of the portal's own is told to open that one.
func (v *Invitee) wantsLink() bool {
	return v.State == Awaited && !v.Claimed && !v.delivered && v.ChatUser != "" && v.Email != "" &&
		(v.Member.ID == "" || v.Member.Standing == Invited)
}

// Untold reports whether the invitee was named, cannot be reached through the chat and has not moved:
// only the inviter can tell them.
func (v Invitee) Untold() bool { return v.ChatUser == "" && v.State == Awaited && v.Member.ID == "" }

// owesHandOver reports whether the inviter is to get the link for people whom only they can reach,
// once the chat has said who those are.
func (inv *Invitation) owesHandOver() bool {
	return inv.Open() && inv.GivesLink() && !inv.handed && inv.Unidentified() == 0 &&
		slices.ContainsFunc(inv.Invitees, Invitee.Untold)
}
