package main

import (
	"strings"
	"testing"
	"time"
)

// opensHome has someone open the app's Home, and waits until it says all of that.
func (w *world) opensHome(user string, wants ...string) string {
	w.t.Helper()
	if err := w.slack.OpenHome(user).Wait(w.ctx); err != nil {
		w.t.Fatal(err)
	}
	return w.homeSays(user, wants...)
}

func (w *world) homeSays(user string, wants ...string) string {
	w.t.Helper()
	var text string
	w.await("a Home that says "+strings.Join(wants, ", "), func() bool {
		home, ok := w.slack.Home(user)
		text = string(home.Raw)
		for _, want := range wants {
			ok = ok && strings.Contains(text, want)
		}
		return ok
	})
	return text
}

// pressesInHome has someone use a control of their Home, and waits for the acknowledgement.
func (w *world) pressesInHome(user, action string, chosen ...string) {
	w.t.Helper()
	home, _ := w.slack.Home(user)
	if err := w.slack.PressInView(user, home.ID, action, chosen...).Wait(w.ctx); err != nil {
		w.t.Fatal(err)
	}
}

// TestHomeShowsWhatIsYours, and to admins everyone's.
func TestHomeShowsWhatIsYours(t *testing.T) {
	story(t, func(w *world) {
		w.opensHome(w.ann, "You have no open invitations", "Invite people")
		w.types(w.ann, w.general, `/docspace-invite user @carol "for the archive"`)
		w.types(w.bob, w.general, `/docspace-invite @gus "of Bob"`)
		w.card(w.general, 2)
		if home := w.opensHome(w.ann, "Your open invitations: 1", "for the archive"); strings.Contains(home, "of Bob") {
			t.Error("Ann sees Bob's invitation")
		}
		w.opensHome(w.zoe, "You have no open invitations", "Other people's open invitations: 2", "for the archive", "of Bob", "2 people missing")
		w.opensHome(w.gus, "Only full members of this workspace")
	})
}

// TestHomeMenuDoesWhatTheCardMenuDoes, and the Home says so.
func TestHomeMenuDoesWhatTheCardMenuDoes(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite user @carol")
		id := w.invitation(w.card(w.general, 1))
		w.opensHome(w.ann, "Your open invitations: 1")
		w.pressesInHome(w.ann, "mend", "close "+id)
		w.homeSays(w.ann, "The list is closed", "Reopen the list")
		w.await("the card", func() bool { return strings.Contains(w.card(w.general, 1).Plain(), "Only for the people listed here") })
	})
}

// TestHomeOpensTheDialog from its button.
func TestHomeOpensTheDialog(t *testing.T) {
	story(t, func(w *world) {
		w.opensHome(w.ann, "Invite people")
		w.pressesInHome(w.ann, "open_form")
		w.submits(w.ann, w.general, formValues("User", []string{w.bob}, "", "from the Home"))
		contains(t, "the card", w.card(w.general, 1).Plain(), "@bob", "from the Home")
	})
}

// TestHomeShowsWhatEndedAndHowThePortalIs: what ended with people missing is extended from there.
func TestHomeShowsWhatEndedAndHowThePortalIs(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite user @bob")
		card := w.card(w.general, 1)
		w.passes(30 * time.Minute)
		w.opensHome(w.zoe, "DocSpace last answered")
		w.portal.Down(true)
		w.passes(20 * time.Minute)
		w.opensHome(w.ann, "DocSpace hasn't answered since")
		w.types(w.ann, w.general, "/docspace-invite status")
		contains(t, "the status", w.told(w.ann, 1), "DocSpace hasn't answered since", "0 of 1 joined")
		w.passes(2 * time.Hour)
		w.portal.Down(false)
		w.thread(card, 1)
		w.opensHome(w.ann, "Ended with people missing: 1", "no open invitations")
		w.pressesInHome(w.ann, "mend", "extend "+w.invitation(w.slack.Thread(card.Channel, card.TS)[0]))
		w.homeSays(w.ann, "Your open invitations: 1", "Extended until")
	}, "INVITE_TTL", "2h")
}

// TestHomeShowsWhatWaitsForYou: an invitation to join, by whose button the link comes privately, and a request to
// decide.
func TestHomeShowsWhatWaitsForYou(t *testing.T) {
	withApprovers(t, func(w *world, admins string, _, _ string) {
		w.types(w.ann, w.general, "/docspace-invite user @bob")
		w.card(w.general, 1)
		w.types(w.ann, w.general, "/docspace-invite roomadmin @carol")
		request := w.request(admins)
		if home := w.opensHome(w.bob, "Waiting for you", "invites you to DocSpace as *User*", "You have no open invitations"); inviteLink.MatchString(home) || strings.Contains(home, "wants to invite people") {
			t.Errorf("Bob's Home shows %s", home)
		}
		w.pressesInHome(w.bob, "join")
		link := inviteLink.FindString(w.homeSays(w.bob, "This link is only for you", "bob@acme.test"))
		if _, err := w.portal.Join(link, "Bob", "Baker", "bob@acme.test"); err != nil {
			t.Fatal(err)
		}

		w.opensHome(w.zoe, "Waiting for you", "wants to invite people to DocSpace as *Room admin*")
		w.pressesInHome(w.zoe, "approve")
		w.await("the request's outcome", func() bool { return strings.Contains(w.request(request.Channel).Plain(), "Approved by @zoe") })
		w.await("Zoe's Home", func() bool {
			home, _ := w.slack.Home(w.zoe)
			return !strings.Contains(string(home.Raw), "wants to invite people")
		})
	})
}

// TestHomeIsKeptCurrent while people move, at most once a minute, and not for long after it was opened.
func TestHomeIsKeptCurrent(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite user @bob @carol")
		card := w.card(w.general, 1)
		w.opensHome(w.ann, "0 of 2 joined")
		published := w.slack.CallCount("views.publish")
		w.passes(10 * time.Minute)
		if n := w.slack.CallCount("views.publish") - published; n > 1 { // the card may have come after it
			t.Errorf("a Home in which nothing changes was published %d times", n)
		}
		published = w.slack.CallCount("views.publish")
		w.joins(card, "Bob", "Baker", "bob@acme.test")
		w.activates("bob@acme.test")
		w.joins(card, "Carol", "Chen", "carol@acme.test")
		w.homeSays(w.ann, "1 of 2 joined")
		w.passes(2 * time.Minute)
		if n := w.slack.CallCount("views.publish") - published; n < 1 || n > 2 {
			t.Errorf("it was published %d times", n)
		}
		w.passes(2 * time.Hour)
		published = w.slack.CallCount("views.publish")
		w.activates("carol@acme.test")
		w.passes(10 * time.Minute)
		if n := w.slack.CallCount("views.publish") - published; n > 0 {
			t.Errorf("a Home that no one looks at was published %d times", n)
		}
	}, "POLL_INTERVAL", "5s")
}
