package tracker

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// stopwatch is a chat that notes when the threads named people.
type stopwatch struct {
	silence
	mu        sync.Mutex
	confirmed []time.Time
	greeted   []time.Time
}

func (s *stopwatch) Confirm(_ context.Context, _ invitation.Invitation, invitees []invitation.Invitee) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range invitees {
		s.confirmed = append(s.confirmed, time.Now())
	}
	return nil
}

func (s *stopwatch) SendWelcome(context.Context, invitation.Invitation, invitation.Invitee) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.greeted = append(s.greeted, time.Now())
	return nil
}

// TestThreadsDoNotWaitForDirectMessages has one person become active on each of many cards at
// once: the direct messages take a minute, as Slack would have it.
func TestThreadsDoNotWaitForDirectMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		portal, chat := &register{}, &stopwatch{}
		tracker := New(&notebook{}, portal, chat, Options{SendWelcome: true, Poll: 15 * time.Second})
		ctx, stop := context.WithCancel(t.Context())
		var run sync.WaitGroup
		run.Go(func() { _ = tracker.Run(ctx) })
		const people = 250
		for i := range people {
			request := ask(fmt.Sprint(i))
			request.Inviter, request.Channel = invitation.ChatUser(fmt.Sprintf("U%d", i)), invitation.Channel(fmt.Sprintf("C%d", i))
			request.People = []invitation.Person{{ChatUser: invitation.ChatUser(fmt.Sprintf("P%d", i)), Email: fmt.Sprintf("p%d@acme.test", i)}}
			if _, err := tracker.Accept(ctx, request); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Minute)
		start := time.Now()
		for i := range people {
			portal.add(invitation.Member{
				ID: invitation.MemberID(fmt.Sprint(i)), Email: fmt.Sprintf("p%d@acme.test", i), Standing: invitation.Enabled, Role: invitation.Guest, Registered: time.Now(),
			})
		}
		time.Sleep(5 * time.Minute)
		stop()
		run.Wait()
		if len(chat.confirmed) != people || len(chat.greeted) != people {
			t.Fatalf("%d confirmed, %d greeted, of %d", len(chat.confirmed), len(chat.greeted), people)
		}
		if took := chat.confirmed[people-1].Sub(start); took > 20*time.Second {
			t.Errorf("the last was confirmed after %v", took)
		}
		if took := chat.greeted[people-1].Sub(start); took < 50*time.Second {
			t.Errorf("all were greeted within %v: faster than Slack likes", took)
		}
	})
}
