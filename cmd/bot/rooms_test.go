package main

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
)

// member makes someone a member of the portal, for a day by now.
func (w *world) member(first, last, email, role string) {
	w.portal.AddPerson(docspacesim.Person{
		FirstName: first, LastName: last, Email: email, Role: role, Status: 1, Activation: 1, Registered: time.Now().Add(-24 * time.Hour),
	})
}

// annsRoom makes a room of the key's account, Q3 planning, that Ann manages.
func (w *world) annsRoom() docspacesim.Room {
	w.t.Helper()
	if _, known := w.portal.PersonByEmail("ann@acme.test"); !known {
		w.member("Ann", "Archer", "ann@acme.test", "RoomAdmin")
	}
	room := w.portal.AddRoom("Q3 planning", docspacesim.RoomCustom, "")
	w.shares(room, "ann@acme.test", docspacesim.AccessRoomManager)
	return room
}

// shares has the room's owner share it at the portal.
func (w *world) shares(room docspacesim.Room, email string, access int) {
	w.t.Helper()
	if err := w.portal.Share(room.ID, email, access); err != nil {
		w.t.Fatal(err)
	}
}

// access returns what someone may do in a room.
func (w *world) access(room docspacesim.Room, email string) int {
	who, _ := w.portal.PersonByEmail(email)
	for _, r := range w.portal.Rooms() {
		if r.ID == room.ID {
			return r.Members[who.ID]
		}
	}
	return docspacesim.AccessNone
}

// dansMails returns what the portal has sent to Dan.
func (w *world) dansMails() []docspacesim.Mail {
	return slices.DeleteFunc(w.portal.Mails(), func(m docspacesim.Mail) bool { return m.To != "dan@other.test" })
}

// shared counts the requests that shared a room.
func (w *world) shared() (n int) {
	for _, call := range w.portal.Calls() {
		if call.Method == http.MethodPut && strings.HasSuffix(call.Path, "/share") {
			n++
		}
	}
	return n
}

func TestMemberGetsTheRoomAtOnce(t *testing.T) {
	story(t, func(w *world) {
		room := w.annsRoom()
		w.member("Bob", "Baker", "bob@acme.test", "User")
		w.types(w.ann, w.general, `/docspace-invite user @bob in "q3 Planning" as editor`)
		card := w.card(w.general, 1)
		said := w.thread(card, 1)
		contains(t, "the thread", said[0], "Bob Baker", "already in DocSpace", "is in the room “Q3 planning”", "Open the room")
		if w.access(room, "bob@acme.test") != docspacesim.AccessEditing {
			t.Error("Bob can't edit in the room")
		}
		w.passes(time.Hour)
		if replies, mails := len(w.threadNow(card)), w.portal.Mails(); replies != 1 || len(mails) > 0 || w.shared() != 1 {
			t.Errorf("%d replies, %d requests, and the portal sent %+v", replies, w.shared(), mails)
		}
		if n := w.log.count(`"deed":"share_room","verdict":"allowed"`); n != 1 {
			t.Errorf("%d lines of audit, want one", n)
		}
	})
}

// TestNewcomerIsConfirmedOnceTheRoomIsTheirs: until then, the thread doesn't say that they are in.
func TestNewcomerIsConfirmedOnceTheRoomIsTheirs(t *testing.T) {
	story(t, func(w *world) {
		room := w.annsRoom()
		w.types(w.ann, w.general, `/docspace-invite user @bob in "Q3 planning"`)
		card := w.card(w.general, 1)
		contains(t, "the card", card.Plain(), "to the room “Q3 planning”", "Viewer", "@bob")
		w.joins(card, "Bob", "Baker", "bob@acme.test")
		w.passes(5 * time.Minute)
		if access, said := w.access(room, "bob@acme.test"), w.threadNow(card); access != docspacesim.AccessNone || len(said) > 0 {
			t.Errorf("before Bob confirms his address he has the right %d, and the thread says %q", access, said)
		}
		clear := w.portal.Fault(docspacesim.Fault{Path: "/share", Status: 503})
		w.activates("bob@acme.test")
		w.passes(5 * time.Minute)
		if said := w.threadNow(card); len(said) > 0 {
			t.Errorf("the thread speaks before the room is shared: %q", said)
		}
		clear()
		contains(t, "the thread", w.thread(card, 1)[0], "Bob Baker", "joined DocSpace", "is in the room “Q3 planning”", "Open the room")
		if w.access(room, "bob@acme.test") != docspacesim.AccessRead {
			t.Error("Bob has not got the least that the room offers")
		}
		w.passes(time.Hour)
		contains(t, "the welcome", plainOf(w.slack.DMs(w.bob)), "Q3 planning")
		if n := len(w.threadNow(card)); n != 1 {
			t.Errorf("the thread has %d replies", n)
		}
	})
}

