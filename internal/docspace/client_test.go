package docspace

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/logging"
	"github.com/docspace-invite-bot/bot/internal/pipenet"
)

const testKey = "sk-00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

func sample(t testing.TB, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// answering returns a client of a server that gives one answer to everything.
func answering(t *testing.T, handler http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	c, err := New(Options{URL: server.URL, Key: logging.NewSecret(testKey), WelcomeKey: "welcome_guest", Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestEveryRefusalHasItsReason(t *testing.T) {
	const (
		jsonType    = "application/json; charset=utf-8"
		problemType = "application/problem+json; charset=utf-8"
		htmlType    = "text/html"
	)
	link := func(c *Client) error { _, err := c.InviteLink(t.Context(), invitation.User); return err }
	for name, tt := range map[string]struct {
		status      int
		media, body string
		header      map[string]string
		call        func(c *Client) error
		want        invitation.Reason
		wait        time.Duration
	}{
		"no key":                 {status: 401, want: invitation.KeyBroken},
		"scope missing":          {status: 403, want: invitation.KeyBroken},
		"denied":                 {status: 403, media: jsonType, body: sample(t, "error-403-access-denied"), want: invitation.PortalDenied},
		"filter's no":            {status: 403, media: problemType, body: sample(t, "problem-403-scope-public"), want: invitation.KeyBroken},
		"address shut out":       {status: 403, media: "text/plain", body: "IP restriction", want: invitation.PortalDenied},
		"no link":                {status: 200, media: jsonType, body: sample(t, "invite-link-refused"), want: invitation.NoLink},
		"no response":            {status: 200, media: jsonType, body: sample(t, "ok-empty"), want: invitation.NoLink},
		"seats":                  {status: 402, media: jsonType, body: sample(t, "error-402-quota"), want: invitation.SeatLimit},
		"unpaid":                 {status: 402, media: problemType, body: sample(t, "problem-402-unpaid"), want: invitation.PortalUnpaid},
		"suspended":              {status: 404, media: problemType, body: `{"status":404,"traceId":"x"}`, want: invitation.PortalUnpaid},
		"no such route":          {status: 404, want: invitation.NotDocSpace},
		"another server's 404":   {status: 404, media: htmlType, body: "<h1>404</h1>", want: invitation.NotDocSpace},
		"busy for a time":        {status: 429, header: map[string]string{"Retry-After": "40"}, want: invitation.PortalBusy, wait: 40 * time.Second},
		"busy for a year":        {status: 429, header: map[string]string{"Retry-After": "31536000"}, want: invitation.PortalBusy, wait: 5 * time.Minute},
		"busy until some date":   {status: 429, header: map[string]string{"Retry-After": "Fri, 31 Dec 2100 23:59:59 GMT"}, want: invitation.PortalBusy, wait: 5 * time.Minute},
		"bad gateway":            {status: 502, media: htmlType, body: "<h1>502</h1>", want: invitation.PortalDown},
		"broken":                 {status: 500, media: jsonType, body: sample(t, "error-404-user"), want: invitation.PortalDown},
		"moved":                  {status: 301, header: map[string]string{"Location": "https://new.test/secret-path?key=1"}, want: invitation.NotDocSpace},
		"a page":                 {status: 200, media: htmlType, body: "<h1>hello</h1>", want: invitation.NotDocSpace},
		"other json":             {status: 200, media: jsonType, body: `{"hello":"world"}`, want: invitation.NotDocSpace},
		"half a json":            {status: 200, media: jsonType, body: sample(t, "invite-link")[:60], want: invitation.PortalDown},
		"endless":                {status: 200, media: jsonType, body: `{"response":"` + strings.Repeat("x", bodyMax) + `"}`, want: invitation.PortalDown},
		"a list for a link":      {status: 200, media: jsonType, body: `{"response":[1],"statusCode":200}`, want: invitation.NotDocSpace},
		"a script for a link":    {status: 200, media: jsonType, body: `{"response":"javascript:alert(1)","statusCode":200}`, want: invitation.NotDocSpace},
		"markup in the link":     {status: 200, media: jsonType, body: `{"response":"https://x.test/|<!channel>","statusCode":200}`, want: invitation.NotDocSpace},
		"another api's 404":      {status: 404, media: jsonType, body: `{"error":{"message":"Not Found"}}`, want: invitation.NotDocSpace},
		"a page asks for login":  {status: 401, media: htmlType, body: "<h1>401</h1>", want: invitation.NotDocSpace},
		"a page wants money":     {status: 402, media: htmlType, body: "<h1>402</h1>", want: invitation.NotDocSpace},
		"a page forbids":         {status: 403, media: htmlType, body: "<h1>403</h1>", want: invitation.NotDocSpace},
		"an untyped page":        {status: 403, body: "<!DOCTYPE html><h1>403</h1>", want: invitation.NotDocSpace},
		"another api forbids":    {status: 403, media: jsonType, body: `{"message":"blocked by policy"}`, want: invitation.NotDocSpace},
		"another api's login":    {status: 401, media: jsonType, body: `{"error":"login"}`, want: invitation.NotDocSpace},
		"a proxy's login":        {status: 407, media: htmlType, body: "<h1>407</h1>", want: invitation.NotDocSpace},
		"a proxy's bare login":   {status: 407, want: invitation.NotDocSpace},
		"too large for a proxy":  {status: 413, media: htmlType, body: "<h1>413</h1>", want: invitation.NotDocSpace},
		"a page redirects":       {status: 302, media: htmlType, body: "<h1>302</h1>", want: invitation.NotDocSpace},
		"address shut out, json": {status: 403, media: jsonType, body: `"IP restriction"`, want: invitation.PortalDenied},
		"a password in the link": {status: 200, media: jsonType, body: `{"response":"https://a:b@x.test/s","statusCode":200}`, want: invitation.NotDocSpace},
		"argument":               {status: 400, media: jsonType, body: sample(t, "error-400-argument"), want: invitation.Unexpected},
		"validation":             {status: 400, media: problemType, body: sample(t, "error-400-validation"), want: invitation.Unexpected},
		"unknown user": {
			status: 404, media: jsonType, body: sample(t, "error-404-user"), want: invitation.UnknownMember,
			call: func(c *Client) error {
				_, err := c.Member(t.Context(), "7e2a4f90-1c3d-4b8e-a5f6-0d9c8b7a6e51")
				return err
			},
		},
		"no more writes today": {
			status: 429, header: map[string]string{"Retry-After": "7200"}, want: invitation.PortalBusy, wait: 2 * time.Hour,
			call: func(c *Client) error {
				return c.CongratulateMember(t.Context(), "7e2a4f90-1c3d-4b8e-a5f6-0d9c8b7a6e51")
			},
		},
		"welcome denied": {
			status: 403, media: jsonType, body: sample(t, "error-403-access-denied"), want: invitation.PortalDenied,
			call: func(c *Client) error {
				return c.CongratulateMember(t.Context(), "7e2a4f90-1c3d-4b8e-a5f6-0d9c8b7a6e51")
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := answering(t, func(w http.ResponseWriter, _ *http.Request) {
				for key, value := range tt.header {
					w.Header().Set(key, value)
				}
				w.Header().Set("Content-Type", tt.media)
				w.WriteHeader(tt.status)
				_, _ = w.Write([]byte(tt.body))
			})
			call := tt.call
			if call == nil {
				call = link
			}
			err := call(c)
			failed, ok := errors.AsType[*Error](err)
			if !ok || !errors.Is(err, tt.want) {
				t.Fatalf("error = %v, want %s", err, tt.want)
			}
			if tt.wait != 0 && failed.Wait != tt.wait {
				t.Errorf("RetryAfter = %v, want %v", failed.Wait, tt.wait)
			}
			for _, hidden := range []string{testKey, "secret-path", "127.0.0.1", "stack", "Controller", "traceId", "7e2a4f90"} {
				if text := fmt.Sprintf("%v %+v %#v", err, err, failed); strings.Contains(text, hidden) {
					t.Errorf("the error shows %q: %s", hidden, text)
				}
			}
		})
	}
}

func TestBusyWithoutATimeWaitsEverLonger(t *testing.T) {
	c := answering(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) })
	var waits []time.Duration
	for range 8 {
		_, err := c.InviteLink(t.Context(), invitation.User)
		failed, _ := errors.AsType[*Error](err)
		waits = append(waits, failed.Wait)
	}
	if waits[0] < 3*time.Second || waits[0] > 6*time.Second || waits[7] < 40*time.Second || waits[7] > time.Minute {
		t.Errorf("waits = %v, want about 5 s growing to a minute", waits)
	}
}

func TestUnreachablePortalIsDown(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	address := server.URL
	server.Close()
	c, err := New(Options{URL: address, Key: logging.NewSecret(testKey)})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.InviteLink(t.Context(), invitation.Guest)
	if !errors.Is(err, invitation.PortalDown) || strings.Contains(err.Error(), "127.0.0.1") {
		t.Errorf("error = %v, want portal_down without the address", err)
	}
}

func TestCallsSendTheKeyAndNoCookies(t *testing.T) {
	for key, want := range map[string]string{
		testKey: "Bearer " + testKey, "aa-1.b_b.cc": "Bearer aa-1.b_b.cc", "raw session token": "raw session token",
	} {
		var got http.Header
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			got = r.Header.Clone()
			http.SetCookie(w, &http.Cookie{Name: "asc_auth_key", Value: "x"})
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(sample(t, "invite-link")))
		}))
		c, err := New(Options{URL: server.URL + "/", Key: logging.NewSecret(key)})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, err := c.InviteLink(t.Context(), invitation.User); err != nil {
				t.Fatal(err)
			}
		}
		if got.Get("Authorization") != want {
			t.Errorf("Authorization = %q, want %q", got.Get("Authorization"), want)
		}
		if got.Get("Origin") != "" || got.Get("Cookie") != "" || got.Get("Accept") != "application/json" {
			t.Errorf("headers = %v: no Origin, no Cookie, and json is wanted", got)
		}
		c.Close()
		server.Close()
	}
}

