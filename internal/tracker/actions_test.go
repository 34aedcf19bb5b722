package tracker

import (
	"errors"
	"reflect"
	"testing"
	"testing/synctest"
	"time"
)

// expired returns an invitation that ended before its two people had joined; one has registered.
func expired(t *testing.T) *Invitation {
	t.Helper()
	m := newMemory()
	request := Request{Keys: []string{"k"}, Role: Guest, Inviter: "UANN", Channel: "C1", People: []Person{
		{ChatUser: "UBOB", Email: "bob@acme.test"}, {Email: "carol@acme.test"},
	}}
	carol := inviteeID(request.People[1])
	for i, e := range []Entry{
		{Kind: KindAccepted, Request: &request, Expires: noon.Add(time.Hour)},
		{Kind: KindAdmitted, People: request.People},
		{Kind: KindLinked, Link: "https://acme.test/s/1"},
		{Kind: KindPosted, Card: &Card{"C1", "1.1"}},
		{Kind: KindSeen, Invitee: carol, Member: &Member{ID: "m", Email: "carol@acme.test", Standing: Unconfirmed}},
		{Kind: KindExpired},
		{Kind: KindBegun, Effect: EffectEnding},
	} {
		e.Invitation, e.At = "i", noon.Add(time.Duration(i)*time.Second)
		m.apply(e)
	}
	return m.invitations["i"]
}

func TestExtendedInvitationTakesUpWhereItEnded(t *testing.T) {
	inv := expired(t)
	shown := inv.revision
	inv.apply(Entry{Kind: KindExtended, At: noon.Add(2 * time.Hour), Link: "https://acme.test/s/2", Expires: noon.Add(9 * time.Hour), By: "UANN"})
	if inv.Stage != Posted || inv.Link != "https://acme.test/s/2" || inv.revision == shown {
		t.Errorf("it is %s with %s, and the card's revision is %d after %d", inv.Stage, inv.Link, inv.revision, shown)
	}
	if bob, carol := inv.Invitees[0].State, inv.Invitees[1].State; bob != Awaited || carol != Registered {
		t.Errorf("Bob is %s, Carol %s; want awaited, registered", bob, carol)
	}
	if len(inv.begun) != 0 {
		t.Error("the word on its end, which may not have been said, is still to be said or found")
	}
	// The word on its end may have been on its way just then. Its second end is told all the same.
	inv.apply(Entry{Kind: KindEnded, At: noon.Add(2 * time.Hour)})
	inv.apply(Entry{Kind: KindExpired, At: noon.Add(9 * time.Hour)})
	var ends bool
	for _, s := range inv.owed(noon.Add(9 * time.Hour)) {
		ends = ends || s.kind == stepEnd
	}
	if !ends {
		t.Error("nobody is told of the second end")
	}
}

func TestNothingIsDoneWithACardOnItsWay(t *testing.T) {
	tracker := New(&notebook{}, nil, nil, Options{})
	id, err := tracker.Accept(t.Context(), ask("k"))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := tracker.Cancel(t.Context(), id, "UANN"); !errors.Is(err, NotYet) {
		t.Errorf("cancel: %v", err)
	}
	if _, _, err := tracker.CloseList(t.Context(), id, "UANN", true); !errors.Is(err, NotYet) {
		t.Errorf("close the list: %v", err)
	}
	if _, _, err := tracker.Extend(t.Context(), id, "UANN"); !errors.Is(err, NotYet) {
		t.Errorf("extend: %v", err)
	}
	if _, _, err := tracker.Extend(t.Context(), "nosuch", "UANN"); !errors.Is(err, InvitationOver) {
		t.Errorf("extend what is not known: %v", err)
	}
}

func TestExpiredInvitationIsForgottenInTime(t *testing.T) {
	inv := expired(t)
	inv.apply(Entry{Kind: KindEnded, At: noon.Add(time.Hour)})
	inv.apply(Entry{Kind: KindShown, At: noon.Add(time.Hour), Revision: inv.revision})
	if owed := inv.owed(inv.Expires.Add(lastWords - time.Second)); len(owed) > 0 {
		t.Errorf("it owes %v while it can be extended", owed)
	}
	if owed := inv.owed(inv.Expires.Add(lastWords)); len(owed) != 1 || owed[0].kind != stepFinish {
		t.Errorf("it owes %v when it cannot be extended any more", owed)
	}
}

// TestClaimMeetsClosedList: the two clicks crossed.
func TestClaimMeetsClosedList(t *testing.T) {
	inv := expired(t)
	inv.apply(Entry{Kind: KindExtended, Expires: noon.Add(9 * time.Hour)})
	inv.apply(Entry{Kind: KindClosed, By: "UANN"})
	inv.apply(Entry{Kind: KindClaimed, Person: &Person{ChatUser: "UDAN"}})
	if len(inv.Invitees) != 2 {
		t.Errorf("a closed list has %d people, want 2", len(inv.Invitees))
	}
}

