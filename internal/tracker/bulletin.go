package tracker

import (
	"context"
	"encoding/json"
	"time"

	"github.com/docspace-invite-bot/bot/internal/grace"
)

// bulletin is what the replica that leads tells the others, who are asked how things are as well. It
// is not kept: whoever leads next finds out anew.
type bulletin struct {
	Seen    time.Time          `json:"seen,omitzero"`
	Trouble Reason             `json:"trouble,omitempty"`
	Since   time.Time          `json:"since,omitzero"`
	Parked  map[Channel]Reason `json:"parked,omitempty"`
}

// inform says it, as often as the others listen, until the context ends.
func (t *Tracker) inform(ctx context.Context, shared Shared) {
	for {
		words, err := json.Marshal(t.bulletin())
		if err == nil {
			shared.Say(string(words))
		}
		if !grace.Sleep(ctx, t.opts.reread) {
			return
		}
	}
}

func (t *Tracker) bulletin() bulletin {
	t.mu.Lock()
	defer t.mu.Unlock()
	b := bulletin{Seen: t.sight.health.Seen, Trouble: t.sight.health.Trouble, Since: t.sight.health.Since, Parked: map[Channel]Reason{}}
	for channel, place := range t.parked {
		b.Parked[channel] = place.reason
	}
	return b
}

// hear takes over what the replica that leads says.
func (t *Tracker) hear(words string) {
	var b bulletin
	if words == "" || json.Unmarshal([]byte(words), &b) != nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.leading {
		return
	}
	t.sight.health = Health{Seen: b.Seen, Trouble: b.Trouble, Since: b.Since}
	t.parked = parking{}
	for channel, reason := range b.Parked {
		t.parked[channel] = parkedChannel{reason: reason}
	}
}
