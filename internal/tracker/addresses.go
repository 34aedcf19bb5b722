package tracker

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"
	"time"
)

// An invitee can have several addresses: the one in the chat may change after they were named, and an
// inviter may have vouched for an account under another one. The bot watches for all of them and
// recognizes the invitee by any.

// addresses yields every address that is the invitee's, the one in the chat first.
func (v *Invitee) addresses() iter.Seq[string] {
	return func(yield func(string) bool) {
		if v.Email != "" && !yield(v.Email) {
			return
		}
		for _, address := range v.Also {
			if !yield(address) {
				return
			}
		}
	}
}

// has reports whether the address is one of the invitee's.
func (v *Invitee) has(address string) bool {
	for own := range v.addresses() {
		if sameEmail(own, address) {
			return true
		}
	}
	return false
}

// is reports whether the invitee is this person: the same chat user, or one of their addresses.
func (v *Invitee) is(person Person) bool {
	return person.ChatUser != "" && v.ChatUser == person.ChatUser || person.Email != "" && v.has(person.Email)
}

// add gives the invitee one more address. Copies share the old list.
func (v *Invitee) add(address string) {
	if address != "" && !v.has(address) {
		v.Also = append(slices.Clone(v.Also), address)
	}
}

// become makes the invitee what the chat says of them now. The address that was theirs stays so.
func (v *Invitee) become(person Person) {
	former := v.Email
	v.Person = Person{
		ChatUser: cmp.Or(person.ChatUser, v.ChatUser), Email: cmp.Or(person.Email, v.Email), Name: cmp.Or(person.Name, v.Name),
		Away: v.Away,
	}
	v.Also = slices.DeleteFunc(slices.Clone(v.Also), func(a string) bool { return sameEmail(a, v.Email) })
	v.add(former)
}

// twin returns another invitee who is the same person, unless the chat knows them as a different user.
func (inv *Invitation) twin(v *Invitee, person Person) *Invitee {
	for i := range inv.Invitees {
		other := &inv.Invitees[i]
		if other.ID != v.ID && other.is(person) && (other.ChatUser == "" || person.ChatUser == "" || other.ChatUser == person.ChatUser) {
			return other
		}
	}
	return nil
}

// merge makes one of two invitees who are the same person. It keeps other, unless only v's account was
// seen.
func (inv *Invitation) merge(v, other *Invitee) *Invitee {
	kept, gone := *other, *v
	if kept.Member.ID == "" && gone.Member.ID != "" {
		kept, gone = gone, kept
	}
	kept.ChatUser, kept.Name = cmp.Or(kept.ChatUser, gone.ChatUser), cmp.Or(kept.Name, gone.Name)
	kept.Opened, kept.Claimed, kept.Muted = kept.Opened || gone.Opened, kept.Claimed && gone.Claimed, kept.Muted || gone.Muted
	kept.Delivered, kept.delivered = max(kept.Delivered, gone.Delivered), kept.delivered || gone.delivered
	kept.Reminded, kept.remindedAt = max(kept.Reminded, gone.Reminded), max(kept.remindedAt, gone.remindedAt)
	for address := range gone.addresses() {
		if kept.Email == "" {
			kept.Email = address
		}
		kept.add(address)
	}
	*inv.invitee(kept.ID) = kept
	inv.remove(gone.ID)
	inv.begun = slices.DeleteFunc(inv.begun, func(b begun) bool { return b.invitee == gone.ID })
	return inv.invitee(kept.ID)
}

// Readdress notes that the chat shows another address of the invitee's now, and returns them with it.
// One that cannot be noted is still the one to tell them.
func (t *Tracker) Readdress(ctx context.Context, id ID, v Invitee, person Person) Invitee {
	if person.Email == "" || sameEmail(v.Email, person.Email) {
		return v
	}
	err := t.ledger.decide(id, func() ([]Entry, error) {
		inv, _ := t.Look(id)
		if known := inv.invitee(v.ID); known == nil || sameEmail(known.Email, person.Email) {
			return nil, nil
		}
		return []Entry{{Kind: KindIdentified, At: time.Now(), Invitation: id, Invitee: v.ID, Person: &person}}, nil
	})
	if err != nil {
		t.log.WarnContext(ctx, "changed address not saved", "invitee", v.ID, "err", err)
	}
	v.become(person)
	return v
}

// readdressed returns the entry that says that the chat shows another address of the invitee's now, none
// when it is the same.
func (w *worker) readdressed(ctx context.Context, v Invitee) (Entry, error) {
	person, err := w.t.messenger.Identify(ctx, v.ChatUser)
	if err != nil || person.Email == "" || sameEmail(v.Email, person.Email) {
		return Entry{}, err
	}
	return Entry{Kind: KindIdentified, Person: &person}, nil
}

