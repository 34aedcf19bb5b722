package tracker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
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
// entries become true in the order in which they stand on the journal, those of other replicas
// among them.
type ledger struct {
	journal Journal
	shared  Shared // the journal again, when several replicas write to it; otherwise nil
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

// errNotLeading refuses what only the replica that leads may note.
var errNotLeading = errors.New("this replica does not lead any more")

// noting is one note on its way.
type noting struct {
	entries []Entry
	// decide, if there is one, says what the entries are once everything is true that was appended
	// before. It may be asked more than once.
	decide func() ([]Entry, error)
	// inTurn says that this depends on what is appended together with it about the invitation; without
	// one, about any.
	inTurn bool
	about  ID
	// leads says that only the replica that leads may note this.
	leads bool
	done  chan struct{}
	err   error // set before done is closed
}

func newLedger(journal Journal, log *slog.Logger, apply func([]Entry)) *ledger {
	shared, _ := journal.(Shared)
	return &ledger{journal: journal, shared: shared, log: log, apply: apply, writing: make(chan struct{}, 1)}
}

// note returns when the entries are on the journal and true, or when it is certain that
// they are neither: then the error wraps NotKept. (Of a database that cannot be reached any more it
// may not be certain: then it wraps NotSure as well.) No context stops it, because what is
// noted has happened already.
func (l *ledger) note(entries ...Entry) error { return l.write(&noting{entries: entries}) }

// noteLeading is note for what only the replica that leads may note. It returns
// errNotLeading when this one does not.
func (l *ledger) noteLeading(entries ...Entry) error {
	return l.write(&noting{entries: entries, leads: true})
}

// noteDecided is note for entries that depend on what was appended before, by whichever replica.
// decide's error is returned as it is; it must not block, and may be asked again.
func (l *ledger) noteDecided(decide func() ([]Entry, error)) error {
	return l.write(&noting{decide: decide})
}

// noteLeadingDecided is both.
func (l *ledger) noteLeadingDecided(decide func() ([]Entry, error)) error {
	return l.write(&noting{decide: decide, leads: true})
}

// noteInTurn is noteDecided for what must be decided once: nothing at all is noted about the
// invitation, on any replica, between what decide sees and what it says. Without an invitation that holds
// for all of them.
func (l *ledger) noteInTurn(about ID, decide func() ([]Entry, error)) error {
	return l.write(&noting{decide: decide, inTurn: true, about: about})
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
	var b batchOfNotes
	var err error
	if l.shared == nil {
		b = gather(notes, true)
		if len(b.entries) > 0 {
			err = l.journal.Append(ctx, b.entries...)
		}
	} else {
		err = l.shared.Exchange(ctx, func(others []Entry, leads bool) []Entry {
			l.apply(others)
			b = gather(notes, leads)
			return b.entries
		})
	}
	if err != nil || len(b.entries) > 0 { // what came to nothing tells nothing of the journal
		l.report(err)
	}
	if err == nil {
		l.apply(b.entries)
	} else {
		err = fmt.Errorf("%w: %w", NotKept, err)
		if errors.Is(err, NotSure) {
			err = fmt.Errorf("%w: %w", NotSure, err)
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
	entries []Entry
	// later are those that depend on what this batch notes.
	later []*noting
}

// gather returns what the notes come to, and sets the errors of those that come to nothing.
func gather(notes []*noting, leads bool) batchOfNotes {
	if n := notes[0]; len(notes) == 1 && n.decide == nil && (leads || !n.leads) { // the usual case
		n.err = nil
		return batchOfNotes{entries: n.entries}
	}
	var b batchOfNotes
	touched := map[ID]bool{}
	for _, n := range notes {
		n.err = nil
		switch {
		case n.leads && !leads:
			n.err = errNotLeading
			continue
		case n.inTurn && (touched[n.about] || n.about == "" && len(touched) > 0):
			b.later = append(b.later, n)
			continue
		case n.decide != nil:
			n.entries, n.err = n.decide()
		}
		if n.err != nil {
			continue
		}
		for i := range n.entries {
			touched[n.entries[i].Invitation] = true
		}
		b.entries = append(b.entries, n.entries...)
	}
	return b
}

// catchUp makes true what other replicas have noted.
func (l *ledger) catchUp(ctx context.Context) error {
	if l.shared == nil {
		return nil
	}
	select {
	case l.writing <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-l.writing }()
	ctx, cancel := context.WithTimeout(ctx, appendTimeout)
	defer cancel()
	others, err := l.shared.News(ctx)
	l.apply(others)
	return err
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
