package docspacesim

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestStatesOfAPortal shows which calls are answered while a portal is moved or about to be removed
// (docs/facts/docspace.md, "Answers" and "Settings and health").
func TestStatesOfAPortal(t *testing.T) {
	for request, want := range map[string][2]int{ // being restored, about to be removed
		"GET settings":                    {200, 404},
		"GET settings/version/build":      {200, 404},
		"GET people/@self":                {200, 404},
		"GET portal":                      {200, 404},
		"GET people/filter":               {403, 404},
		"GET portal/users/invite/User":    {403, 404},
		"GET settings/invitationsettings": {403, 404},
	} {
		p := New()
		p.TenantStatus(4)
		a := wantStatus(t, p, want[0], request, "")
		if request == "GET settings" {
			if status := response[struct{ TenantStatus int }](t, a).TenantStatus; status != 4 {
				t.Errorf("tenantStatus %d of a portal that is being restored", status)
			}
		}
		p.TenantStatus(2)
		wantStatus(t, p, want[1], request, "")
	}
}

// TestBarredAddressesMayOnlyCallWithoutAKey: callers with a key get plain text, or a bare string if they ask for JSON;
// no one else is shut out (docs/facts/docspace.md, "Answers").
func TestBarredAddressesMayOnlyCallWithoutAKey(t *testing.T) {
	p := New()
	p.BarAddress(true)
	if a := wantStatus(t, p, 403, "GET people/@self", ""); !strings.HasPrefix(a.header.Get("Content-Type"), "text/plain") {
		t.Errorf("a caller gets %s %q", a.header.Get("Content-Type"), a.body)
	}
	if a := wantStatus(t, p, 403, "GET people/@self", "", "Accept", "application/json"); !strings.HasPrefix(a.body, `"`) {
		t.Errorf("who asks for json gets %q", a.body)
	}
	wantStatus(t, p, 200, "GET settings", "", "Authorization", "")
}

func TestVersionAndClock(t *testing.T) {
	p := New()
	p.Version("3.1.0")
	p.Clock(time.Hour)
	a := wantStatus(t, p, 200, "GET settings", "")
	if version := response[struct{ Version string }](t, a).Version; version != "3.1.0" {
		t.Errorf("version %q", version)
	}
	at, err := http.ParseTime(a.header.Get("Date"))
	if ahead := time.Until(at).Round(time.Minute); err != nil || ahead != time.Hour {
		t.Errorf("its clock is %v ahead (%v)", ahead, err)
	}
}

// TestSettingsTellCallersOtherThings: how passwords are hashed is for those who are to sign in.
func TestSettingsTellCallersOtherThings(t *testing.T) {
	p := New()
	for name, tt := range map[string]struct {
		authorization string
		hash          bool
	}{"anonymous": {"", true}, "key": {"Bearer " + p.APIKey(), false}} {
		settings := response[map[string]any](t, wantStatus(t, p, 200, "GET settings", "", "Authorization", tt.authorization))
		if _, hash := settings["passwordHash"]; hash != tt.hash || settings["baseDomain"] == "" {
			t.Errorf("%s: passwordHash %v, baseDomain %q", name, hash, settings["baseDomain"])
		}
	}
}

func TestAnUnlimitedKeyHasNoPermissions(t *testing.T) {
	p := New()
	p.SetKeyScopes()
	key := response[map[string]any](t, wantStatus(t, p, 200, "GET keys/@self", ""))
	if list, ok := key["permissions"].([]any); !ok || len(list) != 0 {
		t.Errorf("permissions = %v, want an empty list", key["permissions"])
	}
}

// TestAnswersByVersion is docs/facts/docspace.md, "Version floor", "Answers" and "One user".
func TestAnswersByVersion(t *testing.T) {
	for version, old := range map[string]bool{"3.2.1": true, "3.5.0": true, "3.6.1": true, "3.7.1": false, "3.7.2": false, "3.8.0": false} {
		p := New()
		p.Version(version)
		wanted := func(old_, new_ int) int {
			if old {
				return old_
			}
			return new_
		}
		gone := p.AddPerson(Person{FirstName: "Ann", Email: "ann@x.org"})
		if err := p.Remove("ann@x.org"); err != nil {
			t.Fatal(err)
		}
		wantStatus(t, p, wanted(200, 404), "GET portal/users/"+gone.ID, "")
		wantStatus(t, p, wanted(404, 200), "GET people/exists?email=owner@acme.example", "")
		wantStatus(t, p, wanted(404, 200), "GET portal/users/invitationlink/User", "")
		wantStatus(t, p, wanted(405, 200), "POST portal/users/invitationlink", `{"employeeType":4}`)
		var envelope struct{ Status, StatusCode int }
		a := wantStatus(t, p, 400, "GET people/filter?count=500", "")
		if err := json.Unmarshal([]byte(a.body), &envelope); err != nil || envelope.Status != wanted(0, 1) || envelope.StatusCode != wanted(200, 400) {
			t.Errorf("%s: a validation error says %+v, %v", version, envelope, err)
		}
		wantStatus(t, p, 403, "POST portal/sendcongratulations?Userid="+noGUID+"&Key=1.x", "")
		p.SetKeyScopes("rooms:read")
		wantStatus(t, p, wanted(200, 403), "GET settings", "")
		wantStatus(t, p, 403, "GET people/filter", "")
	}
}

