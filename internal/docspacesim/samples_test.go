package docspacesim

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestAnswersHaveTheFormOfTheSamples compares each sample of the facts with what the server
// sends: the same members, each of the same kind and with dates of the same form, and none
// besides.
func TestAnswersHaveTheFormOfTheSamples(t *testing.T) {
	person := func(status, activation int) func(p *Portal) string {
		return func(p *Portal) string {
			ada := p.AddPerson(Person{
				FirstName: "Ada", LastName: "Okafor", Email: "Ada.Okafor@example.com", CreatedBy: p.BotAccount(),
				Status: status, Activation: activation,
			})
			return "GET portal/users/" + ada.ID
		}
	}
	plain := func(request string) func(*Portal) string { return func(*Portal) string { return request } }
	managed := func(request string) func(*Portal) string {
		return func(p *Portal) string {
			a := ask(p, "POST portal/users/invitationlink", `{"employeeType":"User","expiration":"2126-01-31T00:00:00Z","maxUseCount":25}`)
			var link struct{ Response struct{ ID string } }
			_ = json.Unmarshal([]byte(a.body), &link)
			return strings.ReplaceAll(request, "{id}", link.Response.ID)
		}
	}
	// inRoom has Ada in a room, from which the portal has as many people as it may.
	inRoom := func(request string) func(*Portal) string {
		return func(p *Portal) string {
			room := p.AddRoom("Q3 planning", RoomCustom, "")
			person(1, 1)(p)
			if err := p.Share(room.ID, "ada.okafor@example.com", AccessEditing); err != nil {
				t.Error(err)
			}
			p.UserLimit(3)
			return request
		}
	}
	for sample, tt := range map[string]struct {
		request func(*Portal) string
		body    string
		status  int
		headers []string
	}{
		"capabilities":            {request: plain("GET capabilities")},
		"error-400-argument":      {request: managed("POST portal/users/invitationlink"), body: `{"employeeType":4}`, status: 400},
		"error-400-validation":    {request: plain("GET people/filter?count=500"), status: 400},
		"error-402-quota":         {request: func(p *Portal) string { p.Seats(0); return "GET portal/users/invitationlink/RoomAdmin" }, status: 402},
		"error-403-access-denied": {request: plain("POST portal/sendcongratulations?Userid=" + noGUID + "&Key=welcome_guest"), status: 403},
		"error-404-user":          {request: plain("GET portal/users/" + noGUID), status: 404},
		"invitationlink":          {request: managed("GET portal/users/invitationlink/User")},
		"invitationlink-none":     {request: plain("GET portal/users/invitationlink/RoomAdmin")},
		"invite-link":             {request: plain("GET portal/users/invite/User")},
		"invite-link-refused":     {request: plain("GET portal/users/invite/DocSpaceAdmin")},
		"keys-self":               {request: func(p *Portal) string { p.KeyExpires(time.Now().Add(time.Hour)); return "GET keys/@self" }},
		"ok-empty":                {request: managed("DELETE portal/users/invitationlink"), body: `{"id":"{id}"}`},
		"people-exists": {request: func(p *Portal) string {
			return "GET people/exists?email=" + p.InviteByEmail("pia@x.org", roleUser).Email
		}},
		"people-filter-empty":            {request: plain("GET people/filter?filterValue=nobody")},
		"people-filter-page":             {request: func(p *Portal) string { person(1, 0)(p); return "GET people/filter?filterValue=ada" }},
		"people-invite":                  {request: plain("POST people/invite"), body: `{"invitations":[{"email":"pia@x.org","type":"User"}]}`},
		"people-self":                    {request: plain("GET people/@self")},
		"portal-user-active":             {request: person(1, 1)},
		"portal-user-disabled":           {request: person(2, 1)},
		"portal-user-joined-unconfirmed": {request: person(1, 0)},
		"problem-402-unpaid":             {request: func(p *Portal) string { p.Unpaid(true); return "GET portal/users/invite/User" }, status: 402},
		"problem-403-scope-public":       {request: func(p *Portal) string { p.SetKeyScopes("rooms:read"); return "GET settings" }, status: 403},
		"room":                           {request: inRoom("GET files/rooms/33")},
		"room-share":                     {request: inRoom("GET files/rooms/33/share")},
		"room-share-put": {
			request: inRoom("PUT files/rooms/33/share"), body: `{"invitations":[{"id":"{ada}","access":10},{"email":"gus@x.org","access":2}]}`,
		},
		"rooms":               {request: inRoom("GET files/rooms?filterValue=q3")},
		"settings-anonymous":  {request: plain("GET settings"), headers: []string{"Authorization", ""}},
		"settings-build":      {request: plain("GET settings/version/build")},
		"settings-cultures":   {request: plain("GET settings/cultures")},
		"settings-invitation": {request: plain("GET settings/invitationsettings")},
	} {
		t.Run(sample, func(t *testing.T) {
			content, err := os.ReadFile(filepath.Join("testdata", sample+".json"))
			if err != nil {
				t.Fatal(err)
			}
			p := New(WithZone(time.FixedZone("", 3*3600)))
			request := tt.request(p)
			body := tt.body
			if m := p.links.managed[roleUser]; m != nil {
				body = strings.ReplaceAll(body, "{id}", m.id)
			}
			if ada := p.email("ada.okafor@example.com"); ada != nil {
				body = strings.ReplaceAll(body, "{ada}", ada.ID)
			}
			a := wantStatus(t, p, max(tt.status, 200), request, body, tt.headers...)
			var want, got any
			if err := json.Unmarshal(content, &want); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(a.body), &got); err != nil {
				t.Fatalf("%v in %s", err, a.body)
			}
			compare(t, "", want, got)
			media := mediaJSON
			if strings.HasPrefix(sample, "problem") || sample == "error-400-validation" {
				media = mediaProblem
			}
			if got := a.header.Get("Content-Type"); got != media {
				t.Errorf("media type %q, want %q", got, media)
			}
		})
	}
}

