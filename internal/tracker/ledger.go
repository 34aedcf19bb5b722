package tracker

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

const (
	// appendTimeout bounds the journal's answer to one Append.
	appendTimeout = 5 * time.Second
	// appendMax is how many entries are appended at once, give or take those of one note.
	appendMax = 4096
)

// ledger gathers what is to be noted while the journal is busy, so that a burst of
// notes shares one Append: durability costs the burst little. It also keeps the order:
// entries become true in the order in which they stand on the journal.
type ledger struct {
	journal Journal
	log     *slog.Logger
	// apply makes kept entries true.
	apply func([]Entry)
	// writing is held by whoever writes, for all who wait.
	writing chan struct{}

	mu      sync.Mutex
	waiting []*noting
	broken  time.Time // since when every Append failed; zero when the last one did not
	tried   time.Time // when the last one ended
}

// noting is one note on its way.
type noting struct {
	entries []Entry
	done    chan struct{}
	err     error // set before done is closed
}

func newLedger(journal Journal, log *slog.Logger, apply func([]Entry)) *ledger {
	return &ledger{journal: journal, log: log, apply: apply, writing: make(chan struct{}, 1)}
}

// note returns when the entries are on the journal and true, or when it is certain that
// they are neither: then the error wraps NotKept. No context stops it, because what is
// noted has happened already.
func (l *ledger) note(entries ...Entry) error {
	n := &noting{entries: entries, done: make(chan struct{})}
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
			l.write(l.take())
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
		size += len(l.waiting[count].entries)
		count++
	}
	taken := l.waiting[:count:count]
	l.waiting = l.waiting[count:]
	return taken
}

func (l *ledger) write(notes []*noting) {
	if len(notes) == 0 {
		return
	}
	entries := notes[0].entries
	if len(notes) > 1 {
		entries = nil
		for _, n := range notes {
			entries = append(entries, n.entries...)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), appendTimeout)
	defer cancel()
	err := l.journal.Append(ctx, entries...)
	l.report(err)
	if err == nil {
		l.apply(entries)
	} else {
		err = fmt.Errorf("%w: %w", NotKept, err)
	}
	for _, n := range notes {
		n.err = err
		close(n.done)
	}
}

// report tells the operator when the journal fails, and when it works again.
func (l *ledger) report(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tried = time.Now()
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