func TestCancelledInvitationIsKnownForAWhile(t *testing.T) {
	inv := expired(t)
	ended := noon.Add(2 * time.Hour)
	inv.apply(Entry{Kind: KindCancelled, At: ended, By: "UZOE"})
	inv.apply(Entry{Kind: KindShown, At: ended, Revision: inv.revision})
	if owed := inv.owed(ended.Add(cancelledFor - time.Second)); len(owed) > 0 || inv.EndedBy != "UZOE" {
		t.Errorf("it owes %v, ended by %q", owed, inv.EndedBy)
	}
	if owed := inv.owed(ended.Add(cancelledFor)); len(owed) != 1 || owed[0].kind != stepFinish {
		t.Errorf("it owes %v in the end", owed)
	}
}

// TestPreflightLeavesNewcomersToTheSweep: who is welcomed is decided in one place.
func TestPreflightLeavesNewcomersToTheSweep(t *testing.T) {
	inv := &Invitation{ID: "i", Invitees: []Invitee{
		{ID: "a", Person: Person{Email: "a@acme.test"}, Since: noon},
		{ID: "b", Person: Person{Email: "b@acme.test"}, Since: noon},
		{ID: "c", Person: Person{Email: "c@acme.test"}, Since: noon},
	}}
	seen := inv.preflight([]Member{
		{ID: "1", Email: "A@acme.test", Standing: Enabled, Registered: noon.Add(-time.Hour)},
		{ID: "2", Email: "b@acme.test", Standing: Enabled, Registered: noon.Add(time.Second)},
		{ID: "3", Email: "c@acme.test", Standing: Unconfirmed, Registered: noon.Add(time.Second)},
	})
	if len(seen) != 2 || seen[0].Invitee != "a" || !seen[0].Already || seen[1].Invitee != "c" || seen[1].Already {
		t.Errorf("the preflight found %+v", seen)
	}
}

// TestDecidedOnARequestThatWasNotNoted: a bot that died after it had posted the request for approval
// learns from whoever decides where that is, and shows there what became of it.
func TestDecidedOnARequestThatWasNotNoted(t *testing.T) {
	m := newMemory()
	request := ask("k")
	for _, e := range []Entry{
		{Kind: KindAccepted, Request: &request, Expires: noon.Add(time.Hour)},
		{Kind: KindAsked},
		{Kind: KindBegun, Effect: EffectRequest},
		{Kind: KindApproved, By: "UZOE", Card: &Card{"CAPPROVE", "1.1"}, Expires: noon.Add(time.Hour)},
	} {
		e.Invitation, e.At = "i", noon
		m.apply(e)
	}
	inv := m.invitations["i"]
	if inv.Stage != Accepted || len(inv.begun) > 0 || inv.Approval.Card.Message != "1.1" || !inv.owesOutcome() {
		t.Errorf("it is %s, begun %v, and the request is at %+v", inv.Stage, inv.begun, inv.Approval.Card)
	}
}

// TestRetryIsTheSameRequestAgain: with all that was typed, once, for an hour, and across a restart.
func TestRetryIsTheSameRequestAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := &notebook{}
		refused := func(reason Reason) ID {
			t.Helper()
			id := ID("i-" + string(reason))
			request := ask(string(reason))
			request.People, request.Groups, request.Note, request.ReplyTo = []Person{{ChatUser: "UBOB"}}, []ChatGroup{"S1"}, "hello", "https://first"
			book.entries = append(book.entries,
				Entry{Kind: KindAccepted, At: time.Now(), Invitation: id, Request: &request},
				Entry{Kind: KindRefused, At: time.Now(), Invitation: id, Refusal: &Refusal{Reason: reason}},
				Entry{Kind: KindTold, At: time.Now(), Invitation: id})
			return id
		}
		outside, guest := refused(CannotPost), refused(CallerIsGuest)
		tracker := New(book, nil, nil, Options{})
		if err := tracker.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		first, err := tracker.Retry(t.Context(), outside, "https://second")
		if err != nil {
			t.Fatal(err)
		}
		want := ask("retry " + string(outside))
		want.People, want.Groups, want.Note, want.ReplyTo, want.Retry = []Person{{ChatUser: "UBOB"}}, []ChatGroup{"S1"}, "hello", "https://second", true
		if !reflect.DeepEqual(first.Request, want) {
			t.Errorf("tried again as %+v, want %+v", first.Request, want)
		}
		if second, err := tracker.Retry(t.Context(), outside, "https://third"); err != nil || second.ID != first.ID {
			t.Errorf("a second press: %q, %v, want %q", second.ID, err, first.ID)
		}
		if _, err := tracker.Retry(t.Context(), guest, ""); !errors.Is(err, InvitationOver) {
			t.Errorf("what will not pass is tried again: %v", err)
		}

		inv := tracker.mem.invitations[outside]
		if owed := inv.owed(time.Now().Add(retryFor - 1)); len(owed) != 0 {
			t.Errorf("within the hour %v is owed", owed)
		}
		if owed := inv.owed(time.Now().Add(retryFor)); len(owed) != 1 || owed[0].kind != stepFinish {
			t.Errorf("after the hour %v is owed, want its end", owed)
		}
		if owed := tracker.mem.invitations[guest].owed(time.Now()); len(owed) != 1 || owed[0].kind != stepFinish {
			t.Errorf("of what will not pass %v is owed, want its end", owed)
		}
	})
}
