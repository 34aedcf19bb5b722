package docspacesim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// address is what the portal takes for one (docs/facts/docspace.md, "Addresses that a portal takes").
var address = regexp.MustCompile(`^("[^"]+"|[^<>()\[\]\\.,;:\s@"]+(\.[^<>()\[\]\\.,;:\s@"]+)*)@(([A-Za-z0-9-]+\.)+[A-Za-z]{2,}|\[\d{1,3}(\.\d{1,3}){3}\])$`)

// allowance is how many invitations the portal may send by email in a day (docs/facts/docspace.md, "Email
// invitations").
type allowance struct {
	most, left int
	ends       time.Time // of the day that left is of
}

const noAllowance = 2147483647 // what the API calls unlimited

func (a *allowance) remaining() int {
	switch {
	case a.most == unlimited:
		return noAllowance
	case !time.Now().Before(a.ends):
		return a.most
	}
	return a.left
}

func (a *allowance) reduce() {
	if a.most == unlimited {
		return
	}
	left := a.remaining()
	if !time.Now().Before(a.ends) {
		a.ends = time.Now().Add(day)
	}
	a.left = max(0, left-1)
}

// restore gives an invitation back when the person has registered.
func (a *allowance) restore() { a.left = min(a.left+1, a.most) }

// InvitationLimit sets how many invitations the portal may send by email in 24 hours (docs/facts/docspace.md,
// "Email invitations"); -1, as it is at first, is without limit.
func (p *Portal) InvitationLimit(n int) {
	p.rule(func(r *rules) { r.allowance = allowance{most: n} })
}

// mayWriteTo checks the addresses of a call that invites, before its action: their form, loosely, and the
// allowance.
func (p *Portal) mayWriteTo(addresses []string) *answer {
	emails := 0
	for i, to := range addresses {
		if to == "" {
			continue
		}
		emails++
		if at := strings.Index(to, "@"); at <= 0 || at == len(to)-1 || strings.Count(to, "@") != 1 {
			refused := invalid(fmt.Sprintf("Invitations[%d].Email", i), "The Email field is not a valid e-mail address.")
			return &refused
		}
	}
	if emails > 0 && emails > p.allowance.remaining() {
		refused := invalid("Invitations", "The limit of invitations is exceeded")
		return &refused
	}
	return nil
}

// crowded reports whether the portal has as many accounts as it may.
func (p *Portal) crowded() bool { return p.users != unlimited && len(p.oldest) >= p.users }

// ranks are the roles by rising rights.
var ranks = []string{roleGuest, roleUser, roleRoomAdmin, roleDocSpaceAdmin}

// invitePeople is POST people/invite (docs/facts/docspace.md, "Email invitations").
func (p *Portal) invitePeople(c call) answer {
	var sent struct {
		Invitations []struct {
			Email string          `json:"email"`
			Type  json.RawMessage `json:"type"` // a name or a number
		} `json:"invitations"`
	}
	if json.Unmarshal(c.body, &sent) != nil {
		return invalid("$", "The JSON value could not be converted.")
	}
	if sent.Invitations == nil {
		return invalid("Invitations", "The Invitations field is required.")
	}
	var addresses, roles []string
	paid := 0
	for i, in := range sent.Invitations {
		role, ok := readRole(strings.Trim(cmp.Or(string(in.Type), "0"), `"`))
		if !ok {
			return invalid(fmt.Sprintf("$.invitations[%d].type", i), "The JSON value could not be converted.")
		}
		if role == roleRoomAdmin || role == roleDocSpaceAdmin {
			paid++
		}
		addresses, roles = append(addresses, in.Email), append(roles, role)
	}
	if refused := p.mayWriteTo(addresses); refused != nil {
		return *refused
	}
	switch {
	case !p.members, !seesPeople(c.caller):
		return accessDenied
	case p.seats != unlimited && paid > p.seats:
		return thrown(http.StatusPaymentRequired, "The number of admins should not exceed the limit", exceptionQuota)
	}
	for i, to := range addresses { // what comes before a refusal is done; an older portal goes on after it
		if refused := p.invite(c, strings.TrimSpace(to), roles[i]); refused != nil && (!p.isBefore371() || refused.status == http.StatusPaymentRequired) {
			return *refused
		}
	}
	pending := people{}
	for _, a := range p.oldest {
		if a.Activation == activationPending && sees(c.caller, a) {
			pending = append(pending, c.employee(a.Person))
		}
	}
	return answer{response: pending}
}

