package main

import (
	"strings"
	"testing"

	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// dialog waits for the dialog that someone has open.
func (w *world) dialog(user string) slacksim.View {
	w.t.Helper()
	w.await("the dialog", func() bool { return len(w.slack.Views(user)) == 1 })
	return w.slack.Views(user)[0]
}

// submits fills in the dialog and submits it.
func (w *world) submits(user, channel string, values map[string]map[string]any) {
	w.t.Helper()
	if channel != "" {
		values["channel"] = map[string]any{"value": channel}
	}
	if err := w.slack.Submit(user, w.dialog(user).ID, values).Wait(w.ctx); err != nil {
		w.t.Fatal(err)
	}
}

// TestShortcutInvites opens the dialog from anywhere, and chooses a channel.
func TestShortcutInvites(t *testing.T) {
	story(t, func(w *world) {
		if err := w.slack.Shortcut(w.ann, "invite_people").Wait(w.ctx); err != nil {
			t.Fatal(err)
		}
		w.submits(w.ann, w.general, formValues("User", []string{w.bob}, "", "from a shortcut"))
		contains(t, "the card", w.card(w.general, 1).Plain(), "User", "@bob", "from a shortcut")
	})
}

// TestShortcutOnAMessage proposes its author, and there must be one.
func TestShortcutOnAMessage(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.bob, w.general, "may I have access?")
		asked := w.slack.Messages(w.general)[0]
		if err := w.slack.MessageShortcut(w.ann, w.general, asked.TS, "invite_author").Wait(w.ctx); err != nil {
			t.Fatal(err)
		}
		if view := w.dialog(w.ann); !strings.Contains(string(view.Raw), `"initial_users":["`+w.bob+`"]`) {
			t.Errorf("the dialog does not propose Bob: %s", view.Raw)
		}
		values := formValues("Guest", nil, "", "")
		delete(values, "people") // as proposed
		w.submits(w.ann, "", values)
		contains(t, "the card", w.card(w.general, 1).Plain(), "Guest", "@bob")

		card := w.card(w.general, 1)
		if err := w.slack.MessageShortcut(w.ann, w.general, card.TS, "invite_author").Wait(w.ctx); err != nil {
			t.Fatal(err)
		}
		contains(t, "the answer for a message of the bot's own", w.told(w.ann, 1), "An app posted this message")
	})
}

// TestShortcutRefusesAGuestInADirectMessage: there is no place to answer, so that it is a direct message.
func TestShortcutRefusesAGuestInADirectMessage(t *testing.T) {
	story(t, func(w *world) {
		if err := w.slack.Shortcut(w.gus, "invite_people").Wait(w.ctx); err != nil {
			t.Fatal(err)
		}
		w.await("the answer", func() bool { return len(w.slack.DMs(w.gus)) == 1 })
		contains(t, "the answer", w.slack.DMs(w.gus)[0].Plain(), "Guests", "can't invite")
		if n := len(w.slack.Views(w.gus)); n != 0 {
			t.Errorf("%d dialogs are open", n)
		}
	})
}

// TestFormErrorsStandBesideTheirFields: what Slack tells in time is said beside the field, and what was typed
// stays; fixed, it is sent again.
func TestFormErrorsStandBesideTheirFields(t *testing.T) {
	story(t, func(w *world) {
		helper := w.slack.AddUser(slacksim.User{Name: "helper", RealName: "Helper <!here>", Bot: true}).ID
		w.general = w.slack.AddChannel(slacksim.Channel{Name: "secret", Private: true, Members: []string{w.ann, w.bob, w.carol}}).ID
		w.types(w.ann, w.general, "/docspace-invite form")
		wrong := func(block string, wants ...string) {
			t.Helper()
			w.await("an error beside "+block, func() bool { return len(w.dialog(w.ann).Errors) == 1 })
			contains(t, "the error", w.dialog(w.ann).Errors[block], wants...)
		}
		w.submits(w.ann, "", formValues("User", []string{w.bob}, "", ""))
		wrong("channel", "not in this channel yet", "/invite @docspace")
		w.slack.Invite(w.general, w.slack.BotUser())
		w.submits(w.ann, "", formValues("User", []string{w.bob, helper, w.slack.BotUser()}, "", ""))
		wrong("people", "“Helper <!here>” is an app", "is me")
		w.submits(w.ann, "", formValues("User", []string{w.bob}, "Carol <carol@acme.test>; nonsense", ""))
		wrong("emails", "“nonsense” isn't an email address")
		w.submits(w.ann, "", formValues("User", []string{w.bob}, "Carol <carol@acme.test>;", ""))
		contains(t, "the card", w.card(w.general, 1).Plain(), "@bob", "@carol")
	})
}

// TestLateRefusalOfAFormReachesItsAuthor in a message.
func TestLateRefusalOfAFormReachesItsAuthor(t *testing.T) {
	story(t, func(w *world) {
		w.portal.AllowInvitingMembers(false)
		w.types(w.ann, w.general, "/docspace-invite form")
		w.submits(w.ann, "", formValues("User", []string{w.bob}, "", ""))
		contains(t, "the answer", w.told(w.ann, 1), "doesn't let me invite")
	})
}

// TestMisunderstoodCommandFillsInTheForm with what was understood, and for the channel where it
// was typed.
func TestMisunderstoodCommandFillsInTheForm(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.ann, w.general, `/docspace-invite please user @bob carol@acme.test "for us"`)
		contains(t, "the answer", w.told(w.ann, 1), "didn't understand “please”", "Open the form")
		answer := w.slack.Ephemerals(w.ann)[0]
		if err := w.slack.Press(w.ann, w.general, answer.TS, "open_form").Wait(w.ctx); err != nil {
			t.Fatal(err)
		}
		if err := w.slack.Submit(w.ann, w.dialog(w.ann).ID, map[string]map[string]any{"role": {"form_role": "User"}}).Wait(w.ctx); err != nil {
			t.Fatal(err)
		}
		contains(t, "the card", w.card(w.general, 1).Plain(), "User", "@bob", "carol", "for us")

		w.types(w.ann, w.general, "/docspace-invite usr @carol")
		heard := w.told(w.ann, 2)
		if line, _, _ := strings.Cut(heard, "\n"); line != "I didn't understand “usr”. Did you mean `user`?" {
			t.Errorf("the answer to a slip is %q", heard)
		}
		w.presses(w.ann, w.slack.Ephemerals(w.ann)[1], "open_form")
		contains(t, "the form", string(w.dialog(w.ann).Raw), `"initial_users":["`+w.carol, `"value":"User"`)
	})
}
