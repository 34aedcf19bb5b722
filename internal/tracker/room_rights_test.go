package tracker

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// strictRoom is a portal whose one room takes its time, as over a network, gives each right that is asked for
// whatever a member had, and passes over some members without a word.
type strictRoom struct {
	roomPortal
	of      map[invitation.MemberID]invitation.Right
	passed  invitation.MemberID // over without a word
	managed bool                // only managers are let in: everyone else is refused
}

func (p *strictRoom) RoomRights(context.Context, invitation.RoomID, string) (all []invitation.RoomMember, err error) {
	time.Sleep(time.Second)
	p.mu.Lock()
	defer p.mu.Unlock()
	for id, right := range p.of {
		all = append(all, invitation.RoomMember{Member: invitation.Member{ID: id}, Right: right})
	}
	return all, nil
}

func (p *strictRoom) ShareRoom(_ context.Context, _ invitation.RoomID, right invitation.Right, members []invitation.MemberID) (given []invitation.MemberID, err error) {
	time.Sleep(time.Second)
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, id := range members {
		switch {
		case id == p.passed:
		case p.managed:
			return given, invitation.RightNotThere
		default:
			p.of[id] = right
			given = append(given, id)
		}
	}
	return given, nil
}

func (p *strictRoom) right(id invitation.MemberID) invitation.Right {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.of[id]
}

// TestTwoInvitationsAtOnceLowerNoRight: someone invited into one room twice keeps the greater right, whichever of
// the two is carried out last.
func TestTwoInvitationsAtOnceLowerNoRight(t *testing.T) {
	for _, rights := range [][2]invitation.Right{{invitation.EditRight, invitation.ReadRight}, {invitation.ReadRight, invitation.EditRight}} {
		synctest.Test(t, func(t *testing.T) {
			portal := &strictRoom{of: map[invitation.MemberID]invitation.Right{}}
			tracker, book := running(t, portal)
			for i, right := range rights {
				request := intoRoom(invitation.Person{ChatUser: "U0", Email: address(0)})
				request.Keys, request.Room.Right = []string{string(right)}, right
				request.Inviter = invitation.ChatUser([]string{"UANN", "UZOE"}[i])
				accept(t, tracker, request)
			}
			time.Sleep(time.Minute)
			portal.add(account(0, invitation.Enabled))
			time.Sleep(10 * time.Minute)
			if said := book.written(invitation.KindShared); len(said) != 2 {
				t.Fatalf("the room was given by %v", said)
			}
			if got := portal.right(account(0, invitation.Enabled).ID); got != invitation.EditRight {
				t.Errorf("invited with %v at once, they have %s", rights, got)
			}
		})
	}
}

// InviteByEmail takes a moment, after which there are accounts.
func (p *strictRoom) InviteByEmail(ctx context.Context, addresses []string, role invitation.Role) error {
	time.Sleep(time.Second)
	for _, a := range addresses {
		p.add(invitation.Member{ID: invitation.MemberID(a), Email: a, Role: role, Standing: invitation.Invited, Registered: time.Now()})
	}
	return p.roomPortal.InviteByEmail(ctx, addresses, role)
}

// TestTwoInvitationsAtOnceSendOneEmail: the second one would raise the role that the first has given.
func TestTwoInvitationsAtOnceSendOneEmail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		portal := &strictRoom{}
		tracker, _ := running(t, portal)
		for i, role := range []invitation.Role{invitation.User, invitation.DocSpaceAdmin} {
			request := intoRoom(invitation.Person{Email: "carol@acme.test"})
			request.Keys, request.Role, request.Inviter = []string{string(role)}, role, invitation.ChatUser([]string{"UANN", "UZOE"}[i])
			accept(t, tracker, request)
		}
		time.Sleep(time.Minute)
		if n := portal.emails.Load(); n != 1 {
			t.Errorf("%d emails went out", n)
		}
	})
}

