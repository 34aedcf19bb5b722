package docspacesim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// linkBody is what the calls for managed links are sent (docs/facts/docspace.md, "Managed links").
// Absent members mean no limit.
type linkBody struct {
	ID           string          `json:"id"`
	EmployeeType json.RawMessage `json:"employeeType"` // a name or a number
	Expiration   string          `json:"expiration"`
	MaxUseCount  *int            `json:"maxUseCount"`
}

// readLink reads the body of a call for managed links; its answer is set when that is not valid.
func (p *Portal) readLink(c call) (body linkBody, expiration time.Time, refused *answer) {
	refuse := func(a answer) (linkBody, time.Time, *answer) { return body, expiration, &a }
	if err := json.Unmarshal(c.body, &body); err != nil {
		return refuse(invalid("$", "The JSON value could not be converted."))
	}
	if body.MaxUseCount != nil && (*body.MaxUseCount < 1 || *body.MaxUseCount > 1000) {
		return refuse(invalid("MaxUseCount", "The field MaxUseCount must be between 1 and 1000."))
	}
	if body.Expiration != "" {
		var err error
		if expiration, err = p.readExpiration(body.Expiration); err != nil {
			return refuse(invalid("$.expiration", "The JSON value could not be converted."))
		}
		if !expiration.After(time.Now()) {
			return refuse(thrown(http.StatusBadRequest, "Expiration", exceptionArgument))
		}
	}
	return body, expiration, nil
}

// readExpiration reads a date. All but UTC written with a Z is taken for the portal's own
// time, whatever offset it has (docs/facts/docspace.md, "Managed links").
func (p *Portal) readExpiration(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.ParseInLocation(rawDateTime, text, p.zone)
	}
	if strings.HasSuffix(text, "Z") {
		return t, nil
	}
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), p.zone), nil
}

// mayManage reports whether the caller may have a link for the role, or why not: the checks of
// POST and GET in docs/facts/docspace.md, "Managed links". Their order was chosen here.
func (p *Portal) mayManage(c call, role string) *answer {
	var refused answer
	switch {
	case !p.members:
		refused = accessDenied
	case role == roleGuest || role == "":
		refused = thrown(http.StatusBadRequest, "EmployeeType", exceptionArgument)
	case !mayInvite(c.caller, role):
		refused = accessDenied
	case role != roleUser && p.seats == 0:
		refused = thrown(http.StatusPaymentRequired, "The number of admins should not exceed the limit", exceptionQuota)
	default:
		return nil
	}
	return &refused
}

// createLink is POST portal/users/invitationlink.
func (p *Portal) createLink(c call) answer {
	body, expiration, refused := p.readLink(c)
	if refused != nil {
		return *refused
	}
	role, ok := readRole(strings.Trim(cmp.Or(string(body.EmployeeType), "0"), `"`))
	if !ok {
		return invalid("$.employeeType", "The JSON value could not be converted.")
	}
	if refused := p.mayManage(c, role); refused != nil {
		return *refused
	}
	if p.links.managed[role] != nil {
		return thrown(http.StatusBadRequest, "link with the same EmployeeType already exists", exceptionArgument)
	}
	m := &managedLink{id: randomGUID(), role: role, expiration: expiration, addresses: map[string]*link{}}
	if body.MaxUseCount != nil {
		m.maxUses = *body.MaxUseCount
	}
	p.links.managed[role] = m
	p.notify()
	return p.managedLink(c, m)
}

// getLink is GET portal/users/invitationlink/{type}: no link is an answer without a response.
func (p *Portal) getLink(c call) answer {
	role, ok := readRole(c.arg)
	if !ok {
		return invalidValue("EmployeeType", c.arg)
	}
	if refused := p.mayManage(c, role); refused != nil {
		return *refused
	}
	m := p.links.managed[role]
	if m == nil {
		return answer{}
	}
	return p.managedLink(c, m)
}

// replaceLink is PUT portal/users/invitationlink: what is absent becomes unlimited.
func (p *Portal) replaceLink(c call) answer {
	body, expiration, refused := p.readLink(c)
	if refused != nil {
		return *refused
	}
	m, refused := p.ownLink(c, body.ID)
	if refused != nil {
		return *refused
	}
	var most int
	if body.MaxUseCount != nil {
		if most = *body.MaxUseCount; most < m.uses {
			return thrown(http.StatusBadRequest, "MaxUseCount", exceptionArgument)
		}
	}
	m.expiration, m.maxUses = expiration, most
	p.notify()
	return p.managedLink(c, m)
}

// deleteLink is DELETE portal/users/invitationlink, which has a body. It revokes the link.
func (p *Portal) deleteLink(c call) answer {
	var body linkBody
	if err := json.Unmarshal(c.body, &body); err != nil {
		return invalid("$", "The JSON value could not be converted.")
	}
	m, refused := p.ownLink(c, body.ID)
	if refused != nil {
		return *refused
	}
	m.deleted = true
	delete(p.links.managed, m.role)
	p.notify()
	return answer{}
}

// ownLink returns the link with the id, if the caller may change it.
func (p *Portal) ownLink(c call, id string) (*managedLink, *answer) {
	for _, m := range p.links.managed {
		if !strings.EqualFold(m.id, id) {
			continue
		}
		if !p.members || !mayInvite(c.caller, m.role) {
			return nil, &accessDenied
		}
		return m, nil
	}
	return nil, &noSuchRecord
}

// managedLink is InvitationLinkDto. The address is the caller's own, and stays the same.
func (p *Portal) managedLink(c call, m *managedLink) answer {
	l := m.addresses[c.caller.ID]
	if l == nil {
		l = p.links.issue(c.base(), m.role, c.caller.ID)
		l.managed, m.addresses[c.caller.ID] = m, l
	}
	dto := object{
		"id": m.id, "employeeType": roleNumbers[m.role], "isExpired": m.expired(), "currentUseCount": m.uses,
		"url": fmt.Sprintf("%s/s/%s", c.base(), l.code),
	}
	if !m.expiration.IsZero() {
		dto["expiration"] = p.date(m.expiration)
	}
	if m.maxUses > 0 {
		dto["maxUseCount"] = m.maxUses
	}
	return value(dto)
}
