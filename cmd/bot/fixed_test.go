package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// TestWelcomeWaitsForOurOwnToken: what our own broken token or key has kept from someone is not given up. It
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

// TestChannelThatIsBackGetsWhatHasWaited at once: it was unarchived, or the bot is back in it.
func TestChannelThatIsBackGetsWhatHasWaited(t *testing.T) {
	for name, tt := range map[string]struct {
		private    bool
		away, back func(w *world, channel string)
	}{
		"archived":                  {false, archive, unarchive},
		"archived, and private":     {true, archive, unarchive},
		"without the bot, and back": {true, func(w *world, c string) { w.slack.Kick(c, w.slack.BotUser()) }, func(w *world, c string) { w.slack.Invite(c, w.slack.BotUser()) }},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(w *world) {
				place := w.slack.AddChannel(slacksim.Channel{Name: "team", Private: tt.private, Members: []string{w.ann, w.slack.BotUser()}}).ID
				w.types(w.ann, place, "/docspace-invite carol@acme.test")
				card := w.card(place, 1)
				tt.away(w, place)
				w.joins(card, "Carol", "Chen", "carol@acme.test")
				w.activates("carol@acme.test")
				w.passes(12 * time.Minute)
				if n := len(w.slack.Thread(place, card.TS)); n != 0 || w.log.count("a channel cannot be posted to") != 1 {
					t.Fatalf("%d replies in a channel that is away\n%s", n, w.log)
				}
				tt.back(w, place)
				w.passes(3 * time.Second)
				contains(t, "the thread", strings.Join(w.threadNow(card), "\n"), "Carol Chen")
			})
		})
	}
}

func archive(w *world, channel string)   { w.slack.Archive(channel) }
func unarchive(w *world, channel string) { w.slack.Unarchive(channel) }

// TestRefusalIsNotRemembered: someone does what the refusal advises and tries again at once, however many
// were refused a moment ago.
func TestRefusalIsNotRemembered(t *testing.T) {
	for name, tt := range map[string]struct {
		channel slacksim.Channel
		advice  string
		fix     func(w *world, channel string)
	}{
		"archived":        {slacksim.Channel{Name: "old", Archived: true}, "archived", unarchive},
		"without the bot": {slacksim.Channel{Name: "team", Private: true}, "/invite", func(w *world, c string) { w.slack.Invite(c, w.slack.BotUser()) }},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(w *world) {
				tt.channel.Members = []string{w.ann}
				if tt.channel.Archived {
					tt.channel.Members = append(tt.channel.Members, w.slack.BotUser())
				}
				place := w.slack.AddChannel(tt.channel).ID
				const n = 20 // more than are looked up one by one
				for range n {
					w.types(w.ann, place, "/docspace-invite")
				}
				contains(t, "the refusal", w.told(w.ann, n), tt.advice)
				tt.fix(w, place)
				w.types(w.ann, place, "/docspace-invite")
				w.passes(3 * time.Second)
				if len(w.cards(place)) != 1 {
					t.Errorf("no card: %s", w.told(w.ann, n))
				}
			}, "INVITES_PER_HOUR", "0")
		})
	}
}
