package demo_test

import (
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// TestEachTabKeepsItsPerson: two people side by side, also after a reload.
func TestEachTabKeepsItsPerson(t *testing.T) {
	st := newStage(t)
	st.listen(func(m) m { return nil })
	first := st.open(1280, 800)
	first.Choose("#act-as", bob)
	first.Sees("#act-about", "member")
	second := first.Tab()
	second.Open(st.url)
	second.Sees("#link-state", "connected")
	second.Holds(`document.querySelector("#act-as").value === "` + ann + `"`)
	second.Choose("#act-as", "U0DEMOZOE01")
	second.Sees("#act-about", "admin")
	first.Open(st.url)
	first.Sees("#link-state", "connected")
	first.Holds(`document.querySelector("#act-as").value === "` + bob + `"`)
}

// TestFocusStartsInTheComposer: one can type at once, and is not pulled back later.
func TestFocusStartsInTheComposer(t *testing.T) {
	st := newStage(t)
	p := st.open(1280, 800)
	p.Focused("#composer")
	p.Press(kb.Tab)
	st.post(general, "", "News")
	p.Sees(".message", "News")
	p.Holds(`!document.activeElement.matches("#composer")`)
}

// TestInviteBringsTheBotIn: Slack's own command is offered where the bot is not, and works.
func TestInviteBringsTheBotIn(t *testing.T) {
	st := newStage(t)
	joined := st.hear(func(m) m { return nil })
	p := st.open(1280, 800)
	p.Type("#composer", "/i") // the bot is here already
	p.Gone("#suggestions")
	p.Click("[data-channel=C0DEMOSEC01]")
	p.Sees("#room-title", "bot isn't here")
	p.Type("#composer", "nvite @doc")
	p.Sees("#suggestions", "the bot")
	p.Press(kb.Enter) // takes the suggestion
	p.Press(kb.Enter) // sends
	st.wants(joined, "member_joined_channel", "event", "type")
	p.Holds(`!document.querySelector("#room-title").textContent.includes("bot isn't here")`)
}
