package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

func TestTwoPeopleJoinByOneCard(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.ann, w.general, `/docspace-invite user @bob "the new archive"`)
		card := w.card(w.general, 1)
		contains(t, "the card", card.Plain(), "Join DocSpace", "User", "the new archive", "@ann", "@bob")
		if link := linkOf(t, card); strings.Contains(card.Text, link) {
			t.Errorf("the card's text shows the link: %q", card.Text)
		}

		w.joins(card, "Bob", "Baker", "bob@acme.test")
		w.await("the card to tell that Bob must confirm", func() bool {
			return strings.Contains(w.cards(w.general)[0].Plain(), "confirm")
		})
		if replies := w.threadNow(card); len(replies) != 0 {
			t.Errorf("the thread speaks of somebody who is not active: %q", replies)
		}
		w.pressesJoin(w.carol, card) // no one named Carol
		contains(t, "the answer to Carol", w.told(w.carol, 1), "Carol@acme.test")
		w.activates("bob@acme.test")
		contains(t, "the confirmation", w.thread(card, 1)[0], "Bob Baker", "User")

		w.joins(card, "Carol", "Chen", "carol@acme.test")
		w.activates("carol@acme.test")
		contains(t, "the second confirmation", w.thread(card, 2)[1], "Carol Chen")

		for _, person := range []string{w.bob, w.carol} {
			if messages := w.slack.DMs(person); len(messages) != 1 {
				t.Errorf("%s got %d direct messages, want one", person, len(messages))
			}
		}
		w.passes(time.Hour)
		if n := len(w.threadNow(card)); n != 2 {
			t.Errorf("an hour later the thread has %d replies, want 2: %q", n, w.threadNow(card))
		}
		contains(t, "the card in the end", w.cards(w.general)[0].Plain(), "Bob Baker", "Carol Chen")
		if strings.Contains(string(w.cards(w.general)[0].Blocks), `"join"`) {
			t.Error("a card whose people are all in has a button")
		}
		if n := w.portal.CallCount("/api/2.0/portal/sendcongratulations"); n != 1 {
			t.Errorf("the portal was asked to welcome %d times; it said no the first time", n)
		}
	})
}

func TestWelcomeIsAskedOncePerPerson(t *testing.T) {
	story(t, func(w *world) {
		w.portal.WelcomeKeyWorks(true)
		w.types(w.ann, w.general, "/docspace-invite @bob")
		w.types(w.zoe, w.general, "/docspace-invite user @bob")
		first, second := w.card(w.general, 1), w.card(w.general, 2)
		w.joins(first, "Bob", "Baker", "bob@acme.test")
		w.activates("bob@acme.test")
		w.thread(first, 1)
		w.thread(second, 1)
		w.passes(time.Hour)
		if n := w.portal.CallCount("/api/2.0/portal/sendcongratulations"); n != 1 {
			t.Errorf("the portal was asked to welcome Bob %d times, want once", n)
		}
		if n := len(w.slack.DMs(w.bob)); n != 1 {
			t.Errorf("Bob got %d direct messages, want one", n)
		}
		if a, b := len(w.threadNow(first)), len(w.threadNow(second)); a != 1 || b != 1 {
			t.Errorf("the threads have %d and %d replies, want one each", a, b)
		}
	}, "DOCSPACE_WELCOME_KEY", "1.abc")
}

func TestMemberIsConfirmedWithoutWelcome(t *testing.T) {
	story(t, func(w *world) {
		w.portal.AddPerson(docspacesim.Person{
			FirstName: "Bob", LastName: "Baker", Email: "BOB@acme.test", Role: "RoomAdmin",
			Status: 1, Activation: 1, Registered: time.Now().Add(-24 * time.Hour),
		})
		w.types(w.ann, w.general, "/docspace-invite guest bob@acme.test")
		card := w.card(w.general, 1)
		contains(t, "the confirmation", w.thread(card, 1)[0], "already", "Bob Baker", "Room admin")
		if w.portal.CallCount("/api/2.0/portal/sendcongratulations") != 0 || len(w.slack.DMs(w.bob)) != 0 {
			t.Error("a member of old was welcomed")
		}
	})
}

