package demo_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/docspace-invite-bot/bot/internal/demo/browsertest"
)

// fits waits until nothing sticks out at the right. The list of places may be longer than a
// phone is wide: it scrolls.
func fits(p *browsertest.Page, width int) {
	p.Holds(fmt.Sprintf(`document.documentElement.scrollWidth <= %d &&
		[...document.querySelectorAll("body *")].filter((e) => e.checkVisibility() && !e.closest("#side, .hidden, select"))
			.every((e) => e.getBoundingClientRect().right <= %d)`, width, width+1))
}

// On a phone one pane shows, nothing sticks out, and the other pane's news are marked.
func TestPhone(t *testing.T) {
	st := newStage(t)
	st.listen(func(m) m { return nil })
	p := st.open(360, 740)
	p.Gone("#portal")
	st.post(general, "", "A "+strings.Repeat("verylongword", 8), section("`"+fmt.Sprint(make([]int, 60))+"`"))
	p.Sees(".message", "0 0 0")
	fits(p, 360)
	if _, err := st.servers.Portal.Join(st.inviteLink(), "Bob", "Baker", "bob@acme.example"); err != nil {
		t.Fatal(err)
	}
	p.Holds(`document.querySelector("#panes [data-pane=portal]").matches(".news")`)
	p.Holds(`document.querySelector("#panes [data-pane=portal]").matches(".look-here")`) // the tour speaks of the mail there
	p.Click("#panes [data-pane=portal]")
	p.Gone("#slack")
	p.Holds(`document.querySelector("#tab-mail").matches(".look-here")`)
	for _, tab := range []string{"#tab-mail", "#tab-people"} {
		p.Click(tab)
		p.Sees("#portal", "bob@acme.example")
		fits(p, 360)
		p.Shot("portal")
	}
}

// All that an app can show fits on a phone.
func TestAppsOnPhones(t *testing.T) {
	st := newStage(t, manifest)
	st.listen(func(payload m) m {
		if payload["callback_id"] == "invite" {
			st.call("views.open", m{"trigger_id": payload["trigger_id"], "view": dialog()})
		}
		return st.opensHome(payload)
	})
	st.post(general, "", "Menus", homeView("A card")["blocks"].([]m)...)
	for _, width := range []int{360, 390} {
		p := st.open(width, 780)
		p.Dark(width == 390)
		shot := func(what string) {
			fits(p, width)
			p.Shot(fmt.Sprintf("%s-%d", what, width))
		}
		p.Sees(".message", "A card")
		p.Click("#tour-skip")
		shot("channel")
		p.Click(".message [data-action=more]")
		p.Sees("#menu", "cancel")
		shot("menu")
		p.Press(kb.Escape)
		p.Click("#shortcuts")
		shot("shortcuts")
		p.Click("#menu [data-item=invite]")
		p.Sees("#modal", "All inputs")
		shot("dialog")
		p.Click("#modal-close")
		p.Gone("#modal")
		p.Click("[data-channel=home]")
		p.Sees("#home h3", "Home of")
		shot("home")
		p.Click("#home [data-action=end]")
		p.Sees("#confirm", "Sure?")
		shot("confirm")
		p.Press(kb.Escape)
	}
}
