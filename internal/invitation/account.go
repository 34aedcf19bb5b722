package invitation

import (
	"time"
)

// Standing is how far an account at the portal has come.
type Standing string

// The standings of an account. docs/facts/docspace.md, "One user" tells how each is read off the
// portal's status and activationStatus.
const (
	// Invited accounts exist because the portal sent an invitation by email; no one
	// has registered yet.
	Invited Standing = "invited"
	// Unconfirmed accounts are registered and enabled; their email address is not confirmed.
	Unconfirmed Standing = "unconfirmed"
	// Enabled accounts are registered, enabled and confirmed: their people are active.
	Enabled Standing = "enabled"
	// Disabled accounts were switched off by an administrator.
	Disabled Standing = "disabled"
)

// Member is an account at the portal.
type Member struct {
	ID    MemberID `json:"id"`
	Email string   `json:"email"`
	// Name is plain text, as people read it; empty for an account that has none yet.
	Name     string   `json:"name,omitempty"`
	Role     Role     `json:"role,omitempty"`
	Standing Standing `json:"standing"`
	// ByLink says that the account came by a link of this bot's, as far as the portal can tell:
	// by a link that the account behind its key has fetched.
	ByLink bool `json:"by_link,omitempty"`
	// Registered is when the account came to be; zero when the portal does not tell.
	// For an account invited by email it is the moment of that invitation.
	Registered time.Time `json:"registered,omitzero"`
}

// equal reports whether both are the same in everything; a time is the same in whatever zone it is written.
func (m Member) equal(other Member) bool {
	same := m.Registered.Equal(other.Registered)
	m.Registered, other.Registered = time.Time{}, time.Time{}
	return same && m == other
}

// Observe returns the entry that says what an account tells of an invitee; news is false when that is
// known, or the account is not the one that counts.
func (inv *Invitation) Observe(invitee string, m Member, now time.Time) (seen Entry, news bool) {
	v := inv.Invitee(invitee)
	if v == nil || !v.Watched() || v.Member.showsSame(m) || !v.takes(v.Member, m) {
		return Entry{}, false
	}
	return inv.seen(v, m, now), true
}

func (inv *Invitation) seen(v *Invitee, m Member, now time.Time) Entry {
	return Entry{Kind: KindSeen, At: now, Invitation: inv.ID, Invitee: v.ID, Member: &m, Already: v.wasActiveBefore(m)}
}

// Preflight returns the entries that say what the accounts tell of the invitees before there is a card. An
// account that is active now, but wasn't before the invitation, joined at this very moment: it is left to
// the sweep, which alone decides who is welcomed.
func (inv *Invitation) Preflight(members []Member, now time.Time) []Entry {
	var all []Entry
	for _, m := range members {
		for i := range inv.Invitees {
			v := &inv.Invitees[i]
			if !v.Has(m.Email) {
				continue
			}
			if seen := inv.seen(v, m, now); seen.Already || m.Standing != Enabled {
				all = append(all, seen)
			}
		}
	}
	return Furthest(all)
}

// Furthest leaves, of several accounts that were seen of one invitee, the one that has come furthest.
func Furthest(seen []Entry) []Entry {
	type who struct {
		invitation ID
		invitee    string
	}
	place := map[who]int{}
	var best []Entry
	for _, e := range seen {
		i, again := place[who{e.Invitation, e.Invitee}]
		switch {
		case !again:
			place[who{e.Invitation, e.Invitee}] = len(best)
			best = append(best, e)
		case e.Member != nil && best[i].Member != nil && far[e.Member.Standing] > far[best[i].Member.Standing]:
			best[i] = e
		}
	}
	return best
}

// ShownBy returns the invitee as these accounts show them.
func (v Invitee) ShownBy(members []Member) Invitee {
	if best := v.best(members); best != nil {
		v.see(*best, v.wasActiveBefore(*best), false)
	}
	return v
}

// see moves the invitee to where the account stands. first says that this invitation is the
// one that welcomes them.
func (v *Invitee) see(m Member, already, first bool) {
	if !v.Watched() {
		return
	}
	if m.Role == "" { // not every look tells the role
		m.Role = v.Member.Role
	}
	v.Member = m
	switch m.Standing {
	case Invited:
		if v.State == Removed {
			v.State = Awaited
		}
	case Unconfirmed:
		v.State = Registered
	case Disabled:
		v.State = Removed
	case Enabled:
		switch {
		case already:
			v.State, v.Already = AlreadyMember, true
		case first:
			v.State, v.host = Active, true
		default: // another invitation welcomes this person
			v.State = Welcomed
		}
	}
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
	return last.ID == "" || last.ID == m.ID || SameEmail(last.Email, m.Email) || far[m.Standing] > far[last.Standing]
}

// far is how far an account has come.
var far = map[Standing]int{Invited: 1, Unconfirmed: 2, Enabled: 3}

// wasActiveBefore reports whether the account m was active before its owner was invited. It wasn't if
// they were seen on the way with it. Otherwise the account's date decides, which has full seconds.
func (v *Invitee) wasActiveBefore(m Member) bool {
	onTheWay := v.Member.ID != "" && (v.Member.ID == m.ID || SameEmail(v.Member.Email, m.Email))
	return m.Standing == Enabled && !onTheWay &&
		(m.Registered.IsZero() || m.Registered.Before(v.Since.Truncate(time.Second)))
}

// showsSame reports whether a look at an account shows what the last one showed. Names may
// change without anyone caring.
func (m Member) showsSame(now Member) bool {
	return m.ID == now.ID && m.Standing == now.Standing && SameEmail(m.Email, now.Email) && (now.Role == "" || m.Role == now.Role)
}
