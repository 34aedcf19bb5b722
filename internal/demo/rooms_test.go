package demo_test

import (
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
