package main

import (
	"context"
	"fmt"
	"time"

	"github.com/docspace-invite-bot/bot/internal/journal"
	"github.com/docspace-invite-bot/bot/internal/journal/journaltest"
)

// pending writes invitations with a hundred pending people each onto the site's journal.
func pending(ctx context.Context, s *site, invitations int) error {
	store, err := journal.OpenSQLite(ctx, s.state, journal.SQLiteOptions{Relaxed: true})
	if err != nil {
		return err
	}
	for i := range invitations {
		if err := store.Append(ctx, journaltest.Pending(i, 100)...); err != nil {
			return err
		}
	}
	return store.Close()
}

// memory measures what the bot takes of it, and how fast it starts.
func (l *lab) memory(ctx context.Context, o options) ([]row, error) {
	var rows []row
	for _, tt := range []struct {
		name          string
		invitations   int
		start, memory string
	}{{"no one pending", 0, "40 ms", "22 MB"}, {"100 000 people pending", 1000, "2 s", "120 MB"}} {
		var starts []time.Duration
		var most float64
		for range o.runs {
			s := l.newSite()
			if err := pending(ctx, s, tt.invitations); err != nil {
				return rows, err
			}
			took, err := s.start(ctx)
			if err != nil {
				s.close()
				return rows, err
			}
			starts = append(starts, took)
			time.Sleep(40 * time.Second) // two sweeps and more
			most = max(most, s.resident())
			s.close()
		}
		rows = append(rows,
			row{tt.name + ": start to open socket", milliseconds(median(starts)), tt.start},
			row{tt.name + ": resident memory", fmt.Sprintf("%.1f MB", most), tt.memory})
	}
	return rows, nil
}

// idle measures the processor time while 10 000 people are pending and no one moves.
func (l *lab) idle(ctx context.Context, o options) ([]row, error) {
	s := l.newSite()
	defer s.close()
	if err := pending(ctx, s, 100); err != nil {
		return nil, err
	}
	if _, err := s.start(ctx); err != nil {
		return nil, err
	}
	time.Sleep(30 * time.Second)
	before, calls := s.cpu(), len(s.portal.Calls())
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(o.idle):
	}
	hours := float64(time.Hour) / float64(o.idle)
	used := (s.cpu() - before).Seconds() * hours
	perSweep := float64(len(s.portal.Calls())-calls) / (float64(o.idle) / float64(15*time.Second))
	return []row{
		{"an idle hour with 10 000 pending: processor time", fmt.Sprintf("%.1f s (from %v)", used, o.idle), "20 s"},
		{"the same: requests a sweep of 15 s", fmt.Sprintf("%.2f (one a person: 10 000)", perSweep), "3"},
	}, nil
}