// TestRoomForThreePeople: one who has more already keeps it, one whose account is disabled gets nothing, and one whom
// neither Slack nor the portal knows is invited by email.
func TestRoomForThreePeople(t *testing.T) {
	story(t, func(w *world) {
		room := w.annsRoom()
		w.member("Bob", "Baker", "bob@acme.test", "User")
		w.shares(room, "bob@acme.test", docspacesim.AccessContentCreator)
		w.member("Carol", "Chen", "carol@acme.test", "User")
		if err := w.portal.Disable("carol@acme.test"); err != nil {
			t.Fatal(err)
		}
		w.types(w.ann, w.general, `/docspace-invite user @bob @carol dan@other.test in "Q3 planning" as editor`)
		card := w.card(w.general, 1)
		w.await("Dan's email", func() bool { return len(w.dansMails()) == 1 })
		if _, err := w.portal.Join(w.dansMails()[0].Link, "Dan", "Dorn", "dan@other.test"); err != nil {
			t.Fatal(err)
		}
		said := strings.Join(w.thread(card, 3), "\n")
		w.passes(time.Hour)
		contains(t, "the thread", said, "Bob Baker (@bob) was already in DocSpace as *User* and is in the room", "Carol Chen (@carol)'s account is disabled", "Dan Dorn")
		for email, want := range map[string]int{
			"bob@acme.test": docspacesim.AccessContentCreator, "carol@acme.test": docspacesim.AccessNone, "dan@other.test": docspacesim.AccessEditing,
		} {
			if got := w.access(room, email); got != want {
				t.Errorf("%s has the right %d in the room, want %d", email, got, want)
			}
		}
		contains(t, "the card", w.card(w.general, 1).Plain(), "account disabled")
		if n, replies := w.shared(), w.threadNow(card); n != 1 || len(replies) != 3 {
			t.Errorf("the room was shared %d times, and the thread says %q", n, replies)
		}
	})
}

// TestRoomOfOthersIsAsUnknownAsNone: titles are not everyone's to know.
func TestRoomOfOthersIsAsUnknownAsNone(t *testing.T) {
	story(t, func(w *world) {
		room := w.annsRoom()
		w.member("Bob", "Baker", "bob@acme.test", "User")
		w.shares(room, "bob@acme.test", docspacesim.AccessEditing)
		w.types(w.bob, w.general, `/docspace-invite user @carol in "Q3 planning"`)
		there := w.told(w.bob, 1)
		w.types(w.bob, w.general, `/docspace-invite user @carol in "Q4 planning"`)
		contains(t, "the answer", there, "can't find a room", "Q3 planning")
		if absent := w.told(w.bob, 2); strings.ReplaceAll(there, "Q3", "Q4") != absent {
			t.Errorf("Bob hears of a room where he can't invite:\n%s\nand of none:\n%s", there, absent)
		}
		w.nothingPosted(w.general)
		if n := w.log.count(`"deed":"invite","verdict":"rejected"`); n != 2 {
			t.Errorf("%d refusals were audited, want 2", n)
		}
		w.types(w.carol, w.general, `/docspace-invite user @bob in "Q3 planning"`) // who has no account there
		contains(t, "what Carol hears", w.told(w.carol, 1), "can't find a room")
		w.types(w.zoe, w.general, `/docspace-invite user @carol in "Q3 planning"`) // an admin of the workspace
		contains(t, "the card", w.card(w.general, 1).Plain(), "Q3 planning")
	})
}