func TestPortalShortOfSeatsGivesALesserRole(t *testing.T) {
	story(t, func(w *world) {
		w.portal.Seats(0)
		w.types(w.zoe, w.general, "/docspace-invite roomadmin @bob")
		card := w.card(w.general, 1)
		w.joins(card, "Bob", "Baker", "bob@acme.test")
		w.activates("bob@acme.test")
		contains(t, "the confirmation", w.thread(card, 1)[0], "User", "Room admin")
	})
}

func TestDisabledAndRemovedPeopleAreReportedOnce(t *testing.T) {
	for _, version := range []string{"3.7.2", "3.6.1"} { // the older one answers for a removed account with another
		t.Run(version, func(t *testing.T) { disabledAndRemoved(t, version) })
	}
}

func disabledAndRemoved(t *testing.T, version string) {
	story(t, func(w *world) {
		w.portal.Version(version)
		w.types(w.ann, w.general, "/docspace-invite @bob @carol")
		card := w.card(w.general, 1)
		w.joins(card, "Bob", "Baker", "bob@acme.test")
		w.joins(card, "Carol", "Chen", "carol@acme.test")
		w.passes(time.Minute)
		w.portal.Disable("bob@acme.test")
		w.portal.Remove("carol@acme.test")
		said := strings.Join(w.thread(card, 2), "\n")
		contains(t, "the thread", said, "Bob Baker", "Carol Chen")
		w.passes(3 * time.Hour)
		if n := w.portal.CallCount("/api/2.0/portal/users/"); n > 10 {
			t.Errorf("the portal was asked %d times about single accounts", n)
		}
		if n := len(w.threadNow(card)); n != 2 {
			t.Errorf("the thread has %d replies, want 2: %q", n, w.threadNow(card))
		}
	})
}

func TestChangedAddressIsFollowed(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite @bob")
		card := w.card(w.general, 1)
		w.joins(card, "Bob", "Baker", "bob@acme.test")
		w.passes(time.Minute)
		w.portal.ChangeEmail("bob@acme.test", "robert@acme.test")
		w.passes(time.Minute)
		w.activates("robert@acme.test")
		contains(t, "the confirmation", w.thread(card, 1)[0], "Bob Baker")
	})
}

func TestAcceptedEmailInvitationIsConfirmed(t *testing.T) {
	story(t, func(w *world) {
		w.portal.InviteByEmail("bob@acme.test", "User")
		w.passes(time.Minute)
		w.types(w.ann, w.general, "/docspace-invite user @bob")
		card := w.card(w.general, 1)
		w.passes(time.Minute)
		if err := w.portal.AcceptEmailInvitation("bob@acme.test", "Bob", "Baker"); err != nil {
			t.Fatal(err)
		}
		contains(t, "the confirmation", w.thread(card, 1)[0], "Bob Baker")
		if got := w.threadNow(card)[0]; strings.Contains(got, "already") {
			t.Errorf("Bob accepted after he was invited, and the thread says %q", got)
		}
	})
}

func TestExpiryTellsOnceWhoIsMissing(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite @bob @carol")
		card := w.card(w.general, 1)
		w.joins(card, "Bob", "Baker", "bob@acme.test")
		w.activates("bob@acme.test")
		w.thread(card, 1)
		w.passes(3 * time.Hour)
		replies := w.threadNow(card)
		if len(replies) != 2 {
			t.Fatalf("the thread has %d replies, want the confirmation and the end: %q", len(replies), replies)
		}
		contains(t, "the end", replies[1], "carol")
		if strings.Contains(replies[1], "bob") {
			t.Errorf("Bob has joined and is called missing: %q", replies[1])
		}
		ended := w.cards(w.general)[0]
		if strings.Contains(string(ended.Blocks), `"join"`) {
			t.Error("the card of an ended invitation keeps its button")
		}
		sweeps := w.portal.CallCount("/api/2.0/people/filter")
		w.passes(24 * time.Hour)
		if n := w.portal.CallCount("/api/2.0/people/filter") - sweeps; n != 0 {
			t.Errorf("the portal was swept %d times with nobody pending", n)
		}
		w.pressesJoin(w.carol, card) // an old window still shows the button
		contains(t, "the answer to a late press", w.told(w.carol, 1), "has ended")
	}, "INVITE_TTL", "2h")
}