// TestInvitationsByVersion is docs/facts/docspace.md, "Version floor", of rooms and email invitations.
func TestInvitationsByVersion(t *testing.T) {
	for version, tt := range map[string]struct {
		refuses, barsGuests, mailsDisabled, dropsStrangers bool
	}{
		"3.2.1": {barsGuests: true, mailsDisabled: true}, "3.5.0": {barsGuests: true}, "3.6.0": {}, "3.6.1": {},
		"3.7.1": {refuses: true, dropsStrangers: true}, "3.7.2": {refuses: true, dropsStrangers: true},
	} {
		t.Run(version, func(t *testing.T) {
			p, room, path := roomWith(RoomCustom)
			p.Version(version)
			off := p.AddPerson(Person{Email: "off@x.org", Status: statusTerminated})
			want := map[bool]int{true: 400, false: 200}[tt.refuses]
			body := `{"invitations":[{"email":"a@localhost","type":"User"},{"email":"off@x.org","type":"User"},{"email":"pia@x.org","type":"User"}]}`
			a := wantStatus(t, p, want, invite, body)
			if _, invited := p.PersonByEmail("pia@x.org"); invited == tt.refuses || strings.Contains(a.body, "localhost") || invited && !strings.Contains(a.body, "pia@x.org") {
				t.Errorf("what comes after a bad address is invited: %v; answered %s", invited, a.body)
			}
			wantStatus(t, p, map[bool]int{true: 403, false: 200}[tt.refuses], invite, invited("gus@x.org", `"Guest"`))

			mails := len(p.Mails())
			wantStatus(t, p, 200, "PUT people/invite", `{"userIds":["`+off.ID+`"]}`)
			if mailed := len(p.Mails()) > mails; mailed != tt.mailsDisabled {
				t.Errorf("mailed a disabled account: %v", mailed)
			}

			gus := p.AddPerson(Person{Email: "gus@x.org", Role: roleGuest})
			p.AllowInvitingGuests(false)
			wantStatus(t, p, map[bool]int{true: 403, false: 200}[tt.barsGuests], "PUT "+path, entry("id", gus.ID, AccessRead))
			p.AllowInvitingGuests(true)

			p.SetKeyOwnerRole(roleRoomAdmin)
			stranger := p.AddPerson(Person{Email: "sam@x.org", Role: roleGuest})
			wantStatus(t, p, 200, "PUT "+path, entry("id", stranger.ID, AccessRead))
			if dropped := p.membersOf(room.ID)["sam@x.org"] == AccessNone; dropped != tt.dropsStrangers {
				t.Errorf("a stranger's entry is dropped: %v", dropped)
			}
		})
	}
}

// TestSessionsActAsTheirAccount: a session's token is an account's own, has no scopes, and ends with the account.
func TestSessionsActAsTheirAccount(t *testing.T) {
	p := New(WithOwner(Person{FirstName: "Nora", LastName: "North", Email: "nora@x.org"}))
	p.SetKeyScopes("rooms:read")
	gus := p.AddPerson(Person{FirstName: "Gus", Email: "gus@x.org", Role: roleGuest})
	for email, want := range map[string]struct {
		owner bool
		list  int
	}{"nora@x.org": {true, 200}, "gus@x.org": {false, 403}} {
		token, err := p.SignIn(email)
		if err != nil {
			t.Fatal(err)
		}
		self := response[map[string]any](t, wantStatus(t, p, 200, "GET people/@self", "", "Authorization", token))
		if self["email"] != email || self["isOwner"] != want.owner {
			t.Errorf("%s is %v, owner %v", email, self["email"], self["isOwner"])
		}
		wantStatus(t, p, want.list, "GET people/filter", "", "Authorization", token)
		wantStatus(t, p, 401, "GET people/@self", "", "Authorization", "Bearer "+token)
		if err := p.Disable(email); err != nil {
			t.Fatal(err)
		}
		wantStatus(t, p, 401, "GET people/@self", "", "Authorization", token)
	}
	if _, err := p.SignIn("gus@x.org"); err == nil {
		t.Errorf("%s signs in, disabled", gus.Email)
	}
	if people := p.People(); len(people) != 3 || p.owner().Email != "nora@x.org" {
		t.Errorf("the portal begins with %+v", people)
	}
}
