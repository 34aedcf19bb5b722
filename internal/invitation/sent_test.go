package invitation

import (
	"slices"
	"testing"
	"time"
)

// TestLinksAreTakenBack from those who have joined, from everyone when the invitation is over, and once.
func TestLinksAreTakenBack(t *testing.T) {
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	inv := &Invitation{}
	for _, e := range []Entry{
		{Kind: KindAccepted, Request: &Request{Role: Guest, Inviter: "UANN", Channel: "C1"}, Expires: noon.Add(time.Hour)},
		{Kind: KindAdmitted, People: []Person{{ChatUser: "UBOB", Email: "bob@acme.test"}, {ChatUser: "UDAN", Email: "dan@acme.test"}}},
		{Kind: KindLinked, Link: "https://acme.test/s/1"},
		{Kind: KindPosted, Card: &Card{"C1", "1.1"}},
		{Kind: KindDelivered, Invitee: "UBOB", Outcome: Done, Card: &Card{"D1", "1.2"}},
		{Kind: KindReminded, Invitee: "UBOB", Outcome: Done, Card: &Card{"D1", "1.3"}},
		{Kind: KindDelivered, Invitee: "UDAN", Outcome: Done, Card: &Card{"D2", "1.4"}},
		{Kind: KindHandedOver, Outcome: Done, Card: &Card{"D3", "1.5"}},
	} {
		e.At = noon
		inv.Apply(e)
	}
	owed := func(want ...string) {
		t.Helper()
		var got []string
		for _, s := range inv.Owed(noon, Policy{}) {
			switch s.Kind {
			case StepTakeBack:
				got = append(got, s.Invitee)
			case StepFinish:
				got = append(got, "finish")
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("messages are to be taken back from %q, want %q", got, want)
		}
	}
	owed()
	inv.Apply(Entry{Kind: KindSeen, At: noon, Invitee: "UBOB", Member: &Member{ID: "m", Email: "bob@acme.test", Standing: Enabled}, First: true})
	owed("UBOB")
	if got := inv.Sent("UBOB"); !slices.Equal(got, []Card{{"D1", "1.2"}, {"D1", "1.3"}}) {
		t.Errorf("Bob's messages are %v", got)
	}
	inv.Apply(Entry{Kind: KindTakenBack, At: noon, Invitee: "UBOB"})
	owed()
	inv.Apply(Entry{Kind: KindCancelled, At: noon.Add(-time.Hour), By: "UANN"})
	owed("UDAN", "")
	inv.Apply(Entry{Kind: KindTakenBack, At: noon, Invitee: "UDAN"})
	inv.Apply(Entry{Kind: KindTakenBack, At: noon})
	for range 3 { // the card, the welcome and the direct message
		for _, s := range inv.Owed(noon, Policy{}) {
			switch s.Kind {
			case StepUpdateCard:
				inv.Apply(Entry{Kind: KindShown, At: noon, Revision: inv.Revision})
			case StepWelcome:
				inv.Apply(Entry{Kind: KindWelcomed, At: noon, Invitee: s.Invitee})
			case StepGreet:
				inv.Apply(Entry{Kind: KindGreeted, At: noon, Invitee: s.Invitee})
			}
		}
	}
	owed("finish")
}
