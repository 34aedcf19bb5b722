package main

import (
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// chooses has a user choose from a card's menu, or press a button of that name.
func (w *world) chooses(user string, at slacksim.Message, action string) {
	w.t.Helper()
	value := action + " " + w.invitation(at)
	var chosen []string
	if strings.Contains(string(at.Blocks), `"overflow"`) {
		chosen = []string{value}
	}
	w.presses(user, at, "mend", chosen...)
}

// invitation returns the id that stands in a message's controls.
func (w *world) invitation(m slacksim.Message) string {
	w.t.Helper()
	for _, action := range []string{"extend", "cancel"} {
		if _, rest, ok := strings.Cut(string(m.Blocks), `"`+action+" "); ok {
			id, _, _ := strings.Cut(rest, `"`)
			return id
		}
	}
	w.t.Fatalf("no invitation in %s", m.Blocks)
	return ""
}

// TestExtendAfterTheEnd: the thread offers it, and the one card goes on.
func TestExtendAfterTheEnd(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite @bob @carol")
		card := w.card(w.general, 1)
		first := linkOf(t, card)
		w.joins(card, "Carol", "Chen", "carol@acme.test") // and does not confirm in time
		w.passes(150 * time.Minute)
		contains(t, "the note", w.thread(card, 1)[0], "has ended", "@bob", "@ann can extend")
		if card = w.card(w.general, 1); strings.Contains(string(card.Blocks), first) {
			t.Error("the card of an invitation that has ended still has its link")
		}
		w.activates("carol@acme.test") // while no one looks
		note := w.slack.Thread(card.Channel, card.TS)[0]

		w.chooses(w.bob, note, "extend")
		contains(t, "the answer to Bob", w.told(w.bob, 1), "@ann's invitation: only they and admins")
		w.chooses(w.ann, note, "extend")
		contains(t, "the answer to Ann", w.told(w.ann, 1), "Extended until", "new link")
		w.chooses(w.ann, note, "extend")
		contains(t, "the answer to a second click", w.told(w.ann, 2), "just extended")

		contains(t, "who confirmed meanwhile", w.thread(card, 2)[1], "Carol Chen", "joined DocSpace")
		w.passes(time.Minute)
		card = w.card(w.general, 1)
		fresh := linkOf(t, card)
		if fresh == first {
			t.Error("the card has the old link")
		}
		w.joins(card, "Bob", "Baker", "bob@acme.test")
		w.activates("bob@acme.test")
		contains(t, "the confirmation", w.thread(card, 3)[2], "Bob Baker", "joined DocSpace")
		w.passes(3 * time.Hour)
		if n := len(w.threadNow(card)); n != 3 { // that it ended with everyone in is on the card
			t.Errorf("the thread has %d replies, want 3: %q", n, w.threadNow(card))
		}
		if n := len(w.cards(w.general)); n != 1 {
			t.Errorf("there are %d cards", n)
		}
	}, "INVITE_TTL", "2h")
}

// TestExtendFromTheCard gives more time before the end, across a restart.
func TestExtendFromTheCard(t *testing.T) {
	durable(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite @bob")
		card := w.card(w.general, 1)
		w.passes(time.Hour)
		w.restarts(func() {})
		w.chooses(w.ann, card, "extend")
		contains(t, "the answer", w.told(w.ann, 1), "Extended until")
		w.restarts(func() {})
		w.passes(90 * time.Minute)
		if said := w.threadNow(card); len(said) > 0 {
			t.Fatalf("it ended although it was extended: %q", said)
		}
		card = w.card(w.general, 1)
		w.joins(card, "Bob", "Baker", "bob@acme.test")
		w.activates("bob@acme.test")
		contains(t, "the confirmation", w.thread(card, 1)[0], "Bob Baker")
	}, "INVITE_TTL", "2h")
}

// TestExtendWithoutAPortal: the inviter hears why, and nothing is half done.
func TestExtendWithoutAPortal(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite @bob")
		card := w.card(w.general, 1)
		w.passes(time.Hour)
		w.portal.AllowInvitingMembers(false)
		w.portal.AllowInvitingGuests(false)
		w.chooses(w.ann, card, "extend")
		contains(t, "the answer", w.told(w.ann, 1), "doesn't let me invite")
		w.passes(90 * time.Minute)
		contains(t, "the note", w.thread(card, 1)[0], "has ended")
	}, "INVITE_TTL", "2h")
}