// TestArchivedMeanwhileIsToldOnce to the inviter; everything else goes on.
func TestArchivedMeanwhileIsToldOnce(t *testing.T) {
	story(t, func(w *world) {
		room := w.annsRoom()
		w.types(w.ann, w.general, `/docspace-invite user @bob @carol in "Q3 planning"`)
		card := w.card(w.general, 1)
		if err := w.portal.ArchiveRoom(room.ID); err != nil {
			t.Fatal(err)
		}
		w.joins(card, "Bob", "Baker", "bob@acme.test")
		w.activates("bob@acme.test")
		contains(t, "the thread", w.thread(card, 1)[0], "Bob Baker", "joined DocSpace")
		contains(t, "what Ann hears", w.direct(w.ann), "couldn't add", "@bob", "Q3 planning")
		w.joins(card, "Carol", "Chen", "carol@acme.test")
		w.activates("carol@acme.test")
		contains(t, "the thread", w.thread(card, 2)[1], "Carol Chen", "joined DocSpace")
		w.passes(3 * time.Hour)
		if n := len(w.slack.DMs(w.ann)); n != 1 {
			t.Errorf("Ann was told %d times:\n%s", n, plainOf(w.slack.DMs(w.ann)))
		}
		for _, said := range w.threadNow(card) {
			if strings.Contains(said, "is in the room") {
				t.Errorf("the thread says %q", said)
			}
		}
		if n := w.log.count(`"deed":"share_room","verdict":"rejected"`); n != 2 {
			t.Errorf("%d lines of audit, want one for Bob and one for Carol", n)
		}
		w.types(w.ann, w.general, `/docspace-invite user @bob in "Q3 planning"`)
		contains(t, "what Ann hears of the next one", w.told(w.ann, 1), "can't find a room", "Q3 planning")
	})
}

// TestSilentPortalIsToldAtOnce when it was asked for the room, as when it is asked for a link.
func TestSilentPortalIsToldAtOnce(t *testing.T) {
	story(t, func(w *world) {
		w.annsRoom()
		w.portal.Down(true)
		w.types(w.ann, w.general, `/docspace-invite @bob in "Q3 planning"`)
		w.passes(10 * time.Second)
		contains(t, "what Ann hears", w.told(w.ann, 1), "DocSpace didn't answer", "try again")
		w.portal.Down(false)
		w.passes(time.Hour)
		w.nothingPosted(w.general)
	})
}

// TestOneOfTwoRoomsWithOneTitleIsChosen by a button that names its owner.
func TestOneOfTwoRoomsWithOneTitleIsChosen(t *testing.T) {
	story(t, func(w *world) {
		first := w.annsRoom()
		w.member("Lea", "Lane", "lea@acme.test", "RoomAdmin")
		second := w.portal.AddRoom("Q3 planning", docspacesim.RoomCustom, "lea@acme.test")
		w.shares(second, "ann@acme.test", docspacesim.AccessRoomManager)
		for _, who := range w.portal.People() {
			if who.ID == w.portal.BotAccount() {
				w.shares(second, who.Email, docspacesim.AccessRoomManager)
			}
		}
		w.member("Bob", "Baker", "bob@acme.test", "User")
		w.types(w.ann, w.general, `/docspace-invite user @bob in "Q3 planning"`)
		contains(t, "the answer", w.told(w.ann, 1), "which room", "Lea Lane")
		w.noCard(w.general)
		asked := w.slack.Ephemerals(w.ann)[0]
		before, _, _ := strings.Cut(string(asked.Blocks), "Lea Lane") // both buttons, or the first one alone
		button := fmt.Sprintf("retry_room_%d", strings.Count(before, `"Q3 planning · `)-1)
		w.presses(w.ann, asked, button)
		contains(t, "the thread", w.thread(w.card(w.general, 1), 1)[0], "is in the room “Q3 planning”")
		if a, b := w.access(first, "bob@acme.test"), w.access(second, "bob@acme.test"); a != docspacesim.AccessNone || b != docspacesim.AccessRead {
			t.Errorf("Bob has the right %d in the first and %d in the second", a, b)
		}
	})
}

