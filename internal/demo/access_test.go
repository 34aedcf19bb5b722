package demo_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// contrasts returns the texts that show with less than the contrast that WCAG AA asks for.
const contrasts = `(() => {
	const rgb = (c) => c.match(/[\d.]+/g).map(Number);
	const over = (top, below) => { const a = top[3] ?? 1; return below.map((v, i) => top[i] * a + v * (1 - a)); };
	const ground = (e) => {
		const layers = [];
		for (; e; e = e.parentElement) layers.unshift(rgb(getComputedStyle(e).backgroundColor));
		return layers.reduce((below, top) => over(top, below), [255, 255, 255]);
	};
	const light = (c) => { const [r, g, b] = c.map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
	const poor = [];
	for (const e of document.querySelectorAll("body *")) {
		const words = [...e.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data.trim()).join("");
		if (!words || !e.checkVisibility({ opacityProperty: true }) || e.closest(".hidden, option, dialog:not([open])")) continue;
		const below = ground(e);
		const [a, b] = [light(over(rgb(getComputedStyle(e).color), below)), light(below)].sort();
		const ratio = (b + 0.05) / (a + 0.05);
		if (ratio < 4.5) poor.push(words.slice(0, 30) + " " + ratio.toFixed(1));
	}
	return poor.join("; ");
})()`

const sameIDs = `[...document.querySelectorAll("[id]")].map((e) => e.id).filter((id, i, all) => all.indexOf(id) !== i).join(" ")`

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
	for range 2 {
		st.post(general, "", "With fields", homeView("Twice")["blocks"].([]m)...)
	}
	ts := st.post(general, "", "A card", section("*<@"+bob+">* `code` <https://docs.example|link>"), joinButton("https://docs.example"),
		m{"type": "context", "elements": []m{text("mrkdwn", "small print")}})
	st.post(general, ts, "A reply")
	st.call("chat.postEphemeral", m{"channel": general, "user": ann, "text": "For you"})
	for _, dark := range []bool{false, true} {
		p := st.open(1280, 800)
		readable := func(what string) {
			t.Helper()
			if poor := p.Text(contrasts); poor != "" {
				t.Errorf("dark %v, %s: hard to read: %s", dark, what, poor)
			}
			if nameless := p.Nameless(); len(nameless) > 0 {
				t.Errorf("dark %v, %s: there is a %v without a name", dark, what, nameless)
			}
			if twice := p.Text(sameIDs); twice != "" {
				t.Errorf("dark %v, %s: ids that are there twice: %s", dark, what, twice)
			}
			p.Shot(fmt.Sprintf("dark-%v-%s", dark, strings.Trim(what, "#")))
		}
		p.Dark(dark)
		p.Sees(".thread", "A reply")
		for _, tab := range []string{"#tab-join", "#tab-mail", "#tab-people"} {
			p.Click(tab)
			readable(tab)
		}
		p.Click("#trouble summary")
		readable("trouble")
		p.Click("#trouble summary")
		p.Click("#shortcuts")
		readable("menu")
		p.Press(kb.Escape)
		p.Click("[data-channel=home]")
		p.Sees("#home h3", "Home of")
		readable("home")
		p.Click("#home [data-action=end]")
		readable("confirm")
		p.Press(kb.Escape)
		p.Click("[data-channel=" + general + "]")
		p.Type("#composer", "/docspace-invite form\r")
		p.Sees("#modal", "All inputs")
		p.Type("#field-mail", "nobody")
		p.Click("#modal-submit")
		p.Sees("#modal .error", "valid email")
		readable("dialog")
		p.Click("#modal-close")
		p.Gone("#modal")
	}
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
