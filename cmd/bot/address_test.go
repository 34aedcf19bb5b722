package main

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

var codeSpan = regexp.MustCompile("`([^`]+)`")

// shownTo returns the address that the person was told last, as they copy it.
func (w *world) shownTo(user string, n int) string {
	w.t.Helper()
	found := codeSpan.FindStringSubmatch(w.told(user, n))
	if found == nil {
		w.t.Fatalf("no address to copy in %q", w.told(user, n))
	}
	return found[1]
}

// TestSigningUpWithTheAddressShownIsRecognized, whatever the address looks like.
func TestSigningUpWithTheAddressShownIsRecognized(t *testing.T) {
	for _, email := range []string{
		"bob_@acme.test", "ann__marie@acme.test", "q&a@acme.test",
		strings.Repeat("bartholomew.", 5) + "bak@" + strings.Repeat("department-of-records.", 8) + "acme.test",
	} {
		t.Run(email, func(t *testing.T) {
			story(t, func(w *world) {
				w.slack.AddUser(slacksim.User{ID: w.bob, Name: "bob", RealName: "Bob Baker", Email: email})
				w.types(w.ann, w.general, "/docspace-invite @bob")
				card := w.card(w.general, 1)
				w.pressesJoin(w.bob, card)
				w.joins(card, "Bob", "Baker", w.shownTo(w.bob, 1))
				w.passes(time.Minute)
				w.pressesJoin(w.bob, card)
				w.activates(w.shownTo(w.bob, 2))
				contains(t, "the thread", w.thread(card, 1)[0], "Bob Baker (@bob)")
				w.await("the welcome", func() bool { return len(w.slack.DMs(w.bob)) == 1 })
				contains(t, "the welcome", w.slack.DMs(w.bob)[0].Plain(), "Sign in", "`"+email+"`")
			})
		})
	}
}

// TestWelcomeNamesTheAccountsAddress, which is another than the one in Slack.
func TestWelcomeNamesTheAccountsAddress(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite @carol")
		card := w.card(w.general, 1)
		w.joins(card, "Carol", "Chen", "carol.private@home.test")
		question := w.asked(w.ann)
		w.presses(w.ann, question, "who") // Carol, by her name
		w.activates("carol.private@home.test")
		w.await("the welcome", func() bool { return len(w.slack.DMs(w.carol)) == 1 })
		contains(t, "the welcome", w.slack.DMs(w.carol)[0].Plain(), "`carol.private@home.test`")
	}, "POLL_INTERVAL", "10s", "REMINDERS", "false")
}

// TestPendingInvitationByEmail: the portal refuses the address on every other link's page, so no one is
// sent there, neither by the card nor by the link alone nor by a reminder.
func TestPendingInvitationByEmail(t *testing.T) {
	for _, links := range []string{"posted", "claimed"} {
		t.Run(links, func(t *testing.T) {
			story(t, func(w *world) {
				w.portal.AddPerson(docspacesim.Person{Email: "bob@acme.test", Role: "User", Status: 4, Activation: 2, Registered: time.Now().Add(-48 * time.Hour)})
				w.types(w.ann, w.general, "/docspace-invite @bob")
				card := w.card(w.general, 1)
				contains(t, "what Ann hears", w.told(w.ann, 1), "@bob — already has an email invitation", "*Send the email again*")
				w.pressesJoin(w.bob, card)
				advice := []string{"sent an invitation to `bob@acme.test` on 1999-12-30", "spam folder", "ask @ann to send it again from the card's menu"}
				contains(t, "the answer to Bob", w.told(w.bob, 1), advice...)
				w.passes(60 * time.Hour) // it is Monday
				reminders := w.reminders(w.bob)
				if len(reminders) != 1 {
					t.Fatalf("Bob was reminded %d times", len(reminders))
				}
				contains(t, "the reminder", reminders[0].Plain(), advice...)
				for _, m := range append(w.slack.Ephemerals(w.bob), w.slack.DMs(w.bob)...) {
					if linkIn(m) != "" || strings.Contains(m.Plain(), "[Join DocSpace]") {
						t.Errorf("LINKS=%s: Bob is offered a link that the portal refuses: %s", links, m.Plain())
					}
				}
				if strings.Contains(w.log.String(), `"deed":"join"`) {
					t.Error("a link was audited that no one got")
				}
				if err := w.portal.AcceptEmailInvitation("bob@acme.test", "Bob", "Baker"); err != nil {
					t.Fatal(err)
				}
				contains(t, "the thread", w.thread(card, 1)[0], "Bob Baker (@bob)")
			}, "LINKS", links)
		})
	}
}

// TestHiddenProfileJoinsFromTheCard: a partner whose profile Slack hides joins by the card, and hears what happens
// next; the inviter is asked. Where links are private, there is none for strangers.
func TestHiddenProfileJoinsFromTheCard(t *testing.T) {
	for _, links := range []string{"posted", "claimed"} {
		t.Run(links, func(t *testing.T) {
			story(t, func(w *world) {
				eve := w.slack.AddUser(slacksim.User{Name: "eve", RealName: "Eve External", Team: "T0PARTNER", Hidden: true}).ID
				place := w.slack.AddChannel(slacksim.Channel{Name: "partners", ExtShared: true, Members: []string{w.ann, eve, w.slack.BotUser()}}).ID
				w.types(w.ann, place, "/docspace-invite")
				card := w.card(place, 1)
				w.passes(time.Minute)
				w.pressesJoin(eve, card)
				if links == "claimed" {
					contains(t, "the answer", w.told(eve, 1), "people in this workspace")
					if linkIn(w.slack.Ephemerals(eve)[0]) != "" {
						t.Error("a stranger got a link")
					}
					return
				}
				contains(t, "the answer", w.told(eve, 1), "can't see your Slack profile", "any email address", "I'll ask @ann who you are")
				w.joins(card, "Eve", "External", "eve@partner.test")
				question := w.asked(w.ann)
				contains(t, "the question", question.Plain(), "*Eve External* (`eve@partner.test`)")
				w.presses(w.ann, question, "who_user", eve)
				w.activates("eve@partner.test")
				contains(t, "the thread", w.thread(card, 1)[0], "Eve External (@eve)")
				for _, level := range []string{`"level":"WARN"`, `"level":"ERROR"`} {
					for line := range strings.Lines(w.log.String()) {
						if strings.Contains(line, level) && strings.Contains(line, eve) && !strings.Contains(line, `"step":"greet"`) { // Slack lets no one write to them
							t.Errorf("a hidden profile is logged as trouble: %s", line)
						}
					}
				}
			}, "SHARED_CHANNELS", "true", "LINKS", links, "POLL_INTERVAL", "10s")
		})
	}
}
