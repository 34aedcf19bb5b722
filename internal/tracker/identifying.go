package tracker

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// Readdress notes that the chat shows another address of the invitee's now, and returns them with it.
// One that cannot be noted is still the one to tell them.
func (t *Tracker) Readdress(ctx context.Context, id invitation.ID, v invitation.Invitee, person invitation.Person) invitation.Invitee {
	if person.Email == "" || invitation.SameEmail(v.Email, person.Email) {
		return v
	}
	err := t.ledger.decide(id, func() ([]invitation.Entry, error) {
		inv, _ := t.Look(id)
		if known := inv.Invitee(v.ID); known == nil || invitation.SameEmail(known.Email, person.Email) {
			return nil, nil
		}
		return []invitation.Entry{{Kind: invitation.KindIdentified, At: time.Now(), Invitation: id, Invitee: v.ID, Person: &person}}, nil
	})
	if err != nil {
		t.log.WarnContext(ctx, "changed address not saved", "invitee", v.ID, "err", err)
	}
	v.Become(person)
	return v
}

// readdressed returns the entry that says that the chat shows another address of the invitee's now, none
// when it is the same.
func (w *worker) readdressed(ctx context.Context, v invitation.Invitee) (invitation.Entry, error) {
	person, err := w.t.messenger.Identify(ctx, v.ChatUser)
	if err != nil || person.Email == "" || invitation.SameEmail(v.Email, person.Email) {
		return invitation.Entry{}, err
	}
	return invitation.Entry{Kind: invitation.KindIdentified, Person: &person}, nil
}

// identify asks the chat who the invitee is. An invitee named by address need not be known there.
func (w *worker) identify(ctx context.Context, v invitation.Invitee) (invitation.Person, error) {
	if v.ChatUser != "" {
		return w.t.messenger.Identify(ctx, v.ChatUser)
	}
	person, err := w.t.messenger.Owner(ctx, v.Email)
	if err != nil && !isPassing(ctx, err) {
		return invitation.Person{Email: v.Email}, nil
	}
	return person, err
}

// recognize reports whether the chat shows that a stranger is an invitee, whose address in the chat has
// changed since. The new address is then watched for too.
func (w *worker) recognize(ctx context.Context, stranger invitation.Member) (known bool, err error) {
	person, err := w.t.messenger.Owner(ctx, stranger.Email)
	if err != nil {
		if isPassing(ctx, err) {
			return false, err
		}
		return false, nil
	}
	err = w.t.ledger.decide("", func() (entries []invitation.Entry, err error) {
		w.t.mu.Lock()
		defer w.t.mu.Unlock()
		for id, inv := range w.t.mem.invitations {
			for i := range inv.Invitees {
				if v := &inv.Invitees[i]; person.ChatUser != "" && v.ChatUser == person.ChatUser && !v.Has(stranger.Email) {
					entries = append(entries, invitation.Entry{Kind: invitation.KindIdentified, At: time.Now(), Invitation: id, Invitee: v.ID, Person: &person})
				}
			}
		}
		return entries, nil
	})
	return err == nil && w.t.isInvited(stranger.Email), err
}

// vouch keeps whose account it is, for good: the next invitation recognizes it, and so do those that
// await the person now.
func (m *memory) vouch(e invitation.Entry) {
	for _, key := range vouchKeys(*e.Person) {
		if !slices.ContainsFunc(m.vouched[key], func(a string) bool { return invitation.SameEmail(a, e.Member.Email) }) {
			m.vouched[key] = append(m.vouched[key], e.Member.Email)
		}
	}
	for _, inv := range m.invitations {
		for i := range inv.Invitees {
			if v := &inv.Invitees[i]; v.Is(*e.Person) {
				m.unwatch(inv, v)
				m.recall(inv, v)
				m.watch(inv, v, true)
			}
		}
	}
}

// recall adds to the invitee's addresses those of accounts that were vouched for before.
func (m *memory) recall(inv *invitation.Invitation, v *invitation.Invitee) {
	for _, key := range vouchKeys(v.Person) {
		for _, address := range m.vouched[key] {
			if inv == nil || inv.Find(invitation.Person{Email: address}) == nil { // it is not another invitee's
				v.AddAddress(address)
			}
		}
	}
}

// vouchKeys are what a person's vouched accounts are kept under. No chat's id looks like an address.
func vouchKeys(p invitation.Person) []string {
	return slices.DeleteFunc([]string{string(p.ChatUser), invitation.FoldEmail(p.Email)}, func(key string) bool { return key == "" })
}

// pressWait is how long an answer to Join waits for what the portal knows of the user, and pressRate how
// many answers do in a second. The others are general.
const (
	pressWait = 1500 * time.Millisecond
	pressRate = 5
)

// LookUpNow returns the invitee as the portal shows them at this moment. It notes nothing: the sweep does
// that.
func (t *Tracker) LookUpNow(ctx context.Context, v invitation.Invitee) invitation.Invitee {
	if v.Email == "" || v.State != invitation.Awaited && !v.Disabled() || !t.presses.Allow() {
		return v
	}
	t.mu.Lock()
	t.mem.recall(nil, &v) // a user who has just pressed Join is not identified yet
	t.mu.Unlock()
	ctx, cancel := context.WithTimeout(Urgent(ctx), pressWait)
	defer cancel()
	members, err := t.portal.FindAccounts(ctx, slices.Collect(v.Addresses()))
	if err != nil {
		if !errors.Is(err, context.Canceled) {
			t.log.InfoContext(ctx, "answered Join without the portal", "err", err)
		}
		return v
	}
	return v.ShownBy(members)
}
