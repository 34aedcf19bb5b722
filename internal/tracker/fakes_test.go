package tracker

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// register is a portal in memory that counts requests as the real client makes them: pages of
// a hundred, and look-ups of fifty addresses.
type register struct {
	mu       sync.Mutex
	accounts []invitation.Member // newest first
	requests int
}

func (p *register) add(m invitation.Member) {
	p.mu.Lock()
	defer p.mu.Unlock()
	m.Registered = m.Registered.Truncate(time.Second)
	at, _ := slices.BinarySearchFunc(p.accounts, m, func(a, b invitation.Member) int { return b.Registered.Compare(a.Registered) })
	p.accounts = slices.Insert(p.accounts, at, m)
}

// change finds the account and changes it; remove it by an empty id.
func (p *register) change(id invitation.MemberID, change func(*invitation.Member)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.accounts {
		if p.accounts[i].ID == id {
			change(&p.accounts[i])
		}
	}
	p.accounts = slices.DeleteFunc(p.accounts, func(m invitation.Member) bool { return m.ID == "" })
}

func (p *register) InviteLink(_ context.Context, role invitation.Role) (string, error) {
	return "https://acme.test/s/" + string(role), nil
}

func (p *register) Newcomers(_ context.Context, since time.Time) ([]invitation.Member, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var answer []invitation.Member
	for page := range slices.Chunk(p.accounts, 100) {
		p.requests++
		answer = append(answer, page...)
		if page[len(page)-1].Registered.Before(since) || len(page) < 100 {
			return answer, nil
		}
	}
	p.requests++ // the last page is empty
	return answer, nil
}

func (p *register) FindAccounts(_ context.Context, addresses []string) ([]invitation.Member, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests += (len(addresses) + batch - 1) / batch
	wanted := map[string]bool{}
	for _, address := range addresses {
		wanted[invitation.FoldEmail(address)] = true
	}
	var answer []invitation.Member
	for _, m := range p.accounts {
		if wanted[invitation.FoldEmail(m.Email)] {
			answer = append(answer, m)
		}
	}
	return answer, nil
}

func (p *register) Member(_ context.Context, id invitation.MemberID) (invitation.Member, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests++
	for _, m := range p.accounts {
		if m.ID == id {
			return m, nil
		}
	}
	return invitation.Member{}, invitation.UnknownMember
}

func (p *register) CongratulateMember(context.Context, invitation.MemberID) error {
	return invitation.PortalDenied
}

func (*register) RoomRights(context.Context, invitation.RoomID, string) ([]invitation.RoomMember, error) {
	return nil, nil
}

func (*register) ShareRoom(_ context.Context, _ invitation.RoomID, _ invitation.Right, members []invitation.MemberID) ([]invitation.MemberID, error) {
	return members, nil
}
func (*register) InviteByEmail(context.Context, []string, invitation.Role) error { return nil }

func (*register) InviteToRoom(context.Context, invitation.RoomID, invitation.Right, []string) error {
	return nil
}
func (*register) ResendInvitations(context.Context, []invitation.MemberID) error { return nil }
func (*register) RevokeLink(context.Context, invitation.Role) error              { return invitation.NotManaged }

func (p *register) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.requests
}

// silence is a chat in which all goes well and no one listens.
type silence struct{}

func (*silence) Vet(_ context.Context, inv invitation.Invitation) (Admission, error) {
	return Admission{People: inv.People}, nil
}

func (*silence) AskApproval(_ context.Context, inv invitation.Invitation) (invitation.Card, error) {
	return invitation.Card{Channel: "CAPPROVE", Message: fmt.Sprint("request ", inv.ID)}, nil
}
func (*silence) Asked(context.Context, invitation.Invitation) error         { return nil }
func (*silence) AnswerRequest(context.Context, invitation.Invitation) error { return nil }

func (*silence) Identify(_ context.Context, user invitation.ChatUser) (invitation.Person, error) {
	return invitation.Person{ChatUser: user, Email: string(user) + "@acme.test"}, nil
}

func (*silence) Owner(context.Context, string) (invitation.Person, error) {
	return invitation.Person{}, invitation.NotAPerson
}

func (*silence) PostCard(_ context.Context, inv invitation.Invitation) (invitation.Card, error) {
	return invitation.Card{Channel: inv.Channel, Message: fmt.Sprint(inv.ID)}, nil
}

func (*silence) AskWho(context.Context, invitation.Invitation, invitation.Stranger, []Candidate) error {
	return nil
}

func (*silence) Deliver(context.Context, invitation.Invitation, invitation.Invitee) (invitation.Card, error) {
	return invitation.Card{}, nil
}

func (*silence) HandOver(context.Context, invitation.Invitation) (invitation.Card, error) {
	return invitation.Card{}, nil
}

func (*silence) TakeBack(context.Context, invitation.Invitation, invitation.Invitee, []invitation.Card) error {
	return nil
}

func (*silence) MayShare(context.Context, invitation.Invitation) error  { return nil }
func (*silence) NotShared(context.Context, invitation.Invitation) error { return nil }
func (*silence) NotLinked(context.Context, invitation.Invitation) error { return nil }

func (*silence) EndingSoon(context.Context, invitation.Invitation) error { return nil }

func (*silence) Announce(context.Context, invitation.Invitation) error { return nil }

func (*silence) Waiting(context.Context, invitation.Invitation) error { return nil }

func (*silence) Posted(context.Context, invitation.Invitation) error { return nil }

func (*silence) LeftOut(context.Context, invitation.Invitation, []invitation.Refusal) error {
	return nil
}
func (*silence) TellPreflight(context.Context, invitation.Invitation) error { return nil }
func (*silence) UpdateCard(context.Context, invitation.Invitation) error    { return nil }
func (*silence) Confirm(context.Context, invitation.Invitation, []invitation.Invitee) error {
	return nil
}

func (*silence) Removed(context.Context, invitation.Invitation, invitation.Invitee) error { return nil }

func (*silence) Ended(context.Context, invitation.Invitation) error { return nil }

func (*silence) SendWelcome(context.Context, invitation.Invitation, invitation.Invitee) error {
	return nil
}

func (*silence) TellInviter(context.Context, invitation.Invitation) error { return nil }

func (*silence) Remind(context.Context, invitation.Invitation, invitation.Invitee) (invitation.Card, error) {
	return invitation.Card{}, nil
}

func (*silence) AtWork(_ context.Context, _ invitation.ChatUser, at time.Time) (time.Time, error) {
	return at, nil
}

func (*silence) FindMessage(context.Context, invitation.Invitation, invitation.Effect, []invitation.Invitee, time.Time) (invitation.Card, error) {
	return invitation.Card{}, invitation.CannotTell
}