// TestBareInvitationAsksThePortalRarely: while no one is awaited the bot only looks, every twenty poll
// intervals, who has come by the link.
func TestBareInvitationAsksThePortalRarely(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite")
		w.card(w.general, 1)
		before := len(w.portal.Calls())
		w.passes(6 * time.Hour)
		if n := len(w.portal.Calls()) - before; n < 60 || n > 80 {
			t.Errorf("%d calls of the portal in six hours with nobody pending", n)
		}
	})
}

func TestHelpStatusAndMistakesAreForTheCallerAlone(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite help")
		contains(t, "the help", w.told(w.ann, 1), "/docspace-invite", "status", "form")
		w.types(w.ann, w.general, "/docspace-invite guset @bob")
		contains(t, "the correction", w.told(w.ann, 2), "guset", "/docspace-invite")
		w.types(w.ann, w.general, "/docspace-invite status")
		contains(t, "the empty status", w.told(w.ann, 3), "no")
		w.nothingPosted(w.general)

		w.types(w.ann, w.general, "/docspace-invite user @bob")
		w.card(w.general, 1)
		w.types(w.ann, w.general, "/docspace-invite status")
		contains(t, "the status", w.told(w.ann, 4), "User")
	})
}

// TestBotGreetsAChannelOnce when it is added, and only where invitations work.
func TestBotGreetsAChannelOnce(t *testing.T) {
	story(t, func(w *world) {
		add := func(name string, c slacksim.Channel) string {
			c.Name, c.Members = name, []string{w.ann, w.bob}
			id := w.slack.AddChannel(c).ID
			w.slack.Invite(id, w.slack.BotUser())
			return id
		}
		team, partners := add("team", slacksim.Channel{Private: true}), add("partners", slacksim.Channel{ExtShared: true})
		w.await("a greeting", func() bool { return len(w.slack.Messages(team)) > 0 })
		w.slack.Invite(team, w.carol) // someone else
		w.slack.Kick(team, w.slack.BotUser())
		w.slack.Invite(team, w.slack.BotUser())
		w.passes(time.Minute)
		if n := len(w.slack.Messages(team)); n != 1 {
			t.Errorf("the channel was greeted %d times", n)
		}
		w.nothingPosted(partners)
		hello := w.slack.Messages(team)[0]
		contains(t, "the greeting", hello.Plain(), "/docspace-invite", "[Invite people]")
		w.presses(w.ann, hello, "open_form")
		w.submits(w.ann, team, formValues("User", []string{w.bob}, "", "from the greeting"))
		contains(t, "the card", w.card(team, 1).Plain(), "@bob", "from the greeting")
	})
}

// TestStatusCanBeActedOn: it has the card's menu and a link to the card, and shows the addresses to the person who
// typed them.
func TestStatusCanBeActedOn(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite user @bob dan@other.test")
		card := w.card(w.general, 1)
		heard := len(w.slack.Ephemerals(w.ann)) // the link for Dan
		w.types(w.ann, w.general, "/docspace-invite status")
		contains(t, "Ann's status", w.told(w.ann, heard+1), "0 of 2 joined", "Missing: @bob, `dan@other.test`", "Go to the card")
		status := w.slack.Ephemerals(w.ann)[heard]
		if link := "/archives/" + card.Channel + "/p" + strings.ReplaceAll(card.TS, ".", "") + "|"; !strings.Contains(string(status.Blocks), link) {
			t.Errorf("the status does not lead to the card: %s", status.Blocks)
		}
		w.chooses(w.ann, status, "close")
		w.await("the card", func() bool { return strings.Contains(w.card(w.general, 1).Plain(), "Only for the people listed here") })

		w.types(w.bob, w.general, "/docspace-invite status")
		contains(t, "Bob's status", w.told(w.bob, 1), "by @ann", "d…@")
		if bobs := string(w.slack.Ephemerals(w.bob)[0].Blocks); strings.Contains(bobs, "overflow") || strings.Contains(bobs, "dan@other.test") {
			t.Errorf("Bob, who only reads the channel, gets %s", bobs)
		}
	})
}

