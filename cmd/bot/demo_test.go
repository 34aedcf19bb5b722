package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"github.com/docspace-invite-bot/bot/internal/demo/browsertest"
)

// demoOutput is what the demo prints, to be waited for.
type demoOutput struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{}
}

func (o *demoOutput) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	select {
	case o.more <- struct{}{}:
	default:
	}
	return o.text.Write(p)
}

func (o *demoOutput) find(t *testing.T, pattern string) string {
	t.Helper()
	late := time.After(20 * time.Second)
	for {
		o.mu.Lock()
		m := regexp.MustCompile(pattern).FindStringSubmatch(o.text.String())
		o.mu.Unlock()
		if m != nil {
			return m[1]
		}
		select {
		case <-o.more:
		case <-late:
			t.Fatalf("the demo did not print %q but %q", pattern, o.text.String())
		}
	}
}

// startDemo runs bot demo and returns the page's address.
func startDemo(t *testing.T, serversAlone bool) (pageURL string, output *demoOutput) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	output = &demoOutput{more: make(chan struct{}, 1)}
	ended := make(chan int, 1)
	go func() {
		ended <- demoCommand(ctx, map[string]string{"DEMO_ADDR": "127.0.0.1:0"}, serversAlone, output, io.Discard)
	}()
	t.Cleanup(func() {
		cancel()
		if code := <-ended; code != exitDone {
			t.Errorf("the demo ended with %d", code)
		}
	})
	return output.find(t, `Open (\S+)`), output
}

// demoPage runs bot demo and opens its page, so wide and high, once the bot is there.
func demoPage(t *testing.T, width, height int) *browsertest.Page {
	t.Helper()
	url, _ := startDemo(t, false)
	p := browsertest.Start(t, width, height)
	p.Open(url)
	p.Sees("#link-state", "Bot connected")
	return p
}

// actingOn returns what makes the page act as someone.
func actingOn(p *browsertest.Page) func(who string) {
	return func(who string) { p.Choose("#act-as", "U0DEMO"+who+"01") }
}

// register signs the acting person up by the newest card and confirms their address.
func register(p *browsertest.Page, email string) {
	p.Click("[data-action=join]")
	p.InFrame(`document.querySelector("#email")?.value === "`+email+`"`, `document.querySelector("#join").click()`)
	p.Sees("#tab-mail .count", "")
	p.Shot("registered")
	p.Click("#tab-mail")
	p.Click(`[data-confirm="` + email + `"]`)
	p.InFrame(`!!document.querySelector("#activated")`, ``)
}

// TestDemoByClicks is the whole story in a browser, twice in a row, with two people on one
// card.
func TestDemoByClicks(t *testing.T) {
	for name, size := range map[string][2]int{"laptop": {1280, 800}, "phone": {390, 844}} {
		t.Run(name, func(t *testing.T) {
			p := demoPage(t, size[0], size[1])
			p.Shot("start")
			back := func() {} // to Slack, which a phone does not show beside the portal
			if name == "phone" {
				back = func() { p.Click(`#panes [data-pane=slack]`) }
			}
			invitesTwo(p, back, "round 1", "bob", "carol")
			p.Sees("#tour-step", "8 of 8") // the tour has come to its end by itself
			p.Click("#tour-skip")
			invitesTwo(p, back, "round 2", "gus", "zoe")
		})
	}
}

// TestDemoDrawsEachEmoji: one that the page doesn't know would show as its name between colons.
func TestDemoDrawsEachEmoji(t *testing.T) {
	messages, err := os.ReadFile("../../internal/slackbot/testdata/en.golden.txt")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../internal/demo/web/mrkdwn.js")
	if err != nil {
		t.Fatal(err)
	}
	used := regexp.MustCompile(`:([a-z_]*[a-z]):`).FindAllStringSubmatch(string(messages), -1)
	for _, m := range used {
		if !strings.Contains(string(page), " "+m[1]+": ") {
			t.Errorf("internal/demo/web/mrkdwn.js doesn't know %s", m[0])
		}
	}
	if len(used) == 0 {
		t.Error("no message has an emoji")
	}
}

