package tracker

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

func TestQueueWorksOnAnInvitationOnceAtATime(t *testing.T) {
	q := newQueue()
	q.add("a", "UANN")
	q.add("a", "UANN")
	if id, ok := q.take(noon); !ok || id != "a" {
		t.Fatalf("take = %q, %v", id, ok)
	}
	if id, ok := q.take(noon); ok {
		t.Fatalf("take gave %q while it is worked on", id)
	}
	q.add("a", "UANN") // something new while it is worked on
	if _, ok := q.take(noon); ok {
		t.Fatal("take gave an invitation that is worked on")
	}
	q.release("a")
	if id, ok := q.take(noon); !ok || id != "a" {
		t.Fatal("what came while it was worked on was forgotten")
	}
	q.release("a")
	if _, ok := q.take(noon); ok {
		t.Fatal("nothing is left to do")
	}

	q.addAt("b", "UANN", noon.Add(2*time.Minute))
	q.addAt("b", "UANN", noon.Add(time.Minute))
	q.addAt("b", "UANN", noon.Add(time.Hour))
	if at, _ := q.next(); !at.Equal(noon.Add(time.Minute)) {
		t.Errorf("due at %v, want the earliest", at)
	}
	if id, ok := q.take(noon.Add(time.Minute)); !ok || id != "b" {
		t.Error("b was due")
	}
	q.release("b")
	if id, ok := q.take(noon.Add(3 * time.Minute)); ok {
		t.Errorf("%q came twice for one appointment", id)
	}
}

func TestInvitersTakeTurns(t *testing.T) {
	q := newQueue()
	for i := range 5 {
		q.add(invitation.ID(fmt.Sprintf("ann%d", i)), "UANN")
	}
	q.add("bob0", "UBOB")
	q.add("carol0", "UCAROL")
	q.add("bob1", "UBOB")
	var order []invitation.ID
	for {
		id, ok := q.take(noon)
		if !ok {
			break
		}
		order = append(order, id)
		q.release(id)
	}
	if want := []invitation.ID{"ann0", "bob0", "carol0", "ann1", "bob1", "ann2", "ann3", "ann4"}; !slices.Equal(order, want) {
		t.Errorf("worked on in the order %v, want %v", order, want)
	}
}
