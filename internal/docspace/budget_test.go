package docspace

import (
	"errors"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// TestCallsKeepToTheBudget makes calls as fast as they are let through, for two minutes.
func TestCallsKeepToTheBudget(t *testing.T) {
	const perMinute = 600
	count := func(t *testing.T, b budget, background bool) (first, second int) {
		start := time.Now()
		for time.Since(start) < 2*time.Minute && first < 10*perMinute {
			if err := b.wait(t.Context(), background); err != nil {
				t.Fatal(err)
			}
			if time.Since(start) < time.Minute {
				first++
			} else {
				second++
			}
		}
		return first, second
	}
	synctest.Test(t, func(t *testing.T) {
		if first, second := count(t, newBudget(perMinute), false); first > perMinute*21/20+1 || second < perMinute-1 || second > perMinute+1 {
			t.Errorf("%d calls in the first minute, %d in the second", first, second)
		}
		if first, second := count(t, newBudget(perMinute), true); first > perMinute*17/20 || second < perMinute*4/5-1 || second > perMinute*4/5+1 {
			t.Errorf("in the background %d calls in the first minute, %d in the second", first, second)
		}
	})
}

// TestSomebodyWaitsLessThanASweep has sweeps take all that they may; a call that someone waits
// for gets its turn at once.
func TestSomebodyWaitsLessThanASweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(60)
		var sweeps sync.WaitGroup
		for range 100 {
			sweeps.Go(func() { _ = b.wait(t.Context(), true) })
		}
		time.Sleep(time.Minute)
		start := time.Now()
		if err := b.wait(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(start); waited > time.Second {
			t.Errorf("it waited for %v", waited)
		}
		sweeps.Wait()
	})
}

func TestCallsWithoutABudgetDoNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, start := newBudget(0), time.Now()
		for range 10_000 {
			if err := b.wait(t.Context(), true); err != nil {
				t.Fatal(err)
			}
		}
		if waited := time.Since(start); waited > 0 {
			t.Errorf("10 000 calls without a limit took %v", waited)
		}
	})
}

// TestUrgentLookUpsAreNotBackground: someone waits for the card that they are for.
func TestUrgentLookUpsAreNotBackground(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &Client{budget: newBudget(60)}
		look := call{background: true}
		for range 4 { // what a minute's share of sweeps may take at once
			if err := c.turn(t.Context(), look); err != nil {
				t.Fatal(err)
			}
		}
		start := time.Now()
		if err := c.turn(tracker.Urgent(t.Context()), look); err != nil || time.Since(start) > 0 {
			t.Errorf("an urgent look-up waited for %v, %v", time.Since(start), err)
		}
		if err := c.turn(t.Context(), look); err != nil || time.Since(start) == 0 {
			t.Errorf("a sweep's did not wait, %v", err)
		}
	})
}

// TestSweepsLeaveThePortalsLimitAlone: where the portal tells how much is left, sweeps never bring it to
// refuse a call, and someone who waits for a link gets it meanwhile.
func TestSweepsLeaveThePortalsLimitAlone(t *testing.T) {
	portal(t, func(t *testing.T, p *docspacesim.Portal, c *Client) {
		p.RateLimitTold()
		start, calls := time.Now(), 0
		var sweeps sync.WaitGroup
		for range lookupsTogether {
			sweeps.Go(func() {
				for time.Since(start) < 5*time.Minute {
					if _, err := c.FindAccounts(t.Context(), []string{"ann@x.org"}); err != nil {
						t.Error(err)
					}
					time.Sleep(10 * time.Millisecond)
				}
			})
		}
		for time.Since(start) < 5*time.Minute {
			asked := time.Now()
			if _, err := c.InviteLink(t.Context(), invitation.User); err != nil || time.Since(asked) > time.Second {
				t.Errorf("a link took %v, %v", time.Since(asked), err)
			}
			calls++
			time.Sleep(time.Second)
		}
		sweeps.Wait()
		refused := 0
		for _, call := range p.Calls() {
			if call.Status == http.StatusTooManyRequests {
				refused++
			}
		}
		if all := len(p.Calls()); refused > 0 || all < 2500 {
			t.Errorf("of %d calls %d were refused; %d were for a link", all, refused, calls)
		}
	})
}

func TestWhatIsHeededOfThePortalsLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		read := call{method: http.MethodGet, background: true}
		for name, tt := range map[string]struct {
			k                call
			limit, remaining string
			reset            time.Duration // from now
			waits            time.Duration
		}{
			"nothing told":      {k: read},
			"enough left":       {read, "1500", "151", 20 * time.Second, 0},
			"nearly used":       {read, "1500", "150", 20 * time.Second, 20 * time.Second},
			"used":              {read, "", "0", 20 * time.Second, 20 * time.Second},
			"no reset":          {read, "1500", "0", 0, time.Minute},
			"a reset long ago":  {read, "1500", "0", -time.Hour, time.Minute},
			"no number":         {read, "1500", "few", 20 * time.Second, 0},
			"a reset next year": {read, "1500", "0", 9000 * time.Hour, readWaitMax},
			"of writes":         {call{method: http.MethodPost}, "10000", "0", 20 * time.Hour, 0},
			"of an anonymous":   {call{method: http.MethodGet, public: true}, "1500", "0", 20 * time.Second, 0},
		} {
			c := &Client{budget: newBudget(0)}
			header := http.Header{}
			for key, value := range map[string]string{"X-RateLimit-Limit": tt.limit, "X-RateLimit-Remaining": tt.remaining} {
				if value != "" {
					header.Set(key, value)
				}
			}
			if tt.reset != 0 {
				header.Set("X-RateLimit-Reset", strconv.FormatInt(time.Now().Add(tt.reset).Unix(), 10))
			}
			c.heed(tt.k, header)
			start := time.Now()
			if err := c.turn(t.Context(), call{}); err != nil || time.Since(start) > 0 {
				t.Errorf("%s: what someone waits for waited %v, %v", name, time.Since(start), err)
			}
			err := c.turn(t.Context(), read)
			waited := time.Since(start)
			if failed, ok := errors.AsType[*Error](err); ok { // longer than a call waits for its turn
				waited += failed.Wait
			}
			if waited.Round(time.Second) != tt.waits || (err != nil) != (tt.waits > turnMax) || err != nil && !errors.Is(err, invitation.PortalBusy) {
				t.Errorf("%s: a sweep's call waited %v, %v; want %v", name, waited, err, tt.waits)
			}
			c.heed(read, http.Header{"X-Ratelimit-Remaining": {"1000"}})
			if c.held() > 0 {
				t.Errorf("%s: held though there is enough left again", name)
			}
		}
	})
}

func TestAResetWithoutARetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		header := http.Header{"X-Ratelimit-Reset": {strconv.FormatInt(time.Now().Add(40*time.Second).Unix(), 10)}}
		if got := (&Client{}).wait(call{method: http.MethodGet}, header).Round(time.Second); got != 40*time.Second {
			t.Errorf("the wait is %v, want 40s", got)
		}
	})
}
