package docspacesim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// crowd is a portal of seven: the owner and the bot, and five of whom each is someone's
// special case. They are told by the first letter of their address.
func crowd() *Portal {
	p := New()
	at := time.Now().Add(-time.Hour)
	for i, person := range []Person{
		{FirstName: "Zoe", LastName: "Lamb Wolf", Email: "Ann@X.org", Role: roleUser, CreatedBy: p.BotAccount()},
		{FirstName: "Yan", LastName: "Wolf", Email: "joann@x.org", Role: roleGuest, Activation: activationDone, CreatedBy: p.BotAccount()},
		{FirstName: "xi", LastName: "Östlund", Email: "guest@y.org", Role: roleGuest, Activation: 5},
		{Email: "pia@x.org", Role: roleRoomAdmin, Status: statusPending, Activation: activationPending, CreatedBy: p.owner().ID},
		{FirstName: "Ada", LastName: "Lind", Email: "lind@x.org", Role: roleUser, Status: statusTerminated, Activation: activationDone},
	} {
		person.Registered = at.Add(time.Duration(i) * time.Minute)
		p.AddPerson(person)
	}
	return p
}

// found returns the first letters of those whom the query finds, in order, and the total.
func found(t *testing.T, p *Portal, query string) (letters string, total int) {
	t.Helper()
	a := wantStatus(t, p, 200, "GET people/filter?"+query, "")
	var page struct {
		Response     []struct{ Email string }
		Count, Total int
	}
	if err := json.Unmarshal([]byte(a.body), &page); err != nil || page.Count != len(page.Response) {
		t.Fatalf("%s: %v, count %d of %d", query, err, page.Count, len(page.Response))
	}
	for _, u := range page.Response {
		letters += strings.ToLower(u.Email[:1])
	}
	return letters, page.Total
}

// TestFiltersFindTheirPeople is the table of docs/facts/docspace.md, "Filters" and what follows it. The
// letters are sorted.
func TestFiltersFindTheirPeople(t *testing.T) {
	p := crowd()
	for query, want := range map[string]string{
		"":                         "adgjlop",
		"filterValue=ann%40x.org":  "aj", // a part of another address
		"filterValue=%20ANN@x.ORG": "aj",
		"filterValue=lamb+wolf":    "a", // all words, in any field
		"filterValue=wolf+joann":   "j",
		"filterValue=wolf+nobody":  "",
		"filterValue=östlund":      "g",
		"filterValue=ann%40x.org%3Blind%40x.org&filterSeparator=%3B": "ajl",
		"filterValue=ann@x.org;lind@x.org&filterSeparator=;":         "ajl", // not encoded
		"filterValue=ann%40x.org%3B&filterSeparator=%3B":             "adgjlop",
		"filterValue=%3Bann%40x.org&filterSeparator=%3B":             "adgjlop",
		"filterValue=nobody%3B%20ann%40x.org&filterSeparator=%3B":    "", // parts are not trimmed
		"filterValue=lamb%20wolf%3Bnobody&filterSeparator=%3B":       "a",
		"FILTERVALUE=lind":                           "l",
		"employeeStatus=1":                           "adgjo",
		"employeeStatus=Default":                     "adgjo",
		"employeeStatus=2":                           "l",
		"employeeStatus=pending":                     "p",
		"employeeStatus=7":                           "adgjlop",
		"activationStatus=0":                         "a",
		"activationStatus=1":                         "djlo", // not 5
		"activationStatus=5":                         "g",
		"activationStatus=Pending":                   "p",
		"employeeType=guest":                         "gj",
		"employeeType=4":                             "al",
		"employeeTypes=Guest&employeeTypes=1":        "gjp",
		"employeeType=RoomAdmin&employeeTypes=Guest": "p",
		"employeeType=All":                           "adgjlop",
		"invitedByMe=true":                           "aj",
		"invitedByMe=true&inviterId=" + p.owner().ID: "aj",
		"invitedByMe=False&inviterId=" + strings.ToUpper(p.owner().ID): "p",
		"area=People":          "adlop",
		"area=2":               "gj",
		"isAdministrator=true": "do",
		"accountLoginType=0":   "",
		"accountLoginType=2":   "adgjlop",
		"groupId=" + noGUID:    "",
		"groupId=" + noGUID + "&excludeGroup=true":                     "adgjlop",
		"filterValue=x.org&employeeStatus=1&activationStatus=1&area=2": "j",
	} {
		letters, total := found(t, p, query)
		got := []byte(letters)
		slices.Sort(got)
		if string(got) != want || total != len(want) {
			t.Errorf("%s finds %q of %d, want %q", query, got, total, want)
		}
	}
	for _, bad := range []string{
		"count=0", "count=101", "count=x", "startIndex=-1", "sortOrder=sideways", "employeeStatus=3", "employeeStatus=gone",
		"activationStatus=x", "employeeType=boss", "employeeTypes=9", "area=3", "inviterId=me", "invitedByMe=perhaps",
	} {
		if a := wantStatus(t, p, 400, "GET people/filter?"+bad, ""); strings.Contains(a.body, `"error"`) || !strings.Contains(a.body, `"errors"`) {
			t.Errorf("%s is no validation error: %s", bad, a.body)
		}
	}
	wantStatus(t, p, 414, "GET people/filter?filterValue="+strings.Repeat("x", 8<<10), "")
	wantStatus(t, p, 200, "GET people/filter?filterValue="+strings.Repeat("x", 8000), "")
}