func TestPortalAddressIsBareAndSafe(t *testing.T) {
	for address, good := range map[string]bool{
		"https://acme.onlyoffice.com": true, "https://acme.test/": true, "http://127.0.0.1:8080": true, "http://localhost": true,
		"http://acme.onlyoffice.com": false, "acme.onlyoffice.com": false, "": false, "https://u:p@acme.test": false,
		"https://acme.test?x=1": false, "ftp://acme.test": false, "http://127.0.0.1.evil.test": false,
	} {
		if _, err := New(Options{URL: address}); (err == nil) != good {
			t.Errorf("New(%q) = %v", address, err)
		} else if err != nil && !strings.Contains(err.Error(), "DOCSPACE_URL") {
			t.Errorf("the error does not name the variable: %v", err)
		}
	}
}

// portal runs a test in fake time with a client of a simulated portal.
func portal(t *testing.T, tell func(t *testing.T, p *docspacesim.Portal, c *Client)) {
	t.Helper()
	watchedPortal(t, func(*docspacesim.Portal, *http.Request) func() { return nil }, tell)
}

// watchedPortal is portal with a look at each request: before it is done, and, by the
// function returned, after.
func watchedPortal(t *testing.T, watch func(*docspacesim.Portal, *http.Request) (after func()), tell func(*testing.T, *docspacesim.Portal, *Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := docspacesim.New(docspacesim.WithZone(time.FixedZone("", 3*3600)))
		var pipes pipenet.Network
		listener := pipes.Listen("127.0.0.1:1")
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if after := watch(p, r); after != nil {
				defer after()
			}
			p.ServeHTTP(w, r)
		})}
		done := make(chan struct{})
		go func() { defer close(done); _ = server.Serve(listener) }()
		transport := &http.Transport{DialContext: pipes.DialContext}
		c, err := New(Options{URL: "http://127.0.0.1:1", Key: logging.NewSecret(p.APIKey()), WelcomeKey: "1.x", Transport: transport})
		if err != nil {
			t.Fatal(err)
		}
		tell(t, p, c)
		transport.CloseIdleConnections()
		_ = server.Close()
		<-done
	})
}

