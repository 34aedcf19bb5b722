package docspacesim

import (
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"
)

// ErrUnknown is what acts of someone answer who is not there.
var ErrUnknown = errors.New("there is no such account")

// confirmation is an email whose link waits to be clicked.
type confirmation struct {
	account string // id
	email   string // lower case; an email to another address confirms nothing
	issued  time.Time
}

// Join registers someone by an invite link, with a password: the account is enabled at
// once, and its address is to be confirmed by the first of the emails that this sends. Where no paid seat
// is free an admin's role becomes User without a word. The link of an invitation's email lets in only the person
// whom it was sent to, and confirms their address. It returns one of the package's
// errors if the portal does not let them in.
func (p *Portal) Join(link, first, last, email string) (Person, error) {
	return p.join(link, first, last, email, activationNone)
}

// JoinSocial registers someone by an invite link with their account elsewhere, which
// confirms the address at once.
func (p *Portal) JoinSocial(link, first, last, email string) (Person, error) {
	return p.join(link, first, last, email, activationDone)
}

func (p *Portal) join(address, first, last, email string, activation int) (Person, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.register(address, first, last, email, activation)
}

func (p *Portal) register(address, first, last, email string, activation int) (Person, error) {
	l, base, err := p.links.find(address)
	if err != nil {
		return Person{}, err
	}
	if err := p.admits(l, activation == activationDone); err != nil {
		return Person{}, err
	}
	email = strings.TrimSpace(email)
	if l.email != "" {
		return p.accept(l, first, last, email)
	}
	if parsed, err := mail.ParseAddress(email); err != nil || parsed.Address != email {
		return Person{}, ErrBadEmail
	}
	if p.email(email) != nil { // someone invited by email counts too
		return Person{}, ErrEmailExists
	}
	joined := p.add(Person{
		FirstName: strings.TrimSpace(first), LastName: strings.TrimSpace(last), Email: email,
		Role: p.seat(l.role), Activation: activation, CreatedBy: l.by,
	})
	if activation == activationNone {
		if l.managed != nil { // social ones are not counted (docs/facts/docspace.md, "Managed links")
			l.managed.uses++
		}
		p.mailConfirmation(joined.Person, base)
	}
	p.mailWelcome(email)
	return joined.Person, nil
}

// accept registers the one person whom the link invites, which confirms their address too.
func (p *Portal) accept(l *link, first, last, email string) (Person, error) {
	if !strings.EqualFold(email, l.email) {
		return Person{}, ErrLinkInvalid
	}
	a := p.email(email)
	a.complete(first, last)
	p.allowance.restore()
	p.mailWelcome(a.Email)
	return a.Person, nil
}

func (a *account) complete(first, last string) {
	a.FirstName, a.LastName = strings.TrimSpace(first), strings.TrimSpace(last)
	a.Status, a.Activation, a.started = statusActive, activationDone, time.Now()
	a.modified = time.Now().UTC()
	a.index()
}

func (p *Portal) mailWelcome(to string) {
	p.mail(Mail{To: to, Subject: "Welcome to ONLYOFFICE DocSpace", Body: "You have joined the portal. Have a good start!"})
}

// seat takes a paid seat for the role, and returns the role that there is one for.
func (r *rules) seat(role string) string {
	switch {
	case role != roleRoomAdmin && role != roleDocSpaceAdmin, r.seats == unlimited:
		return role
	case r.seats == 0:
		return roleUser
	}
	r.seats--
	return role
}

// mailConfirmation sends the email whose link confirms the address.
func (p *Portal) mailConfirmation(to Person, base string) {
	key := emailKey()
	p.confirmations[key] = confirmation{to.ID, strings.ToLower(to.Email), time.Now()}
	p.mail(Mail{
		To: to.Email, Subject: "Confirm your email address",
		Body: fmt.Sprintf("Hello %s, please confirm your email address to activate your account.", to.FirstName),
		Link: base + "/confirm/EmailActivation?type=EmailActivation&key=" + key + "&uid=" + to.ID,
	})
}

// confirm is the click on the link with the key. It takes the lock.
func (p *Portal) confirm(key string) (Person, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.confirmBy(key)
}

func (p *Portal) confirmBy(key string) (Person, error) {
	c, ok := p.confirmations[key]
	a := p.byID[c.account]
	switch {
	case !ok || a == nil || a.Status != statusActive || strings.ToLower(a.Email) != c.email:
		return Person{}, ErrLinkInvalid
	case time.Since(c.issued) > linkLife:
		return Person{}, ErrLinkExpired
	}
	a.activate()
	p.notify()
	return a.Person, nil
}

func (a *account) activate() {
	if !a.active() {
		a.Activation = a.Activation&^activationPending | activationDone
		a.modified = time.Now().UTC()
	}
}

// Activate has someone confirm their address.
func (p *Portal) Activate(email string) error {
	return p.change(email, func(a *account) error { a.activate(); return nil })
}

// InviteByEmail has the portal's owner invite a person by email. The account exists from then on, as a
// pending one (docs/facts/docspace.md, "One user"). A person who has an account keeps it as it is. No email is
// sent: that is what inviting by the API does.
func (p *Portal) InviteByEmail(email, role string) Person {
	p.mu.Lock()
	defer p.mu.Unlock()
	if a := p.email(email); a != nil {
		return a.Person
	}
	return p.add(Person{
		Email: email, Role: role, Status: statusPending, Activation: activationPending, CreatedBy: p.owner().ID,
	}).Person
}

// AcceptEmailInvitation has someone who was invited by email complete the form, which
// confirms their address. The registration date stays that of the invitation. It needs no link; with the one
// of the email, which can have expired, it is [Portal.Join].
func (p *Portal) AcceptEmailInvitation(email, first, last string) error {
	return p.change(email, func(a *account) error {
		if a.Status != statusPending {
			return ErrLinkInvalid
		}
		a.complete(first, last)
		p.allowance.restore()
		return nil
	})
}

// ExpireInvitation ends the links of the emails that invite the address. The account stays invited.
func (p *Portal) ExpireInvitation(email string) error {
	return p.change(email, func(a *account) error {
		for _, l := range p.links.byCode {
			if strings.EqualFold(l.email, a.Email) {
				l.issued = time.Time{}
			}
		}
		return nil
	})
}

// Disable has an administrator switch the account off. Whether its address is confirmed
// stays as it was.
func (p *Portal) Disable(email string) error {
	return p.change(email, func(a *account) error {
		a.Status = statusTerminated
		return nil
	})
}

// Enable has an administrator switch the account on again.
func (p *Portal) Enable(email string) error {
	return p.change(email, func(a *account) error {
		a.Status = statusActive
		return nil
	})
}

// ChangeEmail has an administrator change the address, which is to be confirmed again.
func (p *Portal) ChangeEmail(email, to string) error {
	return p.change(email, func(a *account) error {
		if other := p.email(to); other != nil && other != a {
			return ErrEmailExists
		}
		delete(p.byEmail, strings.ToLower(a.Email))
		a.Email, a.Activation = to, activationNone
		p.byEmail[strings.ToLower(to)] = a
		return nil
	})
}

// Remove has an administrator delete the account.
func (p *Portal) Remove(email string) error {
	return p.change(email, func(a *account) error {
		a.Removed = true
		p.removed[strings.ToLower(a.Email)] = a.Person
		delete(p.byID, a.ID)
		for _, r := range p.rooms {
			delete(r.Members, a.ID)
		}
		delete(p.byEmail, strings.ToLower(a.Email))
		p.oldest = slices.DeleteFunc(p.oldest, func(other *account) bool { return other == a })
		return nil
	})
}