// TestRoomIsGivenOnceOverARestart that falls between the share and the note of it: the portal's answer is lost.
func TestRoomIsGivenOnceOverARestart(t *testing.T) {
	durable(t, func(w *world) {
		room := w.annsRoom()
		w.types(w.ann, w.general, `/docspace-invite user @bob in "Q3 planning"`)
		card := w.card(w.general, 1)
		w.joins(card, "Bob", "Baker", "bob@acme.test")
		w.passes(time.Minute)
		w.portal.Fault(docspacesim.Fault{Path: "/share", Delay: time.Nanosecond, Times: 1}) // the look at who has it
		w.portal.Fault(docspacesim.Fault{Path: "/share", Truncate: true, Times: 1})
		w.activates("bob@acme.test")
		w.await("the share", func() bool { return w.access(room, "bob@acme.test") != docspacesim.AccessNone })
		if said := w.threadNow(card); len(said) > 0 {
			t.Fatalf("the share was noted, and the thread says %q", said)
		}
		w.restarts(func() { w.shares(room, "bob@acme.test", docspacesim.AccessEditing) }) // and someone gives him more
		contains(t, "the thread", w.thread(card, 1)[0], "Bob Baker", "is in the room “Q3 planning”")
		w.passes(time.Hour)
		if n, access := w.shared(), w.access(room, "bob@acme.test"); n != 1 || access != docspacesim.AccessEditing {
			t.Errorf("the room was given %d times, and Bob has the right %d", n, access)
		}
	}, "ROOMS", "anyone")
}

// TestPortalWithoutRoomsAndEmailsWorksAsBefore: the inviter passes on the link, and a room is refused.
func TestPortalWithoutRoomsAndEmailsWorksAsBefore(t *testing.T) {
	story(t, func(w *world) {
		w.portal.Version("3.2.1")
		w.portal.Fault(docspacesim.Fault{Path: "files/rooms", Status: 404})
		w.portal.Fault(docspacesim.Fault{Path: "people/invite", Status: 404})
		w.types(w.ann, w.general, "/docspace-invite user @bob dan@other.test")
		card := w.card(w.general, 1)
		contains(t, "what Ann hears", w.told(w.ann, 1), "`dan@other.test` isn't on Slack")
		if link := linkIn(w.slack.Ephemerals(w.ann)[0]); link != linkOf(t, card) {
			t.Errorf("Ann is to pass on %q", link)
		}
		w.joins(card, "Dan", "Dorn", "dan@other.test")
		w.activates("dan@other.test")
		w.joins(card, "Bob", "Baker", "bob@acme.test")
		w.activates("bob@acme.test")
		contains(t, "the thread", strings.Join(w.thread(card, 2), "\n"), "Bob Baker", "Dan Dorn", "joined DocSpace")
		w.types(w.zoe, w.general, `/docspace-invite user @carol in "Q3 planning"`)
		contains(t, "what Zoe hears", w.told(w.zoe, 1), "too old for it")
		if n := len(w.cards(w.general)); n != 1 {
			t.Errorf("%d cards", n)
		}
	})
}

// TestRoomsAndEmailsOfEveryVersion: what differs between the portals is no one's concern (docs/facts/docspace.md,
// "Version floor").
func TestRoomsAndEmailsOfEveryVersion(t *testing.T) {
	const skipped = "or its account is disabled"
	for version, why := range map[string]string{"3.2.1": skipped, "3.5.0": skipped, "3.6.1": skipped, "3.7.2": "account is disabled"} {
		t.Run(version, func(t *testing.T) {
			story(t, func(w *world) {
				w.portal.Version(version)
				w.portal.SetKeyOwnerRole("RoomAdmin") // who can't look for disabled accounts
				w.member("Eve", "Evans", "eve@other.test", "User")
				if err := w.portal.Disable("eve@other.test"); err != nil {
					t.Fatal(err)
				}
				room := w.annsRoom()
				w.member("Bob", "Baker", "bob@acme.test", "User")
				w.types(w.ann, w.general, `/docspace-invite user @bob dan@other.test eve@other.test in "Q3 planning" as editor`)
				card := w.card(w.general, 1)
				contains(t, "the thread", w.thread(card, 1)[0], "Bob Baker", "already in DocSpace", "is in the room “Q3 planning”")
				contains(t, "what Ann hears", w.told(w.ann, 1), "`eve@other.test` isn't on Slack", why)
				w.await("the card's menu", func() bool { return strings.Contains(string(w.card(w.general, 1).Blocks), "resend_email") })
				w.chooses(w.ann, w.card(w.general, 1), "resend_email")
				w.await("Dan's second email", func() bool { return len(w.dansMails()) == 2 })
				if _, err := w.portal.Join(w.dansMails()[1].Link, "Dan", "Dorn", "dan@other.test"); err != nil {
					t.Fatal(err)
				}
				contains(t, "the thread", w.thread(card, 2)[1], "Dan Dorn", "joined DocSpace", "is in the room “Q3 planning”")

				w.types(w.ann, w.general, `/docspace-invite guest gil@other.test in "Q3 planning"`)
				w.await("the guest's email", func() bool {
					return strings.HasSuffix(w.portal.Mails()[len(w.portal.Mails())-1].Subject, "Q3 planning")
				})
				if _, err := w.portal.Join(w.portal.Mails()[len(w.portal.Mails())-1].Link, "Gil", "Gold", "gil@other.test"); err != nil {
					t.Fatal(err)
				}
				contains(t, "the guest's thread", w.thread(w.card(w.general, 2), 1)[0], "Gil Gold", "is in the room “Q3 planning”")
				w.passes(time.Hour)
				for email, want := range map[string]int{
					"bob@acme.test": docspacesim.AccessEditing, "dan@other.test": docspacesim.AccessEditing, "gil@other.test": docspacesim.AccessRead,
				} {
					if access := w.access(room, email); access != want {
						t.Errorf("%s has the right %d, want %d", email, access, want)
					}
				}
			})
		})
	}
}

