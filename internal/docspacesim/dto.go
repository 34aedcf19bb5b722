package docspacesim

import (
	"html"
	"maps"
	"net/url"
	"strings"
	"time"
)

// Layouts of dates (docs/facts/docspace.md, "Dates").
const (
	apiDateTime = "2006-01-02T15:04:05.0000000Z07:00"
	rawDateTime = "2006-01-02T15:04:05"
)

// date is ApiDateTime: the portal's own time with seven decimals and its offset.
func (p *Portal) date(t time.Time) string { return t.In(p.zone).Format(apiDateTime) }

// employee is EmployeeDto. The display name is for a page, so it is encoded.
func (c call) employee(person Person) object {
	picture := func(size string) string {
		return "/static/images/default_user_photo_size_" + size + ".png?hash=1780467874"
	}
	return object{
		"id": person.ID, "displayName": html.EscapeString(person.Name()),
		"avatar": picture("82-82"), "avatarOriginal": picture("200-200"), "avatarMax": picture("200-200"),
		"avatarMedium": picture("48-48"), "avatarSmall": picture("32-32"),
		"profileUrl": c.base() + "/accounts/people/filter?search=" + url.QueryEscape(strings.ToLower(person.Email)),
		"hasAvatar":  false, "isAnonim": false,
	}
}

// full is EmployeeFullDto. The portal's owner is no admin in it (docs/facts/docspace.md,
// "Authentication"), and who created the account is told to DocSpace admins alone
// (docs/facts/docspace.md, "Finding users").
func (p *Portal) full(c call, a *account) object {
	full := c.employee(a.Person)
	maps.Copy(full, object{
		"firstName": a.FirstName, "lastName": a.LastName, "userName": userName(a.Person), "email": a.Email,
		"status": a.Status, "activationStatus": a.Activation &^ 4, "department": "", "isLDAP": false, "isSSO": false,
		"isAdmin": a.Role == roleDocSpaceAdmin && !a.Owner, "isOwner": a.Owner,
		"isRoomAdmin": a.Role == roleRoomAdmin, "isVisitor": a.Role == roleGuest, "isCollaborator": a.Role == roleUser,
		"cultureName": culture, "mobilePhoneActivationStatus": 0, "usedSpace": 0,
		"registrationDate": p.date(a.Registered),
	})
	if by := p.byID[a.CreatedBy]; by != nil && c.caller.Role == roleDocSpaceAdmin {
		full["createdBy"] = c.employee(by.Person)
	}
	return full
}

// userInfo is the raw UserInfo (docs/facts/docspace.md, "One user"): no role, no display name, and
// dates without a suffix, in UTC except workFromDate. When an account was disabled is often missing
// there, as it is here.
func (p *Portal) userInfo(a *account) object {
	info := object{
		"id": a.ID, "firstName": a.FirstName, "lastName": a.LastName, "userName": userName(a.Person), "email": a.Email,
		"status": a.Status, "activationStatus": a.Activation, "isActive": a.active(), "checkActivation": !a.active(),
		"removed": false, "tenantId": 1, "cultureName": culture, "mobilePhoneActivationStatus": 0, "ldapQouta": 0,
		"spam": false, "createDate": a.Registered.Format(rawDateTime), "lastModified": a.modified.UTC().Format(rawDateTime),
	}
	if !a.started.IsZero() {
		info["workFromDate"] = a.started.In(p.zone).Format(rawDateTime)
	}
	if a.CreatedBy != "" {
		info["createdBy"] = a.CreatedBy
	}
	return info
}

func userName(person Person) string {
	name, _, _ := strings.Cut(strings.ToLower(person.Email), "@")
	return name
}
