package main

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// The row of the contract's "When things go wrong" that needs durable state: the bot ends and
// starts again with the same STATE. That it is killed is for the crash test.

// durable runs a story whose bot keeps its state in a file.
func durable(t *testing.T, tell func(w *world), settings ...string) {
	t.Helper()
	story(t, tell, append([]string{"STATE", stateFile(t)}, settings...)...)
}

// restarts stops the bot, lets something happen, and starts it again.
func (w *world) restarts(meanwhile func()) {
	w.t.Helper()
	w.stop()
	meanwhile()
	w.start()
}

func TestRestartForgetsNoOne(t *testing.T) {
	durable(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite @bob")
		card := w.card(w.general, 1)
		w.pressesJoin(w.carol, card)
		w.restarts(func() {
			w.joins(card, "Bob", "Baker", "bob@acme.test")
			w.activates("bob@acme.test")
		})
		contains(t, "the thread", w.thread(card, 1)[0], "Bob Baker", "joined DocSpace")
		w.restarts(func() {})
		w.joins(card, "Carol", "Chen", "carol@acme.test")
		w.restarts(func() { w.passes(time.Hour) })
		w.activates("carol@acme.test")
		contains(t, "the thread", w.thread(card, 2)[1], "Carol Chen")
		w.restarts(func() {})
		w.passes(time.Hour)
		if replies, dms := len(w.threadNow(card)), len(w.slack.DMs(w.bob)); replies != 2 || dms != 1 {
			t.Errorf("%d replies and %d direct messages to Bob, want 2 and 1", replies, dms)
		}
		if n := len(w.cards(w.general)); n != 1 {
			t.Errorf("%d cards, want one", n)
		}
		w.pressesJoin(w.zoe, card) // the card from before is still alive
		contains(t, "the answer", w.told(w.zoe, 1), "zoe@acme.test")
	})
}

// TestARestartTakesUpNewSecrets: all three are replaced in their files, the old ones revoked, and the
// bot started again.
func TestARestartTakesUpNewSecrets(t *testing.T) {
	durable(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite @bob")
		card := w.card(w.general, 1)
		w.restarts(func() {
			bot, app := w.slack.RenewTokens()
			for name, value := range map[string]string{"SLACK_BOT_TOKEN": bot, "SLACK_APP_TOKEN": app, "DOCSPACE_API_KEY": w.portal.RenewKey()} {
				path := filepath.Join(t.TempDir(), name)
				w.writes(path, value+"\n")
				w.env[name+"_FILE"] = path
				delete(w.env, name)
			}
		})
		w.joins(card, "Bob", "Baker", "bob@acme.test")
		w.activates("bob@acme.test")
		contains(t, "the thread", w.thread(card, 1)[0], "Bob Baker", "joined DocSpace")
	})
}

// TestARevokedTokenEndsTheBot: open connections outlive their token, the next one is refused.
func TestARevokedTokenEndsTheBot(t *testing.T) {
	story(t, func(w *world) {
		w.slack.RenewTokens()
		w.passes(time.Minute)
		w.slack.Drop(-1)
		err := <-w.ended
		w.ended <- nil
		if err == nil || !strings.Contains(err.Error(), "token_revoked") {
			t.Errorf("the bot ended with %v", err)
		}
	})
}

func TestHourlyLimitOutlivesARestart(t *testing.T) {
	durable(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite")
		w.card(w.general, 1)
		w.restarts(func() {})
		w.types(w.ann, w.general, "/docspace-invite")
		contains(t, "the refusal", w.told(w.ann, 1), "hour")
	}, "INVITES_PER_HOUR", "1")
}