func TestStatusShowsOthersOnlyToAdmins(t *testing.T) {
	story(t, func(w *world) {
		side := w.slack.AddChannel(channelWith(w, "side", w.ann, w.bob, w.zoe)).ID
		w.types(w.ann, side, `/docspace-invite user "for the archive"`)
		w.card(side, 1)
		w.types(w.bob, w.general, "/docspace-invite status")
		if said := w.told(w.bob, 1); strings.Contains(said, "User") {
			t.Errorf("Bob sees an invitation that is neither his nor in this channel: %q", said)
		}
		w.types(w.zoe, w.general, "/docspace-invite status")
		contains(t, "the admin's status", w.told(w.zoe, 1), "User")
	})
}

func TestFormInvites(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite form")
		w.submits(w.ann, "", formValues("User", nil, "not an address", ""))
		w.await("the correction", func() bool { return len(w.dialog(w.ann).Errors) == 1 })
		w.nothingPosted(w.general)
		w.submits(w.ann, "", formValues("User", []string{w.bob}, "dora@other.test", "welcome aboard"))
		card := w.card(w.general, 1)
		contains(t, "the card", card.Plain(), "User", "@bob", "welcome aboard")
		if n := len(w.slack.Views(w.ann)); n != 0 {
			t.Errorf("%d dialogs are open after the submission", n)
		}
	})
}

func TestCardThatWasDeletedEndsItsInvitation(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite @bob")
		card := w.card(w.general, 1)
		w.slack.Delete(card.Channel, card.TS)
		w.joins(card, "Bob", "Baker", "bob@acme.test")
		w.activates("bob@acme.test")
		w.await("the log to tell", func() bool { return w.log.count("card was deleted") == 1 })
		w.passes(time.Hour)
		for _, m := range w.slack.Messages(w.general) {
			if !m.Deleted {
				t.Errorf("posted although the card is gone: %q", m.Plain())
			}
		}
	})
}

func TestGroupsAreExpanded(t *testing.T) {
	story(t, func(w *world) {
		helper := w.slack.AddUser(slacksim.User{Name: "helper", RealName: "Helper", Bot: true}).ID
		w.slack.AddGroup(slacksim.Group{Handle: "design", Users: []string{w.bob, w.carol, helper}})
		w.types(w.ann, w.general, "/docspace-invite @design @bob")
		card := w.card(w.general, 1)
		contains(t, "the card", card.Plain(), "@bob", "@carol", "0 of 2")
		if strings.Contains(card.Plain(), "helper") {
			t.Errorf("a bot of the group is invited: %s", card.Plain())
		}
	})
}

func TestClaimBySomeoneWithoutAnAddress(t *testing.T) {
	story(t, func(w *world) {
		partners := w.slack.AddChannel(slacksim.Channel{Name: "partners", ExtShared: true, Members: []string{w.ann, w.slack.BotUser()}}).ID
		eve := w.slack.AddUser(slacksim.User{Name: "eve", RealName: "Eve External", Email: "eve@partner.test", Team: "T0PARTNER"}).ID
		w.slack.Invite(partners, eve)
		w.types(w.ann, partners, "/docspace-invite")
		card := w.card(partners, 1)
		w.pressesJoin(eve, card) // Slack does not tell the address of people of other workspaces
		contains(t, "the answer", w.told(eve, 1), "any email address", "I'll ask @ann who you are")
		w.passes(time.Minute)
		if now := w.cards(partners)[0].Plain(); strings.Contains(now, "@eve") {
			t.Errorf("the card lists somebody who cannot be watched for: %s", now)
		}
	}, "SHARED_CHANNELS", "true")
}

func TestPressingTwiceIsOneClaim(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite")
		card := w.card(w.general, 1)
		for range 3 {
			w.pressesJoin(w.bob, card)
		}
		w.await("Bob on the card", func() bool { return strings.Contains(w.cards(w.general)[0].Plain(), "@bob") })
		if n := strings.Count(w.cards(w.general)[0].Plain(), "@bob"); n != 1 {
			t.Errorf("the card lists Bob %d times", n)
		}
		w.joins(card, "Bob", "Baker", "bob@acme.test")
		w.activates("bob@acme.test")
		w.thread(card, 1)
		w.pressesJoin(w.bob, card)
		contains(t, "the answer to a member", w.told(w.bob, 4), "already")
	})
}

