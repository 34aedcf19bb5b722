package invitation

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// inRoom returns an invitation to a room, on its card, to Bob and Dan, who are in the chat, and to Carol, who isn't.
func inRoom(entries ...Entry) *Invitation {
	inv := &Invitation{}
	for _, e := range append([]Entry{
		{Kind: KindAccepted, Request: &Request{Role: User, Inviter: "UANN", Channel: "C1"}, Expires: noon.Add(7 * 24 * time.Hour)},
		{
			Kind: KindAdmitted, Room: &Room{ID: "r", Title: "Q3 planning", Right: EditRight},
			People: []Person{{ChatUser: "UBOB", Email: "bob@acme.test"}, {ChatUser: "UDAN", Email: "dan@acme.test"}, {Email: "carol@acme.test"}},
		},
		{Kind: KindLinked, Link: "https://acme.test/s/1"},
		{Kind: KindPosted, Card: &Card{"C1", "1.1"}},
	}, entries...) {
		apply(inv, e)
	}
	return inv
}

func apply(inv *Invitation, e Entry) {
	if e.At.IsZero() {
		e.At = noon
	}
	inv.Apply(e)
}

var carol = InviteeID(Person{Email: "carol@acme.test"})

// seenIn is that the portal shows the invitee's account.
func seenIn(invitee string, standing Standing, already bool) Entry {
	return Entry{
		Kind: KindSeen, Invitee: invitee, Already: already, First: standing == Enabled && !already,
		Member: &Member{ID: MemberID("m-" + invitee), Email: invitee + "@acme.test", Standing: standing},
	}
}

// owes returns the steps of the kinds that are owed, in words: the kind, and whom each is about.
func owes(inv *Invitation, p Policy, kinds ...StepKind) (steps []string) {
	for _, s := range inv.Owed(noon, p) {
		if slices.Contains(kinds, s.Kind) {
			var about []string
			for _, v := range inv.About(s) {
				about = append(about, v.ID)
			}
			steps = append(steps, strings.TrimSpace(fmt.Sprint(s.Kind, " ", strings.Join(about, ","))))
		}
	}
	return steps
}

func expect(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: owed is %q, want %q", what, got, want)
	}
}

var carolsEmail = Policy{Email: true}

func TestTheRoomIsGivenToThoseWhoAreActive(t *testing.T) {
	for name, tt := range map[string]struct {
		story []Entry
		want  []string
	}{
		"no one is active":               {[]Entry{seenIn("UBOB", Unconfirmed, false), seenIn("UDAN", Invited, false)}, nil},
		"two are":                        {[]Entry{seenIn("UBOB", Enabled, false), seenIn("UDAN", Enabled, true)}, []string{"share_room UBOB,UDAN"}},
		"one was disabled before":        {[]Entry{seenIn("UBOB", Disabled, false), seenIn("UDAN", Enabled, true)}, []string{"share_room UDAN"}},
		"the invitation expired":         {[]Entry{seenIn("UBOB", Enabled, false), {Kind: KindExpired}}, []string{"share_room UBOB"}},
		"someone cancelled it":           {[]Entry{seenIn("UBOB", Enabled, false), {Kind: KindCancelled, By: "UANN"}}, nil},
		"its link is withheld":           {[]Entry{seenIn("UBOB", Enabled, false), {Kind: KindWithheld, Refusal: &Refusal{Reason: ChannelShared}}}, []string{"share_room UBOB"}}, // MayShare decides
		"one has it":                     {[]Entry{seenIn("UBOB", Enabled, false), {Kind: KindShared, Invitees: []string{"UBOB"}, Outcome: Done}}, nil},
		"one has it, one is active now":  {[]Entry{seenIn("UBOB", Enabled, false), {Kind: KindShared, Invitees: []string{"UBOB"}, Outcome: Done}, seenIn("UDAN", Enabled, false)}, []string{"share_room UDAN"}},
		"one cannot have it":             {[]Entry{seenIn("UBOB", Enabled, false), {Kind: KindShared, Invitees: []string{"UBOB"}, Outcome: Denied}}, nil},
		"one was welcomed by another":    {[]Entry{{Kind: KindSeen, Invitee: "UBOB", Member: &Member{ID: "m", Standing: Enabled}}}, []string{"share_room UBOB"}},
		"a share of which no one awaits": {[]Entry{{Kind: KindShared, Invitees: []string{"UBOB", "UNOONE"}, Outcome: Done}, seenIn("UBOB", Enabled, false)}, []string{"share_room UBOB"}},
	} {
		expect(t, name, owes(inRoom(tt.story...), Policy{}, StepShare), tt.want...)
	}
	without := story(append(slices.Clone(onCard), seenAs(Enabled, false))...)
	expect(t, "without a room", owes(without, Policy{}, StepShare))
	if s := inRoom(seenIn("UBOB", Enabled, false)).owedRooms()[0]; s.Group != "" {
		t.Errorf("the step names its people (%q): its pauses would end with each newcomer", s.Group)
	}
}

