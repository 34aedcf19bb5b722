package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// asked waits until someone was asked who a stranger is, and returns the question.
func (w *world) asked(user string) slacksim.Message {
	w.t.Helper()
	w.await("a question to "+user, func() bool { return len(w.questions(user)) > 0 })
	return w.questions(user)[0]
}

func (w *world) questions(user string) (all []slacksim.Message) {
	for _, m := range w.slack.DMs(user) {
		if strings.Contains(string(m.Blocks), `"who_nobody"`) {
			all = append(all, m)
		}
	}
	return all
}

// TestStrangerIsClaimed: who joined under an unknown address is named once the inviter has said
// who it is, and not before.
func TestStrangerIsClaimed(t *testing.T) {
	durable(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite user @bob @carol")
		card := w.card(w.general, 1)
		w.pressesJoin(w.bob, card)
		w.passes(time.Minute)
		w.joins(card, "Bobby", "B", "bobby@home.test")
		w.activates("bobby@home.test")
		question := w.asked(w.ann)
		contains(t, "the question", question.Plain(), "*Bobby B* (`bobby@home.test`) joined", "Is this @bob?", "[Yes] [Someone else] [I don't know them]")
		if strings.Contains(question.Plain(), ":warning:") {
			t.Errorf("an alarm about somebody who is likely Bob, who has opened the link: %s", question.Plain())
		}
		w.passes(time.Hour)
		if said := w.threadNow(card); len(said) > 0 || strings.Contains(w.card(w.general, 1).Plain(), "Bobby") {
			t.Fatalf("somebody was named on a guess: %q", said)
		}
		w.restarts(func() {})
		for _, d := range []*slacksim.Delivery{ // twice
			w.slack.Press(w.ann, question.Channel, question.TS, "who"), w.slack.Press(w.ann, question.Channel, question.TS, "who"),
		} {
			if err := d.Wait(w.ctx); err != nil {
				t.Fatal(err)
			}
		}
		contains(t, "the thread", w.thread(card, 1)[0], "Bobby B (@bob)", "joined DocSpace")
		w.await("the answer", func() bool { return strings.Contains(plainOf(w.slack.DMs(w.ann)), "is @bob. The card shows it") })
		contains(t, "the answer to the second click", w.told(w.ann, 1), "already settled")
		w.passes(time.Minute)
		contains(t, "the card", w.card(w.general, 1).Plain(), "1 of 2 joined", "Bobby B (@bob) — joined")
		if n := len(w.questions(w.ann)); n != 0 { // the question is replaced
			t.Errorf("%d questions are open", n)
		}
		w.joins(card, "Bob", "Baker", "bob@acme.test") // a second account of his changes nothing
		w.activates("bob@acme.test")
		w.passes(2 * time.Hour)
		if said := w.threadNow(card); len(said) != 1 {
			t.Errorf("the thread says %q", said)
		}
	}, "POLL_INTERVAL", "10s")
}

// choice is the value of the option for someone in a question.
func (w *world) choice(question slacksim.Message, invitee string) string {
	w.t.Helper()
	for part := range strings.SplitSeq(string(question.Blocks), `"value":"`) {
		if value, _, _ := strings.Cut(part, `"`); strings.HasSuffix(value, " "+invitee) {
			return value
		}
	}
	w.t.Fatalf("%s is no option in %s", invitee, question.Blocks)
	return ""
}

func plainOf(messages []slacksim.Message) string {
	var text strings.Builder
	for _, m := range messages {
		text.WriteString(m.Plain() + "\n")
	}
	return text.String()
}

