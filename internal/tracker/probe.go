package tracker

import (
	"context"
	"time"

	"github.com/docspace-invite-bot/bot/internal/grace"
)

// Prober is a [Journal] that can try whether Append would succeed, without keeping anything. It is
// called by one at a time, as that is.
type Prober interface {
	Probe(ctx context.Context) error
}

// probeEvery is how long the journal may go untried: a disk that fills up while nothing happens is
// known of before someone types a command.
const probeEvery = time.Minute

// probe tries the journal, when nothing was written to it for a while, until the context ends.
func (t *Tracker) probe(ctx context.Context) {
	prober, ok := t.journal.(Prober)
	for ok && grace.Sleep(ctx, time.Until(t.ledger.lastTried().Add(probeEvery))) {
		if time.Since(t.ledger.lastTried()) >= probeEvery {
			t.ledger.probe(prober)
		}
	}
}

func (l *ledger) probe(prober Prober) {
	l.writing <- struct{}{}
	defer func() { <-l.writing }()
	ctx, cancel := context.WithTimeout(context.Background(), appendTimeout)
	defer cancel()
	l.report(prober.Probe(ctx))
}

// lastTried returns when it was last found out whether the journal can be written.
func (l *ledger) lastTried() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tried
}
