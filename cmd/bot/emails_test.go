package main

import (
	"strings"
	"testing"
	"time"
)

// TestSendTheEmailAgain from the card's menu and from the reminder, once someone is to open one.
func TestSendTheEmailAgain(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite @bob @carol")
		card := w.card(w.general, 1)
		if strings.Contains(string(card.Blocks), "resend_email") {
			t.Error("the menu offers an email that no one is to open")
		}
		w.joins(card, "Bob", "Baker", "bob@acme.test") // and does not confirm
		w.await("the card's menu", func() bool { return strings.Contains(string(w.card(w.general, 1).Blocks), "resend_email") })
		card = w.card(w.general, 1)
		w.chooses(w.carol, card, "resend_email")
		contains(t, "the answer to Carol", w.told(w.carol, 1), "only they and admins")
		w.chooses(w.ann, card, "resend_email")
		contains(t, "the answer to Ann", w.told(w.ann, 1), "its email to", "@bob", "again")

		w.passes(25 * time.Hour)
		w.presses(w.bob, w.reminders(w.bob)[0], "resend_email")
		contains(t, "the answer to Bob", w.told(w.bob, 1), "its email to `bob@acme.test` again")
	}, "WORKING_HOURS", "Mon-Sun 00:00-24:00")
}

// TestRevokeTheLink asks an admin first, and says honestly when the portal can't.
func TestRevokeTheLink(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite user @bob")
		card := w.card(w.general, 1)
		w.chooses(w.ann, card, "revoke_link")
		contains(t, "the answer to Ann", w.told(w.ann, 1), "Only admins can revoke a link")
		w.chooses(w.zoe, card, "revoke_link")
		contains(t, "the question", string(w.dialog(w.zoe).Raw), "Revoke the link?", "Every open card for this role")
		w.submits(w.zoe, "", nil)
		contains(t, "what Zoe hears", w.direct(w.zoe), "can't revoke this link", "usually after 7 days")

		w.types(w.ann, w.general, "/docspace-invite guest @carol")
		w.chooses(w.zoe, w.card(w.general, 2), "revoke_link")
		contains(t, "what Zoe hears at once of a guest's link", w.told(w.zoe, 1), "can't revoke this link")
	})
}
