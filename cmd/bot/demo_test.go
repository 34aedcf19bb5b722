package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
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

// register signs the acting person up by the newest card and confirms their address.
func (p *play) register(email string) {
	p.t.Helper()
	p.click("[data-action=join]")
	p.inPortal(`document.querySelector("#email")?.value === "`+email+`"`, `document.querySelector("#join").click()`)
	p.sees("#mail", email)
	p.shot("registered")
	p.click("#tab-mail")
	p.click(`[data-confirm="` + email + `"]`)
	p.inPortal(`!!document.querySelector("#activated")`, ``)
}

// TestDemoByClicks is the whole story in a browser, twice in a row, with two people on one
// card.
func TestDemoByClicks(t *testing.T) {
	for name, size := range map[string][2]int{"laptop": {1280, 800}, "phone": {390, 844}} {
		t.Run(name, func(t *testing.T) {
			url, _ := startDemo(t, false)
			p := &play{t: t, ctx: browser(t, size[0], size[1])}
			p.do("open the page", chromedp.EmulateViewport(int64(size[0]), int64(size[1])), chromedp.Navigate(url))
			p.sees("#link-state", "Bot connected")
			p.shot("start")
			for round, people := range [][2]string{{"BOB", "CAROL"}, {"GUS", "ZOE"}} {
				slack := func() { p.click(`#panes [data-pane=slack]`) }
				p.actAs("U0DEMOANN01")
				p.types(fmt.Sprintf("/docspace-invite user @%s \"round %d\"", strings.ToLower(people[0]), round+1))
				p.sees(".message", fmt.Sprintf("round %d", round+1))
				p.shot("card")
				for _, who := range people {
					if who == "ZOE" { // a member of old: nothing to register
						p.actAs("U0DEMOZOE01")
						p.click("[data-action=join]")
						slack()
						p.sees(".thread", "already in DocSpace")
						continue
					}
					email := strings.ToLower(who) + "@acme.example"
					if who == "GUS" {
						email = "gus@elsewhere.example"
					}
					p.actAs("U0DEMO" + who + "01")
					p.register(email)
					slack()
					p.sees(".thread", strings.ToUpper(who[:1])+strings.ToLower(who[1:]))
					p.click(`[data-channel=direct]`)
					p.sees(".message", "Welcome to DocSpace")
					p.shot("direct")
					p.click(`[data-channel=C0DEMOGEN01]`)
				}
				p.sees(".message", "2 of 2 joined")
				p.shot("done")
				if round == 0 { // the tour has come to its end by itself
					p.sees("#tour-step", "7 of 7")
					p.click("#tour-skip")
				}
			}
		})
	}
}

// TestDemoDialogAndRefusals plays the dialog, a refusal and the help.
func TestDemoDialogAndRefusals(t *testing.T) {
	url, _ := startDemo(t, false)
	p := &play{t: t, ctx: browser(t, 1280, 800)}
	p.do("open the page", chromedp.Navigate(url))
	p.sees("#link-state", "Bot connected")
	p.types("/docspace-invite admin")
	p.sees(".ephemeral", "DocSpaceAdmin")
	p.types("/docspace-invite help")
	p.sees(".ephemeral", "Invite people to DocSpace")
	p.shot("help")
	p.types("/docspace-invite form")
	p.sees("#modal", "Invite to DocSpace")
	p.do("a wrong address", chromedp.SendKeys("#field-emails", "dora"))
	p.click("#modal-submit")
	p.sees("#modal .error", "dora")
	p.shot("dialog")
	p.dark()
	p.shot("dialog-dark")
	p.do("the right address", chromedp.SendKeys("#field-emails", "@acme.example"))
	p.click("#modal-submit")
	p.sees(".message", "acme.example — invited")
	p.shot("invited-dark")
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
