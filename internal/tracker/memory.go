package tracker

import (
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// ref names an invitee across all invitations.
type ref struct {
	invitation invitation.ID
	invitee    string
}

// memory is all that is known, as the entries tell it: a function of the journal and of
// nothing else. It is not safe for concurrent use; the tracker's mutex guards it.
type memory struct {
	invitations map[invitation.ID]*invitation.Invitation
	// keys tells which invitation a request's key led to, so that a wish delivered twice
	// is carried out once.
	keys map[string]invitation.ID
	// pending lists the invitees to watch the portal for by their folded address.
	pending map[string][]ref
	// fresh are addresses to look up soon: someone new is pending there, or pressed Join.
	fresh []string
	// latest is when the latest entry was noted.
	latest time.Time
	// accounts tells in which invitation an account was last seen or asked about.
	accounts map[invitation.MemberID]invitation.ID
	// vouched are the addresses of accounts that an inviter has vouched for, by their owner.
	vouched map[string][]string
	// rooms are the usual ones of channels.
	rooms map[invitation.Channel]invitation.Room
	// welcomes tells which invitation welcomes a member. Others only confirm.
	welcomes map[invitation.MemberID]invitation.ID
	// resent is when the portal last sent its email again to an account, of late.
	resent map[invitation.MemberID]time.Time
	// admitted lists when each inviter's invitations were let in during the last hour.
	admitted map[invitation.ChatUser][]time.Time
	// welcomeDenied is when the portal last forbade the welcome.
	welcomeDenied time.Time
	// spent are finished invitations, oldest first.
	spent []spentInvitation
}

// keyLife is how long a second delivery of a finished request is still known as one.
// Slack repeats an unacknowledged envelope within minutes (docs/facts/slack.md, "Delivery and
// retries").
const keyLife = time.Hour

// spentInvitation is what is known for a while of a finished invitation: its keys, and whom it
// has welcomed, because another one may be about to see them.
type spentInvitation struct {
	keys     []string
	welcomed []invitation.MemberID
	accounts []invitation.MemberID
	at       time.Time
}

func newMemory() *memory {
	return &memory{
		invitations: map[invitation.ID]*invitation.Invitation{},
		keys:        map[string]invitation.ID{},
		pending:     map[string][]ref{},
		accounts:    map[invitation.MemberID]invitation.ID{},
		vouched:     map[string][]string{},
		rooms:       map[invitation.Channel]invitation.Room{},
		welcomes:    map[invitation.MemberID]invitation.ID{},
		resent:      map[invitation.MemberID]time.Time{},
		admitted:    map[invitation.ChatUser][]time.Time{},
	}
}

// apply makes the entry true. Entries about invitations that are gone change nothing.
func (m *memory) apply(e invitation.Entry) {
	if e.At.After(m.latest) {
		m.latest = e.At
	}
	switch e.Kind { // of no invitation
	case invitation.KindVouched:
		m.vouch(e)
		return
	case invitation.KindUsualRoom:
		m.rooms[e.Card.Channel] = *e.Room
		return
	}
	inv := m.invitations[e.Invitation]
	if e.Kind == invitation.KindAccepted {
		if inv != nil {
			return
		}
		inv = &invitation.Invitation{}
		m.invitations[e.Invitation] = inv
		for _, key := range e.Request.Keys {
			m.keys[key] = e.Invitation
		}
	}
	if inv == nil {
		return
	}

	m.unindex(inv, e)
	inv.Apply(e)
	m.index(inv, e)

	switch {
	case e.Kind == invitation.KindSeen && e.First:
		m.welcomes[e.Member.ID], m.accounts[e.Member.ID] = inv.ID, inv.ID
	case e.Kind == invitation.KindSeen, e.Kind == invitation.KindStranger, e.Kind == invitation.KindAttributed:
		m.accounts[e.Member.ID] = inv.ID
	case e.Kind == invitation.KindAdmitted && !inv.Approval.Approved, e.Kind == invitation.KindAsked:
		m.admitted[inv.Inviter] = append(recent(m.admitted[inv.Inviter], e.At), e.At)
	case e.Kind == invitation.KindWelcomed && e.Outcome == invitation.Denied:
		m.welcomeDenied = e.At
	case e.Kind == invitation.KindResent && (e.Outcome == invitation.Done || e.Outcome == invitation.Doubted):
		maps.DeleteFunc(m.resent, func(_ invitation.MemberID, at time.Time) bool { return e.At.Sub(at) >= invitation.ResendGap })
		for _, id := range e.Invitees {
			if v := inv.Invitee(id); v != nil {
				m.resent[v.Member.ID] = e.At
			}
		}
	case e.Kind == invitation.KindFinished:
		m.forget(inv, e.At)
	}
}

// touched yields the invitees whose being watched the entry may change.
func touched(inv *invitation.Invitation, e invitation.Entry) iter.Seq[*invitation.Invitee] {
	touches := func(v *invitation.Invitee) bool { return v.ID == e.Invitee }
	switch e.Kind {
	case invitation.KindAdmitted, invitation.KindApproved, invitation.KindPosted, invitation.KindExpired, invitation.KindExtended, invitation.KindCancelled:
		touches = func(*invitation.Invitee) bool { return true }
	case invitation.KindClaimed, invitation.KindIdentified:
		touches = func(v *invitation.Invitee) bool { return v.ID == e.Invitee || v.Is(*e.Person) }
	}
	return func(yield func(*invitation.Invitee) bool) {
		for i := range inv.Invitees {
			if v := &inv.Invitees[i]; touches(v) && !yield(v) {
				return
			}
		}
	}
}

func (m *memory) unindex(inv *invitation.Invitation, e invitation.Entry) {
	for v := range touched(inv, e) {
		m.unwatch(inv, v)
	}
}

func (m *memory) unwatch(inv *invitation.Invitation, v *invitation.Invitee) {
	for address := range v.Addresses() {
		address = invitation.FoldEmail(address)
		refs, known := m.pending[address]
		if !known {
			continue
		}
		refs = slices.DeleteFunc(refs, func(r ref) bool { return r == ref{inv.ID, v.ID} })
		if len(refs) == 0 {
			delete(m.pending, address)
			continue
		}
		m.pending[address] = refs
	}
}

func (m *memory) index(inv *invitation.Invitation, e invitation.Entry) {
	soon := false
	switch e.Kind {
	case invitation.KindPosted, invitation.KindClaimed, invitation.KindOpened, invitation.KindIdentified, invitation.KindExtended, invitation.KindAttributed:
		soon = true
	}
	for v := range touched(inv, e) {
		if len(m.vouched) > 0 {
			m.recall(inv, v)
		}
		m.watch(inv, v, soon)
	}
}

// watch has the portal watched for the invitee.
func (m *memory) watch(inv *invitation.Invitation, v *invitation.Invitee, soon bool) {
	if !inv.Open() || !v.Watched() {
		return
	}
	for address := range v.Addresses() {
		address = invitation.FoldEmail(address)
		m.pending[address] = append(m.pending[address], ref{inv.ID, v.ID})
		if soon {
			m.fresh = append(m.fresh, address)
		}
	}
}

// forget drops a finished invitation, except for its keys and its welcomes: those are dropped when
// no second delivery is to be feared any more.
func (m *memory) forget(inv *invitation.Invitation, now time.Time) {
	delete(m.invitations, inv.ID)
	spent := spentInvitation{keys: inv.Keys, at: now}
	for _, v := range inv.Invitees {
		if m.welcomes[v.Member.ID] == inv.ID {
			spent.welcomed = append(spent.welcomed, v.Member.ID)
		}
		spent.accounts = append(spent.accounts, v.Member.ID)
	}
	for _, s := range inv.Strangers {
		spent.accounts = append(spent.accounts, s.Member.ID)
	}
	m.spent = append(m.spent, spent)
	for len(m.spent) > 0 && now.Sub(m.spent[0].at) > keyLife {
		for _, key := range m.spent[0].keys {
			delete(m.keys, key)
		}
		for _, member := range m.spent[0].welcomed {
			delete(m.welcomes, member)
		}
		for _, member := range m.spent[0].accounts {
			if m.invitations[m.accounts[member]] == nil {
				delete(m.accounts, member)
			}
		}
		m.spent = m.spent[1:]
	}
}

func (m *memory) invitee(r ref) *invitation.Invitee {
	if inv := m.invitations[r.invitation]; inv != nil {
		return inv.Invitee(r.invitee)
	}
	return nil
}

// recent returns the times within the hour before now, oldest first. One in the future is from a clock that was
// wrong.
func recent(times []time.Time, now time.Time) []time.Time {
	return slices.DeleteFunc(slices.Clone(times), func(t time.Time) bool { return now.Sub(t) >= time.Hour || t.After(now) })
}
