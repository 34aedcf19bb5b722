package tracker

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// share gives the invitation's room to invitees who are active, if the inviter may still invite there. It looks
// first: who has as much already, from a share that could not be noted, from someone else or by a group, is left
// alone. A right by name would replace what their groups have (docs/facts/docspace.md, "Groups in a room").
func (w *worker) share(ctx context.Context, inv invitation.Invitation, about []invitation.Invitee) (invitation.Entry, error) {
	if err := w.t.messenger.MayShare(ctx, inv); err != nil {
		return invitation.Entry{}, err
	}
	members, err := w.t.portal.RoomRights(ctx, inv.Room.ID, "") // by an address that was changed no one would be found
	if err != nil {
		return invitation.Entry{}, err
	}
	rights := map[invitation.MemberID]invitation.Right{}
	for _, m := range members {
		rights[m.ID] = m.Right
	}
	var without []invitation.MemberID
	for _, v := range about { // who has the right, or one that this one would take away, keeps what they have: one that isn't known, too
		if has, in := rights[v.Member.ID]; !in || inv.Room.Right != has && inv.Room.Right.Covers(has) {
			without = append(without, v.Member.ID)
		}
	}
	if len(without) > 0 {
		given, err := w.t.portal.ShareRoom(ctx, inv.Room.ID, inv.Room.Right, without)
		refused := errors.Is(err, invitation.RightNotThere) || errors.Is(err, invitation.PortalDenied)
		switch {
		case refused && len(without) > 1: // to one of them: the others' turn comes again
			return w.share(ctx, inv, about[:1])
		case refused:
			refusal := invitation.RefusalOf(err, time.Now())
			return invitation.Entry{Kind: invitation.KindShared, Outcome: invitation.Denied, Invitees: []string{about[0].ID}, Refusal: &refusal, Cause: err}, nil
		case err != nil:
			return invitation.Entry{}, err
		}
		without = slices.DeleteFunc(without, func(m invitation.MemberID) bool { return slices.Contains(given, m) })
	}
	return shared(about, without), nil
}

// shared returns the entry that says who has the room now: everyone except those to whom the portal did not give it
// without a word. When those are all, it is they whom the entry is about; otherwise their turn comes again.
func shared(about []invitation.Invitee, without []invitation.MemberID) invitation.Entry {
	e := invitation.Entry{Kind: invitation.KindShared, Outcome: invitation.Done}
	var all []string
	for _, v := range about {
		all = append(all, v.ID)
		if !slices.Contains(without, v.Member.ID) {
			e.Invitees = append(e.Invitees, v.ID)
		}
	}
	if len(e.Invitees) == 0 {
		e.Outcome, e.Invitees = invitation.Failed, all
		e.Refusal = &invitation.Refusal{Reason: invitation.RoomDenied}
	}
	return e
}

// email has the portal invite people by email. It looks first: an account that is there is not invited again, which
// would raise its role (docs/facts/docspace.md, "Email invitations"). It looks again after a refusal, which need not
// be of all of them; one that is of one person is found by asking for each alone.
func (w *worker) email(ctx context.Context, inv invitation.Invitation, about []invitation.Invitee) (invitation.Entry, error) {
	var ids, addresses []string
	for _, v := range about {
		ids, addresses = append(ids, v.ID), append(addresses, v.Email)
	}
	e, err := w.emailed(ctx, about, addresses)
	if err != nil || len(e.Invitees) > 0 {
		return e, err
	}
	if err := w.t.messenger.MayShare(ctx, inv); err != nil {
		return invitation.Entry{}, err
	}
	if inv.Role == invitation.Guest {
		err = w.t.portal.InviteToRoom(ctx, inv.Room.ID, inv.Room.Right, addresses)
	} else {
		err = w.t.portal.InviteByEmail(ctx, addresses, inv.Role)
	}
	if err == nil || isPassing(ctx, err) {
		e.Invitees = ids
		return e, err
	}
	if e, err := w.emailed(ctx, about, addresses); err != nil || len(e.Invitees) > 0 {
		return e, err
	}
	ofOne := errors.Is(err, invitation.BadAddress) || errors.Is(err, invitation.AccountDisabled) || errors.Is(err, invitation.EmailRefused)
	switch {
	case len(about) > 1 && (ofOne || errors.Is(err, invitation.EmailsUsedUp)): // too few may be left for all
		return w.email(ctx, inv, about[:1])
	case ofOne:
		refusal := invitation.RefusalOf(err, time.Now())
		return invitation.Entry{Kind: invitation.KindEmailed, Outcome: invitation.Failed, Invitees: ids, Refusal: &refusal, Cause: err}, nil
	}
	return invitation.Entry{}, err
}

// emailed returns the entry about those of the people who have an account at the portal, and are not invited any
// more. The others' turn comes again.
func (w *worker) emailed(ctx context.Context, people []invitation.Invitee, addresses []string) (invitation.Entry, error) {
	accounts, err := w.t.portal.FindAccounts(ctx, addresses)
	done := invitation.Entry{Kind: invitation.KindEmailed, Outcome: invitation.Done}
	skipped := invitation.Entry{Kind: invitation.KindEmailed, Outcome: invitation.Skipped}
	for _, v := range people {
		for _, m := range accounts {
			switch {
			case !invitation.SameEmail(m.Email, v.Email):
			case m.Standing == invitation.Invited:
				done.Invitees = append(done.Invitees, v.ID)
			default:
				skipped.Invitees = append(skipped.Invitees, v.ID)
			}
		}
	}
	if len(skipped.Invitees) > 0 {
		return skipped, err
	}
	return done, err
}

// resend has the portal send its emails again to those who have yet to open one, and haven't got one again lately by
// another invitation.
func (w *worker) resend(ctx context.Context, about []invitation.Invitee) (invitation.Entry, error) {
	about = w.t.notResent(about)
	resent := invitation.Entry{Kind: invitation.KindResent, Outcome: invitation.Done}
	if len(about) == 0 {
		resent.Outcome = invitation.Skipped
		return resent, nil
	}
	var members []invitation.MemberID
	for _, v := range about {
		members = append(members, v.Member.ID)
	}
	return resent, w.t.portal.ResendInvitations(ctx, members)
}

// notResent returns those of the invitees to whom the portal hasn't sent its email again lately, by whichever
// invitation.
func (t *Tracker) notResent(invitees []invitation.Invitee) []invitation.Invitee {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(invitees), func(v invitation.Invitee) bool {
		return time.Since(t.mem.resent[v.Member.ID]) < invitation.ResendGap
	})
}

// UsualRoom returns the room that is proposed in the channel; none has no ID.
func (t *Tracker) UsualRoom(channel invitation.Channel) invitation.Room {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.mem.rooms[channel]
}

// SetUsualRoom has the room proposed in the channel from now on; one without an ID ends that. It wraps NotKept.
func (t *Tracker) SetUsualRoom(ctx context.Context, channel invitation.Channel, room invitation.Room, by invitation.ChatUser) error {
	err := t.ledger.note(invitation.Entry{
		Kind: invitation.KindUsualRoom, At: time.Now(), Invitation: invitation.ID("room-" + channel),
		Card: &invitation.Card{Channel: channel}, Room: &room, By: by,
	})
	if err == nil {
		t.log.InfoContext(ctx, "usual room set", "channel", channel, "room", room.ID, "user", by)
	}
	return err
}