// TestDemoTourByKeyboard takes the whole tour without a mouse, from the first letter in the composer into the room.
func TestDemoTourByKeyboard(t *testing.T) {
	p := demoPage(t, 1440, 900)
	p.Focused("#composer")
	p.Press("/docspace-invite @bob in \"Q3 planning\"\r")
	p.Sees("#tour-step", "2 of 8")
	p.Shot("card")
	p.Reach("[data-user=U0DEMOBOB01]")
	p.Press(kb.Enter)
	p.Sees("#tour-step", "3 of 8")
	p.Reach("[data-action=join]")
	p.Press(kb.Enter)
	p.Sees("#tour-step", "4 of 8")
	p.InFrame(`document.querySelector("#email")?.value === "bob@acme.example"`, ``)
	p.Reach("#portal-frame")
	p.InFrame(`!!document.activeElement?.closest("form")`, ``)
	p.Press(kb.Enter) // in a form, that sends it
	p.Sees("#tour-step", "5 of 8")
	p.Reach("#tab-join")
	p.Press(kb.ArrowRight)
	p.Focused("#tab-mail")
	p.Reach("[data-confirm]")
	p.Press(kb.Enter)
	p.Sees("#tour-step", "7 of 8")
	p.Sees(".thread", "Bob")
	p.Shot("thread")
	p.Reach(".thread [data-action=open_room]")
	p.Press(kb.Enter)
	p.Sees("#tour-step", "8 of 8")
	p.InFrame(`document.querySelector("#title")?.textContent === "Q3 planning" && document.querySelector("#list").textContent.includes("Bob Baker")`, ``)
	p.Shot("room")
	p.Reach("#tab-join")
	p.Press(kb.End)
	p.Sees(`[data-room="Q3 planning"] [data-in="bob@acme.example"]`, "Bob Bakerviewer")
	p.Shot("rooms")
	p.Reach("#tour-skip")
	p.Press(kb.Enter)
	p.Gone("#tour")
}

// invitesTwo has Ann invite two people by one card, and both come in.
func invitesTwo(p *browsertest.Page, back func(), note string, people ...string) {
	actingOn(p)("ANN")
	p.Type("#composer", fmt.Sprintf("/docspace-invite user @%s %q\r", people[0], note))
	p.Sees(".message", note)
	p.Shot("card")
	for _, who := range people {
		p.Choose("#act-as", "U0DEMO"+strings.ToUpper(who)+"01")
		if who == "zoe" { // a member of old: nothing to register
			p.Click("[data-action=join]")
			back()
			p.Sees(".thread", "already in DocSpace")
			continue
		}
		email := who + "@acme.example"
		if who == "gus" {
			email = "gus@elsewhere.example"
		}
		register(p, email)
		back()
		p.Sees(".thread", strings.ToUpper(who[:1])+who[1:])
		p.Choose("#place", "direct")
		p.Sees(".message", "Welcome to DocSpace")
		p.Shot("direct")
		p.Choose("#place", "C0DEMOGEN01")
	}
	p.Sees(".message", "2 of 2 joined")
	p.Shot("done")
}

// TestDemoDialogAndRefusals plays the dialog, a refusal and the help.
func TestDemoDialogAndRefusals(t *testing.T) {
	p := demoPage(t, 1280, 800)
	p.Type("#composer", "/docspace-invite guset\r")
	p.Sees(".ephemeral", "guset")
	p.Type("#composer", "/docspace-invite help\r")
	p.Sees(".ephemeral", "Invite people to DocSpace")
	p.Shot("help")
	p.Type("#composer", "/docspace-invite form\r")
	p.Sees("#modal", "Invite to DocSpace")
	p.Type("#field-emails", "dora")
	p.Click("#modal-submit")
	p.Sees("#modal .error", "dora")
	p.Dark(true)
	p.Shot("dialog")
	p.Type("#field-emails", "@acme.example")
	p.Sees("#field-room", "Q3 planning") // and no other: Ann manages this one
	p.Holds(`document.querySelectorAll("#field-room option").length === 2`)
	p.Holds(`document.querySelectorAll("#field-right option").length === 8`)
	p.Choose("#field-room", p.Text(`document.querySelector("#field-room option:last-child").value`))
	p.Holds(`document.querySelectorAll("#field-right option").length === 6`) // those of a room of this kind, for users
	p.Holds(`document.querySelector("#field-emails").value === "dora@acme.example"`)
	p.Click("#modal-submit")
	p.Sees(".message", "to the room “Q3 planning”")
	p.Sees(".message", "acme.example — invited by email")
	p.Shot("invited")
}

