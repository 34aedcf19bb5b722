package tracker

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// numberedLinks is a portal whose every link is another, and which takes its time.
type numberedLinks struct {
	register
	took time.Duration

	mu    sync.Mutex
	given []time.Time
}

func (p *numberedLinks) InviteLink(_ context.Context, role invitation.Role) (string, error) {
	time.Sleep(p.took)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.given = append(p.given, time.Now())
	return fmt.Sprintf("https://portal.test/%s/%d", role, len(p.given)), nil
}

// TestLinksAreSharedInABurst types ten times as many commands as there may be calls.
func TestLinksAreSharedInABurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book, portal := &notebook{}, &numberedLinks{took: time.Millisecond}
		tracker := New(book, portal, &silence{}, Options{})
		ctx, stop := context.WithCancel(t.Context())
		var run sync.WaitGroup
		run.Go(func() { _ = tracker.Run(ctx) })
		const seconds, rate = 30, 10 * linkRate
		for i := range seconds * rate {
			request := ask(fmt.Sprint(i))
			request.Inviter = invitation.ChatUser(fmt.Sprintf("U%d", i))
			request.Role = []invitation.Role{invitation.Guest, invitation.User}[i%2]
			if _, err := tracker.Accept(ctx, request); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second / rate)
		}
		time.Sleep(time.Second)
		stop()
		run.Wait()

		if calls := len(portal.given); calls < seconds*linkRate*9/10 || calls > linkRate*(seconds+2)+2 {
			t.Errorf("%d calls in %d seconds for %d commands; %d a second are meant", calls, seconds, seconds*rate, linkRate)
		}
		accepted, posted := map[invitation.ID]invitation.Role{}, 0
		for _, e := range book.entries {
			switch e.Kind {
			case invitation.KindAccepted:
				accepted[e.Invitation] = e.Request.Role
			case invitation.KindPosted:
				posted++
			case invitation.KindLinked:
				role, number, _ := strings.Cut(strings.TrimPrefix(e.Link, "https://portal.test/"), "/")
				if invitation.Role(role) != accepted[e.Invitation] {
					t.Errorf("an invitation for %s got a link for %s", accepted[e.Invitation], role)
				}
				n, err := strconv.Atoi(number)
				if err != nil {
					t.Fatal(err)
				}
				if age := e.At.Sub(portal.given[n-1]); age > linkLife {
					t.Errorf("an invitation got a link that was %v old", age)
				}
			}
		}
		if posted != seconds*rate {
			t.Errorf("%d cards for %d commands", posted, seconds*rate)
		}
	})
}

// TestOldLinksAreNotUsed has two bursts with a pause between them.
func TestOldLinksAreNotUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book, portal := &notebook{}, &numberedLinks{}
		tracker := New(book, portal, &silence{}, Options{})
		ctx, stop := context.WithCancel(t.Context())
		var run sync.WaitGroup
		run.Go(func() { _ = tracker.Run(ctx) })
		for i := range 2 * linkRate { // the last of them share a link
			_, _ = tracker.Accept(ctx, ask(fmt.Sprint("early", i)))
		}
		synctest.Wait()
		time.Sleep(linkLife)
		before := len(portal.given)
		for i := range 2 * linkRate {
			_, _ = tracker.Accept(ctx, ask(fmt.Sprint("late", i)))
		}
		synctest.Wait()
		stop()
		run.Wait()
		links := map[invitation.ID]string{}
		for _, e := range book.entries {
			if e.Kind == invitation.KindLinked {
				links[e.Invitation] = e.Link
			}
		}
		for _, e := range book.entries {
			var n int
			if e.Kind == invitation.KindAccepted && e.Request.Keys[0][:4] == "late" {
				if _, _ = fmt.Sscanf(links[e.Invitation], "https://portal.test/Guest/%d", &n); n <= before {
					t.Errorf("a late invitation got link %d; %d were given before the pause", n, before)
				}
			}
		}
	})
}
