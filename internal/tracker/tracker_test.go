package tracker

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// notebook is a journal that a test can read, break and hold up.
type notebook struct {
	mu      sync.Mutex
	entries []invitation.Entry
	broken  error
	delay   time.Duration
	since   time.Time   // of the last replay
	pruned  []time.Time // the times before which was pruned
}

func (n *notebook) Append(_ context.Context, entries ...invitation.Entry) error {
	time.Sleep(n.delay)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.broken != nil {
		return n.broken
	}
	n.entries = append(n.entries, entries...)
	return nil
}

func (n *notebook) Prune(_ context.Context, before time.Time) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.pruned = append(n.pruned, before)
	return 0, nil
}

func (n *notebook) Replay(_ context.Context, since time.Time, yield func(invitation.Entry) error) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.since = since
	for _, e := range n.entries {
		if err := yield(e); err != nil {
			return err
		}
	}
	return nil
}

func ask(key string) invitation.Request {
	return invitation.Request{Keys: []string{key}, Role: invitation.Guest, Inviter: "UANN", Channel: "C1"}
}

func TestAcceptedIsOnTheJournal(t *testing.T) {
	book := &notebook{}
	tracker := New(book, nil, nil, Options{})
	id, err := tracker.Accept(t.Context(), ask("k1"))
	if err != nil || len(book.entries) != 1 || book.entries[0].Invitation != id {
		t.Fatalf("Accept = %q, %v with %d entries on the journal", id, err, len(book.entries))
	}
	again, err := tracker.Accept(t.Context(), ask("k1"))
	if err != nil || again != id || len(book.entries) != 1 {
		t.Errorf("the same wish again = %q, %v with %d entries; want %q and one entry", again, err, len(book.entries), id)
	}

	book.broken = errors.New("disk full")
	if _, err := tracker.Accept(t.Context(), ask("k2")); !errors.Is(err, book.broken) {
		t.Errorf("what cannot be kept was accepted: %v", err)
	}
	book.broken = nil
	if id, err := tracker.Accept(t.Context(), ask("k2")); err != nil || id == "" {
		t.Errorf("the same wish once it can be kept: %v", err)
	}

	// A new process on the same journal knows it all.
	reborn := New(book, nil, nil, Options{})
	if err := reborn.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	if again, _ := reborn.Accept(t.Context(), ask("k1")); again != id || len(reborn.Open()) != 2 {
		t.Errorf("after a restart %q is a new wish, and %d invitations are known", again, len(reborn.Open()))
	}
}

func TestSecondDeliveryWaitsForTheFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := &notebook{delay: time.Second}
		tracker := New(book, nil, nil, Options{})
		ids := make([]invitation.ID, 5)
		var all sync.WaitGroup
		for i := range ids {
			all.Go(func() { ids[i], _ = tracker.Accept(t.Context(), ask("k")) })
		}
		all.Wait()
		if len(book.entries) != 1 || len(slices.Compact(ids)) != 1 || ids[0] == "" {
			t.Errorf("five deliveries of one wish: ids %v, %d entries", ids, len(book.entries))
		}
	})
}

func TestBacklogIsBounded(t *testing.T) {
	tracker := New(&notebook{}, nil, nil, Options{Backlog: 4})
	of := func(inviter invitation.ChatUser, key string) error {
		request := ask(key)
		request.Inviter = inviter
		_, err := tracker.Accept(t.Context(), request)
		return err
	}
	for _, key := range []string{"a", "b"} {
		if err := of("UANN", key); err != nil {
			t.Fatal(err)
		}
	}
	if err := of("UANN", "c"); !errors.Is(err, invitation.Busy) {
		t.Errorf("the third of an inviter who may have half of four: %v, want busy", err)
	}
	for _, key := range []string{"d", "e"} {
		if err := of("UBOB", key); err != nil {
			t.Errorf("another inviter's, while there is room: %v", err)
		}
	}
	if err := of("UCAROL", "f"); !errors.Is(err, invitation.Busy) {
		t.Errorf("the fifth of four: %v, want busy", err)
	}
}

func TestClaimOfAnInvitationThatIsNotOpen(t *testing.T) {
	tracker := New(&notebook{}, nil, nil, Options{})
	id, _ := tracker.Accept(t.Context(), ask("k"))
	for _, id := range []invitation.ID{id, "unknown"} {
		if _, err := tracker.Claim(t.Context(), id, "UBOB"); !errors.Is(err, invitation.InvitationOver) {
			t.Errorf("a claim of %s: %v", id, err)
		}
	}
}