// identify asks the chat who the invitee is. An invitee named by address need not be known there.
func (w *worker) identify(ctx context.Context, v Invitee) (Person, error) {
	if v.ChatUser != "" {
		return w.t.messenger.Identify(ctx, v.ChatUser)
	}
	person, err := w.t.messenger.Owner(ctx, v.Email)
	if err != nil && !isPassing(ctx, err) {
		return Person{Email: v.Email}, nil
	}
	return person, err
}

// recognize reports whether the chat shows that a stranger is an invitee, whose address in the chat has
// changed since. The new address is then watched for too.
func (w *worker) recognize(ctx context.Context, stranger Member) (known bool, err error) {
	person, err := w.t.messenger.Owner(ctx, stranger.Email)
	if err != nil {
		if isPassing(ctx, err) {
			return false, err
		}
		return false, nil
	}
	err = w.t.ledger.decide("", func() (entries []Entry, err error) {
		w.t.mu.Lock()
		defer w.t.mu.Unlock()
		for id, inv := range w.t.mem.invitations {
			for i := range inv.Invitees {
				if v := &inv.Invitees[i]; person.ChatUser != "" && v.ChatUser == person.ChatUser && !v.has(stranger.Email) {
					entries = append(entries, Entry{Kind: KindIdentified, At: time.Now(), Invitation: id, Invitee: v.ID, Person: &person})
				}
			}
		}
		return entries, nil
	})
	return err == nil && w.t.isInvited(stranger.Email), err
}

// vouch keeps whose account it is, for good: the next invitation recognizes it, and so do those that
// await the person now.
func (m *memory) vouch(e Entry) {
	for _, key := range vouchKeys(*e.Person) {
		if !slices.ContainsFunc(m.vouched[key], func(a string) bool { return sameEmail(a, e.Member.Email) }) {
			m.vouched[key] = append(m.vouched[key], e.Member.Email)
		}
	}
	for _, inv := range m.invitations {
		for i := range inv.Invitees {
			if v := &inv.Invitees[i]; v.is(*e.Person) {
				m.unwatch(inv, v)
				m.recall(inv, v)
				m.watch(inv, v, true)
			}
		}
	}
}

// recall adds to the invitee's addresses those of accounts that were vouched for before.
func (m *memory) recall(inv *Invitation, v *Invitee) {
	for _, key := range vouchKeys(v.Person) {
		for _, address := range m.vouched[key] {
			if inv == nil || inv.find(Person{Email: address}) == nil { // it is not another invitee's
				v.add(address)
			}
		}
	}
}

// vouchKeys are what a person's vouched accounts are kept under. No chat's id looks like an address.
func vouchKeys(p Person) []string {
	return slices.DeleteFunc([]string{string(p.ChatUser), FoldEmail(p.Email)}, func(key string) bool { return key == "" })
}

// pressWait is how long an answer to Join waits for what the portal knows of the user, and pressRate how
// many answers do in a second. The others are general.
const (
	pressWait = 1500 * time.Millisecond
	pressRate = 5
)

// LookUpNow returns the invitee as the portal shows them at this moment. It notes nothing: the sweep does
// that.
func (t *Tracker) LookUpNow(ctx context.Context, v Invitee) Invitee {
	if v.Email == "" || v.State != Awaited && !v.Disabled() || !t.presses.Allow() {
		return v
	}
	t.mu.Lock()
	t.mem.recall(nil, &v) // a user who has just pressed Join is not identified yet
	t.mu.Unlock()
	ctx, cancel := context.WithTimeout(Urgent(ctx), pressWait)
	defer cancel()
	members, err := t.portal.Find(ctx, slices.Collect(v.addresses()))
	if err != nil {
		if !errors.Is(err, context.Canceled) {
			t.log.InfoContext(ctx, "answered Join without the portal", "err", err)
		}
		return v
	}
	if best := v.best(members); best != nil {
		v.see(*best, v.wasActiveBefore(*best), false)
	}
	return v
}

// best returns the account that stands for the invitee, of those under their addresses; nil when none
// of them tells more than is known.
func (v *Invitee) best(members []Member) (best *Member) {
	last := v.Member
	for i := range members {
		if m := &members[i]; v.takes(last, *m) {
			best, last = m, *m
		}
	}
	return best
}

// takes reports whether the account m replaces the last one seen: an invitee with several addresses may
// have several accounts.
func (v *Invitee) takes(last, m Member) bool {
	return last.ID == "" || last.ID == m.ID || sameEmail(last.Email, m.Email) || far[m.Standing] > far[last.Standing]
}

// far is how far an account has come.
var far = map[Standing]int{Invited: 1, Unconfirmed: 2, Enabled: 3}
