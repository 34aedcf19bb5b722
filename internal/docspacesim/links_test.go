package docspacesim

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestWhoGetsALink is the second bullet of docs/facts/docspace.md, "Legacy invitation link".
func TestWhoGetsALink(t *testing.T) {
	for owner, roles := range map[string]string{
		roleOwner: "Guest User RoomAdmin DocSpaceAdmin", roleDocSpaceAdmin: "Guest User RoomAdmin", roleRoomAdmin: "Guest User",
		roleUser: "", roleGuest: "",
	} {
		p := New()
		p.SetKeyOwnerRole(owner)
		for role, number := range roleNumbers {
			link := linkFor(t, p, strings.ToUpper(role))
			if strings.Contains(" "+roles+" ", " "+role+" ") != (link != "") {
				t.Errorf("a key of the role %s got the %s link %q", owner, role, link)
			}
			if other := linkFor(t, p, string(rune('0'+number))); link != "" && link == other {
				t.Errorf("two calls got the same link")
			}
		}
	}
	p := New()
	if link := linkFor(t, p, "All"); link != "" {
		t.Errorf("a link for All: %s", link)
	}
	wantStatus(t, p, 400, "GET portal/users/invite/Boss", "")
	p.AllowInvitingMembers(false)
	wantStatus(t, p, 403, "GET portal/users/invite/Guest", "")
}

// TestLinkLeadsToTheForm checks the address: built on the request, short, then long.
func TestLinkLeadsToTheForm(t *testing.T) {
	p := New()
	r := httptest.NewRequest(http.MethodGet, "http://docs.example:8080"+apiPath+"portal/users/invite/User", nil)
	r.Header.Set("Authorization", "Bearer "+p.APIKey())
	r.Header.Set("X-Forwarded-Proto", "https")
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	link := response[string](t, answered{w.Code, w.Header(), w.Body.String()})
	code, ok := strings.CutPrefix(link, "https://docs.example:8080/s/")
	if !ok || len(code) != 15 {
		t.Fatalf("the link is %s", link)
	}
	follow := func(path string) string {
		w := httptest.NewRecorder()
		p.ServeHTTP(w, httptest.NewRequest(http.MethodGet, host+path, nil))
		if w.Code != http.StatusFound {
			t.Errorf("%s: %d", path, w.Code)
		}
		return w.Header().Get("Location")
	}
	long := follow("/s/" + code)
	for _, part := range []string{"https://docs.example:8080/confirm/LinkInvite?", "type=LinkInvite", "uid=" + p.BotAccount(), "emplType=4"} {
		if !strings.Contains(long, part) {
			t.Errorf("the link leads to %s, without %s", long, part)
		}
	}
	if root := follow("/s/unknown"); root != "/" {
		t.Errorf("an unknown code leads to %s", root)
	}
	if _, err := p.Join(long, "Ann", "Archer", "ann@x.org"); err != nil {
		t.Errorf("by the long form: %v", err)
	}
	for _, forged := range []string{strings.Replace(long, "emplType=4", "emplType=3", 1), strings.Replace(long, p.BotAccount(), p.owner().ID, 1), "::", "https://docs.example/s/", "https://docs.example/confirm/LinkInvite"} {
		if _, err := p.Join(forged, "Eve", "E", "eve@x.org"); !errors.Is(err, ErrLinkInvalid) {
			t.Errorf("by %s: %v", forged, err)
		}
	}
}

// TestWhatEndsALink is how legacy links die (docs/facts/docspace.md, "Legacy invitation link").
func TestWhatEndsALink(t *testing.T) {
	for name, tt := range map[string]struct {
		end  func(*Portal)
		want error
	}{
		"nothing":          {func(*Portal) {}, nil},
		"almost a week":    {func(*Portal) { time.Sleep(linkLife) }, nil},
		"a week":           {func(*Portal) { time.Sleep(linkLife + time.Second) }, ErrLinkExpired},
		"guests off":       {func(p *Portal) { p.AllowInvitingGuests(false) }, ErrGuestsOff},
		"user limit":       {func(p *Portal) { p.UserLimit(2) }, ErrUserLimit},
		"room for one":     {func(p *Portal) { p.UserLimit(3) }, nil},
		"owner disabled":   {func(p *Portal) { _ = p.Disable("docspace-bot@acme.example") }, ErrLinkInvalid},
		"owner removed":    {func(p *Portal) { _ = p.Remove("docspace-bot@acme.example") }, ErrLinkInvalid},
		"owner lost right": {func(p *Portal) { p.SetKeyOwnerRole(roleUser) }, ErrLinkInvalid},
		"key disabled":     {(*Portal).DisableKey, nil}, // the account counts, not the key
	} {
		synctest.Test(t, func(t *testing.T) {
			p := New()
			link := linkFor(t, p, "Guest")
			tt.end(p)
			if _, err := p.Join(link, "Gus", "Guest", "gus@x.org"); !errors.Is(err, tt.want) {
				t.Errorf("%s: %v, want %v", name, err, tt.want)
			}
		})
	}
}

