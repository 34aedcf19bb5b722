package main

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/docspace-invite-bot/bot/internal/docspace"
	"github.com/docspace-invite-bot/bot/internal/grace"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// portalUnseen is how long the portal may go unasked while an operator watches: a key that was revoked
// on a quiet day is known of before somebody types a command.
const portalUnseen = 5 * time.Minute

// portalWatch knows how the portal is doing. While somebody is pending the sweeps tell; while nobody
// is, and HTTP_ADDR is set, it asks the portal now and then whose key this is.
type portalWatch struct {
	swept func() tracker.Health
	ask   func(context.Context) (docspace.Account, error)
	log   *slog.Logger

	mu    sync.Mutex
	asked tracker.Health // what came of asking
}

// run asks until the context ends.
func (w *portalWatch) run(ctx context.Context) {
	for every := portalUnseen / 5; ; {
		if now := time.Now(); now.Sub(w.lastNews()) >= portalUnseen-every/2 {
			_, err := w.ask(ctx)
			if ctx.Err() != nil {
				return
			}
			w.note(ctx, err, now)
		}
		if !grace.Sleep(ctx, every) {
			return
		}
	}
}

// lastNews returns when it was last known how the portal is doing. While it fails, every look counts.
func (w *portalWatch) lastNews() time.Time {
	health := w.health()
	if health.Trouble != "" {
		return time.Time{}
	}
	return health.Seen
}

func (w *portalWatch) note(ctx context.Context, err error, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil {
		if w.asked.Trouble != "" {
			w.log.InfoContext(ctx, "the portal answers again")
		}
		w.asked = tracker.Health{Seen: now}
		return
	}
	reason, ok := errors.AsType[tracker.Reason](err)
	if !ok {
		reason = tracker.Unexpected
	}
	if w.asked.Trouble == "" {
		w.asked.Since = now
		w.log.WarnContext(ctx, "the portal does not answer as it should, while nobody is pending", "err", err)
	}
	w.asked.Trouble = reason
}

// health returns what the sweeps know, or what came of asking where that is newer.
func (w *portalWatch) health() tracker.Health {
	health := w.swept()
	w.mu.Lock()
	defer w.mu.Unlock()
	if health.Trouble == "" && (w.asked.Seen.After(health.Seen) || w.asked.Trouble != "" && w.asked.Since.After(health.Seen)) {
		health.Seen, health.Trouble, health.Since = later(w.asked.Seen, health.Seen), w.asked.Trouble, w.asked.Since
	}
	return health
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