func TestCommandAcceptedBeforeAStopIsAnswered(t *testing.T) {
	for name, tt := range map[string]struct {
		away time.Duration
		want func(w *world)
	}{
		"a short one": {time.Minute, func(w *world) { w.card(w.general, 1) }},
		"a long one": {time.Hour, func(w *world) {
			contains(w.t, "what Ann is told", w.direct(w.ann), "I was held up", "Try again")
			w.passes(time.Hour)
			w.nothingPosted(w.general)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			durable(t, func(w *world) {
				clear := w.slack.Fault(slacksim.Fault{Method: "chat.postMessage", Status: 503})
				w.types(w.ann, w.general, "/docspace-invite")
				w.await("a try to post", func() bool { return w.slack.CallCount("chat.postMessage") > 0 })
				w.restarts(func() { clear(); w.passes(tt.away) })
				tt.want(w)
			})
		})
	}
}

// history are the optional scopes, with those that the bot needs.
func (w *world) mayReadHistory() {
	w.slack.SetScopes("commands", "chat:write", "users:read", "users:read.email", "usergroups:read", "channels:read", "groups:read",
		"im:read", "mpim:read", "channels:history", "groups:history", "im:history", "mpim:history", "im:write")
}

// TestMessageThatMayHaveArrivedIsLookedFor: it cuts the connection after Slack did what was asked: the
// bot does not know. It finds out where it may read, and says it again where it may not.
func TestMessageThatMayHaveArrivedIsLookedFor(t *testing.T) {
	for name, history := range map[string]bool{"history readable": true, "history closed": false} {
		t.Run(name, func(t *testing.T) {
			durable(t, func(w *world) {
				times := 2
				if history {
					w.mayReadHistory()
					times = 1
				}
				cut := func() {
					w.slack.Fault(slacksim.Fault{Method: "chat.postMessage", ResetAfter: true, Times: 1})
				}
				cut()
				w.types(w.ann, w.general, "/docspace-invite @bob")
				w.card(w.general, 1)
				w.passes(time.Minute)
				if n := len(w.cards(w.general)); n != times {
					t.Errorf("%d cards, want %d", n, times)
				}
				card := w.cards(w.general)[times-1] // the one that the bot knows of
				w.joins(card, "Bob", "Baker", "bob@acme.test")
				cut() // the direct message is first
				w.activates("bob@acme.test")
				w.await("the direct messages", func() bool { return len(w.slack.DMs(w.bob)) >= 1 })
				w.thread(card, 1)
				w.passes(time.Minute)
				if n := len(w.slack.DMs(w.bob)); n != times {
					t.Errorf("%d direct messages, want %d", n, times)
				}
				repeats := w.log.count("it is done again")
				if want := 2 * (times - 1); repeats != want {
					t.Errorf("the log tells of %d repeats, want %d", repeats, want)
				}
				if found := w.log.count("already done before"); history && found != 2 {
					t.Errorf("the log tells of %d findings, want 2", found)
				}
			})
		})
	}
}

// TestMessageThatNeverArrivedIsNotARepeat: it cuts connections before Slack did anything, and lets the
// search itself be held up.
func TestMessageThatNeverArrivedIsNotARepeat(t *testing.T) {
	durable(t, func(w *world) {
		w.mayReadHistory()
		w.slack.Fault(slacksim.Fault{Method: "chat.postMessage", Reset: true, Times: 1})
		w.slack.Fault(slacksim.Fault{Method: "conversations.history", Status: 429, RetryAfter: 20 * time.Second, Times: 1})
		w.types(w.ann, w.general, "/docspace-invite")
		w.card(w.general, 1)
		w.passes(time.Minute)
		if cards, repeats := len(w.cards(w.general)), w.log.count("it is done again"); cards != 1 || repeats != 0 {
			t.Errorf("%d cards and %d repeats in the log, want one and none", cards, repeats)
		}
		// The other way round: it was done, and the search is held up.
		w.slack.Fault(slacksim.Fault{Method: "chat.postMessage", ResetAfter: true, Times: 1})
		w.slack.Fault(slacksim.Fault{Method: "conversations.history", Status: 429, RetryAfter: 20 * time.Second, Times: 1})
		w.types(w.ann, w.general, "/docspace-invite")
		w.passes(time.Minute)
		if cards, repeats := len(w.cards(w.general)), w.log.count("it is done again"); cards != 2 || repeats != 0 {
			t.Errorf("%d cards and %d repeats in the log, want two and none", cards, repeats)
		}
	})
}

