package tracker_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// shared is the book as a replica writes it that is alone: it leads for a while and then does not, and
// of some of what it appends it is not told whether it is kept.
type shared struct{ journal }

var _ tracker.Shared = shared{}

func (s shared) Exchange(ctx context.Context, write func(others []tracker.Entry, leads bool) []tracker.Entry) error {
	s.world.mu.Lock()
	if s.isDead() {
		s.world.mu.Unlock()
		return errDead
	}
	others, leads := s.unread(), s.leads
	s.world.mu.Unlock()
	mine := write(others, leads)
	if len(mine) == 0 {
		return nil
	}
	err := s.append(ctx, "exchange", mine)
	if f, ok := errors.AsType[failure](err); ok && f.unsure {
		return fmt.Errorf("%w: %w", tracker.NotSure, err)
	}
	if err == nil {
		s.world.mu.Lock()
		s.known = len(s.world.book.told)
		s.world.mu.Unlock()
	}
	return err
}

// unread is what this replica was not told yet. Call it with the mutex held.
func (s shared) unread() (entries []tracker.Entry) {
	for _, l := range s.world.book.told[s.known:] {
		var e tracker.Entry
		if err := json.Unmarshal(l.text, &e); err != nil {
			panic(err)
		}
		entries = append(entries, e)
	}
	s.known = len(s.world.book.told)
	return entries
}

func (s shared) News(context.Context) ([]tracker.Entry, error) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	if s.isDead() {
		return nil, errDead
	}
	return s.unread(), nil
}

func (s shared) Replay(ctx context.Context, since time.Time, yield func(tracker.Entry) error) error {
	s.world.mu.Lock()
	s.known = len(s.world.book.told)
	s.world.mu.Unlock()
	return s.journal.Replay(ctx, since, yield)
}

func (s shared) Probe(context.Context) error {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	switch {
	case s.isDead():
		return errDead
	case s.world.plan.in(diskFull, "", s.world.clock()):
		return errors.New("disk full")
	}
	return nil
}

func (shared) Changed() <-chan struct{} { return nil }
func (shared) Say(string)               {}
func (shared) Heard() string            { return "" }

// Lead has terms of minutes to days, until the faults are lifted.
func (s shared) Lead(ctx context.Context, lead func(tracker.Term)) {
	for n := 0; ctx.Err() == nil; n++ {
		r := dice(s.world.plan.seed, fmt.Sprint("term", s.born, n))
		t := &term{}
		t.over, t.lose = context.WithCancel(context.Background())
		t.ending, t.end = context.WithCancel(t.over)
		s.takeLead(true)
		end := time.AfterFunc(pick(r, between(r, minute, day), between(r, hour, 5*day), 100*day), func() {
			if s.world.isLifted() {
				return
			}
			t.end()
			time.AfterFunc(500*time.Millisecond, func() { s.takeLead(false); t.lose() })
		})
		lead(t)
		end.Stop()
		t.lose()
		select {
		case <-time.After(between(r, time.Second, 10*minute)):
		case <-ctx.Done():
		}
	}
}

func (s shared) takeLead(leads bool) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	s.leads = leads
	clear(s.parked) // a new term tries them anew, and tells the operator
	clear(s.alarmed)
	s.world.history("leads: %t", leads)
}

// knowsAll tells whether the bot was told all that stands on a shared book.
func (w *world) knowsAll(b *bot) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.plan.shared || b.known == len(w.book.told)
}

func (w *world) isLifted() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.lifted
}

type term struct {
	ending, over context.Context
	end, lose    context.CancelFunc
}

func (t *term) Holds() bool             { return t.ending.Err() == nil }
func (t *term) Ending() context.Context { return t.ending }
func (t *term) Over() context.Context   { return t.over }
