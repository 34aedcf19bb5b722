package demo_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/docspace-invite-bot/bot/internal/demo/browsertest"
)

// open opens the stage's page. The tour is out of the way unless a test is about it.
func (s *stage) open(width, height int) *browsertest.Page {
	s.t.Helper()
	p := browsertest.Start(s.t, width, height)
	p.Open(s.url)
	p.Sees("#link-state", "connected")
	return p
}

// The page's own part of the story: a card, the frame, the letter, the list of people.
func TestPlayedByClicks(t *testing.T) {
	st := newStage(t)
	heard := make(chan string, 10)
	st.listen(func(payload m) m {
		if payload["command"] != nil {
			heard <- fmt.Sprint(payload["text"])
			st.post(general, "", "Come in", section("*<@"+ann+"> invites you*"), joinButton(st.inviteLink()))
			return m{"text": "Done. &lt;b&gt;Nobody&lt;/b&gt; else reads this."}
		}
		heard <- fmt.Sprint(payload["user"])
		return nil
	})
	p := st.open(1280, 800)

	p.Type("#composer", "/docspace-invite user @bo")
	p.Sees("#suggestions", "Bob Baker")
	p.Press(kb.Enter) // takes the suggestion
	p.Press(kb.Enter) // sends
	if got := <-heard; got != "user <@"+bob+"|bob>" && got != "user <@"+bob+">" {
		t.Errorf("the app heard %q", got)
	}
	p.Sees(".message .mention", "@ann")
	p.Sees(".ephemeral", "<b>Nobody</b> else")
	p.Click(".ephemeral .only button")
	p.Gone(".ephemeral")

	p.Click(`[data-user=` + bob + `]`)
	p.Holds(`document.querySelector("#act-as").value === "` + bob + `"`)
	p.Click("[data-action=join]")
	<-heard
	p.InFrame(`document.querySelector("#email")?.value === "bob@acme.example"`, `document.querySelector("#join").click()`)
	p.Sees("#tab-mail .count", "2")
	p.Click("#tab-mail")
	p.Click(`[data-confirm="bob@acme.example"]`)
	p.InFrame(`!!document.querySelector("#activated")`, ``)
	p.Click("#tab-people")
	p.Sees(`[data-member="bob@acme.example"] .status`, "active")
	p.Shot("people")
	p.Click(`[aria-label="Disable Bob Baker"]`)
	p.Sees(`[data-member="bob@acme.example"] .status`, "disabled")
	p.Click("#tab-mail")
	p.Sees("#mail .done", "Confirmed") // which a disabled account stays
	p.Shot("mail")

	// What happens elsewhere shows as a dot; what is changed says so; replies stand below.
	ts := st.post(general, "", "First")
	st.post(general, ts, "A reply")
	p.Sees(".thread", "A reply")
	st.call("chat.update", m{"channel": general, "ts": ts, "text": "Second"})
	p.Sees(`[data-message="`+ts+`"] .who em`, "updated")
	st.post("C0DEMODES01", "", "Over here")
	p.Sees(`[data-channel=C0DEMODES01]`, "new messages")
	p.Click(`[data-channel=C0DEMODES01]`)
	p.Gone(`[data-channel=C0DEMODES01] .dot`)
	p.Sees(".message", "Over here")

	// What Slack refuses is said.
	p.Choose("#act-as", ann)
	p.Click(`[data-channel=C0DEMOOLD01]`)
	p.Type("#composer", "Anybody?\r")
	p.Sees("#toast", "archived")
}

