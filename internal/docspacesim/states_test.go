package docspacesim

import (
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

// TestBarredAddresses: callers with a key get plain text, or a bare string if they ask for JSON;
// no one else is shut out (docs/facts/docspace.md, "Answers").
func TestBarredAddresses(t *testing.T) {
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
