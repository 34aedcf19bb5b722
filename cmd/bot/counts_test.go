package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// count is how many messages a person gets: those that everyone in a channel gets, those that Slack shows
// to them alone, and direct ones.
type count struct{ channel, alone, direct int }

func (c count) String() string {
	return fmt.Sprintf("%d in the channel, %d for their eyes, %d direct", c.channel, c.alone, c.direct)
}

// counted counts what the bot has sent to a person who reads the channels.
func (w *world) counted(user string, channels ...string) count {
	c := count{alone: len(w.slack.Ephemerals(user)), direct: len(w.slack.DMs(user))}
	for _, channel := range channels {
		c.channel += len(w.slack.Messages(channel)) // threads included
	}
	return c
}

// TestEverydayStoriesCostFewMessages counts what each person gets. A card that changes is still one message.
func TestEverydayStoriesCostFewMessages(t *testing.T) {
	joins := func(w *world, card slacksim.Message, user, first, last, email string) {
		w.pressesJoin(user, card)
		w.passes(time.Minute)
		w.joins(card, first, last, email)
		w.passes(time.Minute)
		w.activates(email)
		w.passes(time.Minute)
	}
	for _, one := range []struct {
		story    string
		settings []string
		tell     func(w *world)
		inviter  count
		others   map[string]count // by name; everyone else only reads the channel
	}{
		{
			story: "bare card with three joiners",
			tell: func(w *world) {
				w.types(w.ann, w.general, "/docspace-invite user")
				card := w.card(w.general, 1)
				joins(w, card, w.bob, "Bob", "Baker", "bob@acme.test")
				joins(w, card, w.carol, "Carol", "Chen", "carol@acme.test")
				joins(w, card, w.zoe, "Zoe", "Zimmer", "zoe@acme.test")
			},
			inviter: count{4, 0, 0},
			others:  map[string]count{"bob": {4, 1, 1}, "carol": {4, 1, 1}, "zoe": {4, 1, 1}},
		},
		{
			story: "two named, who join an hour apart",
			tell: func(w *world) {
				w.types(w.ann, w.general, "/docspace-invite user @bob @carol")
				card := w.card(w.general, 1)
				joins(w, card, w.bob, "Bob", "Baker", "bob@acme.test")
				w.passes(time.Hour)
				joins(w, card, w.carol, "Carol", "Chen", "carol@acme.test")
			},
			inviter: count{3, 0, 0},
			others:  map[string]count{"bob": {3, 1, 1}, "carol": {3, 1, 1}},
		},
		{
			story:    "approval granted",
			settings: []string{"APPROVAL_CHANNEL", "C0ADMINS"},
			tell: func(w *world) {
				w.types(w.ann, w.general, "/docspace-invite roomadmin @bob")
				w.decides(w.zoe, "approve", w.request("C0ADMINS"))
				w.direct(w.bob)
				if _, err := w.portal.Join(linkIn(w.slack.DMs(w.bob)[0]), "Bob", "Baker", "bob@acme.test"); err != nil {
					w.t.Fatal(err)
				}
				w.activates("bob@acme.test")
			},
			inviter: count{2, 1, 1},
			others:  map[string]count{"bob": {2, 0, 2}, "zoe": {3, 0, 0}},
		},
		{
			story: "email only",
			tell: func(w *world) {
				w.types(w.ann, w.general, "/docspace-invite guest dan@other.test")
				card := w.card(w.general, 1)
				w.joins(card, "Dan", "Dorn", "dan@other.test")
				w.activates("dan@other.test")
			},
			inviter: count{2, 1, 0},
		},
		{
			story: "already a member",
			tell: func(w *world) {
				w.portal.AddPerson(docspacesim.Person{
					FirstName: "Bob", LastName: "Baker", Email: "bob@acme.test", Role: "User",
					Status: 1, Activation: 1, Registered: time.Now().Add(-24 * time.Hour),
				})
				w.types(w.ann, w.general, "/docspace-invite user @bob")
				w.card(w.general, 1)
			},
			inviter: count{2, 0, 0},
		},
		{
			story:    "expired with one missing",
			settings: []string{"INVITE_TTL", "72h"},
			tell: func(w *world) {
				w.types(w.ann, w.general, "/docspace-invite user @bob @carol")
				joins(w, w.card(w.general, 1), w.bob, "Bob", "Baker", "bob@acme.test")
				w.passes(73 * time.Hour)
			},
			inviter: count{3, 0, 1}, // a day before the end
			others:  map[string]count{"bob": {3, 1, 1}, "carol": {3, 0, 1}},
		},
	} {
		t.Run(one.story, func(t *testing.T) {
			story(t, func(w *world) {
				admins := w.slack.AddChannel(slacksim.Channel{ID: "C0ADMINS", Name: "admins", Private: true, Members: []string{w.zoe, w.slack.BotUser()}}).ID
				one.tell(w)
				w.passes(3 * time.Hour)
				people := map[string]string{"ann": w.ann, "bob": w.bob, "carol": w.carol, "zoe": w.zoe, "gus": w.gus}
				bystander := w.counted(w.gus, w.general)
				for name, user := range people {
					want, known := one.others[name]
					switch {
					case name == "ann":
						want = one.inviter
					case !known:
						want = bystander
					}
					channels := []string{w.general}
					if name == "zoe" {
						channels = append(channels, admins)
					}
					if got := w.counted(user, channels...); got != want {
						t.Errorf("%s gets %v; want %v:\n%s", name, got, want, strings.Join(w.readBy(user), "\n---\n"))
					}
				}
			}, one.settings...)
		})
	}
}

// readBy returns what the bot has sent to a user alone.
func (w *world) readBy(user string) (texts []string) {
	for _, m := range slices.Concat(w.slack.Messages(w.general), w.slack.Ephemerals(user), w.slack.DMs(user)) {
		texts = append(texts, m.Plain())
	}
	return texts
}
