package docspace

import (
	"context"
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

// turnMax bounds how long a call waits for its turn.
const turnMax = time.Minute
