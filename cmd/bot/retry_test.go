package main

import (
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// refusal waits for the n-th message that only the user sees, counted from 1, and returns it.
func (w *world) refusal(user string, n int) slacksim.Message {
	w.t.Helper()
	w.told(user, n)
	return w.slack.Ephemerals(user)[n-1]
}

// triesAgain has the user press the button of a refusal.
func (w *world) triesAgain(user string, refused slacksim.Message) {
	w.t.Helper()
	w.presses(user, refused, "retry")
	w.passes(5 * time.Second)
}

// hasRetry reports whether a message has the button.
func hasRetry(m slacksim.Message) bool { return strings.Contains(string(m.Blocks), `"retry"`) }

// TestTryAgainKeepsWhatWasTyped where the bot was not in a private channel: the role, the people, the
// groups and the note. A second press changes nothing.
func TestTryAgainKeepsWhatWasTyped(t *testing.T) {
	durable(t, func(w *world) {
		w.slack.AddGroup(slacksim.Group{Handle: "designers", Users: []string{w.carol}})
		secret := w.slack.AddChannel(slacksim.Channel{Name: "secret", Private: true, Members: []string{w.ann, w.bob, w.carol}}).ID
		w.types(w.ann, secret, `/docspace-invite user @bob dan@other.test @designers "for the archive"`)
		refused := w.refusal(w.ann, 1)
		contains(t, "the refusal", refused.Plain(), "I'm not in this channel yet", "/invite @docspace", "Try again")
		w.triesAgain(w.ann, refused) // too early
		refused = w.refusal(w.ann, 1)
		contains(t, "the refusal, again", refused.Plain(), "I'm not in this channel yet")

		w.restarts(func() { w.slack.Invite(secret, w.slack.BotUser()) })
		w.triesAgain(w.ann, refused)
		card := w.card(secret, 1)
		contains(t, "the card", card.Plain(), "@ann invites you", "User", "@bob", "other.test", "@carol", "for the archive")
		answer := w.refusal(w.ann, 1)
		contains(t, "the answer", answer.Plain(), "Your invitation is in #secret")
		if hasRetry(answer) {
			t.Errorf("the refusal was not replaced: %q", answer.Plain())
		}

		w.triesAgain(w.ann, refused) // in a window that was not refreshed
		w.passes(time.Minute)
		contains(t, "the answer to another press", w.refusal(w.ann, 1).Plain(), "Your invitation is in #secret")
		if n := len(w.cards(secret)); n != 1 {
			t.Errorf("%d cards, want one", n)
		}
	})
}

// TestTryAgainAfterATrouble: whatever may pass has the button, and everything is vetted again.
func TestTryAgainAfterATrouble(t *testing.T) {
	story(t, func(w *world) {
		w.portal.AllowInvitingMembers(false)
		w.types(w.ann, w.general, "/docspace-invite user @bob")
		refused := w.refusal(w.ann, 1)
		w.portal.AllowInvitingMembers(true)
		w.slack.AddUser(slacksim.User{ID: w.ann, Name: "ann", Email: "ann@acme.test", Guest: true})
		w.passes(2 * time.Minute) // until Slack is asked again who Ann is
		w.triesAgain(w.ann, refused)
		refused = w.refusal(w.ann, 1)
		contains(t, "what a guest hears", refused.Plain(), "Guests")
		if hasRetry(refused) {
			t.Error("a guest can try again")
		}
		w.nothingPosted(w.general)
	})
}

// TestTryAgainInADirectMessage works as well: the refusal came there because its own place was gone.
func TestTryAgainInADirectMessage(t *testing.T) {
	story(t, func(w *world) {
		w.slack.Fault(slacksim.Fault{Method: "response_url", Error: "used_url", Status: 404, Times: 1})
		secret := w.slack.AddChannel(slacksim.Channel{Name: "secret", Private: true, Members: []string{w.ann, w.bob}}).ID
		w.types(w.ann, secret, "/docspace-invite user @bob")
		w.await("a direct message", func() bool { return len(w.slack.DMs(w.ann)) == 1 })
		refused := w.slack.DMs(w.ann)[0]
		contains(t, "the refusal", refused.Plain(), "#secret", "Try again")
		w.slack.Invite(secret, w.slack.BotUser())
		w.triesAgain(w.ann, refused)
		contains(t, "the card", w.card(secret, 1).Plain(), "@bob")
		if answer := w.slack.DMs(w.ann)[0]; hasRetry(answer) {
			t.Errorf("the refusal is still there: %s", answer.Plain())
		}
	})
}

// TestTryAgainIsTooLate after an hour.
func TestTryAgainIsTooLate(t *testing.T) {
	story(t, func(w *world) {
		secret := w.slack.AddChannel(slacksim.Channel{Name: "secret", Private: true, Members: []string{w.ann, w.bob}}).ID
		w.types(w.ann, secret, "/docspace-invite user @bob")
		refused := w.refusal(w.ann, 1)
		w.slack.Invite(secret, w.slack.BotUser())
		w.passes(61 * time.Minute)
		w.triesAgain(w.ann, refused)
		answer := w.refusal(w.ann, 1)
		contains(t, "the answer", answer.Plain(), "too old", "type it again")
		if hasRetry(answer) {
			t.Error("the button is still there")
		}
		w.passes(time.Minute)
		w.noCard(secret)
	})
}

// TestTryAgainIsForTheInviterAlone, also when someone else gets at the button.
func TestTryAgainIsForTheInviterAlone(t *testing.T) {
	story(t, func(w *world) {
		secret := w.slack.AddChannel(slacksim.Channel{Name: "secret", Private: true, Members: []string{w.ann, w.zoe}}).ID
		w.types(w.ann, secret, "/docspace-invite user @bob")
		refused := w.refusal(w.ann, 1)
		w.slack.Invite(secret, w.slack.BotUser())
		if err := w.slack.Forge(w.zoe, refused, "retry").Wait(w.ctx); err != nil {
			t.Fatal(err)
		}
		w.passes(time.Minute)
		contains(t, "the answer to Zoe", w.told(w.zoe, 1), "Only @ann")
		w.noCard(secret)
		if n := w.log.count(`"deed":"retry","verdict":"rejected"`); n != 1 {
			t.Errorf("the refused press was audited %d times", n)
		}
		w.triesAgain(w.ann, refused)
		w.card(secret, 1)
	})
}

func TestRestrictedChannelNamesWhoCanChangeIt(t *testing.T) {
	story(t, func(w *world) {
		news := slacksim.Channel{Name: "news", Members: []string{w.ann, w.slack.BotUser()}, Restricted: "restricted_action_read_only_channel"}
		news = w.slack.AddChannel(news)
		w.types(w.ann, news.ID, "/docspace-invite user @bob")
		refused := w.refusal(w.ann, 1)
		contains(t, "the refusal", refused.Plain(), "Only some people or apps can post", "channel manager", "another channel")
		if strings.Contains(refused.Plain(), "/invite @docspace") {
			t.Errorf("the advice does not help: %s", refused.Plain())
		}
		news.Restricted = ""
		w.slack.AddChannel(news)
		w.triesAgain(w.ann, refused)
		w.card(news.ID, 1)
	})
}

// TestConversationBetweenPeopleAdvisesAnotherPlace: no app can be invited there, so that the advice is another.
func TestConversationBetweenPeopleAdvisesAnotherPlace(t *testing.T) {
	story(t, func(w *world) {
		for i, c := range []slacksim.Channel{{IM: true, Members: []string{w.ann, w.bob}}, {MPIM: true, Members: []string{w.ann, w.bob, w.carol}}} {
			place := w.slack.AddChannel(c).ID
			w.types(w.ann, place, "/docspace-invite user @bob")
			refused := w.refusal(w.ann, i+1)
			contains(t, "the refusal", refused.Plain(), "Apps can't be added", "/docspace-invite form")
			if strings.Contains(refused.Plain(), "/invite @docspace") || hasRetry(refused) {
				t.Errorf("the advice does not help: %s", refused.Plain())
			}
		}
		w.types(w.ann, w.general, "/docspace-invite form") // and the dialog says so in its place
		direct := w.slack.AddChannel(slacksim.Channel{IM: true, Members: []string{w.ann, w.carol}}).ID
		w.submits(w.ann, direct, formValues("User", []string{w.bob}, "", ""))
		w.await("an error beside the channel", func() bool { return len(w.dialog(w.ann).Errors) == 1 })
		contains(t, "the error", w.dialog(w.ann).Errors["channel"], "Apps can't be added")
	})
}

// TestCardInOwnDirectMessages with the bot is posted as in a channel.
func TestCardInOwnDirectMessages(t *testing.T) {
	story(t, func(w *world) {
		own := w.slack.AddChannel(slacksim.Channel{IM: true, Members: []string{w.ann, w.slack.BotUser()}}).ID
		w.types(w.ann, own, "/docspace-invite user @bob")
		contains(t, "the card", w.card(own, 1).Plain(), "@bob")
	})
}

// TestMessageThatAnAppPostedForAPerson has a user, and all the same no author to invite.
func TestMessageThatAnAppPostedForAPerson(t *testing.T) {
	story(t, func(w *world) {
		posted := w.slack.PostByApp(w.bob, w.general, "from a form")
		if err := w.slack.MessageShortcut(w.ann, w.general, posted.TS, "invite_author").Wait(w.ctx); err != nil {
			t.Fatal(err)
		}
		contains(t, "the answer", w.told(w.ann, 1), "An app posted this message")
	})
}
