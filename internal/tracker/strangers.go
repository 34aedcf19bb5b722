package tracker

import (
	"cmp"
	"context"
	"slices"
	"time"
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
	// strangersPoll is how many times the poll interval passes, while nobody is awaited, until the
	// newest accounts are looked through for strangers.
	strangersPoll = 20
	// newsLife is how old an account may be to be news: of older ones it may be forgotten whose
	// they are.
	newsLife = keyLife
)

// Stranger is an account of which an invitation's inviter is asked whose it is.
type Stranger struct {
	Member Member    `json:"member"`
	At     time.Time `json:"at"`
	// Unexpected says that the invitation named its people, or that its list was closed.
	Unexpected bool `json:"unexpected,omitempty"`
	// By is the inviter who settled whose it is, and Invitee the answer: empty for no one on the list.
	By      ChatUser `json:"by,omitempty"`
	Invitee string   `json:"invitee,omitempty"`

	asked bool // the inviter was asked
}

// Candidate is somebody who may be a stranger.
type Candidate struct {
	Invitation ID
	Invitee    Invitee
}

func (inv *Invitation) stranger(id MemberID) *Stranger {
	for i := range inv.Strangers {
		if inv.Strangers[i].Member.ID == id {
			return &inv.Strangers[i]
		}
	}
	return nil
}

// meet takes a stranger in.
func (inv *Invitation) meet(e Entry) {
	if inv.stranger(e.Member.ID) == nil {
		inv.Strangers = append(slices.Clone(inv.Strangers), Stranger{Member: *e.Member, At: e.At, Unexpected: inv.namesItsPeople()})
	}
}

// change changes what is known of a stranger, in a list of its own: copies share the old one.
func (inv *Invitation) change(id MemberID, change func(*Stranger)) {
	inv.Strangers = slices.Clone(inv.Strangers)
	if s := inv.stranger(id); s != nil {
		change(s)
	}
}

// namesItsPeople reports whether the invitation is only for the people on its list.
func (inv *Invitation) namesItsPeople() bool {
	return inv.Closed || len(inv.People) > 0 || len(inv.Groups) > 0
}

// attribute ties an account to an invitee on somebody's word. The next look at the portal shows
// how far the account is.
func (v *Invitee) attribute(e Entry) (changed bool) {
	if !v.attributable() {
		return false
	}
	if v.State == Removed {
		v.State, v.Since, v.reported = Awaited, e.At, false
	}
	v.Member, v.VouchedBy = Member{ID: e.Member.ID, Email: e.Member.Email, Name: e.Member.Name}, e.By
	return true
}

// attributable reports whether an account may be said to be the invitee's: the portal shows none that
// they could use.
func (v *Invitee) attributable() bool { return v.State == Awaited && v.Member.ID == "" || v.Disabled() }

// owedToInviter returns a step for each stranger whom the inviter is yet to be asked about.
func (inv *Invitation) owedToInviter() []step {
	var steps []step
	for i := range inv.Strangers {
		if s := &inv.Strangers[i]; !s.asked && s.By == "" {
			steps = append(steps, step{kind: stepAskWho, invitee: string(s.Member.ID)})
		}
	}
	return steps
}

// Identity is the stranger as far as messages about them are told apart.
func (s Stranger) Identity() Invitee { return Invitee{ID: string(s.Member.ID), Since: s.At} }

// strangersAmong returns the entries that say which of the newcomers are strangers, and to whom.
func (t *Tracker) strangersAmong(newcomers []Member) []Entry {
	t.mu.Lock()
	defer t.mu.Unlock()
	var entries []Entry
	now, count := time.Now(), map[ID]int{}
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
		var inviters []ChatUser
		for _, inv := range hosts {
			if len(inviters) == askedMost {
				break
			}
			if slices.Contains(inviters, inv.Inviter) || len(inv.Strangers)+count[inv.ID] >= strangersMost {
				continue
			}
			inviters = append(inviters, inv.Inviter)
			count[inv.ID]++
			entries = append(entries, Entry{Kind: KindStranger, At: now, Invitation: inv.ID, Member: &m})
		}
	}
	return entries
}

// mayBeKnown reports whether the address is an invitee's, or may turn out to be: the chat has not shown
// every invitee's address yet.
func (m *memory) mayBeKnown(address string) bool {
	return m.anyInvitee(func(v *Invitee) bool { return v.unidentified() || v.has(address) })
}

// isInvited reports whether the address is an invitee's.
func (t *Tracker) isInvited(address string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.mem.anyInvitee(func(v *Invitee) bool { return v.has(address) })
}

