package docspacesim

import (
	"strings"
	"testing"
	"time"
)

// TestWhichHeadersAreAKey is docs/facts/docspace.md, "Authentication".
func TestWhichHeadersAreAKey(t *testing.T) {
	p := New()
	for name, tt := range map[string]struct {
		request, header, value string
		want                   int
		cookies                bool
	}{
		"the key":                    {"GET people/@self", "Authorization", "Bearer " + p.APIKey(), 200, false},
		"raw key":                    {"GET people/@self", "Authorization", p.APIKey(), 401, true},
		"lower-case scheme":          {"GET people/@self", "Authorization", "bearer " + p.APIKey(), 401, true},
		"two spaces":                 {"GET people/@self", "Authorization", "Bearer  " + p.APIKey(), 401, false},
		"wrong key":                  {"GET people/@self", "Authorization", "Bearer sk-1", 401, false},
		"no key":                     {"GET people/@self", "Authorization", "", 401, true},
		"no key, public":             {"GET settings", "Authorization", "", 200, false},
		"wrong key, public":          {"GET settings", "Authorization", "Bearer sk-1", 401, false},
		"another portal's Origin":    {"GET people/@self", "Origin", "https://other.example", 500, false},
		"this portal's Origin":       {"GET people/@self", "Origin", host, 200, false},
		"a page without an Origin":   {"GET people/@self", "Origin", "null", 500, false},
		"key in another portal's":    {"GET settings", "Origin", "https://other.example", 500, false},
		"no key, nobody's welcome":   {"POST portal/sendcongratulations?Userid=" + noGUID + "&Key=1.x", "Authorization", "", 403, false},
		"no key, not public at all":  {"GET portal", "Authorization", "", 401, true},
		"wrong key, no route at all": {"GET nowhere", "Authorization", "Bearer sk-1", 404, false},
	} {
		a := ask(p, tt.request, "", tt.header, tt.value)
		if a.status != tt.want || a.status == 401 && a.body != "" || (a.header.Get("Set-Cookie") != "") != tt.cookies {
			t.Errorf("%s: %d %q, cookies %q; want %d", name, a.status, a.body, a.header["Set-Cookie"], tt.want)
		}
	}
	a := wantStatus(t, p, 404, "GET settings", "", "Authorization", "", "Origin", "https://other.example")
	if !strings.Contains(a.header.Get("Content-Type"), "problem+json") {
		t.Errorf("a portal that is not there answers %v", a.header)
	}
}

// TestScopesOpenTheirCalls is the table of docs/facts/docspace.md, "Authentication".
func TestScopesOpenTheirCalls(t *testing.T) {
	const nobody = noGUID
	all := []string{"*:read", "*:write", "accounts.self:read", "accounts.self:write", "accounts:read", "accounts:write", "rooms:read", "rooms:write"}
	for request, allowed := range map[string]string{
		"GET people/@self":                           "*:read *:write accounts.self:read accounts.self:write",
		"GET people/filter":                          "*:read *:write accounts:read accounts:write",
		"GET people/simple/filter":                   "*:read *:write accounts:read accounts:write",
		"GET people/email?email=owner@acme.example":  "*:read *:write accounts:read accounts:write",
		"GET people/exists?email=owner@acme.example": strings.Join(all, " "),
		"GET people/" + nobody:                       strings.Join(all, " "),
		"GET keys/@self":                             strings.Join(all, " "),
		"GET portal":                                 "*:read *:write",
		"GET portal/users/" + nobody:                 "*:read *:write",
		"GET portal/users/invite/User":               "*:read *:write",
		"GET portal/users/invitationlink/User":       "*:read *:write",
		"POST portal/users/invitationlink":           "*:write",
		"PUT portal/users/invitationlink":            "*:write",
		"DELETE portal/users/invitationlink":         "*:write",
		"GET settings":                               "*:read *:write",
		"GET settings/cultures":                      "*:read *:write",
		"GET settings/invitationsettings":            "*:read *:write",
		"GET settings/version/build":                 "*:read *:write",
		"GET capabilities":                           "*:read *:write",
		"POST portal/sendcongratulations?Userid=x":   "*:write",
		"POST people/invite":                         "*:write accounts:write",
		"PUT people/invite":                          "*:write accounts:write",
		"GET files/rooms":                            "*:read *:write rooms:read rooms:write",
		"GET files/rooms/1":                          "*:read *:write rooms:read rooms:write",
		"GET files/rooms/1/share":                    "*:read *:write rooms:read rooms:write",
		"PUT files/rooms/1/share":                    "*:write rooms:write",
	} {
		for _, scope := range all {
			p := New()
			p.SetKeyScopes(scope)
			a := ask(p, request, "")
			if want := strings.Contains(" "+allowed+" ", " "+scope+" "); (a.status != 403) != want {
				t.Errorf("%s with %s: %d, allowed should be %v", request, scope, a.status, want)
			}
		}
	}
	for _, full := range [][]string{nil, {}, {"*"}, {"rooms:read", "*:write"}} {
		p := New()
		p.SetKeyScopes(full...)
		wantStatus(t, p, 200, "GET portal/users/invite/User", "")
	}
}