// TestAGuestKeepsNoOneElseOutOfTheRoom of a portal before 3.6.0 that lets no guests in, which refuses all who are
// named beside one (docs/facts/docspace.md, "Version floor").
func TestAGuestKeepsNoOneElseOutOfTheRoom(t *testing.T) {
	story(t, func(w *world) {
		w.portal.Version("3.5.0")
		room := w.annsRoom()
		w.member("Bob", "Baker", "bob@acme.test", "User")
		w.member("Gil", "Gold", "gil@other.test", "Guest")
		w.portal.AllowInvitingGuests(false)
		w.types(w.ann, w.general, `/docspace-invite user @bob gil@other.test in "Q3 planning"`)
		w.await("Bob in the room", func() bool { return w.access(room, "bob@acme.test") == docspacesim.AccessRead })
		contains(t, "what Ann hears", w.direct(w.ann), "`gil@other.test`", "Security → Invitations")
	})
}

// TestEmailInvitationEndsWithOneStep, by the email that was sent again when the first one had expired; a guest gets
// the email of the room.
func TestEmailInvitationEndsWithOneStep(t *testing.T) {
	for name, tt := range map[string]struct {
		command string
		says    []string
	}{
		"to the portal": {"/docspace-invite user dan@other.test", []string{"Dan Dorn", "joined DocSpace"}},
		"into a room":   {`/docspace-invite guest dan@other.test in "Q3 planning"`, []string{"Dan Dorn", "joined DocSpace", "is in the room “Q3 planning”"}},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(w *world) {
				w.annsRoom()
				w.types(w.ann, w.general, tt.command)
				w.await("Dan's email", func() bool { return len(w.dansMails()) == 1 })
				w.await("the card", func() bool {
					card := w.card(w.general, 1)
					return strings.Contains(card.Plain(), "invited by email") && strings.Contains(string(card.Blocks), "resend_email")
				})
				if told := w.slack.Ephemerals(w.ann); len(told) > 0 {
					t.Errorf("Ann has nothing to pass on, and hears %q", told[0].Plain())
				}
				if err := w.portal.ExpireInvitation("dan@other.test"); err != nil {
					t.Fatal(err)
				}
				if _, err := w.portal.Join(w.dansMails()[0].Link, "Dan", "Dorn", "dan@other.test"); err == nil {
					t.Fatal("the expired email lets Dan in")
				}
				card := w.card(w.general, 1)
				w.chooses(w.ann, card, "resend_email")
				contains(t, "the answer", w.told(w.ann, 1), "email to", "dan@other.test", "again")
				w.await("the second email", func() bool { return len(w.dansMails()) == 2 })
				w.chooses(w.ann, card, "resend_email")
				contains(t, "the second answer", w.told(w.ann, 2), "within the last 15 minutes")
				w.passes(time.Hour)
				if n := len(w.dansMails()); n != 2 {
					t.Errorf("the portal sent Dan %d emails", n)
				}
				if _, err := w.portal.Join(w.dansMails()[1].Link, "Dan", "Dorn", "dan@other.test"); err != nil {
					t.Fatal(err)
				}
				contains(t, "the thread", w.thread(card, 1)[0], tt.says...)
				w.passes(time.Hour)
				if said := w.threadNow(card); len(said) != 1 || strings.Contains(said[0], "already") {
					t.Errorf("the thread says %q", said)
				}
			})
		})
	}
}