// TestStrangerIsSomeoneElse than the likely one, who is not in the list that the inviter gets then.
func TestStrangerIsSomeoneElse(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite user @bob @carol")
		w.types(w.ann, w.general, "/docspace-invite user @carol")
		card := w.card(w.general, 1)
		w.card(w.general, 2)
		w.pressesJoin(w.bob, card)
		w.passes(time.Minute)
		w.joins(card, "Cee", "C", "cee@home.test")
		question := w.asked(w.ann)
		contains(t, "the question", question.Plain(), "Is this @bob?")
		w.presses(w.ann, question, "who_else")
		w.await("the list", func() bool { return strings.Contains(w.asked(w.ann).Plain(), "Who is this?") })
		list := w.asked(w.ann)
		if n := strings.Count(string(list.Blocks), "Carol Chen"); n != 1 || strings.Contains(string(list.Blocks), "Bob Baker") {
			t.Errorf("the list has Carol %d times: %s", n, list.Blocks)
		}
		w.presses(w.ann, list, "who", w.choice(list, w.carol))
		w.activates("cee@home.test")
		w.await("a thread", func() bool {
			return strings.Contains(strings.Join(append(w.threadNow(card), w.threadNow(w.card(w.general, 2))...), "\n"), "Cee C (@carol)")
		})
	}, "POLL_INTERVAL", "10s", "REMINDERS", "false")
}

// TestStrangerByAnOpenCard is someone of the workspace, whom the inviter picks; another inviter who
// is asked as well hears that it is settled.
func TestStrangerByAnOpenCard(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.bob, w.general, "/docspace-invite user")
		w.types(w.ann, w.general, "/docspace-invite user")
		w.types(w.zoe, w.general, "/docspace-invite guest")
		w.card(w.general, 3)
		card := func(inviter string) slacksim.Message {
			for _, c := range w.cards(w.general) {
				if strings.Contains(c.Plain(), inviter+" invites") {
					return c
				}
			}
			t.Fatalf("no card of %s", inviter)
			return slacksim.Message{}
		}
		w.passes(time.Minute)
		w.joins(card("@bob"), "Caro", "C", "caro@home.test")
		question := w.asked(w.ann)
		other := w.asked(w.bob)
		if n := len(w.questions(w.zoe)); n != 0 {
			t.Error("Zoe is asked, whose link gives another role")
		}
		if strings.Contains(question.Plain(), "isn't on your list") {
			t.Errorf("an alarm for an open card: %s", question.Plain())
		}
		w.presses(w.ann, question, "who_user", w.carol)
		w.presses(w.bob, other, "who_nobody")
		contains(t, "the answer to Bob", w.told(w.bob, 1), "already settled")
		w.activates("caro@home.test")
		contains(t, "the thread", w.thread(card("@ann"), 1)[0], "Caro C (@carol)")
	}, "POLL_INTERVAL", "10s")
}

// TestStrangerIsNoOneInvited: the inviter says so, and hears what can be done.
func TestStrangerIsNoOneInvited(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite @bob")
		card := w.card(w.general, 1)
		w.passes(time.Minute)
		w.joins(card, "Mallory", "<!here>", "mallory@evil.test")
		question := w.asked(w.ann)
		if mentions := slacksim.Mentions(question.Text, question.Blocks); len(mentions) > 1 { // the channel's own name is none
			t.Errorf("the question mentions %q", mentions)
		}
		w.presses(w.ann, question, "who_nobody")
		w.await("the answer", func() bool { return strings.Contains(plainOf(w.slack.DMs(w.ann)), "isn't anyone you invited") })
		w.activates("mallory@evil.test")
		w.passes(2 * time.Hour)
		if said := w.threadNow(card); len(said) > 0 {
			t.Errorf("the thread says %q", said)
		}
		contains(t, "the card", w.card(w.general, 1).Plain(), "@bob — invited")
	}, "POLL_INTERVAL", "10s")
}

func TestInviterIsAskedAboutTenStrangersAtMost(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite @bob")
		card := w.card(w.general, 1)
		w.passes(time.Minute)
		for i := range 25 {
			w.joins(card, "M", fmt.Sprint(i), fmt.Sprintf("m%d@evil.test", i))
		}
		w.passes(time.Hour)
		if n := len(w.questions(w.ann)); n != 10 {
			t.Errorf("Ann was asked %d times", n)
		}
	}, "POLL_INTERVAL", "10s")
}