// TestFinishedInvitationIsForgottenInSteps: an invitation that has finished leaves the memory at
// once, its keys after an hour, and the journal after the retention.
func TestFinishedInvitationIsForgottenInSteps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := &notebook{}
		tracker := New(book, nil, nil, Options{Retention: 48 * time.Hour})
		id, _ := tracker.Accept(t.Context(), ask("k"))
		finish := func(id invitation.ID) {
			if err := tracker.ledger.note(invitation.Entry{Kind: invitation.KindFinished, At: time.Now(), Invitation: id}); err != nil {
				t.Fatal(err)
			}
		}
		finish(id)
		if len(tracker.mem.invitations) != 0 {
			t.Error("a finished invitation is still in memory")
		}
		time.Sleep(59 * time.Minute)
		if again, _ := tracker.Accept(t.Context(), ask("k")); again != id {
			t.Error("a second delivery within the hour is a new wish")
		}
		reborn := New(book, nil, nil, Options{})
		if err := reborn.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		if ago := time.Since(book.since); ago != time.Hour {
			t.Errorf("a restart reads what finished in the last %v, want an hour", ago)
		}
		if again, _ := reborn.Accept(t.Context(), ask("k")); again != id {
			t.Error("a second delivery after a restart is a new wish")
		}
		time.Sleep(2 * time.Minute)
		other, _ := tracker.Accept(t.Context(), ask("other"))
		finish(other)
		if again, _ := tracker.Accept(t.Context(), ask("k")); again == id {
			t.Error("a key is known for ever")
		}

		ctx, cancel := context.WithTimeout(t.Context(), 150*time.Minute)
		defer cancel()
		start := time.Now()
		tracker.prune(ctx)
		if len(book.pruned) != 3 || !book.pruned[0].Equal(start.Add(-48*time.Hour)) {
			t.Errorf("pruned before %v, want three times, two days back", book.pruned)
		}
	})
}

func TestOnlyOneInvitationWelcomesAPerson(t *testing.T) {
	book := &notebook{}
	tracker := New(book, nil, nil, Options{})
	note := func(entries ...invitation.Entry) {
		t.Helper()
		if err := tracker.ledger.note(entries...); err != nil {
			t.Fatal(err)
		}
	}
	bob := invitation.InviteeID(invitation.Person{Email: "bob@acme.test"})
	seen := func(id invitation.ID) invitation.Entry {
		return invitation.Entry{Kind: invitation.KindSeen, At: noon, Invitation: id, Invitee: bob, Member: &invitation.Member{ID: "m1", Standing: invitation.Enabled}}
	}
	for _, id := range []invitation.ID{"first", "second", "third"} {
		request := invitation.Request{Keys: []string{string(id)}, Role: invitation.Guest, People: []invitation.Person{{Email: "bob@acme.test"}}}
		note(invitation.Entry{Kind: invitation.KindAccepted, At: noon, Invitation: id, Request: &request, Expires: noon.Add(time.Hour)},
			invitation.Entry{Kind: invitation.KindAdmitted, At: noon, Invitation: id, People: request.People},
			invitation.Entry{Kind: invitation.KindLinked, At: noon, Invitation: id, Link: "https://acme.test/s/1"},
			invitation.Entry{Kind: invitation.KindPosted, At: noon, Invitation: id, Card: &invitation.Card{Channel: "C1", Message: string(id)}})
	}
	for _, entries := range [][]invitation.Entry{{seen("second"), seen("first")}, {seen("third")}} {
		if err := tracker.noteSeen(t.Context(), entries); err != nil {
			t.Fatal(err)
		}
	}
	check := func(mem *memory, id invitation.ID, want invitation.StepKind) {
		t.Helper()
		owed := mem.invitations[id].Owed(noon, invitation.Policy{})
		if welcomes := slices.ContainsFunc(owed, func(s invitation.Step) bool { return s.Kind == invitation.StepWelcome && s.Invitee == bob }); welcomes != (want == invitation.StepWelcome) {
			t.Errorf("the %s invitation welcomes Bob: %v", id, welcomes)
		}
		if confirms := slices.ContainsFunc(owed, func(s invitation.Step) bool { return s.Kind == invitation.StepConfirm }); confirms != (want == invitation.StepConfirm) {
			t.Errorf("the %s invitation confirms: %v", id, confirms)
		}
	}
	check(tracker.mem, "second", invitation.StepWelcome)
	check(tracker.mem, "first", invitation.StepConfirm)
	check(tracker.mem, "third", invitation.StepConfirm)

	// What a restart replays may lack the invitation that welcomed him.
	again := newMemory()
	for _, e := range book.entries {
		if e.Invitation != "second" {
			again.apply(e)
		}
	}
	check(again, "first", invitation.StepConfirm)
	check(again, "third", invitation.StepConfirm)
}

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