// TestRevokedLinkIsReplacedOnEveryOpenCard of the role, and on no other.
func TestRevokedLinkIsReplacedOnEveryOpenCard(t *testing.T) {
	story(t, func(w *world) {
		var before []string
		for i, role := range []string{"user", "user", "user", "guest"} {
			w.types(w.ann, w.general, "/docspace-invite "+role)
			before = append(before, linkOf(t, w.card(w.general, i+1)))
		}
		w.chooses(w.zoe, w.card(w.general, 2), "revoke_link")
		w.submits(w.zoe, "", nil)
		contains(t, "what Zoe hears", w.direct(w.zoe), "no longer works", "3 open invitations")
		if _, err := w.portal.Join(before[0], "Eve", "Evil", "eve@evil.test"); err == nil {
			t.Error("the revoked link lets people in")
		}
		w.passes(time.Minute)
		fresh := linkOf(t, w.card(w.general, 1))
		if want := []string{fresh, fresh, fresh, before[3]}; fresh == before[0] || !slices.Equal(w.linksOnCards(), want) {
			t.Errorf("the cards show %q, want %q", w.linksOnCards(), want)
		}
		for i, want := range []int{1, 1, 1, 0} { // the new link comes at once
			if n := w.cards(w.general)[i].Updates; n != want {
				t.Errorf("card %d was updated %d times, want %d", i, n, want)
			}
		}
		w.joins(w.card(w.general, 1), "Bob", "Baker", "bob@acme.test")
		if n := w.log.count(`"deed":"revoke_link","verdict":"allowed"`); n != 3 {
			t.Errorf("%d lines of audit, want one a card", n)
		}
	}, "LINKS", "managed")
}

func (w *world) linksOnCards() (links []string) {
	for _, card := range w.cards(w.general) {
		links = append(links, linkOf(w.t, card))
	}
	return links
}

// TestNoOneLosesWhatTheirGroupHas in a room: a right by name would replace it, also a higher one
// (docs/facts/docspace.md, "Groups in a room").
func TestNoOneLosesWhatTheirGroupHas(t *testing.T) {
	for name, tt := range map[string]struct {
		group    int
		everyone bool
		other    int // of a second group that Bob is in
		version  string
		own      int // what Bob gets by name
	}{
		"more":                 {group: docspacesim.AccessEditing},
		"more, on an old one":  {group: docspacesim.AccessEditing, version: "3.2.1"},
		"as much":              {group: docspacesim.AccessComment},
		"less":                 {group: docspacesim.AccessRead, own: docspacesim.AccessComment},
		"more by one of two":   {group: docspacesim.AccessRead, other: docspacesim.AccessReview},
		"more, as everyone":    {group: docspacesim.AccessContentCreator, everyone: true},
		"as everyone, yet two": {group: docspacesim.AccessEditing, everyone: true, other: docspacesim.AccessRead},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(w *world) {
				w.portal.Version(cmp.Or(tt.version, "3.7.2"))
				room := w.annsRoom()
				w.member("Bob", "Baker", "bob@acme.test", "User")
				group := w.portal.AddGroup("Team", "bob@acme.test", "ann@acme.test").ID
				if tt.everyone {
					group = docspacesim.Everyone
				}
				err := w.portal.ShareWithGroup(room.ID, group, tt.group)
				if tt.other != 0 {
					err = errors.Join(err, w.portal.ShareWithGroup(room.ID, w.portal.AddGroup("Others", "bob@acme.test").ID, tt.other))
				}
				if err != nil {
					t.Fatal(err)
				}
				before := w.portal.Access(room.ID, "bob@acme.test")
				w.types(w.ann, w.general, `/docspace-invite user @bob in "Q3 planning" as commenter`)
				contains(t, "the thread", w.thread(w.card(w.general, 1), 1)[0], "Bob Baker", "is in the room “Q3 planning”")
				if own, has := w.access(room, "bob@acme.test"), w.portal.Access(room.ID, "bob@acme.test"); own != tt.own || has != cmp.Or(tt.own, before) {
					t.Errorf("Bob had the right %d, and has %d; by name he got %d, want %d", before, has, own, tt.own)
				}
			})
		})
	}
}
