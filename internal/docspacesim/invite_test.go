package docspacesim

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const invite = "POST people/invite"

// invited is the body of a call that invites one person.
func invited(email, role string) string {
	return fmt.Sprintf(`{"invitations":[{"email":%q,"type":%s}]}`, email, role)
}

// TestInvitationsThatAreRefused is the table of docs/facts/docspace.md, "Email invitations".
func TestInvitationsThatAreRefused(t *testing.T) {
	owned := func(role string) func(*Portal) { return func(p *Portal) { p.SetKeyOwnerRole(role) } }
	noSeat := func(p *Portal) { p.Seats(0) }
	none := func(p *Portal) { p.InvitationLimit(0) }
	for _, tt := range []struct {
		before func(*Portal)
		body   string
		want   int
	}{
		{nil, invited("a@x.org", `"User"`), 200},
		{nil, invited("a@x.org", `4`), 200},
		{nil, invited("a@x.org", `"roomadmin"`), 200},
		{nil, invited("a@x.org", `"DocSpaceAdmin"`), 403},
		{owned(roleOwner), invited("a@x.org", `"DocSpaceAdmin"`), 200},
		{owned(roleRoomAdmin), invited("a@x.org", `"RoomAdmin"`), 403},
		{owned(roleRoomAdmin), invited("a@x.org", `"User"`), 200},
		{owned(roleRoomAdmin), invited("a@x.org", `"All"`), 200}, // not checked
		{owned(roleUser), invited("a@x.org", `"User"`), 403},
		{owned(roleGuest), invited("a@x.org", `"User"`), 403},
		{nil, invited("a@x.org", `"Guest"`), 403},
		{func(p *Portal) { p.AllowInvitingMembers(false) }, invited("a@x.org", `"User"`), 403},
		{func(p *Portal) { p.AllowInvitingGuests(false) }, invited("a@x.org", `"User"`), 200},
		{noSeat, invited("a@x.org", `"RoomAdmin"`), 402},
		{noSeat, invited("a@x.org", `"User"`), 200},
		{func(p *Portal) { p.UserLimit(2) }, invited("a@x.org", `"User"`), 402},
		{func(p *Portal) { p.UserLimit(2) }, invited("owner@acme.example", `"User"`), 200},
		{func(p *Portal) { _ = p.Disable("owner@acme.example") }, invited("owner@acme.example", `"User"`), 400},
		{none, invited("a@x.org", `"User"`), 400},
		{none, `{"invitations":[]}`, 200},
		{nil, invited("a@x.org", `"Boss"`), 400},
		{nil, invited("a", `"User"`), 400},
		{nil, invited("a@x", `"User"`), 400},
		{nil, invited("a b@x.org", `"User"`), 400},
		{nil, invited("a@xn--80ak6aa92e.com", `"User"`), 400},
		{nil, invited("ä@x.org", `"User"`), 400},
		{nil, `{}`, 400},
		{nil, `[`, 400},
	} {
		p := New()
		if tt.before != nil {
			tt.before(p)
		}
		wantStatus(t, p, tt.want, invite, tt.body)
		if wasMailed := len(p.Mails()) > 0; wasMailed && tt.want != 200 {
			t.Errorf("%s was refused and mailed", tt.body)
		}
	}
}

