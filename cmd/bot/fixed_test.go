package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// TestWelcomeWaitsForOurOwnToken: what our own broken token or key has kept from somebody is not given up. It
// comes at once after the restart with a sound one, however late that is.
func TestWelcomeWaitsForOurOwnToken(t *testing.T) {
	story(t, func(w *world) {
		w.portal.WelcomeKeyWorks(true)
		w.types(w.ann, w.general, "/docspace-invite @carol")
		card := w.card(w.general, 1)
		ends := []func(){
			w.portal.Fault(docspacesim.Fault{Path: "sendcongratulations", Status: 401}),
			w.slack.Fault(slacksim.Fault{Method: "conversations.open", Error: "token_revoked"}),
			w.slack.Fault(slacksim.Fault{Method: "chat.postMessage", Channel: w.carol, Error: "token_revoked"}),
		}
		before := len(w.slack.DMs(w.carol))
		w.joins(card, "Carol", "Chen", "carol@acme.test")
		w.activates("carol@acme.test")
		contains(t, "the thread, which waits for no welcome", strings.Join(w.thread(card, 1), "\n"), "Carol")
		w.passes(30 * time.Minute)
		if n := len(w.slack.DMs(w.carol)) - before; n != 0 {
			t.Fatalf("%d greetings with a broken token", n)
		}
		w.stop()
		for _, end := range ends {
			end()
		}
		mails := len(w.portal.Mails())
		w.start()
		w.passes(10 * time.Second)
		if n := len(w.slack.DMs(w.carol)) - before; n != 1 {
			t.Errorf("%d greetings after the restart, want one\n%s", n, w.log)
		}
		if n := len(w.portal.Mails()) - mails; n != 1 {
			t.Errorf("%d welcomes by the portal after the restart, want one", n)
		}
	}, "STATE", filepath.Join(t.TempDir(), "state.db"), "DOCSPACE_WELCOME_KEY", "1.sound")
}
