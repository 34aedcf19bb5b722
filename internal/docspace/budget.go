package docspace

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// budget keeps the calls below a share of what the portal grants an account: 1500 a minute,
// which the account's owner shares with the bot (docs/facts/docspace.md, "Rate limits"). Background
// calls get four fifths of it, so that a call that a user waits for is never queued behind a sweep.
type budget struct {
	all, background *rate.Limiter
}

// newBudget allows so many calls a minute; 0 is no limit.
func newBudget(perMinute int) budget {
	if perMinute <= 0 {
		return budget{rate.NewLimiter(rate.Inf, 0), rate.NewLimiter(rate.Inf, 0)}
	}
	perSecond := rate.Limit(perMinute) / 60
	burst := max(5, perMinute/20)
	return budget{
		all:        rate.NewLimiter(perSecond, burst),
		background: rate.NewLimiter(perSecond*4/5, max(4, burst/2)),
	}
}

// wait waits for the call's turn. Its error is the context's, or says that the context would
// end before.
func (b budget) wait(ctx context.Context, background bool) error {
	if background {
		if err := b.background.Wait(ctx); err != nil {
			return err
		}
	}
	return b.all.Wait(ctx)
}

// window counts calls that the portal grants few of.
type window struct {
	mu   sync.Mutex
	last [resendCalls]time.Time // the latest calls, the oldest first
}

// take notes a call, or returns how long there is none left.
func (w *window) take(now time.Time) (wait time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if first := w.last[0]; !first.IsZero() && now.Before(first.Add(resendWindow)) {
		return first.Add(resendWindow).Sub(now)
	}
	copy(w.last[:], w.last[1:])
	w.last[len(w.last)-1] = now
	return 0
}

// turnMax bounds how long a call waits for its turn.
const turnMax = time.Minute

// reserve is which part of the portal's own limit is left for calls that someone waits for, and for the
// account's owner, where the portal tells how much there is.
const reserve = 10

// heed notes what an answer tells of the portal's limit (docs/facts/docspace.md, "Rate limits" and "Read again"):
// when it is nearly used, background calls wait until it begins again, without a 429 that says so. Where no
// such time is told, a full window frees itself within a minute. Anonymous calls and writes have limits of their own.
func (c *Client) heed(k call, header http.Header) {
	left, err := strconv.Atoi(header.Get("X-RateLimit-Remaining"))
	if err != nil || k.public || k.method != http.MethodGet {
		return
	}
	var until time.Time
	if limit, _ := strconv.Atoi(header.Get("X-RateLimit-Limit")); left <= limit/reserve {
		wait := busyLast
		if reset := untilReset(header); reset > 0 {
			wait = min(reset, readWaitMax)
		}
		until = time.Now().Add(wait)
	}
	c.heldUntil.Store(&until)
}

// held returns for how long background calls are to wait, if at all.
func (c *Client) held() time.Duration {
	if until := c.heldUntil.Load(); until != nil {
		return time.Until(*until)
	}
	return 0
}

// untilReset returns how long it takes until the limit begins again; nothing when that is not told.
func untilReset(header http.Header) time.Duration {
	at, err := strconv.ParseInt(header.Get("X-RateLimit-Reset"), 10, 64)
	if err != nil {
		return 0
	}
	return time.Until(time.Unix(at, 0))
}
