package demo_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
)

// TestRoomsShowWhoIsIn at each moment, in words, and take nothing for HTML.
func TestRoomsShowWhoIsIn(t *testing.T) {
	st := newStage(t)
	p := st.open(1280, 800)
	p.Reach("#tab-join")
	p.Press(kb.End)
	p.Sees(`#rooms [data-room="Q3 planning"] [data-in="ann@acme.example"]`, "Ann Archerroom manager")
	p.Sees(`#rooms [data-room="Q3 planning"]`, "Welcome Botowner")
	p.Sees(`#rooms [data-room="Cover archive"] [data-in="zoe@acme.example"]`, "Zoe Zimmerowner")
	p.Shot("rooms")

	portal := st.servers.Portal
	hostile := `<img src=x onerror="document.title='taken'">`
	room := portal.AddRoom(hostile, docspacesim.RoomCustom, "")
	pia := portal.InviteByEmail("pia@acme.example", "User")
	if _, err := portal.Join(st.inviteLink(), hostile, "Baker", "bob@acme.example"); err != nil {
		t.Fatal(err)
	}
	share := func(email string, access int) {
		t.Helper()
		if err := portal.Share(room.ID, email, access); err != nil {
			t.Fatal(err)
		}
	}
	share("bob@acme.example", docspacesim.AccessEditing)
	share(pia.Email, docspacesim.AccessRead)
	p.Sees("#rooms article:first-child h2", hostile)
	p.Sees(`#rooms [data-in="bob@acme.example"]`, hostile+" Bakereditor, to confirm")
	p.Sees(`#rooms [data-in="pia@acme.example"]`, "viewer, invited")
	share("bob@acme.example", docspacesim.AccessComment)
	p.Sees(`#rooms [data-in="bob@acme.example"]`, "commenter")
	share("bob@acme.example", docspacesim.AccessNone)
	p.Gone(`#rooms [data-in="bob@acme.example"]`)
	if err := portal.ArchiveRoom(room.ID); err != nil {
		t.Fatal(err)
	}
	p.Sees("#rooms article:first-child h2", "archived")
	p.Holds(`!document.querySelector("#rooms img") && document.title !== "taken"`)
}

// TestEmailInvitationsAreAcceptedByClicks as the person to whom they were sent, whichever person is acted as.
func TestEmailInvitationsAreAcceptedByClicks(t *testing.T) {
	st := newStage(t)
	p := st.open(1280, 800)
	planning := st.servers.Portal.Rooms()[2]
	st.portal(http.MethodPut, fmt.Sprintf("files/rooms/%d/share", planning.ID), m{"invitations": []m{
		{"email": "dora@partner.example", "access": docspacesim.AccessRead}, {"email": "bob@acme.example", "access": docspacesim.AccessRead},
	}})
	p.Click("#tab-rooms")
	p.Sees(`#rooms [data-in="dora@partner.example"]`, "viewer, invited")
	p.Sees("#tab-mail .count", "2")
	p.Reach("#tab-rooms")
	p.Press(kb.ArrowLeft + kb.ArrowLeft)
	p.Sees(".mail h2", "You are invited to the room Q3 planning")
	p.Shot("mail")
	p.Reach(`[data-accept="dora@partner.example"]`)
	p.Press(kb.Enter)
	p.InFrame(`document.querySelector("#email")?.value === "dora@partner.example" && document.querySelector("#first").value === "Dora"`,
		`document.querySelector("#join").click()`)
	p.InFrame(`!!document.querySelector("#open")`, `document.querySelector("#open").click()`)
	p.InFrame(`document.querySelector("#list")?.textContent.includes("Dora Partner")`, ``)
	p.Click("#tab-mail")
	p.Sees("#mail .done", "Accepted")
	p.Click(`[data-accept="bob@acme.example"]`)
	p.InFrame(`document.querySelector("#last")?.value === "Baker"`, `document.querySelector("#join").click()`)
	p.Click("#tab-rooms")
	p.Sees(`#rooms [data-in="bob@acme.example"]`, "Bob Bakerviewer")

	st.portal(http.MethodPut, fmt.Sprintf("files/rooms/%d/share", planning.ID), m{"notify": true, "invitations": []m{
		{"id": st.account("zoe@acme.example"), "access": docspacesim.AccessEditing},
	}})
	p.Click("#tab-mail")
	p.Click(`[data-open="zoe@acme.example"]`)
	p.InFrame(`document.querySelector("#list")?.textContent.includes("Zoe Zimmer")`, ``)
	if err := st.servers.Portal.Remove("dora@partner.example"); err != nil {
		t.Fatal(err)
	}
	p.Click("#tab-mail")
	p.Click(`[data-accept="dora@partner.example"]`) // which is in vain now, as the portal says
	p.InFrame(`document.querySelector("#error")?.textContent.includes("not valid")`, ``)
	p.Sees("#tour-step", "1 of 8") // which is about someone else
}

// account returns the id of the account with the address.
func (s *stage) account(email string) string {
	s.t.Helper()
	person, ok := s.servers.Portal.PersonByEmail(email)
	if !ok {
		s.t.Fatalf("there is no account of %s", email)
	}
	return person.ID
}