// TestSwitchesForWhoJoins: each switch holds up those who join by the form as what it is about, and none of
// those who join with an account elsewhere (docs/facts/docspace.md, "Settings and health").
func TestSwitchesForWhoJoins(t *testing.T) {
	for name, tt := range map[string]struct {
		role            string
		members, guests bool
		want            error
	}{
		"a guest, members off":    {roleGuest, false, true, nil},
		"a guest, guests off":     {roleGuest, true, false, ErrGuestsOff},
		"a user, guests off":      {roleUser, true, false, nil},
		"a user, members off":     {roleUser, false, true, ErrMembersOff},
		"an admin, members off":   {roleRoomAdmin, false, true, ErrMembersOff},
		"a guest, with both off":  {roleGuest, false, false, ErrGuestsOff},
		"a member, with both off": {roleUser, false, false, ErrMembersOff},
	} {
		p := New()
		link := linkFor(t, p, tt.role)
		p.AllowInvitingMembers(tt.members)
		p.AllowInvitingGuests(tt.guests)
		if _, err := p.Join(link, "Ann", "Archer", "ann@x.org"); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
		if _, err := p.JoinSocial(link, "Bob", "Baker", "bob@x.org"); err != nil {
			t.Errorf("%s, with an account elsewhere: %v", name, err)
		}
		form := url.Values{"first": {"Cy"}, "last": {"Cole"}, "email": {"cy@x.org"}, "social": {"1"}}
		shows(t, browse(t, p, browseTo(t, p, link), form), 200, "Welcome")
	}
}

type linkDTO struct {
	ID                           string
	EmployeeType                 int
	Expiration                   string
	IsExpired                    bool
	MaxUseCount, CurrentUseCount int
	URL                          string
}

const managed = "portal/users/invitationlink"

func TestManagedLinkThroughItsLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(WithZone(time.FixedZone("", 3*3600))) // the bubble's year is 2000
		made := response[linkDTO](t, wantStatus(t, p, 200, "POST "+managed, `{"employeeType":4,"expiration":"2000-01-31T00:00:00Z","maxUseCount":2}`))
		if made.EmployeeType != 4 || made.Expiration != "2000-01-31T03:00:00.0000000+03:00" || made.MaxUseCount != 2 || made.IsExpired {
			t.Errorf("POST = %+v", made)
		}
		wantStatus(t, p, 400, "POST "+managed, `{"employeeType":"User"}`)
		join := func(how func(link, first, last, email string) (Person, error), email string, want error) {
			t.Helper()
			if _, err := how(made.URL, "A", "B", email); !errors.Is(err, want) {
				t.Errorf("%s joins: %v, want %v", email, err, want)
			}
		}
		join(p.Join, "a@x.org", nil)
		join(p.JoinSocial, "b@x.org", nil) // not counted
		join(p.Join, "c@x.org", nil)
		join(p.Join, "d@x.org", ErrLinkExpired)
		got := response[linkDTO](t, wantStatus(t, p, 200, "GET "+managed+"/User", ""))
		if got.URL != made.URL || got.CurrentUseCount != 2 {
			t.Errorf("GET = %+v, want the same address and two uses", got)
		}
		wantStatus(t, p, 400, "PUT "+managed, `{"id":"`+made.ID+`","maxUseCount":1}`)
		put := response[linkDTO](t, wantStatus(t, p, 200, "PUT "+managed, `{"id":"`+made.ID+`"}`))
		if put.Expiration != "" || put.MaxUseCount != 0 || put.CurrentUseCount != 2 {
			t.Errorf("PUT = %+v, want what was left out to be unlimited", put)
		}
		join(p.Join, "d@x.org", nil)
		// An offset is misread as the portal's own.
		put = response[linkDTO](t, wantStatus(t, p, 200, "PUT "+managed, `{"id":"`+made.ID+`","expiration":"2000-01-31T00:00:00-05:00"}`))
		if put.Expiration != "2000-01-31T00:00:00.0000000+03:00" {
			t.Errorf("expiration %s", put.Expiration)
		}
		time.Sleep(31 * 24 * time.Hour)
		if got := response[linkDTO](t, ask(p, "GET "+managed+"/User", "")); !got.IsExpired {
			t.Errorf("after a month %+v", got)
		}
		join(p.Join, "e@x.org", ErrLinkExpired)
		wantStatus(t, p, 200, "DELETE "+managed, `{"id":"`+made.ID+`"}`)
		join(p.Join, "e@x.org", ErrLinkInvalid)
		wantStatus(t, p, 404, "DELETE "+managed, `{"id":"`+made.ID+`"}`)
		again := response[linkDTO](t, wantStatus(t, p, 200, "POST "+managed, `{"employeeType":"user"}`))
		if again.ID == made.ID || again.URL == made.URL || again.CurrentUseCount != 0 {
			t.Errorf("made again it is %+v", again)
		}
	})
}