// TestInvitedByEmail is the story of a person who is invited to the portal by email.
func TestInvitedByEmail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New()
		p.Seats(1)
		a := wantStatus(t, p, 200, invite, invited("Pia@x.org", `"RoomAdmin"`))
		list := response[[]struct{ ID, DisplayName string }](t, a)
		if len(list) != 1 || list[0].DisplayName != "Pia@x.org" || !strings.Contains(a.body, `"count":1,"links"`) {
			t.Errorf("answered %s", a.body)
		}
		pia, _ := p.PersonByEmail("pia@x.org")
		if pia.Role != roleRoomAdmin || pia.Status != statusPending || pia.Activation != activationPending || pia.CreatedBy != p.BotAccount() {
			t.Errorf("invited as %+v", pia)
		}
		wantStatus(t, p, 402, invite, invited("ron@x.org", `"RoomAdmin"`)) // the seat is taken from the invitation on
		wantStatus(t, p, 200, invite, invited("pia@x.org", `"User"`))      // nothing happens
		if again, _ := p.PersonByEmail("pia@x.org"); again != pia || len(p.Mails()) != 1 {
			t.Errorf("invited again: %+v, mails %v", again, p.Mails())
		}
		two := `{"invitations":[{"email":"ron@x.org","type":"User"},{"email":"gus@x.org","type":"Guest"},{"email":"zoe@x.org","type":"User"}]}`
		wantStatus(t, p, 403, invite, two)
		if _, ok := p.PersonByEmail("ron@x.org"); !ok || len(p.People()) != 4 {
			t.Errorf("with a refusal in the middle there are %v", p.People())
		}
		if a := ask(p, invite, `{"invitations":[]}`); !strings.Contains(a.body, `"count":2,"links"`) {
			t.Errorf("two wait: %s", a.body)
		}
		joined, err := p.Join(p.Mails()[0].Link, "Pia", "Rossi", "pia@x.org")
		if err != nil || joined.Status != statusActive || !joined.active() || joined.Role != roleRoomAdmin {
			t.Errorf("%+v, %v", joined, err)
		}
		if left := response[[]struct{ DisplayName string }](t, ask(p, invite, `{"invitations":[]}`)); len(left) != 1 || left[0].DisplayName != "ron@x.org" {
			t.Errorf("still waiting: %v", left)
		}
	})
}

// TestAnInvitationPromotes people whose role is lower, if there is a seat, and no one else.
func TestAnInvitationPromotes(t *testing.T) {
	p := New()
	p.Seats(1)
	for i, name := range []string{"ann", "bob"} {
		p.AddPerson(Person{Email: name + "@x.org", Role: []string{roleUser, roleGuest}[i]})
	}
	for _, tt := range []struct{ who, as, want string }{
		{"bob", `"User"`, roleUser}, {"ann", `"RoomAdmin"`, roleRoomAdmin}, {"ann", `"User"`, roleRoomAdmin},
	} {
		wantStatus(t, p, 200, invite, invited(tt.who+"@x.org", tt.as))
		if got, _ := p.PersonByEmail(tt.who + "@x.org"); got.Role != tt.want {
			t.Errorf("%s as %s became %s, want %s", tt.who, tt.as, got.Role, tt.want)
		}
	}
	wantStatus(t, p, 402, invite, invited("bob@x.org", `"RoomAdmin"`))
	if mails := p.Mails(); len(mails) != 0 {
		t.Errorf("emails to people with accounts: %v", mails)
	}
}

// TestWhatEndsAnInvitation is how the link of an email dies (docs/facts/docspace.md, "Email invitations").
func TestWhatEndsAnInvitation(t *testing.T) {
	open := func(t *testing.T, p *Portal) {
		shows(t, browse(t, p, p.Mails()[0].Link, nil), 200, `id="join"`)
	}
	for name, tt := range map[string]struct {
		end  func(*testing.T, *Portal)
		want error
	}{
		"nothing":             {func(*testing.T, *Portal) {}, nil},
		"a week":              {func(*testing.T, *Portal) { time.Sleep(linkLife) }, nil},
		"more than a week":    {func(*testing.T, *Portal) { time.Sleep(linkLife + time.Second) }, ErrLinkExpired},
		"on request":          {func(_ *testing.T, p *Portal) { _ = p.ExpireInvitation("PIA@x.org") }, ErrLinkExpired},
		"opened a moment ago": {func(t *testing.T, p *Portal) { open(t, p); time.Sleep(openedLife) }, nil},
		"opened twice": {func(t *testing.T, p *Portal) {
			open(t, p)
			time.Sleep(10 * time.Minute)
			open(t, p)
			time.Sleep(10 * time.Minute)
		}, ErrLinkExpired},
		"members off":              {func(_ *testing.T, p *Portal) { p.AllowInvitingMembers(false) }, ErrMembersOff},
		"guests off":               {func(_ *testing.T, p *Portal) { p.AllowInvitingGuests(false) }, nil},
		"the portal is full":       {func(_ *testing.T, p *Portal) { p.UserLimit(3) }, nil}, // they are in it
		"the inviter is disabled":  {func(_ *testing.T, p *Portal) { _ = p.Disable("docspace-bot@acme.example") }, ErrLinkInvalid},
		"the account is disabled":  {func(_ *testing.T, p *Portal) { _ = p.Disable("pia@x.org") }, ErrLinkInvalid},
		"the account is removed":   {func(_ *testing.T, p *Portal) { _ = p.Remove("pia@x.org") }, ErrLinkInvalid},
		"it was accepted already":  {func(_ *testing.T, p *Portal) { _ = p.AcceptEmailInvitation("pia@x.org", "P", "R") }, ErrLinkInvalid},
		"the address was replaced": {func(_ *testing.T, p *Portal) { _ = p.ChangeEmail("pia@x.org", "pi@x.org") }, ErrLinkInvalid},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := New()
			wantStatus(t, p, 200, invite, invited("pia@x.org", `"User"`))
			tt.end(t, p)
			if _, err := p.Join(p.Mails()[0].Link, "Pia", "Rossi", "pia@x.org"); !errors.Is(err, tt.want) {
				t.Errorf("%s: %v, want %v", name, err, tt.want)
			}
		})
	}
}