// TestEverySampleIsCompared finds samples that no one looks at.
func TestEverySampleIsCompared(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) != 30 {
		t.Errorf("%d samples, %v; TestAnswersHaveTheFormOfTheSamples has 30", len(files), err)
	}
}

// compare checks that got has the form of want.
func compare(t *testing.T, at string, want, got any) {
	t.Helper()
	if a, b := fmt.Sprintf("%T", want), fmt.Sprintf("%T", got); a != b {
		t.Errorf("%s is %s (%v), want %s", at, b, got, a)
		return
	}
	switch w := want.(type) {
	case map[string]any:
		g := got.(map[string]any)
		if a, b := slices.Sorted(maps.Keys(w)), slices.Sorted(maps.Keys(g)); !slices.Equal(a, b) {
			t.Errorf("%s has %v\nwant %v", at, b, a)
			return
		}
		for key, value := range w {
			compare(t, at+"/"+key, value, g[key])
		}
	case []any:
		g := got.([]any)
		if (len(w) == 0) != (len(g) == 0) {
			t.Errorf("%s has %d items, want %d", at, len(g), len(w))
			return
		}
		if len(w) > 0 {
			compare(t, at+"/0", w[0], g[0])
		}
	case string:
		for _, layout := range []string{apiDateTime, rawDateTime} {
			_, isWanted := time.Parse(layout, w)
			_, is := time.Parse(layout, got.(string))
			if (isWanted == nil) != (is == nil) || len(w) == len(apiDateTime) && isWanted == nil && len(got.(string)) != len(w) {
				t.Errorf("%s is %q, want the form of %q", at, got, w)
			}
		}
	}
}