func TestNewcomersFindsEverybodySince(t *testing.T) {
	portal(t, func(t *testing.T, p *docspacesim.Portal, c *Client) {
		start := time.Now()
		for i := range 250 { // five a second: ties
			if i%5 == 0 {
				time.Sleep(time.Second)
			}
			p.AddPerson(docspacesim.Person{FirstName: "P", Email: fmt.Sprintf("p%03d@x.test", i), Status: 1})
		}
		members, err := c.Newcomers(t.Context(), start)
		if err != nil || len(members) < 250 {
			t.Fatalf("Newcomers = %d members, %v; want all 250", len(members), err)
		}
		calls := p.CallCount("/api/2.0/people/filter")
		members, err = c.Newcomers(t.Context(), time.Now().Add(-time.Minute))
		if err != nil || len(members) < 250 || !members[0].Registered.After(start) {
			t.Fatalf("Newcomers = %d members, %v", len(members), err)
		}
		time.Sleep(time.Hour)
		before := p.CallCount("/api/2.0/people/filter")
		if _, err := c.Newcomers(t.Context(), time.Now().Add(-5*time.Minute)); err != nil {
			t.Fatal(err)
		}
		if n := p.CallCount("/api/2.0/people/filter") - before; n != 1 || calls != 3 {
			t.Errorf("a scan with nobody new took %d calls, want 1; one for 250 took %d, want 3", n, calls)
		}
	})
}

