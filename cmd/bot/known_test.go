package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// movesTo changes someone's email address in Slack.
func (w *world) movesTo(user, name, realName, email string) {
	w.slack.AddUser(slacksim.User{ID: user, Name: name, RealName: realName, Email: email})
}

// TestMembersAmongFiftyOneAddressesAreRecognized: however long the list, those on Slack are welcomed
// and reminded there.
func TestMembersAmongFiftyOneAddressesAreRecognized(t *testing.T) {
	durable(t, func(w *world) {
		var list []string
		for i := range 49 {
			list = append(list, fmt.Sprintf("p%02d@partner.test", i))
		}
		list = append(list, "bob@acme.test", "carol@acme.test")
		w.slack.RateLimits(true)
		w.types(w.ann, w.general, "/docspace-invite "+strings.Join(list, " "))
		card := w.card(w.general, 1)
		contains(t, "the card", card.Plain(), "looking up", "0 of 51 joined")
		w.restarts(func() {})
		w.passes(5 * time.Minute)
		card = w.card(w.general, 1)
		if strings.Contains(card.Plain(), "looking up") {
			t.Errorf("the card still looks people up:\n%s", card.Plain())
		}
		w.joins(card, "Bob", "Baker", "bob@acme.test")
		w.activates("bob@acme.test")
		contains(t, "the thread", w.thread(card, 1)[0], "Bob Baker (@bob)")
		w.passes(3 * 24 * time.Hour)
		contains(t, "what Bob gets", plainOf(w.slack.DMs(w.bob)), "Welcome")
		contains(t, "what Carol gets", plainOf(w.slack.DMs(w.carol)), "invited you")
		if n := w.log.count("step failed"); n > 5 {
			t.Errorf("%d steps failed: Slack's limits were not respected", n)
		}
	}, "POLL_INTERVAL", "1m")
}

// TestAddressOfSomeoneOnTheListIsTheSamePerson although they are looked up under the card.
func TestAddressOfSomeoneOnTheListIsTheSamePerson(t *testing.T) {
	story(t, func(w *world) {
		list := []string{"bob@acme.test", "@carol", "@bob", "carol@acme.test"}
		for i := range 31 {
			list = append(list, fmt.Sprintf("p%02d@partner.test", i))
		}
		w.types(w.ann, w.general, "/docspace-invite "+strings.Join(list, " "))
		w.card(w.general, 1)
		w.passes(5 * time.Minute)
		contains(t, "the card", w.card(w.general, 1).Plain(), "0 of 33 joined")
	})
}

// TestInviteeGoesOnWhenEnabledAgain where it was; the thread says "disabled" once each time.
func TestInviteeGoesOnWhenEnabledAgain(t *testing.T) {
	durable(t, func(w *world) {
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		w.types(w.ann, w.general, "/docspace-invite @bob")
		card := w.card(w.general, 1)
		w.passes(time.Minute)
		w.joins(card, "Bob", "Baker", "bob@acme.test")
		w.passes(time.Minute)
		must(w.portal.Disable("bob@acme.test"))
		contains(t, "the thread", w.thread(card, 1)[0], "disabled")
		w.passes(time.Minute)
		contains(t, "the card", w.card(w.general, 1).Plain(), "account disabled")
		w.pressesJoin(w.bob, card)
		w.passes(time.Hour)
		if text := w.card(w.general, 1).Plain(); !strings.Contains(text, "account disabled") || strings.Contains(text, "removed") {
			t.Errorf("the card says:\n%s", text)
		}
		if said := w.threadNow(card); len(said) != 1 {
			t.Fatalf("the thread says %q", said)
		}
		w.restarts(func() {})
		must(w.portal.Enable("bob@acme.test"))
		w.await("the card", func() bool { return strings.Contains(w.card(w.general, 1).Plain(), "email not confirmed") })
		must(w.portal.Disable("bob@acme.test"))
		contains(t, "the thread", w.thread(card, 2)[1], "disabled")
		must(w.portal.Enable("bob@acme.test"))
		w.activates("bob@acme.test")
		contains(t, "the thread", w.thread(card, 3)[2], "Bob Baker", "joined DocSpace")
		w.passes(time.Hour)
		contains(t, "what Bob gets", plainOf(w.slack.DMs(w.bob)), "Welcome")
		contains(t, "the card", w.card(w.general, 1).Plain(), "— joined")
		if said := w.threadNow(card); len(said) != 3 {
			t.Errorf("the thread says %q", said)
		}
	})
}

// TestChangedSlackAddressKeepsBothRecognized: the new address is told, and an account under either is theirs.
func TestChangedSlackAddressKeepsBothRecognized(t *testing.T) {
	for name, email := range map[string]string{"the new one": "robert@acme.test", "the one he was named by": "bob@acme.test"} {
		t.Run(name, func(t *testing.T) {
			durable(t, func(w *world) {
				w.types(w.ann, w.general, "/docspace-invite @bob")
				card := w.card(w.general, 1)
				w.movesTo(w.bob, "bob", "Bob Baker", "robert@acme.test")
				w.passes(2 * time.Minute)
				w.pressesJoin(w.bob, card)
				contains(t, "what Bob hears", w.told(w.bob, 1), "robert@acme.test")
				w.restarts(func() {})
				w.joins(card, "Robert", "Baker", email)
				w.activates(email)
				contains(t, "the thread", w.thread(card, 1)[0], "Robert Baker (@bob)", "joined DocSpace")
				w.passes(time.Hour)
				contains(t, "what Bob gets", plainOf(w.slack.DMs(w.bob)), "Welcome")
				if n := len(w.questions(w.ann)); n != 0 {
					t.Errorf("Ann was asked %d times who that is", n)
				}
			})
		})
	}
}