// people is a list that is no page, and is counted all the same.
type people []object

// invite invites one person by email, or gives one with an account the role if that is higher. No role, or All, is
// not checked and comes to a paid one.
func (p *Portal) invite(c call, to, role string) *answer {
	a := p.email(to)
	as := cmp.Or(role, roleRoomAdmin)
	switch {
	case !address.MatchString(to), strings.Contains(strings.ToLower(to), "xn--"), strings.ContainsFunc(to, func(r rune) bool { return r > 127 }):
		refused := thrown(http.StatusBadRequest, "Incorrect email", exceptionArgument)
		return &refused
	case role == roleGuest, role != "" && !mayInvite(c.caller, role):
		return &accessDenied
	case a == nil && p.crowded():
		refused := thrown(http.StatusPaymentRequired, sentence(ErrUserLimit), exceptionQuota)
		return &refused
	case a == nil:
		a = p.add(Person{Email: to, Role: p.seat(as), Status: statusPending, Activation: activationPending, CreatedBy: c.caller.ID})
		p.mailInvitation(c, a.Person, a.Role, nil)
		p.allowance.reduce()
	case a.Status == statusTerminated:
		refused := thrown(http.StatusBadRequest, "User disabled: "+to, exceptionArgument)
		return &refused
	case slices.Index(ranks, a.Role) < slices.Index(ranks, as) && p.seat(as) == as:
		a.Role = as
	}
	a.relate(c.caller.ID)
	p.notify()
	return nil
}

// mailInvitation sends the email with the link by which one person registers, for the portal or for a room.
func (p *Portal) mailInvitation(c call, to Person, role string, r *Room) {
	l := p.links.issueTo(c.base(), role, c.caller.ID, to.Email, r)
	m := Mail{
		To: to.Email, Subject: "You are invited to ONLYOFFICE DocSpace", Link: c.base() + "/s/" + l.code,
		Body: fmt.Sprintf("%s invites you to join the portal.", c.caller.Name()),
	}
	if r != nil {
		m.Subject, m.Body = "You are invited to the room "+r.Title, fmt.Sprintf("%s invites you to join the room %s.", c.caller.Name(), r.Title)
	}
	p.mail(m)
}

// inviteAgain is PUT people/invite: those who have not registered or confirmed get their email again
// (docs/facts/docspace.md, "Email invitations"). It costs no allowance.
func (p *Portal) inviteAgain(c call) answer {
	var sent struct {
		UserIDs   []string `json:"userIds"`
		ResendAll bool     `json:"resendAll"`
	}
	if json.Unmarshal(c.body, &sent) != nil {
		return invalid("$", "The JSON value could not be converted.")
	}
	other := func(id string) bool { return !strings.EqualFold(id, c.caller.ID) }
	if !seesPeople(c.caller) && (sent.ResendAll || slices.ContainsFunc(sent.UserIDs, other)) {
		return accessDenied
	}
	var asked []*account
	for _, a := range p.oldest {
		if sent.ResendAll && a.Activation == activationPending {
			asked = append(asked, a)
		}
	}
	for _, id := range sent.UserIDs {
		if a := p.byID[strings.ToLower(id)]; a != nil && !sent.ResendAll {
			asked = append(asked, a)
		}
	}
	list := []object{}
	for _, a := range asked {
		mayAsk := a.ID == c.caller.ID || sees(c.caller, a) && mayInvite(c.caller, a.Role)
		switch {
		case a.active(), a.Status == statusTerminated && !p.isBefore(3, 5, 0), !mayAsk:
		case a.Activation == activationPending:
			p.mailInvitation(c, a.Person, a.Role, nil)
		default:
			p.mailConfirmation(a.Person, c.base())
		}
		if sees(c.caller, a) {
			list = append(list, p.full(c, a))
		}
	}
	return answer{response: list}
}
