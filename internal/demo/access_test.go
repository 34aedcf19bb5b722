package demo_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/docspace-invite-bot/bot/internal/demo/browsertest"
)

func TestReadableInLightAndDark(t *testing.T) {
	st := newStage(t, manifest)
	st.listen(func(payload m) m {
		if payload["command"] != nil {
			st.call("views.open", m{"trigger_id": payload["trigger_id"], "view": dialog()})
		}
		return st.opensHome(payload)
	})
	if _, err := st.servers.Portal.Join(st.inviteLink(), "Bob", "Baker", "bob@acme.example"); err != nil {
		t.Fatal(err)
	}
	if err := st.servers.Portal.Disable("zoe@acme.example"); err != nil {
		t.Fatal(err)
	}
	if err := st.servers.Portal.ArchiveRoom(st.servers.Portal.Rooms()[0].ID); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		st.post(general, "", "With fields", homeView("Twice")["blocks"].([]m)...)
	}
	ts := st.post(general, "", "A card", section("*<@"+bob+">* `code` <https://docs.example|link>"), joinButton("https://docs.example"),
		m{"type": "context", "elements": []m{text("mrkdwn", "small print")}})
	st.post(general, ts, "A reply")
	st.call("chat.postEphemeral", m{"channel": general, "user": ann, "text": "For you"})
	for _, size := range [][2]int{{1440, 900}, {1024, 768}, {390, 844}} {
		t.Run(fmt.Sprint(size[0]), func(t *testing.T) { st.isReadable(t, size[0], size[1]) })
	}
}

// isReadable has axe-core look at all that the page can show, with a menu, a dialog and a thread open.
func (s *stage) isReadable(t *testing.T, width, height int) {
	t.Helper()
	p := browsertest.Start(t, width, height)
	p.Open(s.url)
	p.Sees("#link-state", "connected")
	phone := width < 800
	readable := func(what string) {
		t.Helper()
		for _, dark := range []bool{false, true} {
			p.Dark(dark)
			p.Shot(fmt.Sprintf("%s-%d-dark-%v", what, width, dark))
			if faults := p.Faults(); faults != "" {
				t.Errorf("%s, %d pixels wide, dark %v:\n%s", what, width, dark, faults)
			}
		}
	}
	show := func(pane string) {
		if phone {
			p.Click("#panes [data-pane=" + pane + "]")
		}
	}
	place := func(id string) {
		if phone {
			p.Choose("#place", id)
		} else {
			p.Click("[data-channel=" + id + "]")
		}
	}
	p.Sees(".thread", "A reply")
	readable("thread")
	show("portal")
	for _, tab := range []string{"join", "mail", "people", "rooms"} {
		p.Click("#tab-" + tab)
		readable(tab)
	}
	show("slack")
	p.Click("#trouble summary")
	readable("trouble")
	p.Click("#trouble summary")
	p.Click("#shortcuts")
	readable("shortcuts")
	p.Press(kb.Escape)
	p.Click(".message [data-action=more]")
	readable("menu")
	p.Press(kb.Escape)
	p.Type("#composer", "/")
	readable("suggestions")
	p.Press(kb.Backspace)
	place("direct")
	readable("direct")
	place("home")
	p.Sees("#home h3", "Home of")
	readable("home")
	p.Click("#home [data-action=end]")
	readable("confirm")
	p.Press(kb.Escape)
	place(general)
	p.Type("#composer", "/docspace-invite form\r")
	p.Sees("#modal", "All inputs")
	p.Type("#field-mail", "nobody")
	p.Click("#modal-submit")
	p.Sees("#modal .error", "valid email")
	readable("dialog")
	p.Click("#modal-close")
	p.Gone("#modal")
	p.Open(s.inviteLink()) // the page in the frame
	p.Sees("h1", "Join")
	readable("frame")
}

// Everything that can be pressed is reached with the Tab key, and the focus shows.
func TestKeyboardReachesEverything(t *testing.T) {
	st := newStage(t, manifest)
	st.listen(st.opensHome)
	st.post(general, "", "A card", section("A card"), joinButton("https://docs.example"))
	p := st.open(1280, 800)
	p.Sees(".message", "A card")
	if missed := p.Unreached("body"); missed != "" {
		t.Errorf("in the channel: %s", missed)
	}
	p.Click("[data-channel=home]")
	p.Sees("#home h3", "Home of")
	if missed := p.Unreached("#home"); missed != "" {
		t.Errorf("in the Home: %s", missed)
	}
}

// Those who listen hear what comes while they are there.
func TestNewMessagesAreSaid(t *testing.T) {
	st := newStage(t)
	p := st.open(1280, 800)
	p.Sees("#messages", "This is #general")
	ts := st.post(general, "", "One")
	p.Sees("#announce", "docspace: One")
	st.post(general, ts, "Two")
	st.call("chat.postEphemeral", m{"channel": general, "user": ann, "text": "Three"})
	p.Sees("#announce", "docspace: Two")
	p.Sees("#announce", "docspace: Three")
	p.Holds(`document.querySelector("#announce").ariaLive === "polite"`)
}
