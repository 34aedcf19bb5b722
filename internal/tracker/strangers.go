package tracker

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// A stranger is an account that joined by one of the bot's links, under an address that no invitation
// awaits. The portal does not tell which card they came by (docs/facts/docspace.md, "Attribution"), and
// the bot names no one on a guess: it asks the inviters whose invitations it can have been, and one of
// them may say who it is.
const (
	// askedMost is how many inviters are asked about one stranger.
	askedMost = 3
	// strangersMost is how many strangers an inviter is asked about for one invitation. More than
	// that is a link that went astray: they are in the log.
	strangersMost = 10
	// strangersPoll is how many times the poll interval passes, while no one is awaited, until the
	// newest accounts are looked through for strangers.
	strangersPoll = 20
	// newsLife is how old an account may be to be news: of older ones it may be forgotten whose
	// they are.
	newsLife = keyLife
)

// Candidate is someone who may be a stranger.
type Candidate struct {
	Invitation invitation.ID
	Invitee    invitation.Invitee
}

// strangersAmong returns the entries that say which of the newcomers are strangers, and to whom.
func (t *Tracker) strangersAmong(newcomers []invitation.Member) []invitation.Entry {
	t.mu.Lock()
	defer t.mu.Unlock()
	var entries []invitation.Entry
	now, count := time.Now(), map[invitation.ID]int{}
	for _, m := range newcomers {
		if !m.ByLink || m.ID == "" || now.Sub(m.Registered) > newsLife {
			continue
		}
		if _, known := t.mem.accounts[m.ID]; known {
			continue
		}
		hosts := t.mem.hosts(m)
		if len(hosts) == 0 || t.mem.mayBeKnown(m.Email) {
			continue
		}
		var inviters []invitation.ChatUser
		for _, inv := range hosts {
			if len(inviters) == askedMost {
				break
			}
			if slices.Contains(inviters, inv.Inviter) || len(inv.Strangers)+count[inv.ID] >= strangersMost {
				continue
			}
			inviters = append(inviters, inv.Inviter)
			count[inv.ID]++
			entries = append(entries, invitation.Entry{Kind: invitation.KindStranger, At: now, Invitation: inv.ID, Member: &m})
		}
	}
	return entries
}

// mayBeKnown reports whether the address is an invitee's, or may turn out to be: the chat has not shown
// every invitee's address yet.
func (m *memory) mayBeKnown(address string) bool {
	return m.anyInvitee(func(v *invitation.Invitee) bool { return v.Unidentified() || v.Has(address) })
}

// isInvited reports whether the address is an invitee's.
func (t *Tracker) isInvited(address string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.mem.anyInvitee(func(v *invitation.Invitee) bool { return v.Has(address) })
}

func (m *memory) anyInvitee(is func(*invitation.Invitee) bool) bool {
	for _, inv := range m.invitations {
		for i := range inv.Invitees {
			if is(&inv.Invitees[i]) {
				return true
			}
		}
	}
	return false
}

// hosts returns the invitations by whose link the account can have come, the likeliest first: those
// with someone on the list who has opened the link and not registered, then the newest.
func (m *memory) hosts(account invitation.Member) []*invitation.Invitation {
	type host struct {
		inv     *invitation.Invitation
		waiting bool
	}
	var hosts []host
	for _, inv := range m.invitations {
		if !inv.Open() || account.Registered.Before(inv.Ready().Truncate(time.Second)) || !inv.CanGive(account.Role) {
			continue
		}
		waiting := slices.ContainsFunc(inv.Invitees, func(v invitation.Invitee) bool { return v.State == invitation.Awaited && v.Opened && v.Member.ID == "" })
		hosts = append(hosts, host{inv, waiting})
	}
	slices.SortFunc(hosts, func(a, b host) int {
		return cmp.Or(first(a.waiting, b.waiting), b.inv.Ready().Compare(a.inv.Ready()), cmp.Compare(a.inv.ID, b.inv.ID))
	})
	var all []*invitation.Invitation
	for _, h := range hosts {
		all = append(all, h.inv)
	}
	return all
}

// first compares two of which what is true comes first.
func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// Candidates returns those whom the inviter awaits and of whom the portal shows nothing yet, those
// who have opened their link first.
func (t *Tracker) Candidates(inviter invitation.ChatUser) []Candidate {
	t.mu.Lock()
	defer t.mu.Unlock()
	var all []Candidate
	for _, inv := range t.mem.invitations {
		if inv.Inviter != inviter || !inv.Open() {
			continue
		}
		for _, v := range inv.Invitees {
			if v.Attributable() && v.Email != "" {
				all = append(all, Candidate{inv.ID, v})
			}
		}
	}
	slices.SortFunc(all, func(a, b Candidate) int {
		return cmp.Or(first(a.Invitee.Opened, b.Invitee.Opened), a.Invitee.Since.Compare(b.Invitee.Since), cmp.Compare(a.Invitee.ID, b.Invitee.ID))
	})
	return all
}