// TestDemoCardMenu closes an invitation's list, extends it and cancels it, from its card.
func TestDemoCardMenu(t *testing.T) {
	p := demoPage(t, 1280, 800)
	as := actingOn(p)
	menu := func(action string) {
		p.Click(".message [data-action=mend]")
		p.Sees("#menu", "Extend")
		p.Click(`#menu [data-item^="` + action + ` "]`)
	}
	p.Type("#composer", "/docspace-invite user @bob\r")
	p.Sees(".message", "bob — invited")
	menu("close")
	p.Sees(".ephemeral", "The list is closed")
	p.Sees(".message", "Only for the people listed here")
	as("CAROL")
	p.Click("[data-action=join]")
	p.Sees(".ephemeral", "only for the people on its card")
	menu("extend")
	p.Sees(".ephemeral", "only they and admins can change it")
	p.Shot("not-yours")
	as("ANN")
	p.Click("[data-channel=home]")
	p.Sees("#home", "Your open invitations: 1")
	p.Click("#home [data-action=mend]")
	p.Click(`#menu [data-item^="extend "]`)
	p.Sees("#home", "Extended until")
	p.Shot("home")
	p.Click("[data-channel=C0DEMOGEN01]")
	menu("ask")
	p.Sees("#modal", "Cancel the invitation?")
	p.Shot("question")
	p.Click("#modal-submit")
	p.Sees(".message", "was cancelled by")
	p.Shot("cancelled")
}

// TestDemoApproval asks for a role that is not Ann's to give, once in vain.
func TestDemoApproval(t *testing.T) {
	p := demoPage(t, 1280, 800)
	as := actingOn(p)
	p.Type("#composer", "/docspace-invite roomadmin @bob \"runs the archive\"\r")
	p.Sees(".ephemeral", "Room admin needs approval")
	p.Type("#composer", "/docspace-invite admin\r")
	p.Sees(".ephemeral", "DocSpace admin needs approval")
	p.Shot("asked")
	as("ZOE")
	p.Click("[data-channel=C0DEMOAPP01]")
	p.Sees(".message", "bob@acme.example")
	p.Shot("requests")
	p.Click("[data-action=deny]") // the newer one
	p.Click("#confirm-yes")
	p.Sees(".message", "Denied by @zoe")
	p.Click("[data-action=approve]")
	p.Sees(".message", "Approved by @zoe")
	p.Shot("decided")
	as("ANN")
	p.Click("[data-channel=C0DEMOGEN01]")
	p.Sees(".message", "as Room admin")
	p.Shot("card")
	p.Click("[data-channel=direct]")
	p.Sees(".message", "denied your request")
	p.Sees(".message", "approved your Room admin invitation")
	p.Shot("outcome")
}

// TestDemoStranger: someone registers with an address that no one knows, and Ann says who it is.
func TestDemoStranger(t *testing.T) {
	p := demoPage(t, 1280, 800)
	p.Type("#composer", "/docspace-invite user @bob @carol\r")
	p.Sees(".message", "carol — invited")
	actingOn(p)("BOB")
	p.Click("[data-action=join]")
	p.InFrame(`document.querySelector("#email")?.value === "bob@acme.example"`,
		`document.querySelector("#email").value = "bobby@home.example"; document.querySelector("#join").click()`)
	p.Sees("#tab-mail .count", "")
	p.Click("#tab-mail")
	p.Click(`[data-confirm="bobby@home.example"]`)
	actingOn(p)("ANN")
	p.Click("[data-channel=direct]")
	p.Sees(".message", "bobby@home.example) joined")
	p.Shot("question")
	p.Click("[data-action=who]") // yes, Bob
	p.Sees(".message", "The card shows it")
	p.Click("[data-channel=C0DEMOGEN01]")
	p.Sees(".thread", "joined DocSpace")
	p.Shot("claimed")
}

