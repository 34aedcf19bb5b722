package tracker_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// portalModel is the truth about a portal. The world's mutex guards it.
type portalModel struct {
	accounts []*account
	welcomes []welcome
	rooms    map[invitation.RoomID]*roomModel
	emails   []emailSent
	revoked  int                         // how often the link of users was
	asked    map[invitation.MemberID]int // how often it was to welcome each, whatever came of it
}

// account is one account with all that ever became of it.
type account struct {
	invitation.Member
	visible time.Time // when the portal's lists show it
	removed bool
	emailed bool // it came of an invitation by email
	story   []chapter
}

// chapter is a stretch of an account's life: it lasts until the next one.
type chapter struct {
	from     time.Time
	standing invitation.Standing // empty: the account is gone
	email    string
}

// welcome is a request to welcome an account.
type welcome struct {
	member invitation.MemberID
	at     time.Time
	err    error
}

func (m *portalModel) register(email string, standing invitation.Standing, now time.Time, lag time.Duration) {
	if a := m.byEmail(email); a != nil {
		if a.Standing == invitation.Invited {
			m.change(a, standing, a.Email, now)
		}
		return
	}
	a := &account{visible: now.Add(lag)}
	a.Member = invitation.Member{
		ID: invitation.MemberID(fmt.Sprintf("m%d", len(m.accounts))), Email: email, Name: "Somebody", Role: invitation.Guest,
		Standing: standing, Registered: now.Truncate(time.Second),
	}
	m.accounts = append(m.accounts, a)
	m.change(a, standing, email, now)
}

func (m *portalModel) change(a *account, standing invitation.Standing, email string, now time.Time) {
	a.Standing, a.Email = standing, email
	a.story = append(a.story, chapter{now, standing, email})
}

// set changes where an account stands. Who was only invited cannot be confirmed.
func (m *portalModel) set(email string, standing invitation.Standing, now time.Time) {
	if a := m.byEmail(email); a != nil && a.Standing != invitation.Invited {
		m.change(a, standing, a.Email, now)
	}
}

func (m *portalModel) remove(email string, now time.Time) {
	if a := m.byEmail(email); a != nil {
		m.change(a, "", a.Email, now)
		a.removed = true
	}
}

func (m *portalModel) readdress(from, to string, now time.Time) {
	if a := m.byEmail(from); a != nil && m.byEmail(to) == nil {
		m.change(a, a.Standing, to, now)
	}
}

func (m *portalModel) byEmail(email string) *account {
	for _, a := range m.accounts {
		if !a.removed && invitation.FoldEmail(a.Email) == invitation.FoldEmail(email) {
			return a
		}
	}
	return nil
}

func (m *portalModel) byID(id invitation.MemberID) *account {
	for _, a := range m.accounts {
		if !a.removed && a.ID == id {
			return a
		}
	}
	return nil
}

// portal is the portal as one incarnation of the bot sees it.
type portal struct{ *bot }

var _ tracker.Portal = portal{}

// open returns why the portal does not work at present, if it does not. Call it with the
// world's mutex held.
func (p portal) open() error {
	switch now := p.world.clock(); {
	case p.world.plan.in(portalDown, "", now):
		return &invitation.Failure{Reason: invitation.PortalDown}
	case p.world.plan.in(keyBroken, "", now):
		return &invitation.Failure{Reason: invitation.KeyBroken}
	}
	return nil
}

func (p portal) InviteLink(ctx context.Context, role invitation.Role) (link string, err error) {
	err = p.call(ctx, "link", string(role), func() error {
		if p.world.plan.in(noLink, "", p.world.clock()) {
			return &invitation.Failure{Reason: invitation.NoLink}
		}
		link = p.world.portal.link(role)
		return p.open()
	})
	return link, err
}

func (p portal) Newcomers(ctx context.Context, since time.Time) (members []invitation.Member, err error) {
	err = p.call(ctx, "newcomers", "", func() error {
		now := time.Now()
		for _, a := range slices.Backward(p.world.portal.accounts) {
			if !a.removed && !a.Registered.Before(since) && !now.Before(a.visible) {
				m := a.Member
				m.ByLink = m.Standing != invitation.Invited && !a.emailed
				members = append(members, m)
			}
		}
		return p.open()
	})
	if err != nil {
		return nil, err
	}
	return members, nil
}

func (p portal) FindAccounts(ctx context.Context, addresses []string) (members []invitation.Member, err error) {
	err = p.call(ctx, "look", "", func() error {
		now := time.Now()
		for _, address := range addresses {
			if a := p.world.portal.byEmail(address); a != nil && !now.Before(a.visible) {
				members = append(members, a.Member)
			}
		}
		return p.open()
	})
	if err != nil {
		return nil, err
	}
	return members, nil
}

func (p portal) Member(ctx context.Context, id invitation.MemberID) (member invitation.Member, err error) {
	err = p.call(ctx, "member", string(id), func() error {
		a := p.world.portal.byID(id)
		if err := p.open(); err != nil {
			return err
		}
		if a == nil {
			return &invitation.Failure{Reason: invitation.UnknownMember}
		}
		member = a.Member
		member.Role = ""
		return nil
	})
	if err != nil {
		return invitation.Member{}, err
	}
	return member, nil
}

func (p portal) CongratulateMember(ctx context.Context, id invitation.MemberID) error {
	p.world.mu.Lock()
	p.world.portal.asked[id]++
	p.world.mu.Unlock()
	return p.call(ctx, "welcome", string(id), func() error {
		err := p.open()
		if err == nil && p.world.plan.in(welcomeDenied, "", p.world.clock()) {
			err = &invitation.Failure{Reason: invitation.PortalDenied}
		}
		p.world.portal.welcomes = append(p.world.portal.welcomes, welcome{id, time.Now(), err})
		return err
	})
}