func TestFindReturnsEqualAddressesOnly(t *testing.T) {
	portal(t, func(t *testing.T, p *docspacesim.Portal, c *Client) {
		for i := range 230 {
			p.AddPerson(docspacesim.Person{FirstName: "ann@x.org", Email: fmt.Sprintf("joann%d@x.org", i), Status: 1})
		}
		p.AddPerson(docspacesim.Person{FirstName: "Ann", LastName: "Ärcher & <Sons>", Email: "Ann@X.org", Role: "RoomAdmin", Status: 1, Activation: 1})
		members, err := c.FindAccounts(t.Context(), []string{"ann@x.org", "", " ", "nobody@x.org", "ANN@x.org", "a;b@x.org"})
		if err != nil || len(members) != 1 {
			t.Fatalf("Find = %+v, %v; want Ann alone", members, err)
		}
		if m := members[0]; m.Role != invitation.RoomAdmin || m.Standing != invitation.Enabled || m.Name != "Ann Ärcher & <Sons>" || m.Registered.IsZero() {
			t.Errorf("Ann is %+v", m)
		}
		before := len(p.Calls())
		if members, err := c.FindAccounts(t.Context(), []string{"", ";"}); err != nil || len(members) != 0 || len(p.Calls()) != before {
			t.Errorf("asking for nobody = %v, %v, %d calls; an empty filter would be everybody", members, err, len(p.Calls())-before)
		}
		var all []string
		for i := range 120 {
			all = append(all, fmt.Sprintf("joann%d@x.org", i))
		}
		members, err = c.FindAccounts(t.Context(), all)
		if err != nil || len(members) != 120 {
			t.Fatalf("Find = %d members, %v; want 120", len(members), err)
		}
		if n := len(p.Calls()) - before; n > 6 {
			t.Errorf("120 addresses took %d calls", n)
		}
	})
}

func TestOneAccountThroughItsLife(t *testing.T) {
	portal(t, func(t *testing.T, p *docspacesim.Portal, c *Client) {
		link, err := c.InviteLink(t.Context(), invitation.Guest)
		if err != nil {
			t.Fatal(err)
		}
		joined, err := p.Join(link, "Ann", "Archer", "ann@x.org")
		if err != nil {
			t.Fatal(err)
		}
		check := func(standing invitation.Standing) {
			t.Helper()
			byID, err := c.Member(t.Context(), invitation.MemberID(joined.ID))
			if err != nil || byID.Standing != standing || byID.Email != "ann@x.org" || byID.Name != "Ann Archer" || byID.Role != "" {
				t.Errorf("Member = %+v, %v; want %s", byID, err, standing)
			}
			found, err := c.FindAccounts(t.Context(), []string{"ann@x.org"})
			if err != nil || len(found) != 1 || found[0].Standing != standing || found[0].Role != invitation.Guest || !found[0].Registered.Equal(joined.Registered) {
				t.Errorf("Find = %+v, %v; want %s, registered %v", found, err, standing, joined.Registered)
			}
		}
		check(invitation.Unconfirmed)
		_ = p.Activate("ann@x.org")
		check(invitation.Enabled)
		_ = p.Disable("ann@x.org") // isActive stays true
		check(invitation.Disabled)
		_ = p.Remove("ann@x.org")
		if _, err := c.Member(t.Context(), invitation.MemberID(joined.ID)); !errors.Is(err, invitation.UnknownMember) {
			t.Errorf("a removed account: %v", err)
		}
		p.Version("3.6.1") // it answers with another account instead
		if m, err := c.Member(t.Context(), invitation.MemberID(joined.ID)); !errors.Is(err, invitation.UnknownMember) {
			t.Errorf("a removed account of an old portal: %+v, %v", m, err)
		}
		if err := c.CongratulateMember(t.Context(), invitation.MemberID(joined.ID)); !errors.Is(err, invitation.PortalDenied) {
			t.Errorf("the welcome: %v, want the ordinary no", err)
		}
	})
}