// TestManagedLinkRefusals is the table of docs/facts/docspace.md, "Managed links".
func TestManagedLinkRefusals(t *testing.T) {
	owned := func(role string) func(*Portal) { return func(p *Portal) { p.SetKeyOwnerRole(role) } }
	noSeat := func(p *Portal) { p.Seats(0) }
	for _, tt := range []struct {
		before        func(*Portal)
		request, body string
		want          int
	}{
		{func(p *Portal) { p.AllowInvitingMembers(false) }, "POST", `{"employeeType":4}`, 403},
		{nil, "POST", `{"employeeType":"DocSpaceAdmin"}`, 403},
		{owned(roleOwner), "POST", `{"employeeType":"DocSpaceAdmin"}`, 200},
		{owned(roleRoomAdmin), "POST", `{"employeeType":1}`, 403},
		{owned(roleRoomAdmin), "POST", `{"employeeType":4}`, 200},
		{owned(roleUser), "POST", `{"employeeType":4}`, 403},
		{nil, "POST", `{"employeeType":"Guest"}`, 400},
		{nil, "POST", `{"employeeType":"Boss"}`, 400},
		{nil, "POST", `{}`, 400},
		{nil, "POST", `{`, 400},
		{nil, "POST", `{"employeeType":4,"maxUseCount":0}`, 400},
		{nil, "POST", `{"employeeType":4,"maxUseCount":1001}`, 400},
		{nil, "POST", `{"employeeType":4,"expiration":"2001-01-01T00:00:00Z"}`, 400},
		{nil, "POST", `{"employeeType":4,"expiration":"soon"}`, 400},
		{noSeat, "POST", `{"employeeType":"RoomAdmin"}`, 402},
		{noSeat, "POST", `{"employeeType":"User"}`, 200},
		{noSeat, "GET/RoomAdmin", ``, 402},
		{nil, "GET/Guest", ``, 400},
		{nil, "GET/Boss", ``, 400},
		{nil, "GET/DocSpaceAdmin", ``, 403},
		{nil, "PUT", `{"id":"` + noGUID + `"}`, 404},
		{nil, "PUT", `[]`, 400},
		{nil, "DELETE", `{"id":"` + noGUID + `"}`, 404},
		{nil, "DELETE", ``, 400},
	} {
		p := New()
		if tt.before != nil {
			tt.before(p)
		}
		method, role, _ := strings.Cut(tt.request, "/")
		wantStatus(t, p, tt.want, method+" "+strings.TrimSuffix(managed+"/"+role, "/"), tt.body)
	}
	p := New()
	p.SetKeyOwnerRole(roleOwner)
	link := response[linkDTO](t, ask(p, "POST "+managed, `{"employeeType":3}`))
	p.SetKeyOwnerRole(roleDocSpaceAdmin)
	wantStatus(t, p, 403, "PUT "+managed, `{"id":"`+link.ID+`"}`)
	wantStatus(t, p, 403, "DELETE "+managed, `{"id":"`+link.ID+`"}`)
}
