package tracker

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// hosting is a chat in which every request is for the room it names.
type hosting struct{ silence }

func (*hosting) Vet(_ context.Context, inv invitation.Invitation) (Admission, error) {
	return Admission{People: inv.People, Room: &inv.Room}, nil
}

// roomPortal is a portal with one room, which can fail, and with one link of each role, which can be revoked.
type roomPortal struct {
	register
	slow time.Duration // how long the way back of a link takes

	mu     sync.Mutex
	fails  error // of shares and emails
	shares atomic.Int32
	emails atomic.Int32
	links  int // how many were revoked
}

func (p *roomPortal) failing(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fails = err
}

func (p *roomPortal) ShareRoom(_ context.Context, _ invitation.RoomID, _ invitation.Right, members []invitation.MemberID) ([]invitation.MemberID, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shares.Add(1)
	return members, p.fails
}

func (p *roomPortal) InviteByEmail(context.Context, []string, invitation.Role) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.emails.Add(1)
	return p.fails
}

func (p *roomPortal) InviteLink(context.Context, invitation.Role) (string, error) {
	p.mu.Lock()
	link := fmt.Sprintf("https://acme.test/s/%d", p.links)
	p.mu.Unlock()
	time.Sleep(p.slow)
	return link, nil
}

func (p *roomPortal) RevokeLink(context.Context, invitation.Role) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.links++
	return nil
}

// running runs a tracker with that portal until the test ends.
func running(t *testing.T, portal Portal) (*Tracker, *notebook) {
	book := &notebook{}
	tracker := New(book, portal, &hosting{}, Options{Policy: invitation.Policy{Email: true}})
	ctx, stop := context.WithCancel(t.Context())
	var run sync.WaitGroup
	run.Go(func() { _ = tracker.Run(ctx) })
	t.Cleanup(func() { stop(); run.Wait() })
	return tracker, book
}

// intoRoom is a request for the room.
func intoRoom(people ...invitation.Person) invitation.Request {
	request := ask("k")
	request.Role, request.People = invitation.User, people
	request.Room = invitation.Room{ID: "r", Title: "Q3 planning", Right: invitation.EditRight}
	return request
}

func accept(t *testing.T, tracker *Tracker, request invitation.Request) invitation.ID {
	t.Helper()
	id, err := tracker.Accept(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// written returns the entries of a kind.
func (n *notebook) written(kind invitation.Kind) (all []invitation.Entry) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, e := range n.entries {
		if e.Kind == kind {
			all = append(all, e)
		}
	}
	return all
}

// TestAShareThatFailsWaits longer each time, although more people become active, and all of them get the room in
// the end.
func TestAShareThatFailsWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		portal := &roomPortal{fails: invitation.PortalDown}
		tracker, book := running(t, portal)
		var people []invitation.Person
		for i := range 10 {
			people = append(people, invitation.Person{ChatUser: invitation.ChatUser(fmt.Sprint("U", i)), Email: address(i)})
		}
		accept(t, tracker, intoRoom(people...))
		for i := range people {
			portal.add(account(i, invitation.Enabled))
			time.Sleep(6 * time.Minute)
		}
		if n := portal.shares.Load(); n > 30 { // every five minutes, after a few that were closer together
			t.Errorf("a portal that was down for an hour was asked %d times", n)
		}
		if said := book.written(invitation.KindConfirmed); len(said) > 0 {
			t.Errorf("the thread has spoken already: %v", said)
		}
		portal.failing(nil)
		time.Sleep(10 * time.Minute)
		shared := book.written(invitation.KindShared)
		if len(shared) != 1 || len(shared[0].Invitees) != 10 || len(book.written(invitation.KindConfirmed)) != 1 {
			t.Errorf("the portal is back, and this came of it: %v", shared)
		}
	})
}

// TestWhatTheKeyMayNotDoHoldsNoOneUp: the inviter hears of it, and the thread speaks.
func TestWhatTheKeyMayNotDoHoldsNoOneUp(t *testing.T) {
	for name, fails := range map[string]error{
		"a right is missing":      invitation.KeyBroken,
		"it may be in a day":      &invitation.Failure{Reason: invitation.EmailsUsedUp, RetryAfter: 24 * time.Hour},
		"the portal does not pay": invitation.PortalUnpaid,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				portal := &roomPortal{fails: fails}
				tracker, book := running(t, portal)
				accept(t, tracker, intoRoom(invitation.Person{ChatUser: "U0", Email: address(0)}, invitation.Person{Email: "carol@acme.test"}))
				time.Sleep(time.Minute)
				portal.add(account(0, invitation.Enabled))
				time.Sleep(40 * time.Minute)
				if handed := book.written(invitation.KindHandedOver); len(handed) != 1 || portal.emails.Load() > operatorTries {
					t.Errorf("the inviter was handed the link %d times, after %d emails were tried", len(handed), portal.emails.Load())
				}
				if said := book.written(invitation.KindConfirmed); len(said) != 1 && name != "it may be in a day" {
					t.Error("the thread waits for a room that does not come")
				}
			})
		})
	}
}

// TestALinkIsRevokedWhileItIsOnItsWay to an invitation that is new, and to one that is extended.
func TestALinkIsRevokedWhileItIsOnItsWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		portal := &roomPortal{slow: 2 * time.Second}
		tracker, book := running(t, portal)
		open := accept(t, tracker, intoRoom(invitation.Person{ChatUser: "U0", Email: address(0)}))
		time.Sleep(time.Hour)
		second := intoRoom(invitation.Person{ChatUser: "U1", Email: address(1)})
		second.Keys = []string{"k2"}
		fresh := accept(t, tracker, second)
		var extend sync.WaitGroup
		extend.Go(func() {
			if _, changed, err := tracker.Extend(t.Context(), open, "UANN"); err != nil || !changed {
				t.Errorf("extend: %v, %v", changed, err)
			}
		})
		time.Sleep(time.Second)
		if _, err := tracker.RevokeLink(t.Context(), invitation.User, "UZOE"); err != nil {
			t.Fatal(err)
		}
		extend.Wait()
		time.Sleep(time.Minute)
		for _, id := range []invitation.ID{open, fresh} {
			if inv, _ := tracker.Look(id); inv.Link != "https://acme.test/s/1" || inv.Stage != invitation.Posted {
				t.Errorf("%s is %s and gives out %s", id, inv.Stage, inv.Link)
			}
		}
		if got := book.written(invitation.KindLinked); len(got) != 4 { // each has had the old one, or was about to
			t.Errorf("links were noted %d times: %v", len(got), got)
		}
	})
}
