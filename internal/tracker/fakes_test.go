package tracker

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// register is a portal in memory that counts requests as the real client makes them: pages of
// a hundred, and look-ups of fifty addresses.
type register struct {
	mu       sync.Mutex
	accounts []Member // newest first
	requests int
}

func (p *register) add(m Member) {
	p.mu.Lock()
	defer p.mu.Unlock()
	m.Registered = m.Registered.Truncate(time.Second)
	at, _ := slices.BinarySearchFunc(p.accounts, m, func(a, b Member) int { return b.Registered.Compare(a.Registered) })
	p.accounts = slices.Insert(p.accounts, at, m)
}

// change finds the account and changes it; remove it by an empty id.
func (p *register) change(id MemberID, change func(*Member)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.accounts {
		if p.accounts[i].ID == id {
			change(&p.accounts[i])
		}
	}
	p.accounts = slices.DeleteFunc(p.accounts, func(m Member) bool { return m.ID == "" })
}

func (p *register) InviteLink(_ context.Context, role Role) (string, error) {
	return "https://acme.test/s/" + string(role), nil
}

func (p *register) Newcomers(_ context.Context, since time.Time) ([]Member, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var answer []Member
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

func (p *register) Find(_ context.Context, addresses []string) ([]Member, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests += (len(addresses) + batch - 1) / batch
	wanted := map[string]bool{}
	for _, address := range addresses {
		wanted[FoldEmail(address)] = true
	}
	var answer []Member
	for _, m := range p.accounts {
		if wanted[FoldEmail(m.Email)] {
			answer = append(answer, m)
		}
	}
	return answer, nil
}

func (p *register) Member(_ context.Context, id MemberID) (Member, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests++
	for _, m := range p.accounts {
		if m.ID == id {
			return m, nil
		}
	}
	return Member{}, UnknownMember
}

func (p *register) Welcome(context.Context, MemberID) error { return PortalDenied }

func (p *register) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.requests
}

// silence is a chat in which all goes well and nobody listens.
type silence struct{}

func (*silence) Vet(_ context.Context, inv Invitation) (Admission, error) {
	return Admission{People: inv.People}, nil
}

func (*silence) AskApproval(_ context.Context, inv Invitation) (Card, error) {
	return Card{"CAPPROVE", fmt.Sprint("request ", inv.ID)}, nil
}
func (*silence) Asked(context.Context, Invitation) error         { return nil }
func (*silence) AnswerRequest(context.Context, Invitation) error { return nil }

func (*silence) Identify(_ context.Context, user ChatUser) (Person, error) {
	return Person{ChatUser: user, Email: string(user) + "@acme.test"}, nil
}

func (*silence) Owner(context.Context, string) (Person, error) { return Person{}, NotAPerson }

func (*silence) PostCard(_ context.Context, inv Invitation) (Card, error) {
	return Card{inv.Channel, fmt.Sprint(inv.ID)}, nil
}
func (*silence) AskWho(context.Context, Invitation, Stranger, []Candidate) error { return nil }
func (*silence) Deliver(context.Context, Invitation, Invitee) error              { return nil }
func (*silence) HandOver(context.Context, Invitation) error                      { return nil }
func (*silence) Announce(context.Context, Invitation) error                      { return nil }
func (*silence) Waiting(context.Context, Invitation) error                       { return nil }
func (*silence) Posted(context.Context, Invitation) error                        { return nil }
func (*silence) LeftOut(context.Context, Invitation, []Refusal) error            { return nil }
func (*silence) TellPreflight(context.Context, Invitation) error                 { return nil }
func (*silence) UpdateCard(context.Context, Invitation) error                    { return nil }
func (*silence) Confirm(context.Context, Invitation, []Invitee) error            { return nil }
func (*silence) Removed(context.Context, Invitation, Invitee) error              { return nil }
func (*silence) Ended(context.Context, Invitation) error                         { return nil }
func (*silence) Greet(context.Context, Invitation, Invitee) error                { return nil }
func (*silence) TellInviter(context.Context, Invitation) error                   { return nil }
func (*silence) Remind(context.Context, Invitation, Invitee) error               { return nil }
func (*silence) AtWork(_ context.Context, _ ChatUser, at time.Time) (time.Time, error) {
	return at, nil
}

func (*silence) Find(context.Context, Invitation, Effect, []Invitee, time.Time) (Card, error) {
	return Card{}, CannotTell
}