// TestAnswersComeInAnEnvelope checks docs/facts/docspace.md, "Answers": what is counted, echoed, left out and
// trimmed.
func TestAnswersComeInAnEnvelope(t *testing.T) {
	p := New()
	for request, want := range map[string]string{
		"GET portal/users/invite/DocSpaceAdmin":                         `{"response":"","count":1,"links":[{"href":"` + host + apiPath + `portal/users/invite/DocSpaceAdmin","action":"GET"}],"status":0,"statusCode":200}`,
		"GET portal/users/invitationlink/User":                          `{"count":0,"links":[{"href":"` + host + apiPath + `portal/users/invitationlink/User","action":"GET"}],"status":0,"statusCode":200}`,
		"GET people/exists?email=a%40b.c&fields=exists":                 `{"response":{"exists":false},"count":1,"links":[{"href":"` + host + apiPath + `people/exists?email=a%40b.c&fields=exists","action":"GET"}],"status":0,"statusCode":200}`,
		"GET people/filter?filterValue=owner&fields=email,status&x=<&>": `{"response":[{"email":"owner@acme.example","status":1}],"count":1,"total":1,"links":[{"href":"` + host + apiPath + `people/filter?filterValue=owner&fields=email,status&x=<&>","action":"GET"}],"status":0,"statusCode":200}`,
	} {
		if a := wantStatus(t, p, 200, request, ""); a.body != want {
			t.Errorf("%s =\n%s\nwant\n%s", request, a.body, want)
		}
	}
	for request, status := range map[string]int{
		"GET nowhere": 404, "GET people/a/b/c": 404, "POST people/filter": 405, "HEAD settings": 405, "GET portal/users/no-guid": 404,
	} {
		if a := wantStatus(t, p, status, request, ""); a.body != "" {
			t.Errorf("%s has the body %q, want none", request, a.body)
		}
	}
	wantStatus(t, p, 200, "GET PEOPLE/Filter", "")
	wantStatus(t, p, 413, "POST portal/users/invitationlink", strings.Repeat(" ", bodyMax+1))
}

func TestAnswersThatDidNotChange(t *testing.T) {
	p := New()
	tag := wantStatus(t, p, 200, "GET settings/cultures", "").header.Get("ETag")
	wantStatus(t, p, 304, "GET settings/cultures", "", "If-None-Match", tag)
	since := wantStatus(t, p, 200, "GET settings/invitationsettings", "").header.Get("Last-Modified")
	if a := wantStatus(t, p, 304, "GET settings/invitationsettings", "", "If-Modified-Since", since); a.body != "" {
		t.Errorf("a 304 has the body %q", a.body)
	}
	p.rule(func(r *rules) { r.since = r.since.Add(2 * time.Second) })
	wantStatus(t, p, 200, "GET settings/invitationsettings", "", "If-Modified-Since", since)
}

// TestDatesHaveThreeForms is docs/facts/docspace.md, "Dates", east of Greenwich.
func TestDatesHaveThreeForms(t *testing.T) {
	p := New(WithZone(time.FixedZone("", 3*3600)))
	ada := p.AddPerson(Person{Email: "ada@x.org", Registered: time.Date(2025, 11, 20, 9, 15, 42, 999, time.UTC)})
	user := response[map[string]any](t, ask(p, "GET portal/users/"+ada.ID, ""))
	if user["createDate"] != "2025-11-20T09:15:42" || user["workFromDate"] != "2025-11-20T12:15:42" {
		t.Errorf("createDate %v, workFromDate %v", user["createDate"], user["workFromDate"])
	}
	full := response[map[string]any](t, ask(p, "GET people/"+ada.ID, ""))
	if full["registrationDate"] != "2025-11-20T12:15:42.0000000+03:00" {
		t.Errorf("registrationDate %v", full["registrationDate"])
	}
	p = New()
	if got := p.date(time.Date(2025, 11, 20, 9, 15, 42, 0, time.UTC)); got != "2025-11-20T09:15:42.0000000Z" {
		t.Errorf("in UTC %s", got)
	}
}