func (m *memory) anyInvitee(is func(*Invitee) bool) bool {
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
// with somebody on the list who has opened the link and not registered, then the newest.
func (m *memory) hosts(account Member) []*Invitation {
	type host struct {
		inv     *Invitation
		waiting bool
	}
	var hosts []host
	for _, inv := range m.invitations {
		if !inv.Open() || account.Registered.Before(inv.ready().Truncate(time.Second)) || !inv.canGive(account.Role) {
			continue
		}
		waiting := slices.ContainsFunc(inv.Invitees, func(v Invitee) bool { return v.State == Awaited && v.Opened && v.Member.ID == "" })
		hosts = append(hosts, host{inv, waiting})
	}
	slices.SortFunc(hosts, func(a, b host) int {
		return cmp.Or(first(a.waiting, b.waiting), b.inv.ready().Compare(a.inv.ready()), cmp.Compare(a.inv.ID, b.inv.ID))
	})
	var all []*Invitation
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

// canGive reports whether the invitation's link can have given the role: a portal that is short of
// paid seats makes a user of a room admin (docs/facts/docspace.md, "Legacy invitation link").
func (inv *Invitation) canGive(role Role) bool {
	return role == inv.Role || role == User && (inv.Role == RoomAdmin || inv.Role == DocSpaceAdmin)
}

// Candidates returns those whom the inviter awaits and of whom the portal shows nothing yet, those
// who have opened their link first.
func (t *Tracker) Candidates(inviter ChatUser) []Candidate {
	t.mu.Lock()
	defer t.mu.Unlock()
	var all []Candidate
	for _, inv := range t.mem.invitations {
		if inv.Inviter != inviter || !inv.Open() {
			continue
		}
		for _, v := range inv.Invitees {
			if v.attributable() && v.Email != "" {
				all = append(all, Candidate{inv.ID, v})
			}
		}
	}
	slices.SortFunc(all, func(a, b Candidate) int {
		return cmp.Or(first(a.Invitee.Opened, b.Invitee.Opened), a.Invitee.Since.Compare(b.Invitee.Since), cmp.Compare(a.Invitee.ID, b.Invitee.ID))
	})
	return all
}

// Attribute says, on somebody's word, that the account which the invitation host asked about is
// that of somebody on a list, or of a person who comes onto the host's list with it: it is watched
// for them from now on. It wraps InvitationOver when the one or the other is not known (any more),
// AlreadySettled, and NotKept.
func (t *Tracker) Attribute(ctx context.Context, host ID, member MemberID, whose Whose, by ChatUser) (Invitee, error) {
	var v Invitee
	var target Invitation
	err := t.ledger.decide("", func() (entries []Entry, err error) {
		v, target, entries, err = t.attribution(host, member, whose, by)
		return entries, err
	})
	if err != nil {
		return Invitee{}, err
	}
	Decision{Action: "claim_account", Verdict: Allowed, By: by, About: string(member), Invitation: target}.Log(ctx, t.log)
	return v, nil
}

// attribution returns the invitee whose the account is to be, the invitation they are awaited by, and
// the entries that say so.
func (t *Tracker) attribution(host ID, member MemberID, whose Whose, by ChatUser) (Invitee, Invitation, []Entry, error) {
	asking, ok := t.Look(host)
	s := asking.stranger(member)
	target, known := t.Look(cmp.Or(whose.Invitation, host))
	if !ok || s == nil || !known || !target.Open() {
		return Invitee{}, target, nil, InvitationOver
	}
	now := time.Now()
	tied := Entry{Kind: KindAttributed, At: now, Invitation: target.ID, Invitee: whose.Invitee, Member: &s.Member, By: by}
	v := target.invitee(whose.Invitee)
	if whose.Invitee == "" {
		if v = target.find(whose.Person); v == nil {
			v = &Invitee{ID: inviteeID(whose.Person), Person: whose.Person, State: Awaited}
			tied.Person = &whose.Person
		}
		tied.Invitee = v.ID
	}
	switch {
	case v == nil:
		return Invitee{}, target, nil, InvitationOver
	case s.By != "" || !v.attributable():
		return Invitee{}, target, nil, AlreadySettled
	}
	entries := []Entry{tied}
	for _, id := range t.askedAbout(member) {
		entries = append(entries, Entry{Kind: KindSettled, At: now, Invitation: id, Invitee: string(member), Invitees: []string{v.ID}, By: by})
	}
	entries = append(entries, Entry{
		Kind: KindVouched, At: now, Invitation: ID("account-" + member), By: by,
		Person: &Person{ChatUser: v.ChatUser, Email: v.Email}, Member: &Member{ID: member, Email: s.Member.Email},
	})
	return *v, target, entries, nil
}

// Whose says whose an account is: an invitee's of an invitation, or a person's.
type Whose struct {
	Invitation ID
	Invitee    string
	Person     Person
}

// Disown says that the account is nobody's whom the invitation's inviter has invited.
func (t *Tracker) Disown(ctx context.Context, host ID, member MemberID, by ChatUser) error {
	var asking Invitation
	err := t.ledger.decide("", func() ([]Entry, error) {
		var ok bool
		asking, ok = t.Look(host)
		s := asking.stranger(member)
		switch {
		case !ok || s == nil:
			return nil, InvitationOver
		case s.By != "":
			return nil, AlreadySettled
		}
		return []Entry{{Kind: KindSettled, At: time.Now(), Invitation: host, Invitee: string(member), By: by}}, nil
	})
	if err != nil {
		return err
	}
	Decision{Action: "disown_account", Verdict: Allowed, By: by, About: string(member), Invitation: asking}.Log(ctx, t.log)
	return nil
}

// askedAbout returns the invitations whose inviters were asked about the account.
func (t *Tracker) askedAbout(member MemberID) (ids []ID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for id, inv := range t.mem.invitations {
		if inv.stranger(member) != nil {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// askWho asks the inviter who a stranger is, unless that is known by now or the chat knows.
func (w *worker) askWho(ctx context.Context, inv Invitation, member MemberID) error {
	s := inv.stranger(member)
	if s == nil {
		return Unexpected
	}
	if w.t.isInvited(s.Member.Email) {
		return nil
	}
	if known, err := w.recognize(ctx, s.Member); known || err != nil {
		return err
	}
	return w.t.messenger.AskWho(ctx, inv, *s, w.t.Candidates(inv.Inviter))
}