func TestAboutThePortal(t *testing.T) {
	portal(t, func(t *testing.T, p *docspacesim.Portal, c *Client) {
		if about, err := c.Settings(t.Context()); err != nil || about.Version != "3.7.2" || about.Suspended != "" || !about.Standalone {
			t.Errorf("Settings = %+v, %v", about, err)
		}
		p.SetKeyScopes("accounts:read")
		if _, err := c.Settings(t.Context()); err != nil {
			t.Errorf("Settings with a weak key: %v; the call is public and goes without it", err)
		}
		if key, err := c.KeyInfo(t.Context()); err != nil || key.Full {
			t.Errorf("KeyInfo = %+v, %v", key, err)
		}
		p.SetKeyScopes()
		p.KeyExpires(time.Now().Add(time.Hour))
		if key, err := c.KeyInfo(t.Context()); err != nil || !key.Full || !key.Active || time.Until(key.Expires).Round(time.Minute) != time.Hour {
			t.Errorf("KeyInfo = %+v, %v", key, err)
		}
		if self, err := c.Self(t.Context()); err != nil || self.Role != invitation.DocSpaceAdmin || self.Owner {
			t.Errorf("Self = %+v, %v", self, err)
		}
		p.SetKeyOwnerRole("owner") // whose isAdmin is false
		if self, err := c.Self(t.Context()); err != nil || self.Role != invitation.DocSpaceAdmin || !self.Owner {
			t.Errorf("the owner is %+v, %v", self, err)
		}
		p.Suspended(true)
		if about, err := c.Settings(t.Context()); err != nil || about.Suspended == "" {
			t.Errorf("Settings of a suspended portal = %+v, %v", about, err)
		}
	})
}

// TestVersionsThatTheBotSupports: what the bot needs came with 3.2.1; what cannot be read is supposed to be new.
func TestVersionsThatTheBotSupports(t *testing.T) {
	for version, want := range map[string][2]bool{ // known, supported
		"3.7.2": {true, true}, "3.2.1": {true, true}, "v3.10": {true, true}, "4.0.0-beta": {true, true}, "10.0.0.12": {true, true},
		"3.2.0": {true, false}, "3.1.1": {true, false}, "2.9.9": {true, false}, "3.2": {true, false},
		"": {false, true}, "next": {false, true},
	} {
		s := Settings{Version: version}
		if s.Known() != want[0] || s.Supported() != want[1] {
			t.Errorf("%q: known %v, supported %v; want %v", version, s.Known(), s.Supported(), want)
		}
	}
}

func TestCancelledCallSaysSo(t *testing.T) {
	c := answering(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.InviteLink(ctx, invitation.User); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want one that says that the caller gave up", err)
	}
}

