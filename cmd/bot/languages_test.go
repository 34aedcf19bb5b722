package main

import (
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/catalogue"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// speaks adds someone whose Slack is in that language to the world and its channel.
func (w *world) speaks(name, locale string) string {
	user := w.slack.AddUser(slacksim.User{Name: name, Email: name + "@acme.test", Locale: locale}).ID
	w.slack.Invite(w.general, user)
	return user
}

// TestEveryoneReadsTheirOwnLanguage: the channel in that of the setting, each person in that of their
// Slack, and people whose language the bot doesn't speak in the channel's.
func TestEveryoneReadsTheirOwnLanguage(t *testing.T) {
	story(t, func(w *world) {
		jana, minji := w.speaks("jana", "de-AT"), w.speaks("minji", "ko-KR")
		w.types(w.ann, w.general, "/docspace-invite user @jana \"fürs Archiv\"")
		card := w.card(w.general, 1)
		contains(t, "the card", card.Plain(), "@ann lädt euch zu DocSpace ein", "als *Benutzer*", "@jana — eingeladen", "[DocSpace beitreten]")
		w.types(w.ann, w.general, "/docspace-invite help")
		contains(t, "Ann's help", w.told(w.ann, 1), "Invite people to DocSpace")
		w.types(minji, w.general, "/docspace-invite help")
		contains(t, "Minji's help", w.told(minji, 1), "Personen zu DocSpace einladen")
		w.types(jana, w.general, "/docspace-invite roomadmin")
		contains(t, "the refusal", w.told(jana, 1), "Die Rolle *Raumadministrator* darfst du nicht vergeben")
		w.pressesJoin(jana, card)
		contains(t, "the answer to Join", w.told(jana, 2), "Registriere dich mit `jana@acme.test`")

		w.joins(card, "Jana", "Jung", "jana@acme.test")
		w.activates("jana@acme.test")
		contains(t, "the thread", w.thread(card, 1)[0], "Jana Jung (@jana) ist jetzt in DocSpace, als *Benutzer*.")
		w.await("the welcome", func() bool { return len(w.slack.DMs(jana)) > 0 })
		contains(t, "the welcome", w.slack.DMs(jana)[0].Plain(), "Willkommen in DocSpace!", "*Benutzer*")
		w.types(w.ann, w.general, "/docspace-invite @bob")
		w.passes(80 * time.Hour)
		contains(t, "Bob's reminder", w.slack.DMs(w.bob)[0].Plain(), "@ann invited you to DocSpace as *Guest*")
	}, "LANGUAGE", "de", "POLL_INTERVAL", "10m")
}

// TestSlackTakesTheDialogInEveryLanguage: texts are longer in some of them, and Slack has limits.
func TestSlackTakesTheDialogInEveryLanguage(t *testing.T) {
	story(t, func(w *world) {
		for _, spoken := range catalogue.All() {
			user := w.speaks("u"+strings.ToLower(spoken.Tag()), spoken.Tag())
			if err := w.slack.Shortcut(user, "invite_people").Wait(w.ctx); err != nil {
				t.Fatal(err)
			}
			title := spoken.Say("dialog.title", nil)
			if view := w.dialog(user); !strings.Contains(string(view.Raw), `"`+title+`"`) {
				t.Errorf("in %s the dialog is not called %q: %s", spoken.Tag(), title, view.Raw)
			}
			w.submits(user, w.general, formValues("User", nil, "carol@", ""))
			w.await("what is wrong", func() bool { return len(w.dialog(user).Errors) > 0 })
			if wrong, want := w.dialog(user).Errors["emails"], spoken.Say("dialog.not-address", catalogue.With{"Word": "carol@"}); wrong != want {
				t.Errorf("in %s the field says %q, want %q", spoken.Tag(), wrong, want)
			}
		}
	}, "APPROVAL_CHANNEL", "C0APPROVERS")
}

// TestSlackDoesNotTellTheLanguage: who asks is answered all the same.
func TestSlackDoesNotTellTheLanguage(t *testing.T) {
	story(t, func(w *world) {
		jana := w.speaks("jana", "de-DE")
		clear := w.slack.Fault(slacksim.Fault{Method: "users.info", Delay: 10 * time.Second})
		w.types(jana, w.general, "/docspace-invite help")
		contains(t, "the help", w.told(jana, 1), "Invite people to DocSpace")
		clear()
		w.passes(time.Minute)
		w.types(jana, w.general, "/docspace-invite help")
		contains(t, "the help", w.told(jana, 2), "Personen zu DocSpace einladen")
	})
}
