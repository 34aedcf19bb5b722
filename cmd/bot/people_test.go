package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// TestEveryoneWhoCannotBeInvitedIsNamed at once, and nothing is posted.
func TestEveryoneWhoCannotBeInvitedIsNamed(t *testing.T) {
	story(t, func(w *world) {
		w.slack.AddUser(slacksim.User{Name: "helper", RealName: "Helper", Bot: true})
		w.slack.AddUser(slacksim.User{Name: "nomail", RealName: "No Mail"})
		w.types(w.ann, w.general, "/docspace-invite @bob @helper @nomail @docspace carol@acme.test")
		contains(t, "the refusal", w.told(w.ann, 1), "@helper — an app", "@nomail — Slack doesn't show", "that's me")
		w.passes(time.Hour)
		w.nothingPosted(w.general)
	})
}

// TestOnePersonIsOneInvitee, however often and by whatever they are named.
func TestOnePersonIsOneInvitee(t *testing.T) {
	story(t, func(w *world) {
		group := w.slack.AddGroup(slacksim.Group{Handle: "designers", Users: []string{w.bob, w.carol, w.bob}})
		w.types(w.ann, w.general, "/docspace-invite BOB@acme.test @bob Carol Chen <carol@acme.test>, @"+group.Handle)
		card := w.card(w.general, 1)
		if text := card.Plain(); !strings.Contains(text, "0 of 2 joined") || strings.Count(text, "@bob") != 1 || strings.Count(text, "@carol") != 1 {
			t.Errorf("the card says:\n%s", text)
		}
		w.joins(card, "Carol", "Chen", "carol@acme.test")
		w.activates("carol@acme.test")
		w.thread(card, 1)
		w.passes(time.Minute)
		if n := len(w.slack.DMs(w.carol)); n != 1 { // whose address it is was found out
			t.Errorf("Carol got %d direct messages", n)
		}
	})
}

// TestTwoHundredPeople are looked up under the card, within Slack's limits; who cannot be invited
// is left out, and the inviter hears of it once.
func TestTwoHundredPeople(t *testing.T) {
	durable(t, func(w *world) {
		var team []string
		for i := range 198 {
			u := slacksim.User{Name: fmt.Sprintf("p%03d", i), Email: fmt.Sprintf("p%03d@acme.test", i), Deleted: i == 120, Bot: i == 140}
			team = append(team, w.slack.AddUser(u).ID)
		}
		w.slack.AddGroup(slacksim.Group{Handle: "everybody", Users: team})
		w.slack.RateLimits(true)
		w.types(w.ann, w.general, "/docspace-invite @everybody p001@acme.test")
		card := w.card(w.general, 1)
		contains(t, "the card", card.Plain(), "looking up 19", "0 of 19")
		w.passes(30 * time.Second)
		contains(t, "the card after half a minute", w.card(w.general, 1).Plain(), "looking up 1")
		w.restarts(func() {})
		w.joins(card, "P", "150", "p150@acme.test")
		w.activates("p150@acme.test")
		answer := w.told(w.ann, 1)
		contains(t, "what Ann hears", answer, "left these people out", "p120 — a deactivated account", "p140 — an app")
		w.passes(10 * time.Minute)
		card = w.card(w.general, 1)
		contains(t, "the card", card.Plain(), "1 of 196 joined") // one was named twice
		if strings.Contains(card.Plain(), "looking up") {
			t.Error("it still looks people up")
		}
		contains(t, "the thread", w.thread(card, 1)[0], "P 150")
		if n := len(w.slack.Ephemerals(w.ann)); n != 1 {
			t.Errorf("Ann was told %d things", n)
		}
		if n := w.log.count("step failed"); n > 5 {
			t.Errorf("%d steps failed: Slack's limits were not respected", n)
		}
	})
}