// TestClosedChannelIsNotWaitedForForever: an invitation whose channel stays closed leaves the
// memory a week after its end.
func TestClosedChannelIsNotWaitedForForever(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite carol@acme.test")
		w.card(w.general, 1)
		w.slack.Archive(w.general)
		w.passes(6 * 24 * time.Hour)
		if w.log.count("invitation finished") != 0 {
			t.Error("the invitation was given up before its time")
		}
		w.passes(3 * 24 * time.Hour)
		if w.log.count("invitation finished") != 1 {
			t.Error("the invitation is kept for ever")
		}
	}, "INVITE_TTL", "1h", "SLACK_SOCKETS", "1")
}

// TestEndedInvitationsLeaveTheFile: what is over is on file for RETENTION.
func TestEndedInvitationsLeaveTheFile(t *testing.T) {
	durable(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite bob@acme.test")
		card := w.card(w.general, 1)
		w.slack.Delete(card.Channel, card.TS)
		w.joins(card, "Bob", "Baker", "bob@acme.test") // the update finds that the card is gone
		w.await("the end", func() bool { return w.log.count("invitation finished") == 1 })
		kept := func() (entries int) {
			db, err := sql.Open("sqlite", w.env["STATE"])
			if err != nil {
				w.t.Fatal(err)
			}
			defer db.Close()
			if err := db.QueryRow("SELECT count(*) FROM entries").Scan(&entries); err != nil {
				w.t.Fatal(err)
			}
			return entries
		}
		w.passes(time.Hour)
		if kept() == 0 {
			t.Error("the invitation left the file before its time")
		}
		w.passes(3 * time.Hour)
		if n := kept(); n != 0 {
			t.Errorf("%d entries are still on file", n)
		}
	}, "RETENTION", "2h")
}

// TestJoinBeforeTheBotKnowsOfTheCard: the card is there and the bot has no answer yet.
func TestJoinBeforeTheBotKnowsOfTheCard(t *testing.T) {
	durable(t, func(w *world) {
		w.slack.Fault(slacksim.Fault{Method: "chat.postMessage", ResetAfter: true, Times: 1})
		w.types(w.ann, w.general, "/docspace-invite")
		card := w.card(w.general, 1)
		w.pressesJoin(w.bob, card)
		contains(t, "the answer", w.told(w.bob, 1), "bob@acme.test")
		w.joins(card, "Bob", "Baker", "bob@acme.test")
		w.activates("bob@acme.test")
		w.await("the confirmation", func() bool {
			for _, card := range w.cards(w.general) {
				if len(w.threadNow(card)) == 1 && strings.Contains(card.Plain(), "Bob") {
					return true
				}
			}
			return false
		})
	})
}

// TestTenMinutesWithoutSlack: no answer to any call and no socket. What happens meanwhile is
// said when Slack is back, once; also when the bot is restarted in the middle.
func TestTenMinutesWithoutSlack(t *testing.T) {
	for name, restart := range map[string]bool{"running on": false, "restarted in the middle": true} {
		t.Run(name, func(t *testing.T) {
			durable(t, func(w *world) {
				w.types(w.ann, w.general, "/docspace-invite bob@acme.test carol@acme.test")
				card := w.card(w.general, 1)
				w.joins(card, "Bob", "Baker", "bob@acme.test")
				w.joins(card, "Carol", "Chen", "carol@acme.test")
				w.passes(time.Minute)
				back := w.slack.Fault(slacksim.Fault{Reset: true})
				w.slack.Drop(2)
				w.activates("bob@acme.test")
				w.passes(5 * time.Minute)
				if restart {
					w.stop()
					w.launch()
				}
				w.activates("carol@acme.test")
				w.passes(5 * time.Minute)
				back()
				w.await("a connection", func() bool { return w.slack.Connections() > 0 })
				w.await("both names", func() bool {
					said := strings.Join(w.threadNow(card), "\n")
					return strings.Contains(said, "Bob Baker") && strings.Contains(said, "Carol Chen")
				})
				w.passes(time.Hour)
				said := strings.Join(w.threadNow(card), "\n")
				if strings.Count(said, "Bob Baker") != 1 || strings.Count(said, "Carol Chen") != 1 {
					t.Errorf("the thread says:\n%s", said)
				}
				contains(t, "the card", w.card(w.general, 1).Plain(), "2 of 2 joined")
				w.types(w.ann, w.general, "/docspace-invite") // and commands work again
				w.card(w.general, 2)
			})
		})
	}
}

