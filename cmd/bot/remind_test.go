package main

import (
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// reminders returns what the bot has written to someone to remind them.
func (w *world) reminders(user string) []slacksim.Message {
	var all []slacksim.Message
	for _, m := range w.slack.DMs(user) {
		if strings.Contains(m.Text, ":bell:") {
			all = append(all, m)
		}
	}
	return all
}

// TestRemindersComeTwiceInWorkingHours at most, and say what to do next. The world
// begins on a Saturday at midnight; Bob is in Riga, Carol in New York.
func TestRemindersComeTwiceInWorkingHours(t *testing.T) {
	durable(t, func(w *world) {
		carol := w.slack.AddUser(slacksim.User{ID: w.carol, Name: "carol", RealName: "Carol Chen", Email: "carol@acme.test", TZ: "America/New_York"})
		w.types(w.ann, w.general, "/docspace-invite @bob @carol dan@acme.test")
		card := w.card(w.general, 1)
		w.passes(54 * time.Hour) // it is Monday, 8 o'clock in Riga
		if n := len(w.reminders(w.bob)); n != 0 {
			t.Fatalf("Bob was reminded %d times on a weekend, or before nine", n)
		}
		w.passes(65 * time.Minute)
		first := w.reminders(w.bob)
		if len(first) != 1 || len(w.reminders(carol.ID)) != 0 {
			t.Fatalf("at nine in Riga, Bob was reminded %d times and Carol %d times", len(first), len(w.reminders(carol.ID)))
		}
		contains(t, "Bob's reminder", first[0].Plain(), "@ann invited you", "sign up with `bob@acme.test`", "one more time at most")
		w.restarts(func() {})
		w.joins(card, "Bob", "Baker", "bob@acme.test") // and does not confirm
		w.passes(7 * time.Hour)
		if n := len(w.reminders(carol.ID)); n != 1 {
			t.Fatalf("in her morning, Carol was reminded %d times", n)
		}
		w.passes(4 * 24 * time.Hour)
		second := w.reminders(w.bob)
		if len(second) != 2 || len(w.reminders(carol.ID)) != 2 {
			t.Fatalf("in the end Bob was reminded %d times and Carol %d times", len(second), len(w.reminders(carol.ID)))
		}
		contains(t, "Bob's second reminder", second[1].Plain(), "the link in the email DocSpace sent to `bob@acme.test`", "the last reminder")
		if strings.Contains(string(second[1].Blocks), `"join"`) {
			t.Error("who has registered is offered to join")
		}
		w.passes(24 * time.Hour)
		if n := len(w.reminders(w.bob)) + len(w.reminders(carol.ID)); n != 0 {
			t.Errorf("%d reminders of what is over still have their buttons", n)
		}
		if said := w.threadNow(card); len(said) > 1 { // the end
			t.Errorf("the thread says %q", said)
		}
	}, "POLL_INTERVAL", "10m", "SLACK_SOCKETS", "1")
}

// TestRemindersCanBeSwitchedOff, and nothing offers them then.
func TestRemindersCanBeSwitchedOff(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite @bob")
		card := w.card(w.general, 1)
		if strings.Contains(string(card.Blocks), `"remind `) {
			t.Error("the menu offers to remind")
		}
		w.slack.Press(w.ann, card.Channel, card.TS, "mend", "remind "+w.invitation(card))
		w.passes(5 * 24 * time.Hour)
		if n := len(w.reminders(w.bob)); n != 0 {
			t.Errorf("Bob was reminded %d times", n)
		}
	}, "REMINDERS", "false", "POLL_INTERVAL", "10m")
}

// TestRemindFromTheMenu reminds those who are at work at once, and no one twice.
func TestRemindFromTheMenu(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite @bob @carol dan@acme.test")
		card := w.card(w.general, 1)
		w.pressesJoin(w.carol, card)
		w.passes(time.Minute)
		card = w.card(w.general, 1)
		w.chooses(w.bob, card, "remind")
		contains(t, "the answer to Bob", w.told(w.bob, 1), "only they and admins")
		w.chooses(w.ann, card, "remind")
		contains(t, "the answer to Ann", w.told(w.ann, 2), "I'll remind @bob, @carol in a direct message", "acme.test` — isn't on Slack")
		w.await("the reminders", func() bool { return len(w.reminders(w.bob)) == 1 && len(w.reminders(w.carol)) == 1 })
		contains(t, "Carol's", w.reminders(w.carol)[0].Plain(), "You opened the link")

		w.presses(w.bob, w.reminders(w.bob)[0], "mute")
		contains(t, "the answer to Bob's no", w.told(w.bob, 2), "won't remind you")
		w.pressesJoin(w.carol, w.reminders(w.carol)[0])
		contains(t, "the answer to Join in the reminder", w.told(w.carol, 2), "Sign up with `Carol@acme.test`")

		w.chooses(w.zoe, card, "remind")
		contains(t, "the answer to Zoe", w.told(w.zoe, 1), "can't remind anyone", "@carol — reminded within the last day", "@bob — asked not to be reminded")
		w.passes(6 * 24 * time.Hour)
		if bob, carol := len(w.reminders(w.bob)), len(w.reminders(w.carol)); bob != 1 || carol != 2 {
			t.Errorf("in the end Bob was reminded %d times, and Carol %d times", bob, carol)
		}
	}, "WORKING_HOURS", "Mon-Sun 00:00-24:00", "POLL_INTERVAL", "10m")
}

// TestTwoInvitationsRemindAPersonOnce: someone awaited by both is reminded of one at a time.
func TestTwoInvitationsRemindAPersonOnce(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite @bob")
		w.types(w.carol, w.general, "/docspace-invite user @bob")
		w.card(w.general, 2)
		w.passes(60 * time.Hour)
		if n := len(w.reminders(w.bob)); n != 1 {
			t.Errorf("Bob was reminded %d times at once", n)
		}
	}, "POLL_INTERVAL", "10m")
}
