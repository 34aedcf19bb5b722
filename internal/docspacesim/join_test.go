package docspacesim

import (
	"strings"
	"testing"
)

// TestSomebodyJoinsAndConfirmsByTheAPI as the portal's pages do (docs/facts/docspace.md, "What the pages send").
func TestSomebodyJoinsAndConfirmsByTheAPI(t *testing.T) {
	p := New()
	short := linkFor(t, p, "User")
	_, code, _ := strings.Cut(short, "/s/")
	_, link, _ := strings.Cut(p.links.byCode[code].long, "?")
	bob := `{"firstName":"Bob","lastName":"Baker","email":"bob@acme.test","password":"secret-1234","fromInviteLink":true}`
	with := func(query string) []string { return []string{"Authorization", "", "confirm", query} }

	wantStatus(t, p, 401, "POST people", bob, "Authorization", "")
	wantStatus(t, p, 401, "POST people", bob, with(strings.Replace(link, "emplType=4", "emplType=1", 1))...)
	wantStatus(t, p, 401, "POST people", strings.Replace(bob, "true", "false", 1), with(link)...)
	p.AllowInvitingMembers(false)
	wantStatus(t, p, 403, "POST people", bob, with(link)...)
	p.AllowInvitingMembers(true)
	joined := response[object](t, wantStatus(t, p, 200, "POST people", bob, with(link)...))
	if joined["activationStatus"] != 0.0 || joined["isCollaborator"] != true {
		t.Errorf("joined as %v", joined)
	}
	wantStatus(t, p, 400, "POST people", bob, with(link)...)

	_, letter, _ := strings.Cut(p.Mails()[0].Link, "?")
	bobOnly := `{"userIds":["` + joined["id"].(string) + `"]}`
	wantStatus(t, p, 401, "PUT people/activationstatus/Activated", bobOnly, with(link)...)
	wantStatus(t, p, 400, "PUT people/activationstatus/Activated", `{"userIds":["`+p.BotAccount()+`"]}`, with(letter)...)
	confirmed := response[[]object](t, wantStatus(t, p, 200, "PUT people/activationstatus/Activated", bobOnly, with(letter)...))
	if confirmed[0]["activationStatus"] != 1.0 {
		t.Errorf("confirmed: %v", confirmed)
	}
}
