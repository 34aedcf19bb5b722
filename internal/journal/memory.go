package journal

import (
	"context"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// Memory is the journal of STATE=memory: what the tracker has in memory is all there is,
// and the end of the process is the end of it.
type Memory struct{}

var _ tracker.Journal = Memory{}

// Append keeps nothing and never fails.
func (Memory) Append(context.Context, ...invitation.Entry) error { return nil }

// Replay has nothing to tell.
func (Memory) Replay(context.Context, time.Time, func(invitation.Entry) error) error { return nil }

// Prune has nothing to drop.
func (Memory) Prune(context.Context, time.Time) (int, error) { return 0, nil }
