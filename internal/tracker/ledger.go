package tracker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

const (
	// appendTimeout bounds the journal's answer to one Append: Slack waits three seconds for the
	// acknowledgement that follows it.
	appendTimeout = 2 * time.Second
	// appendMax is how many entries are appended at once, give or take those of one note.
	appendMax = 4096
)

// ledger gathers what is to be noted while the journal is busy, so that a burst of
// notes shares one Append: durability costs the burst little. It also keeps the order:
// entries become true in the order in which they stand on the journal.
type ledger struct {
	journal Journal
	metrics *Metrics
	log     *slog.Logger
	// apply makes kept entries true.
	apply func([]invitation.Entry)
	// writing is held by the one who writes, for all who wait.
	writing chan struct{}

	mu      sync.Mutex
	waiting []*noting
	broken  time.Time // since when every Append failed; zero when the last one did not
	tried   time.Time // when the last one ended
}

// noting is one note on its way.
type noting struct {
	entries []invitation.Entry
	// decide, if there is one, says what the entries are.
	decide func() ([]invitation.Entry, error)
	about  invitation.ID // what it decides about
	done   chan struct{}
	err    error // set before done is closed
}

func newLedger(journal Journal, metrics *Metrics, log *slog.Logger, apply func([]invitation.Entry)) *ledger {
	return &ledger{journal: journal, metrics: metrics, log: log, apply: apply, writing: make(chan struct{}, 1)}
}

// note returns when the entries are on the journal and true, or when it is certain that
// they are neither: then the error wraps NotKept. (Of a database that cannot be reached any more it
// may not be certain: then it wraps NotSure as well.) No context stops it, because what is
// noted has happened already.
func (l *ledger) note(entries ...invitation.Entry) error { return l.write(&noting{entries: entries}) }

// decide is note for entries that depend on what was noted before: nothing at all is noted about the
// invitation between what decide sees and what it says; without an invitation that holds for all of
// them. Its error is returned as it is, and it must not block.
func (l *ledger) decide(about invitation.ID, decide func() ([]invitation.Entry, error)) error {
	return l.write(&noting{decide: decide, about: about})
}

func (l *ledger) write(n *noting) error {
	n.done = make(chan struct{})
	l.mu.Lock()
	l.waiting = append(l.waiting, n)
	l.mu.Unlock()
	for {
		select {
		case <-n.done:
			return n.err
		default:
		}
		select {
		case <-n.done:
			return n.err
		case l.writing <- struct{}{}:
			l.append(l.take())
			<-l.writing
		}
	}
}

// take returns the notes that are to be written next, oldest first.
func (l *ledger) take() []*noting {
	l.mu.Lock()
	defer l.mu.Unlock()
	size, count := 0, 0
	for count < len(l.waiting) && size < appendMax {
		size += max(1, len(l.waiting[count].entries))
		count++
	}
	taken := l.waiting[:count:count]
	l.waiting = l.waiting[count:]
	return taken
}

// putBack lets notes wait for the next Append, before all others.
func (l *ledger) putBack(notes []*noting) {
	if len(notes) == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = append(slices.Clip(notes), l.waiting...)
}

func (l *ledger) append(notes []*noting) {
	if len(notes) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), appendTimeout)
	defer cancel()
	b := gather(notes)
	var err error
	start := time.Now()
	if len(b.entries) > 0 { // what came to nothing tells nothing of the journal
		err = l.journal.Append(ctx, b.entries...)
		l.report(err)
	}
	if err == nil {
		l.metrics.appended(b.entries, time.Since(start))
		l.apply(b.entries)
	} else {
		err = fmt.Errorf("%w: %w", invitation.NotKept, err)
		if errors.Is(err, invitation.NotSure) {
			err = fmt.Errorf("%w: %w", invitation.NotSure, err)
		}
	}
	l.putBack(b.later)
	for _, n := range notes {
		if slices.Contains(b.later, n) {
			continue
		}
		if n.err == nil {
			n.err = err
		}
		close(n.done)
	}
}

// batchOfNotes is what is appended at once.
type batchOfNotes struct {
	entries []invitation.Entry
	// later are those that depend on what this batch notes.
	later []*noting
}

// gather returns what the notes come to, and sets the errors of those that come to nothing.
func gather(notes []*noting) batchOfNotes {
	if n := notes[0]; len(notes) == 1 && n.decide == nil { // the usual case
		return batchOfNotes{entries: n.entries}
	}
	var b batchOfNotes
	touched := map[invitation.ID]bool{}
	for _, n := range notes {
		if n.decide != nil {
			if touched[n.about] || n.about == "" && len(touched) > 0 {
				b.later = append(b.later, n)
				continue
			}
			if n.entries, n.err = n.decide(); n.err != nil {
				continue
			}
		}
		for i := range n.entries {
			touched[n.entries[i].Invitation] = true
		}
		b.entries = append(b.entries, n.entries...)
	}
	return b
}

// report tells the operator when the journal fails, and when it works again.
func (l *ledger) report(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tried = time.Now()
	if err != nil {
		l.metrics.appendFailed.Inc()
	}
	switch {
	case err != nil && l.broken.IsZero():
		l.broken = time.Now()
		l.log.Error("the journal cannot be written: commands are refused, and nothing new is sent until it can", "err", err)
	case err == nil && !l.broken.IsZero():
		l.broken = time.Time{}
		l.log.Info("the journal can be written again")
	}
}

// brokenSince returns since when the journal cannot be written; zero when it can.
func (l *ledger) brokenSince() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.broken
}