// TestAtMostAHundredGetTheRoomAtOnce, and the others next.
func TestAtMostAHundredGetTheRoomAtOnce(t *testing.T) {
	inv := inRoom()
	for i := range 150 {
		user := ChatUser(fmt.Sprintf("U%03d", i))
		apply(inv, Entry{Kind: KindClaimed, Person: &Person{ChatUser: user, Email: string(user) + "@acme.test"}})
		apply(inv, seenIn(string(user), Enabled, true))
	}
	for _, want := range []int{100, 50} {
		group := splitGroup(inv.NextGroup(StepShare))
		if len(group) != want {
			t.Fatalf("%d get the room at once, want %d", len(group), want)
		}
		apply(inv, Entry{Kind: KindShared, Invitees: group, Outcome: Done})
	}
}

// TestTheThreadAndTheWelcomeWaitForTheRoom so that they can name it. The portal's own congratulation does not.
func TestTheThreadAndTheWelcomeWaitForTheRoom(t *testing.T) {
	for _, outcome := range []Outcome{Done, Denied, Failed} {
		inv := inRoom(seenIn("UBOB", Enabled, false), seenIn("UDAN", Enabled, true))
		expect(t, "first", owes(inv, Policy{}, StepWelcome, StepGreet, StepConfirm), "welcome UBOB")
		apply(inv, Entry{Kind: KindWelcomed, Invitee: "UBOB", Outcome: Done})
		expect(t, "before the share", owes(inv, Policy{}, StepGreet, StepConfirm))
		inv.Hurried = true
		expect(t, "in a hurry", owes(inv, Policy{}, StepConfirm))
		inv.Hurried = false
		e := Entry{Kind: KindShared, Invitees: []string{"UBOB", "UDAN"}, Outcome: outcome}
		if outcome != Done {
			e.Refusal = &Refusal{Reason: RoomArchived}
		}
		apply(inv, e)
		expect(t, "after the share: "+string(outcome), owes(inv, Policy{}, StepGreet, StepConfirm, StepShare), "confirm UDAN", "greet UBOB")
		apply(inv, Entry{Kind: KindConfirmed, Invitees: []string{"UDAN"}})
		apply(inv, Entry{Kind: KindGreeted, Invitee: "UBOB", Outcome: Done})
		expect(t, "in the end: "+string(outcome), owes(inv, Policy{}, StepConfirm, StepShare), "confirm UBOB")
	}
	cancelled := inRoom(seenIn("UBOB", Enabled, false), Entry{Kind: KindWelcomed, Invitee: "UBOB"}, Entry{Kind: KindCancelled, By: "UANN"})
	expect(t, "cancelled", owes(cancelled, Policy{}, StepGreet, StepShare), "greet UBOB")
}

// TestTheInviterHearsOnceThatTheRoomWasNotGiven, of the first reason.
func TestTheInviterHearsOnceThatTheRoomWasNotGiven(t *testing.T) {
	inv := inRoom(seenIn("UBOB", Enabled, false), seenIn("UDAN", Enabled, true))
	expect(t, "all is well", owes(inv, Policy{}, StepNotShared))
	apply(inv, Entry{Kind: KindShared, Invitees: []string{"UBOB"}, Outcome: Failed, Refusal: &Refusal{Reason: RoomArchived}})
	expect(t, "one failed", owes(inv, Policy{}, StepNotShared), "say_not_shared")
	apply(inv, Entry{Kind: KindShared, Invitees: []string{"UDAN"}, Outcome: Denied, Refusal: &Refusal{Reason: RoomDenied}})
	if inv.NotShared.Reason != RoomArchived {
		t.Errorf("the reason has become %s before the inviter heard the first one", inv.NotShared.Reason)
	}
	apply(inv, Entry{Kind: KindNotShared})
	expect(t, "they know", owes(inv, Policy{}, StepNotShared))
	expect(t, "after the end", owes(inRoom(
		seenIn("UBOB", Enabled, false), Entry{Kind: KindExpired}, Entry{Kind: KindShared, Invitees: []string{"UBOB"}, Outcome: Failed, Refusal: &Refusal{Reason: RoomArchived}},
	), Policy{}, StepNotShared), "say_not_shared")
}