// TestReminderAndLinkNameTheAddressOfToday.
func TestReminderAndLinkNameTheAddressOfToday(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite @bob")
		w.card(w.general, 1)
		w.await("the link", func() bool { return len(w.slack.DMs(w.bob)) > 0 })
		contains(t, "the link", plainOf(w.slack.DMs(w.bob)), "bob@acme.test")
		w.movesTo(w.bob, "bob", "Bob Baker", "robert@acme.test")
		w.passes(3 * 24 * time.Hour)
		contains(t, "the reminder", plainOf(w.slack.DMs(w.bob)[1:]), "robert@acme.test")
	}, "POLL_INTERVAL", "1m", "LINKS", "claimed")
}

// TestChangedAddressIsNoAlarm: Slack says whose the address is, so that no one is asked.
func TestChangedAddressIsNoAlarm(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite user @bob")
		card := w.card(w.general, 1)
		w.passes(2 * time.Minute)
		w.movesTo(w.bob, "bob", "Bob Baker", "robert@acme.test")
		w.joins(card, "Robert", "Baker", "robert@acme.test")
		w.activates("robert@acme.test")
		contains(t, "the thread", w.thread(card, 1)[0], "Robert Baker (@bob)", "joined DocSpace")
		w.passes(time.Hour)
		if n := len(w.questions(w.ann)); n != 0 {
			t.Errorf("Ann was asked %d times who that is", n)
		}
	}, "POLL_INTERVAL", "10s")
}

// TestVouchedAccountIsRecognizedNextTime, also when the invitation that it was vouched for in is over and
// the bot was restarted.
func TestVouchedAccountIsRecognizedNextTime(t *testing.T) {
	durable(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite user @carol")
		w.types(w.bob, w.general, "/docspace-invite user @carol")
		card, other := w.card(w.general, 1), w.card(w.general, 2)
		w.passes(time.Minute)
		w.joins(card, "Caro", "Home", "caro@home.test")
		w.presses(w.ann, w.asked(w.ann), "who") // Carol, by her name
		w.activates("caro@home.test")
		w.thread(card, 1)
		contains(t, "the other thread", w.thread(other, 1)[0], "Caro Home (@carol)")
		w.passes(9 * time.Hour) // both are over, and dropped
		w.restarts(func() {})
		w.types(w.zoe, w.general, "/docspace-invite user @carol")
		card = w.card(w.general, 3)
		contains(t, "the card", card.Plain(), "Caro Home (@carol)", "already a member")
		if strings.Contains(string(card.Blocks), `"join"`) {
			t.Error("a card whose people are all in has a button")
		}
		w.types(w.zoe, w.general, "/docspace-invite user carol@acme.test")
		contains(t, "the card", w.card(w.general, 4).Plain(), "Caro Home", "already a member")
		w.types(w.zoe, w.general, "/docspace-invite user")
		w.pressesJoin(w.carol, w.card(w.general, 5))
		contains(t, "what Carol hears", w.told(w.carol, 1), "already in DocSpace")
	}, "POLL_INTERVAL", "10s", "INVITE_TTL", "1h", "RETENTION", "1h")
}

// TestJoinHearsWhatThePortalKnows of a user who was not named.
func TestJoinHearsWhatThePortalKnows(t *testing.T) {
	story(t, func(w *world) {
		w.portal.AddPerson(docspacesim.Person{Email: "carol@acme.test", FirstName: "Carol", LastName: "Chen", Role: "User", Activation: 1, Status: 1})
		w.portal.AddPerson(docspacesim.Person{Email: "bob@acme.test", FirstName: "Bob", LastName: "Baker", Role: "User", Activation: 0, Status: 1})
		w.passes(time.Minute)
		w.types(w.ann, w.general, "/docspace-invite user")
		card := w.card(w.general, 1)
		w.pressesJoin(w.carol, card)
		contains(t, "what Carol hears", w.told(w.carol, 1), "already in DocSpace")
		w.pressesJoin(w.bob, card)
		contains(t, "what Bob hears", w.told(w.bob, 1), "click the link in the email", "bob@acme.test")
		if strings.Contains(w.told(w.bob, 1), "Sign up with") {
			t.Error("Bob is to register again")
		}
		w.portal.InviteByEmail("gus@other.test", "User")
		w.pressesJoin(w.gus, card)
		contains(t, "what Gus hears", w.told(w.gus, 1), "invitation", "gus@other.test", "spam folder")
		w.portal.Fault(docspacesim.Fault{Path: "people/filter", Delay: time.Minute}) // no answer is not waited for
		start := time.Now()
		w.pressesJoin(w.zoe, card)
		contains(t, "what Zoe hears", w.told(w.zoe, 1), "zoe@acme.test")
		if took := time.Since(start); took > 3*time.Second {
			t.Errorf("Zoe heard it after %v", took)
		}
	})
}