// TestConfirmationCutByAStop ends the bot between Slack's doing and its answer.
func TestConfirmationCutByAStop(t *testing.T) {
	durable(t, func(w *world) {
		w.mayReadHistory()
		w.types(w.ann, w.general, "/docspace-invite carol@acme.test")
		card := w.card(w.general, 1)
		w.joins(card, "Carol", "Chen", "carol@acme.test")
		w.slack.Fault(slacksim.Fault{Method: "chat.postMessage", Channel: w.general, ResetAfter: true, Times: 1})
		w.activates("carol@acme.test")
		w.await("the confirmation", func() bool { return len(w.threadNow(card)) == 1 })
		w.restarts(func() {})
		w.passes(time.Hour)
		if n := len(w.threadNow(card)); n != 1 {
			t.Errorf("%d confirmations, want one", n)
		}
	})
}

func TestParkedChannelSaysSoOnce(t *testing.T) {
	for name, tt := range map[string]struct {
		spoil, fix func(w *world)
		says       string
	}{
		"archived": {
			func(w *world) { w.slack.Archive(w.general) },
			nil, "archived",
		},
		"left": {
			func(w *world) {
				w.slack.AddChannel(slacksim.Channel{ID: w.general, Name: "general", Private: true, Members: []string{w.ann}})
			},
			func(w *world) { w.slack.Invite(w.general, w.slack.BotUser()) }, "/invite @docspace",
		},
	} {
		t.Run(name, func(t *testing.T) {
			durable(t, func(w *world) {
				w.types(w.ann, w.general, "/docspace-invite bob@acme.test")
				w.types(w.ann, w.general, "/docspace-invite carol@acme.test")
				cards := []slacksim.Message{w.card(w.general, 1), w.card(w.general, 2)}
				w.joins(cards[0], "Bob", "Baker", "bob@acme.test")
				w.joins(cards[1], "Carol", "Chen", "carol@acme.test")
				w.passes(time.Minute)
				tt.spoil(w)
				w.activates("bob@acme.test")
				w.activates("carol@acme.test")
				w.passes(time.Hour)
				if n := w.log.count("a channel cannot be posted to"); n != 1 {
					t.Errorf("the log says %d times that the channel cannot be posted to, want once:\n%s", n, w.log)
				}
				if n := w.slack.CallCount("chat.update"); n > 2+8 {
					t.Errorf("a closed channel was tried %d times in an hour", n)
				}
				w.types(w.ann, w.other(), "/docspace-invite status")
				contains(t, "status", w.told(w.ann, 1), tt.says)
				if tt.fix == nil {
					return
				}
				tt.fix(w)
				var said []time.Time
				for _, card := range cards {
					contains(t, "the thread", strings.Join(w.thread(card, 1), "\n"), "joined DocSpace")
					said = append(said, w.slack.Thread(card.Channel, card.TS)[0].At)
				}
				if apart := said[1].Sub(said[0]).Abs(); apart > 30*time.Second {
					t.Errorf("the second thread spoke %v apart from the first, which had found the channel open", apart)
				}
				w.types(w.ann, w.other(), "/docspace-invite status")
				if text := w.told(w.ann, 2); strings.Contains(text, tt.says) {
					t.Errorf("status still says: %s", text)
				}
			})
		})
	}
}

// other is a channel that nothing happens to.
func (w *world) other() string {
	for _, c := range w.slack.Channels() {
		if c.Name == "other" {
			return c.ID
		}
	}
	return w.slack.AddChannel(slacksim.Channel{Name: "other", Members: []string{w.ann, w.slack.BotUser()}}).ID
}