func TestWhoIsInvitedByEmail(t *testing.T) {
	for name, tt := range map[string]struct {
		story  []Entry
		role   Role
		roomID RoomID
		want   []string
	}{
		"a user":                    {role: User, want: []string{"invite_by_email " + carol}},
		"a guest without a room":    {role: Guest},
		"a guest of a room":         {role: Guest, roomID: "r", want: []string{"invite_by_email " + carol}},
		"no one yet asked for them": {role: User, story: []Entry{{Kind: KindIdentified, Invitee: carol, Person: &Person{ChatUser: "UCAROL", Email: "carol@acme.test"}}}},
		"one with an account":       {role: User, story: []Entry{seenIn(carol, Unconfirmed, false)}},
		"one with an invitation":    {role: User, story: []Entry{seenIn(carol, Invited, false)}},
		"withheld":                  {role: User, story: []Entry{{Kind: KindWithheld, Refusal: &Refusal{Reason: ChannelShared}}}},
		"over":                      {role: User, story: []Entry{{Kind: KindExpired}}},
		"done":                      {role: User, story: []Entry{{Kind: KindEmailed, Invitees: []string{carol}, Outcome: Done}}},
		"refused":                   {role: User, story: []Entry{{Kind: KindEmailed, Invitees: []string{carol}, Outcome: Failed, Refusal: &Refusal{Reason: EmailsUsedUp}}}},
	} {
		inv := inRoom()
		inv.Role, inv.Room.ID = tt.role, tt.roomID
		for _, e := range tt.story {
			apply(inv, e)
		}
		expect(t, name, owes(inv, carolsEmail, StepEmail), tt.want...)
		expect(t, name+", switched off", owes(inv, Policy{}, StepEmail))
	}
}

// TestTheInviterGetsTheLinkForThoseWhomTheEmailDoesNotReach, once that is known, and for no one else.
func TestTheInviterGetsTheLinkForThoseWhomTheEmailDoesNotReach(t *testing.T) {
	for name, tt := range map[string]struct {
		story []Entry
		want  []string
	}{
		"before":               {},
		"invited by email":     {story: []Entry{{Kind: KindEmailed, Invitees: []string{carol}, Outcome: Done}}},
		"there is an account":  {story: []Entry{{Kind: KindEmailed, Invitees: []string{carol}, Outcome: Skipped}}},
		"the portal refused":   {story: []Entry{{Kind: KindEmailed, Invitees: []string{carol}, Outcome: Failed}}, want: []string{"hand_over_link"}},
		"it was handed over":   {story: []Entry{{Kind: KindEmailed, Invitees: []string{carol}, Outcome: Failed}, {Kind: KindHandedOver, Outcome: Done}}},
		"the email is no more": {story: []Entry{{Kind: KindHandedOver}, {Kind: KindEmailed, Invitees: []string{carol}, Outcome: Done}, seenIn(carol, Invited, false), {Kind: KindLost, Invitee: carol}}, want: []string{"hand_over_link"}},
		"emails go out again": {story: []Entry{
			{Kind: KindEmailed, Invitees: []string{carol}, Outcome: Failed}, seenIn("UBOB", Unconfirmed, false), {Kind: KindResend, By: "UANN"},
		}, want: []string{"hand_over_link"}},
	} {
		inv := inRoom(tt.story...)
		expect(t, name, owes(inv, carolsEmail, StepHandOver), tt.want...)
		expect(t, name+": no second email", owes(inRoom(append(tt.story, Entry{Kind: KindEmailed, Invitees: []string{carol}, Outcome: Failed})...), carolsEmail, StepEmail))
	}
}

// TestAnInviteeUnderTwoAddressesIsEmailedOnce: it turns out that an address that got an email is someone's who is
// named by another one.
func TestAnInviteeUnderTwoAddressesIsEmailedOnce(t *testing.T) {
	inv := inRoom(Entry{Kind: KindEmailed, Invitees: []string{carol}, Outcome: Done})
	apply(inv, Entry{Kind: KindAttributed, Invitee: "mail-home", Person: &Person{Email: "carol@home.test"}, Member: &Member{ID: "m", Email: "carol@home.test"}})
	apply(inv, Entry{Kind: KindIdentified, Invitee: carol, Person: &Person{Email: "carol@home.test"}})
	if v := inv.Find(Person{Email: "carol@acme.test"}); v == nil || !v.Has("carol@home.test") || v.Emailed != Done {
		t.Errorf("the two have become %+v", v)
	}
}

