package main

import (
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
)

// TestCardStartsWithWhatThePortalKnows invites one person of each kind.
func TestCardStartsWithWhatThePortalKnows(t *testing.T) {
	story(t, func(w *world) {
		w.portal.AddPerson(docspacesim.Person{Email: "old@acme.test", FirstName: "Olga", LastName: "Old", Role: "User", Activation: 1, Status: 1})
		w.portal.AddPerson(docspacesim.Person{Email: "late@acme.test", FirstName: "Lars", LastName: "Late", Role: "User", Activation: 0, Status: 1})
		w.portal.AddPerson(docspacesim.Person{Email: "off@acme.test", FirstName: "Otto", LastName: "Off", Role: "User", Activation: 1, Status: 1})
		if err := w.portal.Disable("off@acme.test"); err != nil {
			t.Fatal(err)
		}
		w.portal.InviteByEmail("mail@acme.test", "User")
		w.passes(time.Minute)
		w.portal.Fault(docspacesim.Fault{Path: "people/filter", Delay: time.Second}) // so that no sweep comes before the card
		w.types(w.ann, w.general, "/docspace-invite @bob old@acme.test late@acme.test off@acme.test mail@acme.test")
		card := w.card(w.general, 1)
		contains(t, "the card", card.Plain(), "Olga Old", "already a member", "Lars Late", "email not confirmed yet",
			"disabled", "invited by email earlier", "@bob — invited")
		told := w.told(w.ann, 1)
		contains(t, "what Ann alone is told", told, "email invitation from DocSpace", "Ask a DocSpace admin to enable")
		for _, name := range []string{"bob", "Olga", "Lars"} {
			if strings.Contains(told, name) {
				t.Errorf("the card says all there is to say of %s: %q", name, told)
			}
		}
		w.activates("late@acme.test")
		w.passes(time.Minute)
		contains(t, "the thread", strings.Join(w.threadNow(card), "\n"), "Olga Old", "is already in DocSpace", "Lars Late")
		if n := strings.Count(strings.Join(w.threadNow(card), "\n"), "Olga Old"); n != 1 {
			t.Errorf("the thread names Olga %d times", n)
		}
	})
}

// TestCardDoesNotWaitForASlowPortal: the look-up may take its time; links come at once.
func TestCardDoesNotWaitForASlowPortal(t *testing.T) {
	story(t, func(w *world) {
		w.portal.AddPerson(docspacesim.Person{Email: "old@acme.test", FirstName: "Olga", LastName: "Old", Role: "User", Activation: 1, Status: 1})
		w.passes(time.Minute)
		clear := w.portal.Fault(docspacesim.Fault{Path: "people/filter", Delay: time.Minute})
		start := time.Now()
		w.types(w.ann, w.general, "/docspace-invite old@acme.test")
		card := w.card(w.general, 1)
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("the card came after %v", took)
		}
		clear()
		contains(t, "the thread", w.thread(card, 1)[0], "Olga Old", "already in DocSpace")
	})
}

// TestNamedPersonOpensTheLink shows on the card, also after a restart.
func TestNamedPersonOpensTheLink(t *testing.T) {
	durable(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite @bob @carol")
		card := w.card(w.general, 1)
		w.pressesJoin(w.bob, card)
		w.await("the card", func() bool { return strings.Contains(w.card(w.general, 1).Plain(), "opened the link") })
		if text := w.card(w.general, 1).Plain(); strings.Count(text, "opened the link") != 1 {
			t.Errorf("the card says:\n%s", text)
		}
		w.restarts(func() {})
		w.pressesJoin(w.carol, card)
		w.await("the card", func() bool { return strings.Count(w.card(w.general, 1).Plain(), "opened the link") == 2 })
	})
}

// TestPreflightNamesPeopleAwaitedElsewhere by another open invitation, but not by one that is over.
func TestPreflightNamesPeopleAwaitedElsewhere(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.carol, w.general, "/docspace-invite @bob")
		w.card(w.general, 1)
		w.passes(time.Minute)
		w.types(w.ann, w.general, "/docspace-invite user @bob @gus")
		contains(t, "what Ann hears", w.told(w.ann, 1), "@bob — also on another open invitation")
		if strings.Contains(w.told(w.ann, 1), "gus") {
			t.Error("Gus is awaited by one alone")
		}
		w.passes(time.Minute)
		if n := len(w.slack.Ephemerals(w.carol)); n != 0 {
			t.Errorf("Carol heard %d things", n)
		}
	})
}