// TestOneWhoIsPassedOverKeepsNoOneElseOut: the portal refuses the right to one of several, so that each is tried alone.
// Of one whom it passes over, the others hear nothing.
func TestOneWhoIsPassedOverKeepsNoOneElseOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		portal := &strictRoom{of: map[invitation.MemberID]invitation.Right{}, passed: "m0", managed: true}
		tracker, _ := running(t, portal)
		id := accept(t, tracker, intoRoom(
			invitation.Person{ChatUser: "U0", Email: address(0)}, invitation.Person{ChatUser: "U1", Email: address(1)},
		))
		time.Sleep(time.Minute)
		portal.add(account(0, invitation.Enabled))
		portal.add(account(1, invitation.Enabled))
		time.Sleep(10 * time.Minute)
		inv, _ := tracker.Look(id)
		var outcomes []invitation.Outcome
		for _, v := range inv.Invitees {
			outcomes = append(outcomes, v.Shared)
		}
		if !slices.Equal(outcomes, []invitation.Outcome{invitation.Failed, invitation.Denied}) {
			t.Errorf("what came of it: %v", outcomes)
		}
	})
}

// TestARightThatIsNotKnownIsLeftAlone: it may be more than what the invitation gives.
func TestARightThatIsNotKnownIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		portal := &strictRoom{of: map[invitation.MemberID]invitation.Right{"m0": ""}}
		tracker, book := running(t, portal)
		accept(t, tracker, intoRoom(invitation.Person{ChatUser: "U0", Email: address(0)}, invitation.Person{ChatUser: "U1", Email: address(1)}))
		time.Sleep(time.Minute)
		portal.add(account(0, invitation.Enabled))
		portal.add(account(1, invitation.Enabled))
		time.Sleep(10 * time.Minute)
		if portal.right("m0") != "" || portal.right("m1") != invitation.EditRight {
			t.Errorf("they have %v", portal.of)
		}
		if said := book.written(invitation.KindConfirmed); len(said) == 0 {
			t.Error("the thread says nothing")
		}
	})
}

// outbox is a portal that counts the emails that it sends again.
type outbox struct {
	register
	again map[invitation.MemberID]int
}

func (p *outbox) ResendInvitations(_ context.Context, members []invitation.MemberID) error {
	time.Sleep(time.Second)
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, id := range members {
		p.again[id]++
	}
	return nil
}

// sentAgain returns how many emails the first account got again.
func (p *outbox) sentAgain() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.again["m0"]
}

// TestNoOneGetsTheEmailAgainForEachInvitation: several inviters, or one with several invitations, cause as many emails
// to one person as one of them does, also by those that they have cancelled.
func TestNoOneGetsTheEmailAgainForEachInvitation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		portal := &outbox{again: map[invitation.MemberID]int{}}
		tracker, book := running(t, portal)
		portal.add(account(0, invitation.Invited))
		var ids []invitation.ID
		for _, key := range []string{"k1", "k2", "k3"} {
			request := intoRoom(invitation.Person{Email: address(0)})
			request.Keys = []string{key}
			ids = append(ids, accept(t, tracker, request))
		}
		time.Sleep(time.Minute)
		resend := func(id invitation.ID, want bool) {
			t.Helper()
			if _, changed, err := tracker.Resend(t.Context(), id, "UANN", ""); err != nil || changed != want {
				t.Errorf("sent again: %v, %v; want %v", changed, err, want)
			}
		}
		resend(ids[0], true)
		resend(ids[1], true) // both are on their way
		time.Sleep(time.Minute)
		if _, _, err := tracker.Cancel(t.Context(), ids[0], "UANN"); err != nil {
			t.Fatal(err)
		}
		resend(ids[2], false)
		time.Sleep(time.Minute)
		if portal.sentAgain() != 1 {
			t.Errorf("they got %d emails again: %v", portal.sentAgain(), book.written(invitation.KindResent))
		}
		time.Sleep(15 * time.Minute)
		resend(ids[2], true)
		time.Sleep(time.Minute)
		if portal.sentAgain() != 2 {
			t.Errorf("a quarter of an hour later they got %d", portal.sentAgain())
		}
	})
}

// TestARoomThatIsNeverSharedHoldsNoOneUpForEver: where something in between lets no share through, the inviter
// hears of it the next day, and the thread speaks.
func TestARoomThatIsNeverSharedHoldsNoOneUpForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		portal := &roomPortal{fails: invitation.NotDocSpace}
		tracker, book := running(t, portal)
		accept(t, tracker, intoRoom(invitation.Person{ChatUser: "U0", Email: address(0)}))
		time.Sleep(time.Minute)
		portal.add(account(0, invitation.Enabled))
		time.Sleep(24 * time.Hour)
		if len(book.written(invitation.KindConfirmed)) != 1 || len(book.written(invitation.KindNotShared)) != 1 {
			t.Errorf("after a day, and %d tries, nothing was said", portal.shares.Load())
		}
	})
}