// Every kind of block shows, and nothing in one is taken for HTML.
func TestBlocksShow(t *testing.T) {
	st := newStage(t)
	st.listen(func(m) m { return nil })
	hostile := `<img src=x onerror="document.title='taken'">`
	st.post(general, "", "All blocks",
		m{"type": "header", "text": text("plain_text", "A header")},
		m{
			"type": "section", "text": text("mrkdwn", "*bold* _italic_ ~struck~ `code` :wave:\n> quoted\n```pre```\n<https://docs.example|a link> <!date^1796029200^{date_num} {time}|later> &lt;img&gt;"),
			"accessory": m{"type": "button", "action_id": "side", "text": text("plain_text", "Beside")},
		},
		m{"type": "divider"},
		m{"type": "image", "image_url": "https://docs.example/x.png", "alt_text": "a picture"},
		m{"type": "context", "elements": []m{text("plain_text", hostile)}},
		m{"type": "rich_text", "elements": []m{
			{"type": "rich_text_section", "elements": []m{{"type": "text", "text": "rich", "style": m{"bold": true}}, {"type": "user", "user_id": bob}}},
			{"type": "rich_text_list", "style": "bullet", "elements": []m{{"type": "rich_text_section", "elements": []m{{"type": "text", "text": "an item"}}}}},
		}})
	p := st.open(1280, 800)
	for selector, words := range map[string]string{
		"h3": "A header", "b": "bold", "i": "italic", "s": "struck", "code": "code", "blockquote": "quoted", "pre": "pre",
		`a[href="https://docs.example"][rel~=noopener]`: "a link", "time": "2026", ".context": "a picture", "[data-action=side]": "Beside",
		".mention": "@bob", "li": "an item", ".section": "<img>",
	} {
		p.Sees(".card "+selector, words)
	}
	p.Sees(".card .section", "👋")
	p.Sees(".card .context", hostile)
	p.Holds(`!document.querySelector(".card img") && document.title !== "taken"`)
	p.Shot("blocks")
}

// dialog has every kind of input.
func dialog() m {
	input := func(id, label string, element m) m {
		element["action_id"] = "value"
		return m{"type": "input", "block_id": id, "label": text("plain_text", label), "optional": true, "element": element}
	}
	options := []m{{"text": text("plain_text", "Guest"), "value": "guest"}, {"text": text("plain_text", "User"), "value": "user"}}
	note := input("note", "Note", m{"type": "plain_text_input", "multiline": true, "max_length": 40})
	note["hint"] = text("plain_text", "Shown on the card")
	return m{
		"type": "modal", "callback_id": "all", "title": text("plain_text", "All inputs"), "submit": text("plain_text", "Go"),
		"blocks": []m{
			section("Some *words* first"),
			input("role", "Role", m{"type": "static_select", "options": options, "initial_option": options[1]}),
			input("people", "People", m{"type": "multi_users_select"}),
			input("where", "Where", m{"type": "conversations_select"}),
			input("mail", "E-mail", m{"type": "email_text_input"}),
			input("flags", "Flags", m{"type": "checkboxes", "options": options}),
			note,
		},
	}
}

func TestDialog(t *testing.T) {
	st := newStage(t)
	values := make(chan m, 1)
	st.listen(func(payload m) m {
		if payload["type"] == "view_submission" {
			state := payload["view"].(map[string]any)["state"].(map[string]any)["values"].(map[string]any)
			values <- state
			if note := state["note"].(map[string]any)["value"].(map[string]any)["value"]; note == "bad" {
				return m{"response_action": "errors", "errors": m{"note": "That will not do"}}
			}
			return nil
		}
		if payload["command"] != nil {
			st.call("views.open", m{"trigger_id": payload["trigger_id"], "view": dialog()})
		}
		return nil
	})
	p := st.open(1280, 800)
	p.Type("#composer", "/docspace-invite form\r")
	p.Sees("#modal", "All inputs")
	p.Holds(`document.activeElement.id === "field-role"`)
	for range 20 { // the keyboard does not leave the dialog for the page under it
		p.Press(kb.Tab)
		p.Holds(`document.activeElement === document.body || document.querySelector("#modal").contains(document.activeElement)`)
	}
	p.Click(`#field-people input[value=` + bob + `]`)
	p.Choose("#field-where", general)
	p.Type("#field-mail", "dora@acme.example")
	p.Click(`#field-flags input[value=guest]`)
	p.Type("#field-note", "bad")
	p.Shot("dialog")
	p.Click("#modal-submit")
	first := fmt.Sprint(<-values)
	for _, want := range []string{"selected_users:[" + bob + "]", "selected_conversation:" + general, "value:dora@acme.example", "value:guest", "value:user"} {
		if !strings.Contains(first, want) {
			t.Errorf("the app got %s without %s", first, want)
		}
	}
	p.Sees("#modal .error", "That will not do")
	p.Holds(`document.activeElement.id === "field-note" && document.querySelector("#field-mail").value === "dora@acme.example"`)
	p.Dark(true)
	p.Shot("dialog-error")
	p.Type("#field-note", " no more")
	p.Click("#modal-submit")
	<-values
	p.Gone("#modal")

	p.Type("#composer", "/docspace-invite form\r")
	p.Sees("#modal", "All inputs")
	p.Press(kb.Escape)
	p.Gone("#modal")
	st.servers.Workspace.Await(t.Context(), func() bool { return len(st.servers.Workspace.Views(ann)) == 0 })
}

