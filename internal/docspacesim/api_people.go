package docspacesim

import (
	"net/mail"
	"strings"
)

// getSelf is GET people/@self (docs/facts/docspace.md, "Authentication").
func (p *Portal) getSelf(c call) answer {
	self := p.full(c, p.byID[c.caller.ID])
	delete(self, "createdBy") // as in the sample
	self["theme"], self["hasPersonalFolder"], self["loginEventId"] = "System", true, 0
	return value(self)
}

// getByEmail is GET people/email (docs/facts/docspace.md, "Other lookups").
func (p *Portal) getByEmail(c call) answer {
	address := c.query.get("email")
	if refused := badEmail(address); refused != nil {
		return *refused
	}
	a := p.email(address)
	switch {
	case a == nil:
		return noSuchUser
	case !sees(c.caller, a):
		return accessDenied
	}
	return value(p.full(c, a))
}

func badEmail(address string) *answer {
	var refused answer
	if address == "" {
		refused = invalid("Email", "The Email field is required.")
	} else if _, err := mail.ParseAddress(address); err != nil {
		refused = invalid("Email", "The Email field is not a valid e-mail address.")
	} else {
		return nil
	}
	return &refused
}

// getExists is GET people/exists (docs/facts/docspace.md, "Other lookups").
func (p *Portal) getExists(c call) answer {
	address := c.query.get("email")
	if refused := badEmail(address); refused != nil {
		return *refused
	}
	if a := p.email(address); a != nil {
		return value(object{"exists": true, "status": a.Status})
	}
	return value(object{"exists": false})
}

// getPerson is GET people/{user name or id}: the name goes first (docs/facts/docspace.md, "Other
// lookups").
func (p *Portal) getPerson(c call) answer {
	a := p.byID[strings.ToLower(c.arg)]
	for _, other := range p.oldest {
		if userName(other.Person) == strings.ToLower(c.arg) {
			a = other
			break
		}
	}
	switch {
	case a == nil:
		return noSuchUser
	case !sees(c.caller, a):
		return accessDenied
	}
	return value(p.full(c, a))
}

// seesPeople reports whether the caller may look at accounts at all (docs/facts/docspace.md,
// "Visibility").
func seesPeople(caller Person) bool {
	return caller.Role == roleDocSpaceAdmin || caller.Role == roleRoomAdmin
}

// sees reports whether the caller may look at the account: a RoomAdmin sees of the guests
// those alone that they have a relation to, which here is to have brought or invited them.
func sees(caller Person, a *account) bool {
	switch {
	case caller.ID == a.ID, caller.Role == roleDocSpaceAdmin:
		return true
	case caller.Role == roleRoomAdmin:
		return a.Role != roleGuest || a.CreatedBy == caller.ID || a.related[caller.ID]
	}
	return false
}
