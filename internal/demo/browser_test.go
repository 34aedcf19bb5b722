package demo_test

import (
	"fmt"
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

// The page's own part of the story: a card, the frame, the email, the list of people.
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
func TestBlocksShowAndAreNotHTML(t *testing.T) {
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

// Buttons lead to the portal's pane or to a page of its own, and links cannot be scripts.
func TestWhereButtonsLead(t *testing.T) {
	st := newStage(t)
	heard := st.hear(func(m) m { return nil })
	button := func(id, url string) m {
		return m{"type": "button", "action_id": id, "text": text("plain_text", id), "url": url}
	}
	portal := st.servers.Env(st.url)[3][1]
	st.post(general, "", "Buttons", section("<javascript:alert()|no link> <"+portal+"|a link>"), m{"type": "actions", "elements": []m{
		button("script", "javascript:document.title='taken'"), button("elsewhere", "https://docs.example/x"), button("portal", portal+"/"),
	}})
	p := st.open(1280, 800)
	p.Text(`(window.opened = [], window.open = (...all) => { opened.push(all.join(" ")); }, "")`)
	for _, id := range []string{"script", "elsewhere", "portal"} {
		p.Click("[data-action=" + id + "]")
		st.wants(heard, id, "actions", 0, "action_id")
	}
	p.Holds(`opened.join() === "https://docs.example/x _blank noopener,noreferrer"`)
	p.Holds(`document.querySelector("#portal-frame").src === "` + portal + `/"`)
	p.Holds(`document.title !== "taken" && document.querySelectorAll(".card a").length === 1`)
	p.Sees(".card", "no link")
}

// The tour goes on by itself, is remembered when it was skipped, and can be taken again.
func TestTourIsRememberedAndTakenAgain(t *testing.T) {
	st := newStage(t)
	st.listen(func(payload m) m {
		if payload["command"] != nil {
			st.post(general, "", "Come in", section("Come in"), joinButton(st.inviteLink()))
		}
		return nil
	})
	p := st.open(1280, 800)
	p.Sees("#tour-text", "@bob in")
	p.Holds(`document.querySelector("#composer").matches(".look-here")`)
	p.Type("#composer", "/docspace-invite user @bob\r")
	p.Sees("#tour-step", "2 of 8")
	p.Holds(`document.querySelector("[data-user=` + bob + `]").matches(".look-here")`)
	p.Shot("tour")
	p.Click("[data-user=" + bob + "]")
	p.Sees("#tour-step", "3 of 8")
	p.Click("#tour-skip")
	p.Gone("#tour")
	p.Holds(`!document.querySelector(".look-here")`)
	p.Open(st.url)
	p.Sees("#link-state", "connected")
	p.Sees(".message", "Come in")
	p.Gone("#tour")
	p.Click("#tour-again")
	p.Sees("#tour-step", "1 of 8") // though there is a card already
	p.Holds(`document.querySelector("#act-as").value === "` + ann + `"`)
}
