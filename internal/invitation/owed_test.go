package invitation

import (
	"slices"
	"testing"
	"time"
)

// TestEndingSoonIsSaidOnce for each end, a day before, with people missing.
func TestEndingSoonIsSaidOnce(t *testing.T) {
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	posted := func(lasts time.Duration) *Invitation {
		inv := &Invitation{}
		for _, e := range []Entry{
			{Kind: KindAccepted, Request: &Request{Role: Guest, Inviter: "UANN", Channel: "C1"}, Expires: noon.Add(lasts)},
			{Kind: KindAdmitted, People: []Person{{ChatUser: "UBOB", Email: "bob@acme.test"}}},
			{Kind: KindLinked, Link: "https://acme.test/s/1"},
			{Kind: KindPosted, Card: &Card{"C1", "1.1"}},
		} {
			e.At = noon
			inv.Apply(e)
		}
		return inv
	}
	says := func(inv *Invitation, after time.Duration) bool {
		return slices.ContainsFunc(inv.Owed(noon.Add(after), Policy{}), func(s Step) bool { return s.Kind == StepEndingSoon })
	}
	const day = 24 * time.Hour

	inv := posted(7 * day)
	if next := inv.NextLook(noon, Policy{}); !next.Equal(noon.Add(6 * day)) {
		t.Errorf("the next look is at %v", next)
	}
	if says(inv, 6*day-time.Second) || !says(inv, 6*day) {
		t.Error("it is not said a day before the end")
	}
	inv.Apply(Entry{Kind: KindEndingSoon, At: noon.Add(6 * day)})
	if says(inv, 6*day+time.Hour) {
		t.Error("it is said twice")
	}
	inv.Apply(Entry{Kind: KindExtended, At: noon.Add(6 * day), Expires: noon.Add(13 * day), Link: "https://acme.test/s/2", By: "UANN"})
	if says(inv, 11*day) || !says(inv, 12*day) {
		t.Error("of an extended invitation it is not said again")
	}
	inv.Apply(Entry{Kind: KindSeen, At: noon.Add(8 * day), Invitee: "UBOB", Member: &Member{ID: "m", Email: "bob@acme.test", Standing: Enabled}, First: true})
	if says(inv, 12*day) {
		t.Error("it is said although everyone has joined")
	}
	if says(posted(2*day), day+time.Hour) {
		t.Error("it is said of an invitation that was short from the start")
	}
}
