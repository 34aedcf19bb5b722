package docspacesim

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// browse opens a page as a browser does, following redirects.
func browse(t *testing.T, p *Portal, address string, form url.Values) *httptest.ResponseRecorder {
	t.Helper()
	for range 3 {
		r := httptest.NewRequest(http.MethodGet, address, nil)
		if form != nil {
			r = httptest.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		w := httptest.NewRecorder()
		p.ServeHTTP(w, r)
		if w.Code != http.StatusFound {
			return w
		}
		to, err := r.URL.Parse(w.Header().Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		address = to.String()
	}
	t.Fatal("redirects without end")
	return nil
}

// shows checks what a page has and has not.
func shows(t *testing.T, w *httptest.ResponseRecorder, status int, parts ...string) {
	t.Helper()
	if w.Code != status || w.Header().Get("X-Frame-Options") != "" || strings.Contains(w.Header().Get("Content-Security-Policy"), "frame-ancestors") {
		t.Errorf("%d %v, want %d in any frame", w.Code, w.Header(), status)
	}
	page := w.Body.String()
	for _, part := range append(parts, `<meta name="viewport"`, `<html lang="en">`, "</html>") {
		if part, not := strings.CutPrefix(part, "!"); strings.Contains(page, part) == not {
			t.Errorf("the page shows %q: %v\n%s", part, !not, page[strings.Index(page, "<body>"):])
		}
	}
	if strings.Contains(page, "http://") || strings.Contains(page, "https://") && !strings.Contains(page, host) {
		t.Error("the page needs something of elsewhere")
	}
}

// TestPeopleComeInByThePages is the way of a person with a browser.
func TestPeopleComeInByThePages(t *testing.T) {
	p := New()
	link := linkFor(t, p, "RoomAdmin")
	form := browse(t, p, link+"?email=eve%40x.org&first=%3Cb%3E&last=%22x", nil)
	shows(t, form, 200, `value="eve@x.org"`, `value="&lt;b&gt;"`, `value="&#34;x"`, `id="inviter">Welcome Bot<`, `id="role">room admin<`,
		`for="email"`, `for="first"`, `for="last"`, `id="join"`, "!<b>\"", `!id="error"`)

	long := browseTo(t, p, link)
	filled := url.Values{"email": {"eve@x.org"}, "first": {"Eve & <i>"}, "last": {"Adams"}}
	shows(t, browse(t, p, long, filled), 200, `id="joined"`, "Check your email, Eve &amp; &lt;i&gt; Adams", "eve@x.org", `id="role">room admin<`)
	shows(t, browse(t, p, long, filled), 400, `id="error" role="alert"`, "exists already", `value="eve@x.org"`, `value="Eve &amp; &lt;i&gt;"`)
	if eve, _ := p.PersonByEmail("eve@x.org"); eve.active() || eve.FirstName != "Eve & <i>" {
		t.Errorf("Eve is %+v", eve)
	}

	letter := p.Mails()[0].Link
	shows(t, browse(t, p, letter, nil), 200, `id="activated"`, "eve@x.org", `!id="error"`)
	if eve, _ := p.PersonByEmail("eve@x.org"); !eve.active() {
		t.Errorf("after the click Eve is %+v", eve)
	}
	shows(t, browse(t, p, strings.Replace(letter, "key=", "key=1", 1), nil), 404, `id="error" role="alert"`, `!id="activated"`)

	filled.Set("email", "sid@x.org")
	filled.Set("social", "1")
	p.Seats(0)
	shows(t, browse(t, p, long, filled), 200, `id="joined"`, "Your account is active", `id="role">user<`)
}

// browseTo returns the address that the link leads to.
func browseTo(t *testing.T, p *Portal, link string) string {
	t.Helper()
	w := httptest.NewRecorder()
	p.ServeHTTP(w, httptest.NewRequest(http.MethodGet, link, nil))
	return w.Header().Get("Location")
}

func TestPagesThatDoNotLetIn(t *testing.T) {
	p := New()
	long := browseTo(t, p, linkFor(t, p, "Guest"))
	filled := url.Values{"email": {"eve@x.org"}, "first": {"Eve"}, "last": {"Adams"}}
	p.AllowInvitingGuests(false)
	for _, form := range []url.Values{nil, filled} {
		shows(t, browse(t, p, long, form), 404, `id="error" role="alert"`, "guests", `!id="join"`)
	}
	shows(t, browse(t, p, host+"/confirm/LinkInvite?key=x", nil), 404, `id="error"`, "not valid", `!id="join"`)
	shows(t, browse(t, p, host+"/s/unknown", nil), 200, "Acme DocSpace", `!id="join"`)
	shows(t, browse(t, p, host+"/nowhere", nil), 404, `id="error"`)
	if w := browse(t, p, host+"/", url.Values{}); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("a form sent to the root: %d", w.Code)
	}
	p.AllowInvitingGuests(true)
	filled.Set("first", strings.Repeat("x", formMax))
	shows(t, browse(t, p, long, filled), 400, `id="error"`)
	if len(p.People()) != 2 {
		t.Errorf("somebody came in: %+v", p.People())
	}
}

// TestThePagesOfRooms are a list, and where the link of a room leads.
func TestThePagesOfRooms(t *testing.T) {
	p := New()
	shows(t, browse(t, p, host+"/rooms/shared/filter", nil), 200, "nothing here yet")
	room := p.AddRoom("Q3 <b>", RoomCustom, "owner@acme.example")
	p.AddPerson(Person{FirstName: "Ann & <i>", LastName: "Archer", Email: "ann@x.org"})
	if err := p.Share(room.ID, "ann@x.org", AccessEditing); err != nil {
		t.Fatal(err)
	}
	pia := p.InviteByEmail("pia@x.org", roleUser)
	if err := p.Share(room.ID, pia.Email, AccessRead); err != nil {
		t.Fatal(err)
	}
	address := host + "/rooms/shared/33/filter?folder=33"
	shows(t, browse(t, p, address, nil), 200, `id="title">Q3 &lt;b&gt;<`, "<b>Olga Owner</b> <span>owner<", "<b>Ann &amp; &lt;i&gt; Archer</b> <span>editor<", "<b>pia@x.org</b> <span>viewer, invited<", `!id="error"`)
	if err := p.ArchiveRoom(room.ID); err != nil {
		t.Fatal(err)
	}
	shows(t, browse(t, p, address, nil), 200, "archived")
	shows(t, browse(t, p, host+"/rooms/shared", nil), 200, `<a href="/rooms/shared/33/filter?folder=33">Q3 &lt;b&gt;</a> <span>Olga Owner, archived<`)
	agent := p.AddRoom("Agent", RoomAI, "")
	shows(t, browse(t, p, host+agent.path(), nil), 200, ">Agent<")
	for _, path := range []string{"/rooms/shared/1/filter", "/rooms/shared/filter/", "/rooms/shared/33/x"} {
		shows(t, browse(t, p, host+path, nil), 404, `id="error"`, `!id="list"`)
	}
}

// TestTheEmailOfARoomLeadsIntoIt once the person has registered.
func TestTheEmailOfARoomLeadsIntoIt(t *testing.T) {
	p, _, path := roomWith(RoomCustom)
	wantStatus(t, p, 200, "PUT "+path, entry("email", "gus@x.org", AccessRead))
	long := browseTo(t, p, p.Mails()[0].Link)
	shows(t, browse(t, p, long, nil), 200, `id="role">guest<`, `id="room">Q3 planning<`)
	filled := url.Values{"email": {"gus@x.org"}, "first": {"Gus"}, "last": {"Guest"}}
	shows(t, browse(t, p, long, filled), 200, "Your account is active", `id="open" href="/rooms/shared/33/filter?folder=33">Open the room Q3 planning<`)
}