// Attribute says, on someone's word, that the account which the invitation host asked about is
// that of someone on a list, or of a person who comes onto the host's list with it: it is watched
// for them from now on. It wraps InvitationOver when the one or the other is not known (any more),
// AlreadySettled, and NotKept.
func (t *Tracker) Attribute(ctx context.Context, host invitation.ID, member invitation.MemberID, whose Whose, by invitation.ChatUser) (invitation.Invitee, error) {
	var v invitation.Invitee
	var target invitation.Invitation
	err := t.ledger.decide("", func() (entries []invitation.Entry, err error) {
		v, target, entries, err = t.attribution(host, member, whose, by)
		return entries, err
	})
	if err != nil {
		return invitation.Invitee{}, err
	}
	Decision{Action: "claim_account", Verdict: Allowed, By: by, About: string(member), Invitation: target}.Log(ctx, t.log)
	return v, nil
}

// attribution returns the invitee whose the account is to be, the invitation they are awaited by, and
// the entries that say so.
func (t *Tracker) attribution(host invitation.ID, member invitation.MemberID, whose Whose, by invitation.ChatUser) (invitation.Invitee, invitation.Invitation, []invitation.Entry, error) {
	asking, ok := t.Look(host)
	s := asking.Stranger(member)
	target, known := t.Look(cmp.Or(whose.Invitation, host))
	if !ok || s == nil || !known || !target.Open() {
		return invitation.Invitee{}, target, nil, invitation.InvitationOver
	}
	now := time.Now()
	tied := invitation.Entry{Kind: invitation.KindAttributed, At: now, Invitation: target.ID, Invitee: whose.Invitee, Member: &s.Member, By: by}
	v := target.Invitee(whose.Invitee)
	if whose.Invitee == "" {
		if v = target.Find(whose.Person); v == nil {
			v = &invitation.Invitee{ID: invitation.InviteeID(whose.Person), Person: whose.Person, State: invitation.Awaited}
			tied.Person = &whose.Person
		}
		tied.Invitee = v.ID
	}
	switch {
	case v == nil:
		return invitation.Invitee{}, target, nil, invitation.InvitationOver
	case s.By != "" || !v.Attributable():
		return invitation.Invitee{}, target, nil, invitation.AlreadySettled
	}
	entries := []invitation.Entry{tied}
	for _, id := range t.askedAbout(member) {
		entries = append(entries, invitation.Entry{Kind: invitation.KindSettled, At: now, Invitation: id, Invitee: string(member), Invitees: []string{v.ID}, By: by})
	}
	entries = append(entries, invitation.Entry{
		Kind: invitation.KindVouched, At: now, Invitation: invitation.ID("account-" + member), By: by,
		Person: &invitation.Person{ChatUser: v.ChatUser, Email: v.Email}, Member: &invitation.Member{ID: member, Email: s.Member.Email},
	})
	return *v, target, entries, nil
}

// Whose says whose an account is: an invitee's of an invitation, or a person's.
type Whose struct {
	Invitation invitation.ID
	Invitee    string
	Person     invitation.Person
}

// Disown says that the account is no one's whom the invitation's inviter has invited.
func (t *Tracker) Disown(ctx context.Context, host invitation.ID, member invitation.MemberID, by invitation.ChatUser) error {
	var asking invitation.Invitation
	err := t.ledger.decide("", func() ([]invitation.Entry, error) {
		var ok bool
		asking, ok = t.Look(host)
		s := asking.Stranger(member)
		switch {
		case !ok || s == nil:
			return nil, invitation.InvitationOver
		case s.By != "":
			return nil, invitation.AlreadySettled
		}
		return []invitation.Entry{{Kind: invitation.KindSettled, At: time.Now(), Invitation: host, Invitee: string(member), By: by}}, nil
	})
	if err != nil {
		return err
	}
	Decision{Action: "disown_account", Verdict: Allowed, By: by, About: string(member), Invitation: asking}.Log(ctx, t.log)
	return nil
}

// askedAbout returns the invitations whose inviters were asked about the account.
func (t *Tracker) askedAbout(member invitation.MemberID) (ids []invitation.ID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for id, inv := range t.mem.invitations {
		if inv.Stranger(member) != nil {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// askWho asks the inviter who a stranger is, unless that is known by now or the chat knows.
func (w *worker) askWho(ctx context.Context, inv invitation.Invitation, member invitation.MemberID) error {
	s := inv.Stranger(member)
	if s == nil {
		return invitation.Unexpected
	}
	if w.t.isInvited(s.Member.Email) {
		return nil
	}
	if known, err := w.recognize(ctx, s.Member); known || err != nil {
		return err
	}
	return w.t.messenger.AskWho(ctx, inv, *s, w.t.Candidates(inv.Inviter))
}
