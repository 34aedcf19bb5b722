package invitation

import "slices"

// Invitees whom the chat knows get the link directly, once per link, when the card does not give it to
// them: links are not posted, the role was approved for them alone, or they do not read the card's
// channel. For invitees named by an address alone the inviter gets it, as only they can reach them.

// owedLinks returns the links to send, and those that were begun. Unless all is set, or the invitation
// is private, only people who do not read the channel get one.
func (inv *Invitation) owedLinks(all bool) []Step {
	if !inv.Open() || !inv.GivesLink() {
		return nil
	}
	var steps []Step
	for i := range inv.Invitees {
		v := &inv.Invitees[i]
		s := Step{Kind: StepDeliver, Invitee: v.ID}
		if v.WantsLink() && (all || inv.Private() || v.Away) && !inv.hasStale(v.ID) || !inv.BegunAt(s).IsZero() {
			steps = append(steps, s)
		}
	}
	return steps
}

// WantsLink reports whether the invitee has yet to hear of the invitation directly. An invitee with a
// pending invitation from the portal itself is told to open that one.
func (v *Invitee) WantsLink() bool {
	return v.State == Awaited && !v.Claimed && !v.delivered && v.ChatUser != "" && v.Email != "" &&
		(v.Member.ID == "" || v.Member.Standing == Invited)
}

// Untold reports whether the invitee was named, cannot be reached through the chat, has not moved and has neither
// an invitation by email nor an account: only the inviter can tell them.
func (v Invitee) Untold() bool {
	return v.ChatUser == "" && v.State == Awaited && v.Member.ID == "" && v.Emailed != Done && v.Emailed != Skipped
}

// owesHandOver reports whether the inviter is owed the link for people whom only they can reach, now
// that the chat has been asked about everyone, and the portal has invited those by email whom it would.
func (inv *Invitation) owesHandOver(email bool) bool {
	return inv.Open() && inv.GivesLink() && !inv.handed && inv.Unidentified() == 0 &&
		(!email || inv.nextEmail() == "") && !inv.hasStale("") && slices.ContainsFunc(inv.Invitees, Invitee.Untold)
}

// hasStale reports whether a message with a revoked link is yet to be taken back from the invitee; "" stands for
// the person who hands the link over.
func (inv *Invitation) hasStale(invitee string) bool {
	return slices.ContainsFunc(inv.sent, func(m sentMessage) bool { return m.stale && m.invitee == invitee })
}

// isStale reports whether the link of which the entry tells was on its way when it was revoked.
func (inv *Invitation) isStale(e Entry) bool { return e.Revision < inv.revoked }

// Revoke returns the entry that says that the invitation's link was revoked; none if it has no link and is not
// about to get one.
func (inv *Invitation) Revoke(by ChatUser) Entry {
	if inv.Stage == Admitted || inv.Stage == Linked || inv.extendable() {
		return Entry{Kind: KindRevoked, By: by, Revision: inv.Revision}
	}
	return Entry{}
}

// revoke takes the link from the invitation, because the portal no longer honours it, and the one that is on its
// way. Messages with it are taken back, and those who had it get the next one.
func (inv *Invitation) revoke(e Entry) {
	if inv.isStale(e) || inv.Revoke("").Kind == "" {
		return
	}
	inv.Link, inv.handed = "", false
	inv.abandon(EffectLink, "")
	for i := range inv.Invitees {
		inv.Invitees[i].delivered = false
	}
	inv.sent = slices.Clone(inv.sent)
	for i := range inv.sent {
		inv.sent[i].stale = !inv.sent[i].linkless
	}
	inv.Revision++
	inv.revoked = inv.Revision
}

// link gives the invitation the link that the portal gave for it, unless that was revoked since it was asked. The
// inviter hears the first reason why there is none.
func (inv *Invitation) link(e Entry) {
	switch {
	case inv.Link != "" || inv.isStale(e):
	case e.Link == "":
		if e.Refusal != nil && inv.Open() && inv.Invites() && inv.NotLinked.Reason == "" {
			inv.NotLinked = *e.Refusal
		}
	case inv.Stage == Admitted:
		inv.Stage, inv.Link = Linked, e.Link
	case inv.Stage == Linked || inv.Stage == Posted:
		inv.Link = e.Link
		inv.forgetNotLinked()
		inv.Revision++
	}
}

// forgetNotLinked forgets why there was no new link: there is one, or none is needed.
func (inv *Invitation) forgetNotLinked() {
	inv.NotLinked, inv.unlinked = Refusal{}, false
	inv.abandon(EffectNotLinked, "")
}

// ShowsRevoked reports whether the card still shows the link that was revoked.
func (inv *Invitation) ShowsRevoked() bool { return inv.Open() && inv.shown < inv.revoked }

// awaitsLink reports whether the portal is to be asked for a link in place of the one that was revoked. A card that
// may be on its way is looked for first: posting it asks for the link as well.
func (inv *Invitation) awaitsLink() bool {
	return inv.LacksLink() && inv.BegunAt(Step{Kind: StepPostCard}).IsZero()
}
