package main

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// inviteLink is what the portal's links look like.
var inviteLink = regexp.MustCompile(`https?://[^"<>|\s]+/s/[^"<>|\s]+`)

// linkIn returns the portal's link in a message, or "".
func linkIn(m slacksim.Message) string { return inviteLink.FindString(string(m.Blocks) + m.Text) }

// TestClaimedLinksAreNeverPosted: those who were named get it directly, the inviter for
// those whom only they can reach, and members who press the button; no one else.
func TestClaimedLinksAreNeverPosted(t *testing.T) {
	durable(t, func(w *world) {
		eve := w.slack.AddUser(slacksim.User{Name: "eve", RealName: "Eve", Team: "T0OTHER0001"}).ID
		place := w.slack.AddChannel(slacksim.Channel{
			Name: "partners", ExtShared: true, Members: []string{w.ann, w.bob, w.carol, w.gus, w.zoe, eve, w.slack.BotUser()},
		}).ID
		w.types(w.ann, place, "/docspace-invite @bob dan@other.test")
		card := w.card(place, 1)
		w.await("Bob's link", func() bool { return len(w.slack.DMs(w.bob)) == 1 })
		link := linkIn(w.slack.DMs(w.bob)[0])
		if link == "" {
			t.Fatalf("Bob's message has no link: %s", w.slack.DMs(w.bob)[0].Blocks)
		}
		contains(t, "Bob's message", w.slack.DMs(w.bob)[0].Plain(), "@ann invites you", "for you: please don't share it")
		contains(t, "what Ann hears", w.told(w.ann, 1), "isn't on Slack")
		if got := linkIn(w.slack.Ephemerals(w.ann)[0]); got != link {
			t.Errorf("Ann got %q for Dan, want %q", got, link)
		}

		w.pressesJoin(eve, card)
		contains(t, "the answer to Eve", w.told(eve, 1), "people in this workspace")
		w.pressesJoin(w.carol, card)
		contains(t, "the answer to Carol", w.told(w.carol, 1), "Sign up with", "please don't share it")
		w.pressesJoin(w.gus, card)
		w.told(w.gus, 1)
		for user, want := range map[string]string{eve: "", w.carol: link, w.gus: link} {
			if got := linkIn(w.slack.Ephemerals(user)[0]); got != want {
				t.Errorf("%s got %q, want %q", user, got, want)
			}
		}
		w.restarts(func() {})
		w.passes(time.Hour)
		w.chooses(w.ann, w.card(place, 1), "close")
		contains(t, "the answer to Ann", w.told(w.ann, 2), "The list is closed")
		w.pressesJoin(w.zoe, card)
		for _, m := range w.slack.Ephemerals(w.zoe) {
			if linkIn(m) != "" {
				t.Error("Zoe got a link to a closed list")
			}
		}
		for _, m := range w.slack.Messages(place) {
			if linkIn(m) != "" {
				t.Errorf("the channel sees a link: %s", m.Blocks)
			}
		}
		if n := len(w.slack.DMs(w.bob)); n != 1 {
			t.Errorf("Bob got %d messages", n)
		}
		if strings.Contains(w.log.String(), link) {
			t.Error("the log holds the link")
		}
		if n := w.log.count(`"deed":"join","verdict":"allowed"`); n != 2 {
			t.Errorf("%d links were audited, want two", n)
		}
	}, "LINKS", "claimed", "SHARED_CHANNELS", "true", "REMINDERS", "false")
}

// TestLinksAreTakenBack from direct messages: from someone who has joined, and from everyone when it is cancelled.
func TestLinksAreTakenBack(t *testing.T) {
	durable(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite user @bob @carol")
		card := w.card(w.general, 1)
		w.direct(w.carol)
		w.direct(w.bob)
		offers := func(user string) int {
			n := 0
			for _, m := range w.slack.DMs(user) {
				if linkIn(m) != "" || strings.Contains(string(m.Blocks), `"mute"`) {
					n++
				}
			}
			return n
		}
		w.passes(60 * time.Hour) // it is Monday, and both are reminded
		w.await("the reminders", func() bool { return offers(w.bob) == 2 && offers(w.carol) == 2 })
		if _, err := w.portal.Join(linkIn(w.slack.DMs(w.bob)[0]), "Bob", "Baker", "bob@acme.test"); err != nil {
			t.Fatal(err)
		}
		w.activates("bob@acme.test")
		w.await("Bob's messages", func() bool { return offers(w.bob) == 0 })
		contains(t, "Bob's first message", w.slack.DMs(w.bob)[0].Plain(), "@ann invited you", "you joined")
		if n := offers(w.carol); n != 2 {
			t.Errorf("Carol, who has not joined, has %d messages with a link", n)
		}
		w.restarts(func() {})
		w.chooses(w.ann, card, "ask")
		w.submits(w.ann, "", nil)
		w.await("Carol's messages", func() bool { return offers(w.carol) == 0 })
		contains(t, "Carol's first message", w.slack.DMs(w.carol)[0].Plain(), "was cancelled by @ann")
	}, "LINKS", "claimed", "POLL_INTERVAL", "1m")
}

// TestLateAnswersAreDirectMessages: an ephemeral message answers what was typed a moment ago; what comes a day later
// is a direct message, whose link is taken back when the invitation is over.
func TestLateAnswersAreDirectMessages(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite user dan@other.test")
		card := w.card(w.general, 1)
		contains(t, "what Ann hears at once", w.told(w.ann, 1), "`dan@other.test` isn't on Slack")
		w.passes(24 * time.Hour)
		w.chooses(w.ann, card, "extend")
		contains(t, "the answer", w.told(w.ann, 2), "Extended until")
		contains(t, "the new link", w.direct(w.ann), "`dan@other.test` isn't on Slack")
		if n := len(w.slack.Ephemerals(w.ann)); n != 2 || linkIn(w.slack.DMs(w.ann)[0]) == "" {
			t.Errorf("Ann was told %d times in the channel, and directly %q", n, w.direct(w.ann))
		}
		w.chooses(w.ann, card, "ask")
		w.submits(w.ann, "", nil)
		w.await("the end of the link", func() bool { return linkIn(w.slack.DMs(w.ann)[0]) == "" })
		contains(t, "Ann's message", w.direct(w.ann), "was cancelled by @ann")
	}, "EMAIL_INVITES", "false")
}
