package invitation

import (
	"cmp"
	"iter"
	"slices"
)

// An invitee can have several addresses: the one in the chat may change after they were named, and an
// inviter may have vouched for an account under another one. The bot watches for all of them and
// recognizes the invitee by any.

// Addresses yields every address that is the invitee's, the one in the chat first.
func (v *Invitee) Addresses() iter.Seq[string] {
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

// Has reports whether the address is one of the invitee's.
func (v *Invitee) Has(address string) bool {
	for own := range v.Addresses() {
		if SameEmail(own, address) {
			return true
		}
	}
	return false
}

// Is reports whether the invitee is this person: the same chat user, or one of their addresses.
func (v *Invitee) Is(person Person) bool {
	return person.ChatUser != "" && v.ChatUser == person.ChatUser || person.Email != "" && v.Has(person.Email)
}

// AddAddress gives the invitee one more address. Copies share the old list.
func (v *Invitee) AddAddress(address string) {
	if address != "" && !v.Has(address) {
		v.Also = append(slices.Clone(v.Also), address)
	}
}

// Become makes the invitee what the chat says of them now. The address that was theirs stays so.
func (v *Invitee) Become(person Person) {
	former := v.Email
	v.Person = Person{
		ChatUser: cmp.Or(person.ChatUser, v.ChatUser), Email: cmp.Or(person.Email, v.Email), Name: cmp.Or(person.Name, v.Name),
		Away: v.Away,
	}
	v.Also = slices.DeleteFunc(slices.Clone(v.Also), func(a string) bool { return SameEmail(a, v.Email) })
	v.AddAddress(former)
}

// twin returns another invitee who is the same person, unless the chat knows them as a different user.
func (inv *Invitation) twin(v *Invitee, person Person) *Invitee {
	for i := range inv.Invitees {
		other := &inv.Invitees[i]
		if other.ID != v.ID && other.Is(person) && (other.ChatUser == "" || person.ChatUser == "" || other.ChatUser == person.ChatUser) {
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
	kept.Emailed, kept.resent = cmp.Or(kept.Emailed, gone.Emailed), max(kept.resent, gone.resent)
	kept.Reminded, kept.remindedAt = max(kept.Reminded, gone.Reminded), max(kept.remindedAt, gone.remindedAt)
	for address := range gone.Addresses() {
		if kept.Email == "" {
			kept.Email = address
		}
		kept.AddAddress(address)
	}
	*inv.Invitee(kept.ID) = kept
	inv.remove(gone.ID)
	inv.Begun = slices.DeleteFunc(inv.Begun, func(b Begun) bool { return b.Invitee == gone.ID })
	inv.sent = slices.Clone(inv.sent)
	for i := range inv.sent {
		if inv.sent[i].invitee == gone.ID {
			inv.sent[i].invitee = kept.ID
		}
	}
	return inv.Invitee(kept.ID)
}