// TestDemoReminding reminds someone from the card's menu; they join by the reminder, and another
// says no to reminders.
func TestDemoReminding(t *testing.T) {
	p := demoPage(t, 1280, 800)
	as := actingOn(p)
	p.Type("#composer", "/docspace-invite user @bob @carol \"for the archive\"\r")
	p.Sees(".message", "carol — invited")
	p.Click(".message [data-action=mend]")
	p.Click(`#menu [data-item^="remind "]`)
	p.Sees(".ephemeral", "in a direct message")
	p.Shot("reminding")
	as("CAROL")
	p.Click("[data-channel=direct]")
	p.Sees(".message", "one more time at most")
	p.Shot("reminder")
	p.Click("[data-action=mute]")
	p.Click("#confirm-yes")
	p.Sees(".ephemeral", "won't remind you")
	as("BOB")
	p.Sees(".message", "one more time at most")
	register(p, "bob@acme.example")
	p.Click("[data-channel=C0DEMOGEN01]")
	p.Sees(".thread", "Bob")
	as("ANN")
	p.Click(".message [data-action=mend]")
	p.Click(`#menu [data-item^="remind "]`)
	p.Sees(".ephemeral", "asked not to be reminded")
	p.Shot("reminded")
}

// TestDemoServersAlone joins a bot to the two servers from outside, with the variables that
// they print.
func TestDemoServersAlone(t *testing.T) {
	pageURL, output := startDemo(t, true)
	env := map[string]string{}
	for _, name := range []string{"SLACK_APP_TOKEN", "SLACK_BOT_TOKEN", "SLACK_API_URL", "DOCSPACE_URL", "DOCSPACE_API_KEY", "POLL_INTERVAL", "STATE"} {
		env[name] = output.find(t, `export `+name+`=(\S+)`)
	}
	var out, errs bytes.Buffer
	if code := bot(t.Context(), []string{"check"}, env, &out, &errs); code != exitDone {
		t.Errorf("bot check = %d\n%s%s", code, out.String(), errs.String())
	}
	ctx, cancel := context.WithCancel(t.Context())
	log := &demoOutput{more: make(chan struct{}, 1)}
	ended := make(chan int, 1)
	go func() { ended <- bot(ctx, nil, env, io.Discard, log) }()
	log.find(t, `(connected to slack)`)
	playFromOutside(t, pageURL)
	cancel()
	if code := <-ended; code != exitDone {
		t.Errorf("bot run = %d", code)
	}
}

