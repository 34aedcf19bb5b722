package demo_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/docspace-invite-bot/bot/internal/demo/browsertest"
	"github.com/docspace-invite-bot/bot/internal/docspacesim"
)

// cutOff are the elements that stick out on either side, or in which something is cut off, placeholders included.
const cutOff = `[...document.querySelectorAll("body *")].filter((e) => {
	const r = e.getBoundingClientRect(), style = getComputedStyle(e);
	if (!e.checkVisibility() || e.closest(".hidden, h1, option")) return false;
	const pen = document.createElement("canvas").getContext("2d");
	pen.font = style.font;
	return r.left < 0 || r.right > innerWidth + 1 || (style.overflowX !== "visible" && e.scrollWidth > e.clientWidth) ||
		(e.tagName === "INPUT" && pen.measureText(e.placeholder).width > e.clientWidth - parseFloat(style.paddingLeft) * 2);
}).map((e) => e.outerHTML.slice(0, 120)).join("\n")`

// fits waits until the page is not wider than the window, and compares.
func fits(t *testing.T, p *browsertest.Page, what string) {
	t.Helper()
	p.Holds(`document.documentElement.scrollWidth <= innerWidth`)
	if cut := p.Text(cutOff); cut != "" {
		t.Errorf("%s: cut off: %s", what, cut)
	}
	p.Shot(what)
}

// On a phone one pane shows, nothing sticks out, and the other pane's news are marked.
func TestOnePaneShowsOnAPhone(t *testing.T) {
	st := newStage(t)
	st.listen(func(m) m { return nil })
	p := st.open(360, 740)
	p.Gone("#portal")
	st.post(general, "", "A "+strings.Repeat("verylongword", 8), section("`"+fmt.Sprint(make([]int, 60))+"`"))
	p.Sees(".message", "0 0 0")
	fits(t, p, "channel")
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
		fits(t, p, "portal")
	}
	room := st.servers.Portal.AddRoom(strings.Repeat("verylongword", 8), docspacesim.RoomCustom, "")
	if err := st.servers.Portal.Share(room.ID, "bob@acme.example", docspacesim.AccessContentCreator); err != nil {
		t.Fatal(err)
	}
	p.Click("#tab-rooms")
	p.Sees("#rooms", "content creator, to confirm")
	fits(t, p, "rooms")
}

// All that an app can show fits on a phone.
func TestAppsFitOnAPhone(t *testing.T) {
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
			fits(t, p, fmt.Sprintf("%s-%d", what, width))
		}
		p.Sees(".message", "A card")
		p.Click("#tour-skip")
		shot("channel")
		p.Click("#trouble summary")
		shot("trouble")
		p.Click("#trouble summary")
		p.Type("#composer", "/")
		p.Sees("#suggestions", "form")
		shot("suggestions")
		p.Press(kb.Backspace)
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
		p.Choose("#place", "home")
		p.Sees("#home h3", "Home of")
		shot("home")
		p.Click("#home [data-action=end]")
		p.Sees("#confirm", "Sure?")
		shot("confirm")
		p.Press(kb.Escape)
	}
}