// TestThePageOfAnInvitation sets the name, and makes the person active in one step.
func TestThePageOfAnInvitation(t *testing.T) {
	p := New()
	wantStatus(t, p, 200, invite, invited("p&a@x.org", `"User"`))
	link := p.Mails()[0].Link
	shows(t, browse(t, p, link+"?email=eve%40x.org", nil), 200, `value="p&amp;a@x.org"`, " readonly", `id="inviter">Welcome Bot<`, `id="role">user<`, "!eve@x.org\"")
	long := browseTo(t, p, link)
	forged := strings.Replace(long, url.QueryEscape("p&a@x.org"), url.QueryEscape("eve@x.org"), 1)
	shows(t, browse(t, p, forged, nil), 404, `id="error"`)
	filled := url.Values{"email": {"p&a@x.org"}, "first": {"Pia"}, "last": {"Rossi"}}
	shows(t, browse(t, p, long, filled), 200, `id="joined"`, "Welcome, Pia Rossi", "Your account is active")
	shows(t, browse(t, p, long, filled), 404, `id="error"`)
	if mails := p.Mails(); len(mails) != 2 || mails[1].Link != "" {
		t.Errorf("emails after that: %v, want a welcome and nothing to confirm", mails)
	}
}

// TestAcceptedByTheAPI as the portal's own page does it (docs/facts/docspace.md, "What the pages send").
func TestAcceptedByTheAPI(t *testing.T) {
	p := New()
	wantStatus(t, p, 200, invite, invited("pia@x.org", `"User"`))
	_, code, _ := strings.Cut(p.Mails()[0].Link, "/s/")
	_, link, _ := strings.Cut(p.links.byCode[code].long, "?")
	body := `{"firstName":"Pia","lastName":"Rossi","email":"pia@x.org","fromInviteLink":true}`
	joined := response[object](t, wantStatus(t, p, 200, "POST people", body, "Authorization", "", "confirm", link))
	if joined["activationStatus"] != 1.0 || joined["status"] != 1.0 {
		t.Errorf("joined as %v", joined)
	}
}

// TestWhoGetsTheEmailAgain is PUT people/invite (docs/facts/docspace.md, "Email invitations" and
// "Invitations to a room sent again").
func TestWhoGetsTheEmailAgain(t *testing.T) {
	p, room, path := roomWith(RoomCustom)
	wantStatus(t, p, 200, invite, invited("pia@x.org", `"User"`))
	wantStatus(t, p, 200, "PUT "+path, entry("email", "gus@x.org", AccessRead))
	ann, err := p.Join(linkFor(t, p, "User"), "Ann", "A", "ann@x.org")
	if err != nil {
		t.Fatal(err)
	}
	p.AddPerson(Person{Email: "off@x.org", Status: statusTerminated})
	p.AddPerson(Person{Email: "act@x.org", Activation: activationDone})
	p.AddPerson(Person{Email: "adm@x.org", Role: roleDocSpaceAdmin, Status: statusPending, Activation: activationPending})
	p.InvitationLimit(0)
	again := func(body string, want int, who string) {
		t.Helper()
		before := len(p.Mails())
		a := wantStatus(t, p, want, "PUT people/invite", body)
		var to []string
		for _, m := range p.Mails()[before:] {
			to = append(to, m.To)
		}
		if got := strings.Join(to, " "); got != who {
			t.Errorf("%s mailed %q, want %q: %s", body, got, who, a.body)
		}
	}
	all := []string{`"` + noGUID + `"`}
	for _, person := range p.People() {
		all = append(all, `"`+person.ID+`"`)
	}
	everyone := `{"userIds":[` + strings.Join(all, ",") + `]}`
	again(everyone, 200, "ann@x.org gus@x.org pia@x.org")
	again(`{"userIds":["`+ann.ID+`"],"resendAll":true}`, 200, "pia@x.org gus@x.org")
	again(`{"userIds":[]}`, 200, "")
	again(`[`, 400, "")
	mails := p.Mails()
	if _, err := p.Join(mails[len(mails)-1].Link, "Gus", "G", "gus@x.org"); err != nil || p.membersOf(room.ID)["gus@x.org"] != AccessRead {
		t.Errorf("Gus, by the portal's email: %v, %v", err, p.membersOf(room.ID))
	}
	p.SetKeyOwnerRole(roleUser)
	again(`{"resendAll":true}`, 403, "")
	again(`{"userIds":["`+ann.ID+`"]}`, 403, "")
	again(`{"userIds":["`+p.BotAccount()+`"]}`, 200, "")
	p.Unpaid(true)
	wantStatus(t, p, 200, "PUT people/invite", `{}`)
}