func TestPeopleComeSorted(t *testing.T) {
	p := crowd()
	for query, want := range map[string]string{
		"sortBy=registrationdate&sortOrder=descending": "lpgjado",
		"sortBy=RegistrationDate":                      "odajgpl",
		"sortBy=RegistrationDate&sortOrder=1&area=2":   "gj",
		"":                                      "odgjapl", // first names of enabled, invited, disabled accounts
		"sortBy=nonsense":                       "odgjapl",
		"sortBy=firstName&sortOrder=Descending": "ajgdopl",
		"sortBy=lastName&area=1&employeeStatus=1": "dao",
		"sortBy=email":             "adgjlop",
		"sortBy=EMAIL&sortOrder=1": "poljgda",
		"sortBy=type":              "jgalpod",
		"sortBy=department":        "odajgpl",
		"sortBy=usedSpace":         "odajgpl",
		"sortBy=createdBy":         "odglpaj",
		"sortBy=displayName":       "lopdgja",
	} {
		if got, _ := found(t, p, query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}

func TestPagesHoldEveryoneOnce(t *testing.T) {
	p := crowd()
	for _, filter := range []string{"", "employeeStatus=7", "accountLoginType=2"} {
		for _, by := range []string{"registrationdate", "email"} {
			var all string
			for start := 0; ; start += 3 {
				letters, total := found(t, p, fmt.Sprintf("sortBy=%s&sortOrder=descending&count=3&startIndex=%d&%s", by, start, filter))
				if total != 7 {
					t.Fatalf("total %d", total)
				}
				if all += letters; letters == "" {
					break
				}
			}
			if whole, _ := found(t, p, "sortOrder=descending&sortBy="+by); all != whole {
				t.Errorf("%s %s: pages %s, whole %s", by, filter, all, whole)
			}
		}
	}
}

// TestWhoSeesWhom is docs/facts/docspace.md, "Visibility".
func TestWhoSeesWhom(t *testing.T) {
	p := crowd()
	id := func(email string) string { person, _ := p.PersonByEmail(email); return person.ID }
	statuses := func(want int, email string) {
		t.Helper()
		wantStatus(t, p, want, "GET portal/users/"+id(email), "")
		wantStatus(t, p, want, "GET people/"+id(email), "")
		wantStatus(t, p, want, "GET people/email?email="+email, "")
	}
	statuses(200, "guest@y.org")
	if full := response[map[string]any](t, ask(p, "GET people/joann", "")); full["createdBy"] == nil {
		t.Error("an admin is not told who created an account")
	}

	p.SetKeyOwnerRole(roleRoomAdmin)
	if letters, total := found(t, p, "sortBy=email"); letters != "adjop" || total != 5 {
		t.Errorf("a room admin sees %s: neither strange guests nor disabled accounts", letters)
	}
	if letters, _ := found(t, p, "employeeStatus=2"); letters != "" {
		t.Errorf("a room admin sees %s disabled", letters)
	}
	statuses(200, "joann@x.org")
	statuses(403, "guest@y.org")
	if full := response[map[string]any](t, ask(p, "GET people/joann", "")); full["createdBy"] != nil {
		t.Error("a room admin is told who created an account")
	}

	for _, role := range []string{roleUser, roleGuest} {
		p.SetKeyOwnerRole(role)
		wantStatus(t, p, 403, "GET people/filter", "")
		wantStatus(t, p, 403, "GET people/simple/filter", "")
		statuses(403, "ann@x.org")
		wantStatus(t, p, 403, "GET portal/users/"+noGUID, "")
		wantStatus(t, p, 404, "GET people/email?email=nobody@x.org", "")
		wantStatus(t, p, 200, "GET people/email?email=docspace-bot@acme.example", "")
		wantStatus(t, p, 200, "GET portal/users/"+p.BotAccount(), "")
		wantStatus(t, p, 200, "GET people/@self", "")
	}
}

func TestPeopleAreFoundByAddressAndName(t *testing.T) {
	p := crowd()
	for request, want := range map[string]int{
		"people/email?email=ANN@x.org": 200, "people/email?email=nobody@x.org": 404, "people/email": 400, "people/email?email=ann": 400,
		"people/lind": 200, "people/nobody": 404, "people/exists": 400, "people/exists?email=x": 400,
	} {
		wantStatus(t, p, want, "GET "+request, "")
	}
	type exists struct {
		Exists bool
		Status int
	}
	if got := response[exists](t, ask(p, "GET people/exists?email=PIA@x.org", "")); got != (exists{true, statusPending}) {
		t.Errorf("exists = %+v", got)
	}
	simple := response[[]map[string]any](t, ask(p, "GET people/simple/filter?filterValue=pia", ""))
	if len(simple) != 1 || simple[0]["displayName"] != "pia@x.org" || simple[0]["email"] != nil || simple[0]["status"] != nil {
		t.Errorf("simple/filter = %v", simple)
	}
	p.AddPerson(Person{FirstName: "<b>O'Dea", LastName: "& Sons", Email: "odea@x.org"})
	if dea := response[map[string]any](t, ask(p, "GET people/odea", "")); dea["displayName"] != "&lt;b&gt;O&#39;Dea &amp; Sons" || dea["firstName"] != "<b>O'Dea" {
		t.Errorf("a display name is not encoded for a page: %v", dea)
	}
}

// FuzzPortal asks the API whatever there is: it answers with JSON or nothing, and never that
// the fault is its own.
func FuzzPortal(f *testing.F) {
	f.Add("GET", "people/filter", "filterValue=a%3Bb&filterSeparator=%3B&count=5", "")
	f.Add("GET", "people/filter", "sortBy=%00&employeeTypes=1&employeeTypes=x&fields=id", "")
	f.Add("POST", managed, "", `{"employeeType":"4","expiration":"2126-01-01","maxUseCount":1e3}`)
	f.Add("PUT", managed, "", `{"id":null,"employeeType":{}}`)
	f.Add("POST", "portal/sendcongratulations", "Userid="+noGUID+"&Key=1.x", "")
	f.Fuzz(func(t *testing.T, method, path, query, body string) {
		p := crowd()
		r := httptest.NewRequest(http.MethodGet, host, strings.NewReader(body))
		r.Method, r.URL.Path, r.URL.RawQuery = method, apiPath+path, query
		r.Header.Set("Authorization", "Bearer "+p.APIKey())
		w := httptest.NewRecorder()
		p.ServeHTTP(w, r)
		if w.Code >= 500 || w.Body.Len() > 0 && !json.Valid(w.Body.Bytes()) {
			t.Errorf("%s %s?%s %s = %d %s", method, path, query, body, w.Code, w.Body)
		}
	})
}

func BenchmarkPageOf100000People(b *testing.B) {
	p := New()
	start := time.Now().Add(-24 * time.Hour)
	var addresses []string
	for i := range 100_000 {
		email := fmt.Sprintf("person%d@x.test", i)
		if i%1000 == 0 {
			addresses = append(addresses, email)
		}
		p.AddPerson(Person{FirstName: "P", Email: email, Registered: start.Add(time.Duration(i) * time.Millisecond)})
	}
	for name, query := range map[string]string{
		"newest":        "sortBy=registrationdate&sortOrder=descending",
		"newest by me":  "sortBy=registrationdate&sortOrder=descending&invitedByMe=true",
		"100 addresses": "sortBy=registrationdate&filterSeparator=%3B&filterValue=" + strings.Join(addresses, "%3B"),
		"by first name": "count=1",
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if a := ask(p, "GET people/filter?"+query, ""); a.status != http.StatusOK {
					b.Fatal(a.status)
				}
			}
		})
	}
}
