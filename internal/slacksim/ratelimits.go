package slacksim

import (
	"math"

	"golang.org/x/time/rate"
)

const (
	// postsPerSecond and postBurst are the limit of one channel over all posting routes
	// together; Slack tolerates short bursts without saying how short (docs/facts/slack.md, "Rate
	// limits").
	postsPerSecond = 1
	postBurst      = 5
	// postsPerMinute is the limit of the workspace: "several hundred".
	postsPerMinute = 300
)

// tiers are the calls a minute that a method's tier allows (docs/facts/slack.md, "Rate limits").
var tiers = map[int]int{1: 1, 2: 20, 3: 50, 4: 100}

// RateLimits switches Slack's rate limits, which are off at first: one message a second
// and channel with a short burst, and each method's tier.
func (w *Workspace) RateLimits(on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.limited = on
	clear(w.buckets)
}

// tooFast returns for how many seconds a call is refused, or 0.
func (w *Workspace) tooFast(name, channel string) int {
	if !w.limited {
		return 0
	}
	var wait int
	switch name {
	case "chat.postMessage", "chat.postEphemeral", methodResponseURL:
		wait = w.take("channel "+channel, postsPerSecond, postBurst)
		if wait == 0 {
			wait = w.take("posts", postsPerMinute/60.0, postsPerMinute)
		}
	default:
		if perMinute := tiers[methods[name].tier]; perMinute > 0 {
			wait = w.take(name, float64(perMinute)/60, perMinute)
		}
	}
	return wait
}

// take takes a token out of a bucket, or returns in how many whole seconds there is one.
func (w *Workspace) take(bucket string, perSecond float64, burst int) int {
	limiter := w.buckets[bucket]
	if limiter == nil {
		limiter = rate.NewLimiter(rate.Limit(perSecond), burst)
		w.buckets[bucket] = limiter
	}
	reservation := limiter.Reserve()
	delay := reservation.Delay()
	if delay == 0 {
		return 0
	}
	reservation.Cancel()
	return int(math.Ceil(delay.Seconds()))
}
