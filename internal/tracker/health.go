package tracker

import (
	"errors"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// Health is what the sweeps know of the portal, and the ledger of the journal.
type Health struct {
	// Seen is when the portal last answered a sweep; zero when none was needed yet.
	Seen time.Time
	// Trouble is why the last sweep failed, and Since when the first of those in a row did; empty
	// when it did not.
	Trouble invitation.Reason
	Since   time.Time
	// Unkept is since when nothing can be written to the journal; zero when the last attempt
	// succeeded.
	Unkept time.Time
}

// Health returns how the portal and the journal are doing.
func (t *Tracker) Health() Health {
	unkept := t.ledger.brokenSince()
	t.mu.Lock()
	defer t.mu.Unlock()
	health := t.sweeps.health
	health.Unkept = unkept
	return health
}

// swept notes how a sweep ended. That the journal failed says nothing of the portal.
func (t *Tracker) swept(err error, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	h := &t.sweeps.health
	switch {
	case errors.Is(err, invitation.NotKept):
	case err == nil:
		*h = Health{Seen: t.sweeps.answered}
	default:
		if h.Trouble == "" {
			h.Since = now
		}
		h.Trouble = invitation.RefusalOf(err, now).Reason
	}
}

// Missed returns the invitations that have ended before everyone had joined, and that can still be
// extended, newest first.
func (t *Tracker) Missed() []invitation.Invitation {
	return t.those((*invitation.Invitation).Missed)
}