func TestStandingIsReadInEveryForm(t *testing.T) {
	for text, want := range map[string]invitation.Standing{
		`{"status":1,"activationStatus":1}`:             invitation.Enabled,
		`{"status":"1","activationStatus":"Activated"}`: invitation.Enabled,
		`{"status":"Active","activationStatus":5}`:      invitation.Enabled,
		`{"status":1}`: invitation.Unconfirmed,
		`{"status":1,"activationStatus":"Pending"}`:                  invitation.Unconfirmed,
		`{"status":1,"activationStatus":2}`:                          invitation.Unconfirmed,
		`{"status":2,"activationStatus":1,"isActive":true}`:          invitation.Disabled,
		`{"status":"terminated"}`:                                    invitation.Disabled,
		`{"status":4,"activationStatus":2}`:                          invitation.Invited,
		`{"status":null,"activationStatus":1}`:                       invitation.Invited,
		`{"status":"from the future","activationStatus":"whatever"}`: invitation.Invited,
	} {
		var u user
		if err := json.Unmarshal([]byte(text), &u); err != nil || u.member().Standing != want {
			t.Errorf("%s is %s, %v; want %s", text, u.member().Standing, err, want)
		}
	}
	for text, want := range map[string]string{
		`"2025-11-20T12:15:42.0000000+03:00"`: "2025-11-20T09:15:42Z", `"2025-11-20T09:15:42.1230000Z"`: "2025-11-20T09:15:42Z",
		`"2025-11-20T09:15:42"`: "2025-11-20T09:15:42Z", `"0001-01-01T00:00:00.0000000Z"`: "", `null`: "", `"soon"`: "", `7`: "",
		`{"utcTime":"2025-11-20T09:15:42.0000000Z","timeZoneOffset":"03:00:00"}`: "2025-11-20T09:15:42Z", `{"utcTime":null}`: "", `{}`: "",
	} {
		var d date
		if err := json.Unmarshal([]byte(text), &d); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		got := ""
		if !d.IsZero() {
			got = d.UTC().Format(time.RFC3339)
		}
		if got != want {
			t.Errorf("%s is %q, want %q", text, got, want)
		}
	}
	if u := (user{FirstName: "AT&amp;T", DisplayName: "AT&amp;amp;T"}); u.name() != "AT&amp;T" {
		t.Errorf("the first name became %q; only displayName is encoded", u.name())
	}
	if u := (user{DisplayName: "Noor O&#39;Dea", Email: "noor@x.org"}); u.name() != "Noor O'Dea" {
		t.Errorf("the displayName became %q", u.name())
	}
	if u := (user{DisplayName: "PIA@x.org", Email: "pia@x.org"}); u.name() != "" {
		t.Errorf("an address stands for the name: %q", u.name())
	}
	var page envelope
	var users []user
	if json.Unmarshal([]byte(sample(t, "people-filter-page")), &page) != nil || json.Unmarshal(page.Response, &users) != nil || len(users) < 4 {
		t.Fatal("the sample page cannot be read")
	}
	if m := users[0].member(); m.Standing != invitation.Unconfirmed || m.Role != invitation.User || m.Registered.UTC().Hour() != 9 {
		t.Errorf("the sample's first person is %+v", m)
	}
}

func FuzzUser(f *testing.F) {
	for _, name := range []string{"portal-user-active", "portal-user-disabled", "people-self", "error-404-user", "people-filter-page"} {
		f.Add([]byte(sample(f, name)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var env envelope
		if json.Unmarshal(data, &env) != nil {
			return
		}
		var u user
		if json.Unmarshal(env.Response, &u) != nil {
			return
		}
		m := u.member()
		if m.Standing == invitation.Enabled && (u.Status != statusActive || u.Activation&activationDone == 0) {
			t.Errorf("%+v counts as active", u)
		}
	})
}

func FuzzDate(f *testing.F) {
	f.Add(`"2025-11-20T12:15:42.0000000+03:00"`)
	f.Add(`"2025-11-20T09:15:42"`)
	f.Fuzz(func(t *testing.T, text string) {
		var d date
		if err := d.UnmarshalJSON([]byte(text)); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	})
}

func BenchmarkPageOf100(b *testing.B) {
	one := sample(b, "people-filter-page")
	var env envelope
	if err := json.Unmarshal([]byte(one), &env); err != nil {
		b.Fatal(err)
	}
	var users []json.RawMessage
	if err := json.Unmarshal(env.Response, &users); err != nil {
		b.Fatal(err)
	}
	for len(users) < 100 {
		users = append(users, users[0])
	}
	page, err := json.Marshal(users)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		var decoded []user
		if err := json.Unmarshal(page, &decoded); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPageOf100Rooms(b *testing.B) {
	page := `{"files":[],"folders":[` + strings.Repeat(aRoom(7, "Q3 planning", nil)+",", 99) + aRoom(7, "Q3 planning", nil) + `]}`
	b.ReportAllocs()
	for b.Loop() {
		var decoded struct{ Folders []folder }
		if err := json.Unmarshal([]byte(page), &decoded); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPageOf100Shares(b *testing.B) {
	page := `[` + strings.Repeat(aShare("m1", 10, nil)+",", 99) + aShare("m1", 10, nil) + `]`
	b.ReportAllocs()
	for b.Loop() {
		var decoded []share
		if err := json.Unmarshal([]byte(page), &decoded); err != nil {
			b.Fatal(err)
		}
	}
}