func TestWhatEndsAKey(t *testing.T) {
	for name, end := range map[string]func(*Portal){
		"disabled":       (*Portal).DisableKey,
		"expired":        (*Portal).ExpireKey,
		"owner disabled": func(p *Portal) { _ = p.Disable("docspace-bot@acme.example") },
		"owner removed":  func(p *Portal) { _ = p.Remove("docspace-bot@acme.example") },
	} {
		p := New()
		p.KeyExpires(time.Now().Add(time.Hour))
		wantStatus(t, p, 200, "GET people/@self", "")
		end(p)
		if a := ask(p, "GET people/@self", ""); a.status != 401 || a.body != "" || a.header.Get("Set-Cookie") != "" {
			t.Errorf("%s: %d %q", name, a.status, a.body)
		}
	}
}

// TestUnpaidAndSuspended says who answers in a portal that no one paid for, and in one that
// is suspended (docs/facts/docspace.md, "Answers").
func TestUnpaidAndSuspended(t *testing.T) {
	for request, want := range map[string][2]int{
		"GET settings":                               {200, 200},
		"GET settings/version/build":                 {200, 404},
		"GET settings/cultures":                      {200, 404},
		"GET settings/invitationsettings":            {402, 404},
		"GET capabilities":                           {200, 404},
		"GET portal":                                 {200, 404},
		"GET people/@self":                           {200, 404},
		"GET people/filter":                          {200, 404},
		"GET people/owner":                           {200, 404},
		"GET people/exists?email=owner@acme.example": {200, 404},
		"GET portal/users/" + noGUID:                 {402, 404},
		"GET portal/users/invite/User":               {402, 404},
		"GET portal/users/invitationlink/User":       {402, 404},
		"POST portal/sendcongratulations":            {402, 404},
		"POST people/invite":                         {402, 404},
		"GET files/rooms":                            {402, 404},
		"PUT files/rooms/1/share":                    {402, 404},
	} {
		p := New()
		p.Unpaid(true)
		wantStatus(t, p, want[0], request, "")
		p.Unpaid(false)
		p.Suspended(true)
		wantStatus(t, p, want[1], request, "")
		if request == "GET settings" {
			if status := response[struct{ TenantStatus int }](t, ask(p, request, "")).TenantStatus; status != 1 {
				t.Errorf("tenantStatus %d of a suspended portal", status)
			}
		}
	}
}

// TestSettingsTellMoreToACaller checks what docs/facts/docspace.md, "Settings and health" says of a
// valid session.
func TestSettingsTellMoreToACaller(t *testing.T) {
	p := New(WithZone(time.FixedZone("America/St_Johns", -3*3600-1800)))
	told := response[map[string]any](t, ask(p, "GET settings", ""))
	if told["utcOffset"] != "-03:30:00" || told["timezone"] != "America/St_Johns" || told["ownerId"] != p.owner().ID || told["invitationLimit"] == nil {
		t.Errorf("a caller is told %v", told)
	}
	if portal := response[map[string]any](t, ask(p, "GET portal", "")); portal["tenantAlias"] != alias {
		t.Errorf("an admin is told of the portal %v", portal)
	}
	p.SetKeyOwnerRole(roleRoomAdmin)
	if portal := response[map[string]any](t, ask(p, "GET portal", "")); portal["tenantId"] != 1.0 || portal["tenantAlias"] != "" {
		t.Errorf("others are told of the portal %v", portal)
	}
}