func TestWelcomesCanBeSwitchedOff(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite @bob")
		card := w.card(w.general, 1)
		w.joins(card, "Bob", "Baker", "bob@acme.test")
		w.activates("bob@acme.test")
		w.thread(card, 1)
		if n := w.portal.CallCount("/api/2.0/portal/sendcongratulations") + len(w.slack.DMs(w.bob)); n != 0 {
			t.Errorf("%d welcomes, though they are switched off", n)
		}
	}, "DOCSPACE_WELCOME_KEY", "", "WELCOME_DM", "false")
}

func TestStopWaitsForTheCardsThatAreOwed(t *testing.T) {
	story(t, func(w *world) {
		w.slack.Fault(slacksim.Fault{Method: "users.info", Delay: time.Second})
		w.portal.Fault(docspacesim.Fault{Path: "invite", Delay: time.Second})
		w.types(w.ann, w.general, "/docspace-invite")
		start := time.Now()
		w.stop()
		if n := len(w.cards(w.general)); n != 1 {
			t.Errorf("%d cards after the stop, want the one that was accepted before it", n)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("the stop took %v", took)
		}
	})
}

func TestStopWaitsForTheRefusalsThatAreOwed(t *testing.T) {
	story(t, func(w *world) {
		w.portal.AllowInvitingMembers(false)
		w.portal.Fault(docspacesim.Fault{Path: "invite", Delay: time.Second})
		w.types(w.ann, w.general, "/docspace-invite")
		w.stop()
		if n := len(w.slack.Ephemerals(w.ann)); n != 1 {
			t.Errorf("Ann was told %d times, want once", n)
		}
	})
}

func TestStopDoesNotWaitForEver(t *testing.T) {
	story(t, func(w *world) {
		w.portal.Fault(docspacesim.Fault{Delay: time.Hour})
		w.types(w.ann, w.general, "/docspace-invite")
		start := time.Now()
		w.stop()
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("the stop took %v", took)
		}
		if w.log.count(`"without_card":1`) != 1 {
			t.Errorf("the log does not tell what was left:\n%s", w.log)
		}
	})
}

// TestCrowdIsConfirmedTogether: people who become active at once are named in few messages, and
// soon; welcoming them one by one comes after.
func TestCrowdIsConfirmedTogether(t *testing.T) {
	story(t, func(w *world) {
		const n = 100
		members := []string{w.ann, w.slack.BotUser()}
		var crowd []slacksim.User
		for i := range n {
			u := w.slack.AddUser(slacksim.User{
				Name: fmt.Sprintf("person%d", i), RealName: fmt.Sprintf("Person %d", i), Email: fmt.Sprintf("person%d@acme.test", i),
			})
			crowd, members = append(crowd, u), append(members, u.ID)
		}
		town := w.slack.AddChannel(slacksim.Channel{Name: "town", Members: members}).ID
		w.slack.RateLimits(true)
		w.types(w.ann, town, "/docspace-invite")
		card := w.card(town, 1)
		for _, u := range crowd {
			w.pressesJoin(u.ID, card)
			w.joins(card, "Person", u.Name, u.Email)
		}
		w.passes(time.Hour)
		updates := w.slack.CallCount("chat.update")
		if updates > 50 {
			t.Errorf("the card was updated %d times for %d people who joined at once", updates, n)
		}
		for _, u := range crowd {
			w.activates(u.Email)
		}
		start := time.Now()
		named := func() int {
			all := strings.Join(w.threadNow(card), "\n")
			count := 0
			for _, u := range crowd {
				if strings.Contains(all, "@"+u.Name+")") {
					count++
				}
			}
			return count
		}
		w.await("all to be named", func() bool { return named() == n })
		took, messages := time.Since(start), len(w.threadNow(card))
		if took > 20*time.Second || messages > 6 {
			t.Errorf("%d people were named after %v in %d messages, want 20 s and a handful", n, took, messages)
		}
		w.await("direct messages", func() bool {
			for _, u := range crowd {
				if len(w.slack.DMs(u.ID)) != 1 {
					return false
				}
			}
			return true
		})
		for _, call := range w.slack.Calls() {
			if call.Status == 429 && strings.HasPrefix(call.Method, "chat.") {
				t.Errorf("slack had to refuse %s", call.Method)
			}
		}
		contains(t, "the card", w.card(town, 1).Plain(), "100 of 100 joined")
	}, "POLL_INTERVAL", "10s")
}