// playFromOutside plays the story with nothing but HTTP: the page's API and the portal's
// own pages.
func playFromOutside(t *testing.T, pageURL string) {
	t.Helper()
	act := func(what string) {
		t.Helper()
		resp, err := http.Post(pageURL+"/api/act", "application/json", strings.NewReader(what))
		if err != nil || resp.StatusCode != http.StatusNoContent {
			t.Fatalf("%s: %v, %v", what, resp, err)
		}
		resp.Body.Close()
	}
	type message struct {
		TS, Thread string
		Blocks     []struct {
			Elements []struct {
				ActionID string `json:"action_id"`
				URL      string
			}
		}
	}
	var state struct {
		Channels []struct{ Messages []message }
		Mails    []struct{ To, Link string }
	}
	await := func(what string, ready func() bool) {
		t.Helper()
		for range 400 {
			resp, err := http.Get(pageURL + "/api/state?as=U0DEMOBOB01")
			if err != nil {
				t.Fatal(err)
			}
			err = json.NewDecoder(resp.Body).Decode(&state)
			resp.Body.Close()
			if err != nil {
				t.Fatal(err)
			}
			if ready() {
				return
			}
			<-time.After(50 * time.Millisecond)
		}
		t.Fatalf("no %s", what)
	}

	act(`{"do":"type","as":"U0DEMOANN01","channel":"C0DEMOGEN01","text":"/docspace-invite user @bob"}`)
	var card message
	await("card", func() bool {
		if all := state.Channels[0].Messages; len(all) > 0 {
			card = all[0]
		}
		return card.TS != ""
	})
	address := ""
	for _, block := range card.Blocks {
		for _, element := range block.Elements {
			if element.ActionID == "join" {
				address = element.URL
			}
		}
	}
	act(`{"do":"press","as":"U0DEMOBOB01","channel":"C0DEMOGEN01","ts":"` + card.TS + `","action":"join"}`)
	form, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	form.Body.Close()
	joined, err := http.PostForm(form.Request.URL.String(), url.Values{"email": {"bob@acme.example"}, "first": {"Bob"}, "last": {"Baker"}})
	if err != nil || joined.StatusCode != http.StatusOK {
		t.Fatalf("the form: %v, %v", joined, err)
	}
	joined.Body.Close()
	await("letter", func() bool { return len(state.Mails) > 0 && state.Mails[0].Link != "" })
	confirmed, err := http.Get(state.Mails[0].Link)
	if err != nil {
		t.Fatal(err)
	}
	confirmed.Body.Close()
	await("confirmation in the thread", func() bool {
		return slices.ContainsFunc(state.Channels[0].Messages, func(m message) bool { return m.Thread == card.TS })
	})
}

// TestDemoLanguage: Jana's Slack is in German, and the channel's card is not.
func TestDemoLanguage(t *testing.T) {
	p := demoPage(t, 1280, 800)
	actingOn(p)("JANA")
	p.Type("#composer", "/docspace-invite hlep\r")
	p.Sees(".ephemeral", "„hlep“ habe ich nicht verstanden")
	p.Type("#composer", "/docspace-invite form\r")
	p.Sees("#modal", "Zu DocSpace einladen")
	p.Shot("dialog")
	p.Type("#field-emails", "dora@acme.example")
	p.Click("#modal-submit")
	p.Sees(".message", "invites you to DocSpace")
	p.Click("[data-channel=home]")
	p.Sees("#home", "Deine offenen Einladungen: 1")
	p.Shot("home")
}

// TestDemoNoOneIsLeftOut: someone who is not on Slack, someone who does not read the channel, and a
// portal that takes its time.
func TestDemoNoOneIsLeftOut(t *testing.T) {
	p := demoPage(t, 1280, 800)
	as := actingOn(p)
	p.Type("#composer", "/docspace-invite user dora@acme.example\r")
	p.Sees(".message", "acme.example — invited by email")
	p.Click("#tab-mail")
	p.Click(`[data-accept="dora@acme.example"]`)
	p.InFrame(`document.querySelector("#email")?.value === "dora@acme.example"`, `document.querySelector("#join").click()`)
	p.Sees(".thread", "joined DocSpace")
	p.Shot("by-email")
	p.Type("#composer", "/docspace-invite guest eve@acme.example\r") // whom the portal doesn't email without a room
	p.Sees(".ephemeral", "eve@acme.example isn't on Slack. Please send them this link yourself")
	p.Shot("link-to-forward")

	p.Click("[data-channel=C0DEMODES01]")
	p.Type("#composer", "/docspace-invite guest @gus\r")
	p.Sees(".message", "gus — invited")
	p.Shot("private-channel")
	as("GUS")
	p.Click("[data-channel=direct]")
	p.Sees(".message", "invites you to DocSpace as Guest")
	p.Shot("direct-link")

	as("ANN")
	p.Click("[data-channel=C0DEMOGEN01]")
	p.Click("#trouble summary")
	p.Click("[data-trouble=portal-slow]")
	p.Type("#composer", "/docspace-invite guest\r")
	p.Sees(".ephemeral", "Working on your invitation")
	p.Shot("working")
	p.Sees(".ephemeral", "Your invitation is in #general")
	p.Shot("posted")
}