// TestEmailsAreSentAgain to those who have yet to open one, together, and to each once in fifteen minutes.
func TestEmailsAreSentAgain(t *testing.T) {
	inv := inRoom(seenIn("UBOB", Unconfirmed, false), seenIn(carol, Invited, false))
	ask := func(invitee string, after time.Duration) bool {
		t.Helper()
		e, err := inv.Resend("UANN", invitee, noon.Add(after))
		if err != nil {
			t.Fatal(err)
		}
		if e.Kind != "" {
			e.At = noon.Add(after)
			inv.Apply(e)
		}
		return e.Kind != ""
	}
	if ask("UDAN", 0) {
		t.Error("it is sent again to someone who has no email to open")
	}
	if !ask("UBOB", 0) || ask("UBOB", time.Second) || !ask("", 2*time.Second) {
		t.Error("it is not sent again to Bob, or twice, or not to Carol")
	}
	expect(t, "asked", owes(inv, Policy{}, StepResend), "resend_email UBOB,"+carol)
	both := []string{"UBOB", carol}
	apply(inv, Entry{Kind: KindBegun, Effect: EffectResend, Invitees: both})
	expect(t, "begun", owes(inv, Policy{}, StepResend), "resend_email UBOB,"+carol)
	inv.Apply(Entry{Kind: KindResent, At: noon.Add(time.Minute), Invitees: both, Outcome: Done})
	expect(t, "done", owes(inv, Policy{}, StepResend))
	if len(inv.Begun) != 0 {
		t.Errorf("begun are still %v", inv.Begun)
	}
	if ask("", 15*time.Minute) || !ask("", 16*time.Minute) {
		t.Error("the gap is not fifteen minutes")
	}
	apply(inv, seenIn("UBOB", Enabled, false))
	expect(t, "Bob is in", owes(inv, Policy{}, StepResend), "resend_email "+carol)

	for name, e := range map[string]Entry{
		"expired": {Kind: KindExpired}, "cancelled": {Kind: KindCancelled, By: "UANN"}, "withheld": {Kind: KindWithheld, Refusal: &Refusal{Reason: ChannelShared}},
	} {
		over := inRoom(seenIn(carol, Invited, false), Entry{Kind: KindResend, By: "UANN"}, Entry{Kind: KindBegun, Effect: EffectResend, Invitees: []string{carol}}, e)
		expect(t, name, owes(over, Policy{}, StepResend))
		apply(over, Entry{Kind: KindExtended, Expires: noon.Add(time.Hour), Link: "https://acme.test/s/2"})
		expect(t, name+" and extended", owes(over, Policy{}, StepResend))
		if len(over.Begun) != 0 {
			t.Errorf("%s: begun are still %v", name, over.Begun)
		}
	}
	withheld := inRoom(seenIn(carol, Invited, false), Entry{Kind: KindWithheld, Refusal: &Refusal{Reason: ChannelShared}})
	if e, err := withheld.Resend("UANN", "", noon); e.Kind != "" || err != nil {
		t.Errorf("of a withheld invitation the email is sent again: %v, %v", e, err)
	}
}

