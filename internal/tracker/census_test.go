package tracker

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// TestCensusCountsInvitationsAndPeople by how far they are, and finds who waits longest for the
// thread, whichever turn of the counting they come in.
func TestCensusCountsInvitationsAndPeople(t *testing.T) {
	noon := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	tr := New(new(notebook), nil, nil, Options{})
	posted := func(i int, people ...invitation.Person) invitation.ID {
		id := invitation.ID(fmt.Sprintf("i%d", i))
		tr.apply([]invitation.Entry{
			{Kind: invitation.KindAccepted, At: noon, Invitation: id, Request: &invitation.Request{Inviter: "U1", Role: invitation.Guest}, Expires: noon.Add(time.Hour)},
			{Kind: invitation.KindAdmitted, At: noon, Invitation: id, People: people},
			{Kind: invitation.KindLinked, At: noon, Invitation: id, Link: "https://acme.test/s/1"},
			{Kind: invitation.KindPosted, At: noon, Invitation: id, Card: &invitation.Card{Channel: "C1", Message: id2ts(i)}},
		})
		return id
	}
	seen := func(id invitation.ID, address string, after time.Duration) {
		v := invitation.InviteeID(invitation.Person{Email: address})
		tr.apply([]invitation.Entry{{
			Kind: invitation.KindSeen, At: noon.Add(after), Invitation: id, Invitee: v, First: true,
			Member: &invitation.Member{ID: invitation.MemberID(address), Email: address, Standing: invitation.Enabled},
		}})
	}
	const many = 2*countedAtOnce + 7
	for i := range many {
		id := posted(i, invitation.Person{Email: "bob@acme.test"}, invitation.Person{Email: "carol@acme.test"})
		seen(id, "bob@acme.test", time.Duration(many-i)*time.Second)
		if i%2 == 0 {
			tr.apply([]invitation.Entry{{Kind: invitation.KindConfirmed, At: noon.Add(time.Hour), Invitation: id, Invitees: []string{invitation.InviteeID(invitation.Person{Email: "bob@acme.test"})}}})
		}
	}
	tr.apply([]invitation.Entry{{Kind: invitation.KindAccepted, At: noon, Invitation: "new", Request: &invitation.Request{Inviter: "U2", Role: invitation.Guest}, Expires: noon.Add(time.Hour)}})

	c := tr.Census()
	if want := map[invitation.Stage]int{invitation.Posted: many, invitation.Accepted: 1}; !maps.Equal(c.Stages, want) {
		t.Errorf("stages = %v, want %v", c.Stages, want)
	}
	if want := map[invitation.State]int{invitation.Awaited: many, invitation.Confirmed: many/2 + 1, invitation.Active: many / 2}; !maps.Equal(c.States, want) {
		t.Errorf("states = %v, want %v", c.States, want)
	}
	if want := noon.Add(2 * time.Second); !c.Unconfirmed.Equal(want) { // of the last with an odd number
		t.Errorf("unconfirmed since %v, want %v", c.Unconfirmed, want)
	}
	if c.Ready != many+1 || c.WithoutCard != 1 || c.Due+c.Unwritten+c.Parked != 0 {
		t.Errorf("queues = %+v", c)
	}
}

func id2ts(i int) string { return fmt.Sprintf("%d.000100", i) }
