package invitation

import (
	"testing"
	"time"
)

// expired returns an invitation that ended before its two people had joined; one has registered.
func expired(t *testing.T) *Invitation {
	t.Helper()
	inv := &Invitation{}
	request := Request{Keys: []string{"k"}, Role: Guest, Inviter: "UANN", Channel: "C1", People: []Person{
		{ChatUser: "UBOB", Email: "bob@acme.test"}, {Email: "carol@acme.test"},
	}}
	carol := InviteeID(request.People[1])
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
		inv.Apply(e)
	}
	return inv
}

func TestExtendedInvitationTakesUpWhereItEnded(t *testing.T) {
	inv := expired(t)
	shown := inv.Revision
	inv.Apply(Entry{Kind: KindExtended, At: noon.Add(2 * time.Hour), Link: "https://acme.test/s/2", Expires: noon.Add(9 * time.Hour), By: "UANN"})
	if inv.Stage != Posted || inv.Link != "https://acme.test/s/2" || inv.Revision == shown {
		t.Errorf("it is %s with %s, and the card's revision is %d after %d", inv.Stage, inv.Link, inv.Revision, shown)
	}
	if bob, carol := inv.Invitees[0].State, inv.Invitees[1].State; bob != Awaited || carol != Registered {
		t.Errorf("Bob is %s, Carol %s; want awaited, registered", bob, carol)
	}
	if len(inv.Begun) != 0 {
		t.Error("the word on its end, which may not have been said, is still to be said or found")
	}
	// The word on its end may have been on its way just then. Its second end is told all the same.
	inv.Apply(Entry{Kind: KindEnded, At: noon.Add(2 * time.Hour)})
	inv.Apply(Entry{Kind: KindExpired, At: noon.Add(9 * time.Hour)})
	var ends bool
	for _, s := range inv.Owed(noon.Add(9*time.Hour), Policy{}) {
		ends = ends || s.Kind == StepEnd
	}
	if !ends {
		t.Error("no one is told of the second end")
	}
}

func TestExpiredInvitationIsForgottenInTime(t *testing.T) {
	inv := expired(t)
	inv.Apply(Entry{Kind: KindEnded, At: noon.Add(time.Hour)})
	inv.Apply(Entry{Kind: KindShown, At: noon.Add(time.Hour), Revision: inv.Revision})
	if owed := inv.Owed(inv.Expires.Add(lastWords-time.Second), Policy{}); len(owed) > 0 {
		t.Errorf("it owes %v while it can be extended", owed)
	}
	if owed := inv.Owed(inv.Expires.Add(lastWords), Policy{}); len(owed) != 1 || owed[0].Kind != StepFinish {
		t.Errorf("it owes %v when it cannot be extended any more", owed)
	}
}

// TestClaimThatCrossedWithCloseIsLeftOut: the two clicks crossed.
func TestClaimThatCrossedWithCloseIsLeftOut(t *testing.T) {
	inv := expired(t)
	inv.Apply(Entry{Kind: KindExtended, Expires: noon.Add(9 * time.Hour)})
	inv.Apply(Entry{Kind: KindClosed, By: "UANN"})
	inv.Apply(Entry{Kind: KindClaimed, Person: &Person{ChatUser: "UDAN"}})
	if len(inv.Invitees) != 2 {
		t.Errorf("a closed list has %d people, want 2", len(inv.Invitees))
	}
}

func TestCancelledInvitationIsKnownForAWhile(t *testing.T) {
	inv := expired(t)
	ended := noon.Add(2 * time.Hour)
	inv.Apply(Entry{Kind: KindCancelled, At: ended, By: "UZOE"})
	inv.Apply(Entry{Kind: KindShown, At: ended, Revision: inv.Revision})
	if owed := inv.Owed(ended.Add(cancelledFor-time.Second), Policy{}); len(owed) > 0 || inv.EndedBy != "UZOE" {
		t.Errorf("it owes %v, ended by %q", owed, inv.EndedBy)
	}
	if owed := inv.Owed(ended.Add(cancelledFor), Policy{}); len(owed) != 1 || owed[0].Kind != StepFinish {
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
	seen := inv.Preflight([]Member{
		{ID: "1", Email: "A@acme.test", Standing: Enabled, Registered: noon.Add(-time.Hour)},
		{ID: "2", Email: "b@acme.test", Standing: Enabled, Registered: noon.Add(time.Second)},
		{ID: "3", Email: "c@acme.test", Standing: Unconfirmed, Registered: noon.Add(time.Second)},
	}, noon)
	if len(seen) != 2 || seen[0].Invitee != "a" || !seen[0].Already || seen[1].Invitee != "c" || seen[1].Already {
		t.Errorf("the preflight found %+v", seen)
	}
}

// TestDecisionTellsWhereALostRequestIs: a bot that died after it had posted the request for approval
// learns from the person who decides where that is, and shows there what became of it.
func TestDecisionTellsWhereALostRequestIs(t *testing.T) {
	inv := &Invitation{}
	request := Request{Role: Guest, Inviter: "UANN", Channel: "C1"}
	for _, e := range []Entry{
		{Kind: KindAccepted, Request: &request, Expires: noon.Add(time.Hour)},
		{Kind: KindAsked},
		{Kind: KindBegun, Effect: EffectRequest},
		{Kind: KindApproved, By: "UZOE", Card: &Card{"CAPPROVE", "1.1"}, Expires: noon.Add(time.Hour)},
	} {
		e.Invitation, e.At = "i", noon
		inv.Apply(e)
	}
	if inv.Stage != Accepted || len(inv.Begun) > 0 || inv.Approval.Card.Message != "1.1" || !inv.owesOutcome() {
		t.Errorf("it is %s, begun %v, and the request is at %+v", inv.Stage, inv.Begun, inv.Approval.Card)
	}
}

// TestExtendRightAfterPosting: a card that was just posted can be extended, and a second click on that changes nothing.
func TestExtendRightAfterPosting(t *testing.T) {
	inv := &Invitation{}
	request := Request{Keys: []string{"k"}, Role: Guest, Inviter: "UANN", Channel: "C1"}
	for _, e := range []Entry{
		{Kind: KindAccepted, Request: &request, Expires: noon.Add(time.Hour)},
		{Kind: KindAdmitted},
		{Kind: KindLinked, Link: "https://acme.test/s/1"},
		{Kind: KindPosted, Card: &Card{"C1", "1.1"}},
	} {
		e.Invitation, e.At = "i", noon
		inv.Apply(e)
	}
	e, err := inv.Extend("UANN", "https://acme.test/s/2", noon.Add(5*time.Second), time.Hour)
	if err != nil || e.Kind != KindExtended {
		t.Fatalf("it is not extended: %+v, %v", e, err)
	}
	e.At = noon.Add(5 * time.Second)
	inv.Apply(e)
	if e, err = inv.Extend("UANN", "https://acme.test/s/3", noon.Add(7*time.Second), time.Hour); err != nil || e.Kind != "" {
		t.Errorf("a second click two seconds later: %+v, %v", e, err)
	}
	if e, err = inv.Extend("UANN", "https://acme.test/s/3", noon.Add(2*time.Minute), time.Hour); err != nil || e.Kind != KindExtended {
		t.Errorf("two minutes later it is not extended: %+v, %v", e, err)
	}
}
