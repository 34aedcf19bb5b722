package main

import (
	"fmt"
	"net/http"
	"slices"
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

// TestWhatThePortalRefusesToOneIsNotRefusedToOthers who are invited in the same request, and everyone gets one email.
func TestWhatThePortalRefusesToOneIsNotRefusedToOthers(t *testing.T) {
	for name, tt := range map[string]struct {
		breaks   func(*world)
		refused  []int // of thirty people
		requests int
		why      string
	}{
		"no one": {func(*world) {}, nil, 1, ""},
		"a disabled account": {func(w *world) {
			w.portal.SetKeyOwnerRole("RoomAdmin") // who can't look for it
			w.member("Eve", "Evans", "p07@other.test", "User")
			if err := w.portal.Disable("p07@other.test"); err != nil {
				w.t.Fatal(err)
			}
		}, []int{7}, 4, "account is disabled"},
		"too few emails left": {func(w *world) { w.portal.InvitationLimit(27) }, []int{27, 28, 29}, 60, "sends no more invitations by email"},
	} {
		for _, version := range []string{"3.6.1", "3.7.2"} {
			t.Run(name+", "+version, func(t *testing.T) {
				story(t, func(w *world) {
					w.portal.Version(version)
					tt.breaks(w)
					var list, refused []string
					for i := range 30 {
						list = append(list, fmt.Sprintf("p%02d@other.test", i))
						if slices.Contains(tt.refused, i) {
							refused = append(refused, list[i])
						}
					}
					w.types(w.ann, w.general, "/docspace-invite user "+strings.Join(list, " "))
					w.await("the emails", func() bool { return len(w.portal.Mails()) == len(list)-len(refused) })
					if len(refused) > 0 {
						told := w.told(w.ann, 1)
						contains(t, "what Ann hears", told, append(refused, tt.why)...)
						if n := strings.Count(told, "@other.test"); n != len(refused) {
							t.Errorf("Ann hears of %d people: %s", n, told)
						}
					}
					w.passes(time.Hour)
					requests := 0
					for _, call := range w.portal.Calls() {
						if call.Method == http.MethodPost && strings.HasSuffix(call.Path, "people/invite") {
							requests++
						}
					}
					if mails := len(w.portal.Mails()); mails != len(list)-len(refused) || requests > tt.requests {
						t.Errorf("the portal sent %d emails, in %d requests", mails, requests)
					}
				})
			})
		}
	}
}