// TestAllowanceFallsAndIsRestored: it falls with each invitation by email, and rises when the person registers.
func TestAllowanceFallsAndIsRestored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _, path := roomWith(RoomCustom)
		is := func(want int) {
			t.Helper()
			if got := response[struct{ InvitationLimit int }](t, ask(p, "GET settings", "")).InvitationLimit; got != want {
				t.Errorf("the allowance is %d, want %d", got, want)
			}
		}
		is(noAllowance)
		p.InvitationLimit(3)
		wantStatus(t, p, 200, invite, invited("pia@x.org", `"User"`))
		wantStatus(t, p, 200, "PUT "+path, entry("email", "gus@x.org", AccessRead))
		is(1)
		pia, _ := p.PersonByEmail("pia@x.org")
		wantStatus(t, p, 200, "PUT people/invite", `{"userIds":["`+pia.ID+`"]}`) // is free
		is(1)
		two := `{"invitations":[{"email":"a@x.org","access":2},{"email":"b@x.org","access":2}]}`
		if a := wantStatus(t, p, 400, "PUT "+path, two); !strings.Contains(a.body, `"errors":{"Invitations":`) {
			t.Errorf("more than the allowance: %s", a.body)
		}
		is(1)
		if _, err := p.Join(p.Mails()[0].Link, "Pia", "Rossi", "pia@x.org"); err != nil {
			t.Error(err)
		}
		is(2)
		wantStatus(t, p, 200, "PUT "+path, two)
		is(0)
		time.Sleep(day)
		is(3)
	})
}

// TestLimitsOfInvitations are the last two rows of docs/facts/docspace.md, "Rate limits".
func TestLimitsOfInvitations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _, path := roomWith(RoomCustom)
		for range 6 {
			wantStatus(t, p, 200, "PUT people/invite", `{}`) // no limit as a portal is set up
		}
		p.RateLimit(true)
		for range 5 {
			wantStatus(t, p, 200, "PUT people/invite", `{}`)
			time.Sleep(time.Minute)
		}
		if a := wantStatus(t, p, 429, "PUT people/invite", `{}`); a.body != "" || a.header.Get("Retry-After") != "" {
			t.Errorf("too often: %q, %v", a.body, a.header)
		}
		wantStatus(t, p, 200, "GET files/rooms", "")
		time.Sleep(10 * time.Minute)
		wantStatus(t, p, 200, "PUT people/invite", `{}`)
		wantStatus(t, p, 429, "PUT people/invite", `{}`)
		p.RateLimit(false)
		for range 6 {
			wantStatus(t, p, 200, "PUT people/invite", `{}`)
		}
		p.DailyEmails(2)
		wantStatus(t, p, 200, invite, invited("pia@x.org", `"User"`))
		wantStatus(t, p, 200, "PUT "+path, entry("email", "gus@x.org", AccessRead))
		time.Sleep(time.Hour)
		a := wantStatus(t, p, 429, "PUT "+path, entry("email", "zoe@x.org", AccessRead))
		if a.header.Get("Retry-After") != "82800" || a.header.Get("X-RateLimit-Limit") != "2" {
			t.Errorf("refused with %v", a.header)
		}
		wantStatus(t, p, 429, invite, invited("zoe@x.org", `"User"`))
		wantStatus(t, p, 200, "PUT "+path, entry("id", noGUID, AccessRead))
		time.Sleep(day)
		wantStatus(t, p, 200, invite, invited("zoe@x.org", `"User"`))
	})
}