// TestCancelEndsTheInvitationForEveryone at once; the second to do so hears who was first.
func TestCancelEndsTheInvitationForEveryone(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite @bob")
		card := w.card(w.general, 1)
		w.chooses(w.bob, card, "ask")
		contains(t, "the answer to Bob", w.told(w.bob, 1), "only they and admins")
		w.chooses(w.ann, card, "ask")
		asked := w.dialog(w.ann)
		contains(t, "the question", string(asked.Raw), "Cancel the invitation?", "the one person who hasn't joined")
		if strings.Contains(w.card(w.general, 1).Plain(), "cancelled") {
			t.Error("it was cancelled without a yes")
		}
		w.chooses(w.zoe, card, "ask") // an admin
		adminAsked := w.dialog(w.zoe)
		for user, view := range map[string]slacksim.View{w.ann: asked, w.zoe: adminAsked} {
			if err := w.slack.Submit(user, view.ID, nil).Wait(w.ctx); err != nil {
				t.Fatal(err)
			}
		}
		first, second := w.ann, w.zoe
		if len(w.slack.Views(w.ann)) > 0 { // Zoe was faster
			first, second = second, first
		}
		if n := len(w.slack.Views(first)) + len(w.slack.Ephemerals(first)); n != 0 {
			t.Error("the one who cancelled is told what the card says")
		}
		contains(t, "what the other one reads in the dialog", string(w.slack.Views(second)[0].Raw), "has already cancelled this invitation")
		w.await("the card", func() bool { return strings.Contains(w.card(w.general, 1).Plain(), "was cancelled by") })
		ended := w.card(w.general, 1)
		if strings.Contains(string(ended.Blocks), `"mend"`) || strings.Contains(string(ended.Blocks), `"join"`) {
			t.Error("the card of a cancelled invitation still offers something")
		}
		w.joins(card, "Bob", "Baker", "bob@acme.test")
		w.activates("bob@acme.test")
		w.passes(10 * time.Minute)
		if said := w.threadNow(card); len(said) > 0 {
			t.Errorf("a cancelled invitation says %q", said)
		}
		w.pressesJoin(w.carol, card)
		contains(t, "who presses the button of an old card", w.told(w.carol, 1), "has ended")
		w.chooses(w.ann, card, "extend")
		contains(t, "the answer to Ann, who would extend it", w.told(w.ann, 1), "has ended")
	})
}

// TestClosedListTakesInNoOneElse, and everyone again when it is reopened.
func TestClosedListTakesInNoOneElse(t *testing.T) {
	durable(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite @bob")
		card := w.card(w.general, 1)
		clear := w.slack.Fault(slacksim.Fault{Method: "chat.update", Delay: time.Second}) // so that both see the open list's menu
		for _, d := range []*slacksim.Delivery{                                           // both at once
			w.slack.Press(w.ann, card.Channel, card.TS, "mend", "close "+w.invitation(card)),
			w.slack.Press(w.zoe, card.Channel, card.TS, "mend", "close "+w.invitation(card)),
		} {
			if err := d.Wait(w.ctx); err != nil {
				t.Fatal(err)
			}
		}
		clear()
		answers := w.told(w.ann, 1) + w.told(w.zoe, 1)
		contains(t, "the answers", answers, "The list is closed:", "The list is already closed")
		w.pressesJoin(w.carol, card)
		contains(t, "the answer to Carol", w.told(w.carol, 1), "only for the people on its card")
		w.pressesJoin(w.bob, card)
		contains(t, "the answer to Bob, who is on it", w.told(w.bob, 1), "Sign up with")
		w.passes(time.Minute)
		if shown := w.card(w.general, 1); !strings.Contains(shown.Plain(), "Only for the people listed here") || strings.Contains(shown.Plain(), "carol") {
			t.Errorf("the card says:\n%s", shown.Plain())
		}
		w.restarts(func() {})
		w.pressesJoin(w.carol, card)
		contains(t, "the answer to Carol after a restart", w.told(w.carol, 2), "only for the people on its card")
		w.chooses(w.ann, w.card(w.general, 1), "reopen")
		contains(t, "the answer", w.told(w.ann, 2), "open again")
		w.pressesJoin(w.carol, card)
		contains(t, "the answer to Carol at last", w.told(w.carol, 3), "Sign up with")
	})
}