// TestARevokedLinkIsTakenBackBeforeTheNextGoesOut, from everyone who has a message with it.
func TestARevokedLinkIsTakenBackBeforeTheNextGoesOut(t *testing.T) {
	delivered := func(user string, revision int) Entry {
		return Entry{Kind: KindDelivered, Invitee: user, Outcome: Done, Card: &Card{Channel("D" + user), "1"}, Revision: revision}
	}
	all := Policy{Deliver: true}
	steps := []StepKind{StepFetchLink, StepTakeBack, StepDeliver, StepHandOver}
	inv := inRoom(Entry{Kind: KindEmailed, Invitees: []string{carol}, Outcome: Failed})
	before := inv.Revision
	apply(inv, delivered("UBOB", before))
	apply(inv, Entry{Kind: KindHandedOver, Outcome: Done, Card: &Card{"DANN", "2"}, Revision: before})
	expect(t, "Bob and the inviter have it", owes(inv, all, steps...), "deliver_link UDAN")

	apply(inv, revoked)
	if inv.GivesLink() || inv.Link != "" || inv.Revision == before || !inv.Invites() {
		t.Errorf("the card shows %q at revision %d", inv.Link, inv.Revision)
	}
	expect(t, "revoked", owes(inv, all, steps...), "fetch_link", "take_back UBOB", "take_back")
	apply(inv, delivered("UDAN", before)) // which was on its way
	expect(t, "Dan's came late", owes(inv, all, steps...), "fetch_link", "take_back UBOB", "take_back", "take_back UDAN")
	apply(inv, Entry{Kind: KindTakenBack, Invitee: "UDAN"})

	shows := inv.Revision
	apply(inv, Entry{Kind: KindLinked, Link: "https://acme.test/s/2", Revision: inv.Revision})
	if inv.Link != "https://acme.test/s/2" || inv.Stage != Posted || inv.Revision == shows {
		t.Errorf("the card shows %s at revision %d", inv.Link, inv.Revision)
	}
	expect(t, "linked again", owes(inv, all, steps...), "take_back UBOB", "take_back", "deliver_link UDAN")
	for _, user := range []string{"UBOB", ""} {
		apply(inv, Entry{Kind: KindTakenBack, Invitee: user})
	}
	expect(t, "taken back", owes(inv, all, steps...), "hand_over_link", "deliver_link UBOB", "deliver_link UDAN")
	apply(inv, delivered("UBOB", inv.Revision))
	apply(inv, delivered("UDAN", inv.Revision))
	apply(inv, Entry{Kind: KindHandedOver, Outcome: Done, Revision: inv.Revision})
	expect(t, "all have the new one", owes(inv, all, steps...))

	registered := inRoom(seenIn("UBOB", Unconfirmed, false))
	apply(registered, Entry{Kind: KindReminded, Invitee: "UBOB", Card: &Card{"DBOB", "1"}, Revision: registered.Revision})
	apply(registered, revoked)
	expect(t, "a reminder to confirm the address", owes(registered, Policy{}, StepTakeBack))
}

// TestResendPauses after an email that went out, and not after one that the portal refused.
func TestResendPauses(t *testing.T) {
	for outcome, want := range map[Outcome]bool{Done: false, Doubted: false, Failed: true, Denied: true} {
		now := noon
		inv := Invitation{ID: "i", Stage: Posted, Invitees: []Invitee{{ID: "a", State: Registered}}}
		inv.Apply(Entry{Kind: KindResend, At: now, Invitation: "i"})
		if !inv.Invitees[0].Resending() {
			t.Fatal("who waits for an email gets none")
		}
		inv.Apply(Entry{Kind: KindResent, At: now, Invitation: "i", Invitees: []string{"a"}, Outcome: outcome})
		e, err := inv.Resend("U0ANN", "", now.Add(time.Minute))
		if err != nil || (e.Kind == KindResend) != want || inv.Invitees[0].Resending() {
			t.Errorf("a minute after %q: %+v, %v", outcome, e, err)
		}
		if e, _ = inv.Resend("U0ANN", "", now.Add(ResendGap)); e.Kind != KindResend {
			t.Errorf("a quarter of an hour after %q no email can be sent", outcome)
		}
	}
}

// TestTheRoomThatIsApprovedIsTheOneThatPeopleGet: an approver reads the title that the portal says, and no other room
// can take its place meanwhile, nor is it lost when it gets another title.
func TestTheRoomThatIsApprovedIsTheOneThatPeopleGet(t *testing.T) {
	inv := &Invitation{}
	apply(inv, Entry{Kind: KindAccepted, Request: &Request{Role: RoomAdmin, Inviter: "UANN", Channel: "C1", Room: Room{ID: "9", Title: "Lunch"}}})
	room := Room{ID: "9", Title: "Merger", Right: ReadRight}
	apply(inv, Entry{Kind: KindAsked, Room: &room})
	if inv.Room.ID != "9" || inv.Room.Title != "Merger" || inv.Room.Right != ReadRight {
		t.Errorf("the approver is asked about %+v", inv.Room)
	}
	apply(inv, Entry{Kind: KindApproved, By: "UZOE", Card: &Card{"C2", "1"}})
	if inv.Stage != Accepted || inv.Room.ID != "9" {
		t.Errorf("%s, what is approved is %+v", inv.Stage, inv.Room)
	}
}
