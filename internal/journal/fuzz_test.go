package journal

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// FuzzEntry: an entry that can be read is whole, and is written as it was read.
func FuzzEntry(f *testing.F) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	for _, e := range []invitation.Entry{
		{Kind: invitation.KindAccepted, At: now, Invitation: "a", Request: &invitation.Request{Keys: []string{"k"}, Role: invitation.Guest, Inviter: "U1", Channel: "C1"}, Expires: now},
		{Kind: invitation.KindLinked, At: now, Invitation: "a", Link: "https://acme.test/s/x"},
		{Kind: invitation.KindPosted, At: now, Invitation: "a", Card: &invitation.Card{Channel: "C1", Message: "1.2"}},
		{Kind: invitation.KindSeen, At: now, Invitation: "a", Invitee: "U1", Member: &invitation.Member{ID: "m"}},
		{Kind: invitation.KindConfirmed, At: now, Invitation: "a", Invitees: []string{"U1"}},
		{Kind: invitation.KindShared, At: now, Invitation: "a", Invitees: []string{"U1"}, Outcome: invitation.Denied, Refusal: &invitation.Refusal{Reason: invitation.RoomDenied}},
		{Kind: invitation.KindUsualRoom, At: now, Invitation: "room-C1", Card: &invitation.Card{Channel: "C1"}, Room: &invitation.Room{ID: "r", Title: "Q3"}},
	} {
		text, err := json.Marshal(e)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	for _, damaged := range []string{"", "{", `{"kind":"posted"}`, `{"kind":"posted","invitation":"a","at":"9999-99-99"}`, `{"kind":5}`, "\x00"} {
		f.Add([]byte(damaged))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		e, err := decodeEntry(1, text)
		if err != nil {
			return
		}
		if !e.Whole() {
			t.Errorf("%q is taken for an entry", text)
		}
		again, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		if second, err := decodeEntry(1, again); err != nil || second.Kind != e.Kind || second.Invitation != e.Invitation {
			t.Errorf("%s is read as %+v (%v)", again, second, err)
		}
	})
}
