package tracker

import (
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// TestClockThatWasAhead: what was let in while this machine's clock was a year ahead doesn't count against the
// hourly limit for a year once it is right.
func TestClockThatWasAhead(t *testing.T) {
	ahead := time.Now().AddDate(1, 0, 0)
	book := &notebook{}
	for _, id := range []invitation.ID{"a", "b"} {
		request := ask(string(id))
		book.entries = append(book.entries,
			invitation.Entry{Kind: invitation.KindAccepted, At: ahead, Invitation: id, Request: &request, Expires: ahead.Add(time.Hour)},
			invitation.Entry{Kind: invitation.KindAdmitted, At: ahead, Invitation: id})
	}
	tr := New(book, nil, nil, Options{PerHour: 2})
	if err := tr.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := &worker{t: tr}
	for n := range 2 {
		if err := w.countIn("UANN"); err != nil {
			t.Errorf("invitation %d of this hour: %v", n+1, err)
		}
	}
	if w.countIn("UANN") == nil {
		t.Error("a third is let in: there is no limit")
	}
}

// TestExpiryIsOfTheWallClock: a monotonic clock stands still while a machine sleeps, and does not follow a clock that
// is put right; the card shows a date.
func TestExpiryIsOfTheWallClock(t *testing.T) {
	tr := New(&notebook{}, nil, nil, Options{})
	id, err := tr.Accept(t.Context(), ask("k1"))
	if err != nil {
		t.Fatal(err)
	}
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if expires := tr.mem.invitations[id].Expires; expires != expires.Round(0) {
		t.Errorf("%v has a monotonic reading", expires)
	}
}
