package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// pages are what proxies, filters and captive portals answer with in a server's place.
var pages = []int{200, 302, 401, 403, 404, 407, 413, 502}

// TestNothingIsLostWhileAPageAnswersForSlack: for forty seconds, and again and again, whatever the bot asks of
// Slack is answered with a page, while people are invited, join, are welcomed and confirmed.
func TestNothingIsLostWhileAPageAnswersForSlack(t *testing.T) {
	for _, status := range pages {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			story(t, func(w *world) {
				page := func() {
					clear := w.slack.Fault(slacksim.Fault{HTML: true, Status: status})
					time.AfterFunc(40*time.Second, clear)
				}
				page()
				w.types(w.ann, w.general, "/docspace-invite @bob")
				card := w.card(w.general, 1)

				page()
				w.pressesJoin(w.carol, card)
				contains(t, "what Carol is told", w.told(w.carol, 1), "again") // her address cannot be looked up

				page()
				w.slack.Drop(-1) // and no connection is had meanwhile
				w.joins(card, "Bob", "Baker", "bob@acme.test")
				w.activates("bob@acme.test")
				w.await("a connection", func() bool { return w.slack.Connections() > 0 })
				w.passes(10 * time.Minute)
				w.types(w.ann, w.general, "/docspace-invite help")
				contains(t, "the card", w.cards(w.general)[0].Plain(), "1 of 2 joined")
				w.allOnce(card)
			})
		})
	}
}

// TestNothingIsLostWhileAPageAnswersForThePortal: the same in front of the portal, first while people sign up,
// then while they are welcomed.
func TestNothingIsLostWhileAPageAnswersForThePortal(t *testing.T) {
	for _, status := range pages {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			story(t, func(w *world) {
				w.portal.WelcomeKeyWorks(true)
				w.types(w.ann, w.general, "/docspace-invite @bob")
				card := w.card(w.general, 1)
				clear := w.portal.Fault(docspacesim.Fault{HTML: true, Status: status})
				w.joins(card, "Bob", "Baker", "bob@acme.test")
				w.activates("bob@acme.test")
				w.passes(40 * time.Second)
				if replies := w.threadNow(card); len(replies) > 0 {
					t.Errorf("the thread says %q while a page answers for the portal", replies)
				}
				welcome := w.portal.Fault(docspacesim.Fault{Path: "sendcongratulations", HTML: true, Status: status})
				clear()
				w.thread(card, 1)
				w.passes(40 * time.Second)
				welcome()
				w.passes(10 * time.Minute)
				if n := len(slices.DeleteFunc(w.portal.Mails(), func(m docspacesim.Mail) bool { return m.Subject != "Congratulations" })); n != 1 {
					t.Errorf("the portal congratulated %d times", n)
				}
				w.allOnce(card)
			}, "DOCSPACE_WELCOME_KEY", "1.key")
		})
	}
}

// TestCommandIsRefusedWhileAPageAnswersForThePortal: its author is told at once what is so, and no more than that.
func TestCommandIsRefusedWhileAPageAnswersForThePortal(t *testing.T) {
	for _, status := range pages {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			story(t, func(w *world) {
				clear := w.portal.Fault(docspacesim.Fault{HTML: true, Status: status})
				w.types(w.ann, w.general, "/docspace-invite")
				told := w.told(w.ann, 1)
				for _, wrong := range []string{"API key", "not let"} {
					if strings.Contains(told, wrong) {
						t.Errorf("Ann is told of %q: %s", wrong, told)
					}
				}
				contains(t, "what Ann is told", told, "again")
				clear()
				w.types(w.ann, w.general, "/docspace-invite")
				w.card(w.general, 1)
			})
		})
	}
}

// TestBotStartsWhenThePageIsGone: neither the question whose token it is nor the one for a connection is
// given up for an answer that is not Slack's.
func TestBotStartsWhenThePageIsGone(t *testing.T) {
	for _, method := range []string{"auth.test", "apps.connections.open", "websocket", ""} {
		for _, status := range pages {
			t.Run(fmt.Sprint(method, status), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t)
					clear := w.slack.Fault(slacksim.Fault{Method: method, HTML: true, Status: status})
					time.AfterFunc(40*time.Second, clear)
					w.start()
					contains(t, "the log", w.log.text(), fmt.Sprintf("http %d", status), "nginx")
				})
			})
		}
	}
}

// allOnce checks that Bob is welcomed and confirmed once, and that the log says what answered.
func (w *world) allOnce(card slacksim.Message) {
	w.t.Helper()
	if n := len(w.cards(w.general)); n != 1 {
		w.t.Errorf("%d cards for one command", n)
	}
	if replies := w.threadNow(card); len(replies) != 1 || !strings.Contains(replies[0], "Bob Baker") {
		w.t.Errorf("the thread says %q", replies)
	}
	if n := len(w.slack.DMs(w.bob)); n != 1 {
		w.t.Errorf("Bob was welcomed %d times", n)
	}
	contains(w.t, "the log", w.log.text(), "nginx")
}