// The tour goes on by itself, is remembered when it was skipped, and can be taken again.
func TestTour(t *testing.T) {
	st := newStage(t)
	st.listen(func(payload m) m {
		if payload["command"] != nil {
			st.post(general, "", "Come in", section("Come in"), joinButton(st.inviteLink()))
		}
		return nil
	})
	p := st.open(1280, 800)
	p.Sees("#tour-text", "user @bob")
	p.Holds(`document.querySelector("#composer").matches(".look-here")`)
	p.Type("#composer", "/docspace-invite user @bob\r")
	p.Sees("#tour-step", "2 of 7")
	p.Holds(`document.querySelector("[data-user=` + bob + `]").matches(".look-here")`)
	p.Shot("tour")
	p.Click("[data-user=" + bob + "]")
	p.Sees("#tour-step", "3 of 7")
	p.Click("#tour-skip")
	p.Gone("#tour")
	p.Holds(`!document.querySelector(".look-here")`)
	p.Open(st.url)
	p.Sees("#link-state", "connected")
	p.Sees(".message", "Come in")
	p.Gone("#tour")
	p.Click("#tour-again")
	p.Sees("#tour-step", "1 of 7") // though there is a card already
	p.Holds(`document.querySelector("#act-as").value === "` + ann + `"`)
}

// On a phone one pane shows, nothing sticks out, and the other pane's news are marked.
func TestPhone(t *testing.T) {
	st := newStage(t)
	st.listen(func(m) m { return nil })
	p := st.open(360, 740)
	p.Gone("#portal")
	st.post(general, "", "A "+"very"+"longword0123456789012345678901234567890123456789012345678901234567890", section("`"+fmt.Sprint(make([]int, 60))+"`"))
	p.Sees(".message", "0 0 0")
	inWidth := `document.documentElement.scrollWidth <= 360 && [...document.querySelectorAll("main *")].filter((e) => e.checkVisibility() && !e.closest("#side")).every((e) => e.getBoundingClientRect().right <= 361)`
	p.Holds(inWidth)
	p.Shot("slack")
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
		p.Holds(inWidth)
		p.Shot("portal")
	}
}

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

func TestReadableInLightAndDark(t *testing.T) {
	st := newStage(t)
	st.listen(func(m) m { return nil })
	if _, err := st.servers.Portal.Join(st.inviteLink(), "Bob", "Baker", "bob@acme.example"); err != nil {
		t.Fatal(err)
	}
	if err := st.servers.Portal.Disable("zoe@acme.example"); err != nil {
		t.Fatal(err)
	}
	ts := st.post(general, "", "A card", section("*<@"+bob+">* `code` <https://docs.example|link>"), joinButton("https://docs.example"),
		m{"type": "context", "elements": []m{text("mrkdwn", "small print")}})
	st.post(general, ts, "A reply")
	st.call("chat.postEphemeral", m{"channel": general, "user": ann, "text": "For you"})
	for _, dark := range []bool{false, true} {
		p := st.open(1280, 800)
		p.Dark(dark)
		p.Sees(".thread", "A reply")
		for _, tab := range []string{"#tab-join", "#tab-mail", "#tab-people"} {
			p.Click(tab)
			if poor := p.Text(contrasts); poor != "" {
				t.Errorf("dark %v, %s: hard to read: %s", dark, tab, poor)
			}
			p.Shot(fmt.Sprintf("dark-%v", dark))
		}
		p.Click("#trouble summary")
		if poor := p.Text(contrasts); poor != "" {
			t.Errorf("dark %v: hard to read: %s", dark, poor)
		}
		p.Shot(fmt.Sprintf("trouble-dark-%v", dark))
	}
}
