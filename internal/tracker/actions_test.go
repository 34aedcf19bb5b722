package tracker

import (
	"errors"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

func TestNothingIsDoneWithACardOnItsWay(t *testing.T) {
	tracker := New(&notebook{}, nil, nil, Options{})
	id, err := tracker.Accept(t.Context(), ask("k"))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := tracker.Cancel(t.Context(), id, "UANN"); !errors.Is(err, invitation.NotYet) {
		t.Errorf("cancel: %v", err)
	}
	if _, _, err := tracker.CloseList(t.Context(), id, "UANN", true); !errors.Is(err, invitation.NotYet) {
		t.Errorf("close the list: %v", err)
	}
	if _, _, err := tracker.Extend(t.Context(), id, "UANN"); !errors.Is(err, invitation.NotYet) {
		t.Errorf("extend: %v", err)
	}
	if _, _, err := tracker.Extend(t.Context(), "nosuch", "UANN"); !errors.Is(err, invitation.InvitationOver) {
		t.Errorf("extend what is not known: %v", err)
	}
}

// TestRetryIsTheSameRequestAgain: with all that was typed, once, for an hour, and across a restart.
func TestRetryIsTheSameRequestAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := &notebook{}
		refused := func(reason invitation.Reason) invitation.ID {
			t.Helper()
			id := invitation.ID("i-" + string(reason))
			request := ask(string(reason))
			request.People, request.Groups, request.Note, request.ReplyTo = []invitation.Person{{ChatUser: "UBOB"}}, []invitation.ChatGroup{"S1"}, "hello", "https://first"
			book.entries = append(book.entries,
				invitation.Entry{Kind: invitation.KindAccepted, At: time.Now(), Invitation: id, Request: &request},
				invitation.Entry{Kind: invitation.KindRefused, At: time.Now(), Invitation: id, Refusal: &invitation.Refusal{Reason: reason}},
				invitation.Entry{Kind: invitation.KindTold, At: time.Now(), Invitation: id})
			return id
		}
		outside, guest := refused(invitation.CannotPost), refused(invitation.CallerIsGuest)
		tracker := New(book, nil, nil, Options{})
		if err := tracker.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		first, err := tracker.Retry(t.Context(), outside, "https://second", "")
		if err != nil {
			t.Fatal(err)
		}
		want := ask("retry " + string(outside))
		want.People, want.Groups, want.Note, want.ReplyTo, want.Retry = []invitation.Person{{ChatUser: "UBOB"}}, []invitation.ChatGroup{"S1"}, "hello", "https://second", true
		if !reflect.DeepEqual(first.Request, want) {
			t.Errorf("tried again as %+v, want %+v", first.Request, want)
		}
		if second, err := tracker.Retry(t.Context(), outside, "https://third", ""); err != nil || second.ID != first.ID {
			t.Errorf("a second press: %q, %v, want %q", second.ID, err, first.ID)
		}
		if _, err := tracker.Retry(t.Context(), guest, "", ""); !errors.Is(err, invitation.InvitationOver) {
			t.Errorf("what will not pass is tried again: %v", err)
		}

		inv := tracker.mem.invitations[outside]
		if owed := inv.Owed(time.Now().Add(time.Hour-1), invitation.Policy{}); len(owed) != 0 {
			t.Errorf("within the hour %v is owed", owed)
		}
		if owed := inv.Owed(time.Now().Add(time.Hour), invitation.Policy{}); len(owed) != 1 || owed[0].Kind != invitation.StepFinish {
			t.Errorf("after the hour %v is owed, want its end", owed)
		}
		if owed := tracker.mem.invitations[guest].Owed(time.Now(), invitation.Policy{}); len(owed) != 1 || owed[0].Kind != invitation.StepFinish {
			t.Errorf("of what will not pass %v is owed, want its end", owed)
		}
	})
}

// TestRetryWithAChosenRoom: one of those that the refusal has to choose from, and no other.
func TestRetryWithAChosenRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := &notebook{}
		request := ask("planning")
		request.Room = invitation.Room{Title: "planning", Right: invitation.EditRight}
		rooms := []invitation.Room{{ID: "7", Title: "Planning", Owner: "Ann"}, {ID: "8", Title: "Planning", Owner: "Zoe"}}
		book.entries = append(book.entries,
			invitation.Entry{Kind: invitation.KindAccepted, At: time.Now(), Invitation: "i", Request: &request},
			invitation.Entry{Kind: invitation.KindRefused, At: time.Now(), Invitation: "i", Refusal: &invitation.Refusal{Reason: invitation.RoomAmbiguous, Rooms: rooms}},
			invitation.Entry{Kind: invitation.KindTold, At: time.Now(), Invitation: "i"})
		tracker := New(book, nil, nil, Options{})
		if err := tracker.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := tracker.Retry(t.Context(), "i", "", "9"); !errors.Is(err, invitation.InvitationOver) {
			t.Errorf("a room that was not to be chosen: %v", err)
		}
		chosen, err := tracker.Retry(t.Context(), "i", "", "8")
		if want := (invitation.Room{ID: "8", Title: "Planning", Right: invitation.EditRight}); err != nil || !reflect.DeepEqual(chosen.Room, want) {
			t.Errorf("the room is %+v, %v, want %+v", chosen.Room, err, want)
		}
		if again, err := tracker.Retry(t.Context(), "i", "", "7"); err != nil || again.ID != chosen.ID {
			t.Errorf("another choice makes another invitation: %q, %v", again.ID, err)
		}
	})
}
