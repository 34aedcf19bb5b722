package docspacesim

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

var guid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

const noGUID = "00000000-0000-0000-0000-000000000000"

// getSettings is GET settings (docs/facts/docspace.md, "Settings and health"); a caller with a key
// is told more.
func (p *Portal) getSettings(c call) answer {
	settings := object{
		"trustedDomainsType": 0, "culture": culture, "utcOffset": "00:00:00", "utcHoursOffset": 0,
		"greetingSettings": "Acme DocSpace", "ownerId": noGUID, "enabledJoin": false, "enableAdmMess": false,
		"thirdpartyEnable": true, "docSpace": true, "standalone": true, "isAmi": false, "baseDomain": "localhost", // as a portal with a domain of its owner's has it
		"version": p.version, "recaptchaType": 0, "recaptchaPublicKey": "", "debugInfo": false, "tenantStatus": p.tenant,
		"tenantAlias": alias, "displayAbout": true, "cookieSettingsEnabled": false, "limitedAccessSpace": false,
		"limitedAccessDevToolsForUsers": false, "displayBanners": false, "aiEnabled": false,
		"userNameRegex": `^[\p{L}\p{M}' \-]+$`, "maxImageUploadSize": 0, "logoText": "ONLYOFFICE",
		"deepLink":          object{"androidPackageName": "", "url": "", "iosPackageId": ""},
		"defaultFolderType": 0, "externalDbEnabled": false,
	}
	if c.caller.ID != "" {
		_, offset := time.Now().In(p.zone).Zone()
		sign := ""
		if offset < 0 {
			sign, offset = "-", -offset
		}
		settings["utcOffset"] = fmt.Sprintf("%s%02d:%02d:00", sign, offset/3600, offset/60%60)
		settings["utcHoursOffset"] = offset / 3600
		settings["ownerId"], settings["invitationLimit"] = p.owner().ID, p.allowance.remaining()
		if name := p.zone.String(); name != "" {
			settings["timezone"] = name
		}
	} else {
		settings["passwordHash"] = object{"size": 256, "iterations": 100000, "salt": strings.Repeat("0", 64)}
	}
	return value(settings)
}

// owner returns the portal's owner, or an account without an id when it has none.
func (p *Portal) owner() Person {
	for _, a := range p.oldest {
		if a.Owner {
			return a.Person
		}
	}
	return Person{}
}

func (p *Portal) getBuild(call) answer {
	return value(object{"docSpace": p.version, "documentServer": "9.3.1"})
}

func (p *Portal) getCultures(call) answer {
	languages := []string{"az", "cs", "de", "en-GB", "en-US", "es", "fr", "it", "lv", "nl", "pl", "pt-BR", "pt", "ro"}
	return answer{response: languages, tag: `"` + product + `-cultures"`}
}

func (p *Portal) getInvitationSettings(call) answer {
	return answer{
		response: object{"allowInvitingMembers": p.members, "allowInvitingGuests": p.guests}, modified: p.since,
	}
}

func (p *Portal) getCapabilities(call) answer {
	return value(object{
		"ldapEnabled": false, "providers": []string{"google"}, "ssoLabel": "", "oauthEnabled": true, "ssoUrl": "",
		"identityServerEnabled": false,
	})
}

// getPortal is GET portal: the tenant's record for admins, its number for others.
func (p *Portal) getPortal(c call) answer {
	if c.caller.Role != roleDocSpaceAdmin {
		return value(object{
			"tenantId": 1, "tenantAlias": "", "name": "", "ownerId": noGUID, "timeZone": "", "status": 0, "language": "",
			"version": 0,
		})
	}
	return value(object{
		"tenantId": 1, "tenantAlias": alias, "name": "Acme DocSpace", "ownerId": p.owner().ID, "timeZone": p.zone.String(),
		"status": p.tenant, "language": culture, "version": 2,
	})
}

// getKey is GET keys/@self (docs/facts/docspace.md, "Authentication").
func (p *Portal) getKey(c call) answer {
	postfix := p.key.value[len(p.key.value)-4:]
	key := object{
		"id": "a9c8b7d6-e5f4-4a3b-8c2d-1e0f9a8b7c6d", "name": "slack-bot", "key": "sk-***" + postfix, "keyPostfix": postfix,
		"lastUsed": p.date(p.key.used), "createOn": p.date(p.key.created), "createBy": c.employee(c.caller), "isActive": true,
		"permissions": append([]string{}, p.key.scopes...), // an empty list when it is not limited
	}
	if !p.key.expires.IsZero() {
		key["expiresAt"] = p.date(p.key.expires)
	}
	return value(key)
}

// sendCongratulations is docs/facts/docspace.md, "Congratulations": whatever key a program has, the
// portal did not issue it.
func (p *Portal) sendCongratulations(c call) answer {
	user, key := c.query.get("Userid"), c.query.get("Key")
	switch {
	case !guid.MatchString(user):
		return invalidValue("Userid", user)
	case key == "":
		return invalid("Key", "The Key field is required.")
	}
	to := p.byID[strings.ToLower(user)]
	if to == nil || !p.welcomeKeyWorks || !strings.Contains(key, ".") {
		return accessDenied
	}
	p.mail(Mail{To: to.Email, Subject: "Congratulations", Body: "Your ONLYOFFICE DocSpace is ready for you."})
	return answer{}
}

// getInviteLink is the link of docs/facts/docspace.md, "Legacy invitation link": another one each
// time.
func (p *Portal) getInviteLink(c call) answer {
	role, ok := readRole(c.arg)
	switch {
	case !ok:
		return invalidValue("EmployeeType", c.arg)
	case !p.members:
		return accessDenied
	case role == "" || !mayInvite(c.caller, role): // All is refused like a role that is not the caller's: chosen here
		return value("")
	}
	return value(c.base() + "/s/" + p.links.issue(c.base(), role, c.caller.ID).code)
}

// cachedRead is what portal/users/{id} remembers.
type cachedRead struct {
	account account
	at      time.Time
}

// lostUser is the id of the stand-in for accounts that are gone.
const lostUser = "4a515a15-d4d6-4b8e-828e-e0586f18f3a3"

// getUser is GET portal/users/{id} (docs/facts/docspace.md, "One user").
func (p *Portal) getUser(c call) answer {
	if !guid.MatchString(c.arg) {
		return noSuchRoute
	}
	id := strings.ToLower(c.arg)
	a := p.byID[id]
	if read, ok := p.reads[id]; ok && time.Since(read.at) < p.cache {
		a = &read.account
	} else if a != nil && p.cache > 0 {
		p.reads[id] = cachedRead{*a, time.Now()}
	}
	switch {
	case !seesPeople(c.caller) && id != c.caller.ID:
		return accessDenied
	case a == nil && p.isBefore371():
		return value(p.userInfo(&account{Person: Person{ID: lostUser, FirstName: "Unknown", LastName: "Unknown", Status: statusActive}}))
	case a == nil:
		return noSuchUser
	case !sees(c.caller, a):
		return accessDenied
	}
	return value(p.userInfo(a))
}
