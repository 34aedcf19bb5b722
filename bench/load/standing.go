package main

import (
	"context"
	"fmt"
	"time"

	"github.com/docspace-invite-bot/bot/bench/internal/lab"
	"github.com/docspace-invite-bot/bot/internal/journal"
	"github.com/docspace-invite-bot/bot/internal/journal/journaltest"
)

// pending writes invitations with a hundred pending people each onto the site's journal.
func pending(ctx context.Context, s *lab.Site, invitations int) error {
	store, err := journal.OpenSQLite(ctx, s.State, journal.SQLiteOptions{Relaxed: true})
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
func (m *measurement) memory(ctx context.Context, o options) ([]row, error) {
	var rows []row
	for _, tt := range []struct {
		name          string
		invitations   int
		start, memory string
	}{{"nobody pending", 0, "40 ms", "22 MB"}, {"100 000 people pending", 1000, "2 s", "120 MB"}} {
		var starts []time.Duration
		var most float64
		for range o.runs {
			s := m.lab.NewSite()
			if err := pending(ctx, s, tt.invitations); err != nil {
				return rows, err
			}
			took, err := s.Start(ctx)
			if err != nil {
				s.Close()
				return rows, err
			}
			starts = append(starts, took)
			time.Sleep(40 * time.Second) // two sweeps and more
			most = max(most, s.Resident())
			s.Close()
		}
		rows = append(rows,
			row{tt.name + ": start to open socket", lab.Milliseconds(lab.Median(starts)), tt.start},
			row{tt.name + ": resident memory", fmt.Sprintf("%.1f MB", most), tt.memory})
	}
	return rows, nil
}

// idle measures the processor time while 10 000 people are pending and nobody moves.
func (m *measurement) idle(ctx context.Context, o options) ([]row, error) {
	s := m.lab.NewSite()
	defer s.Close()
	if err := pending(ctx, s, 100); err != nil {
		return nil, err
	}
	if _, err := s.Start(ctx); err != nil {
		return nil, err
	}
	time.Sleep(30 * time.Second)
	before, calls := s.CPU(), len(s.Portal.Calls())
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(o.idle):
	}
	hours := float64(time.Hour) / float64(o.idle)
	used := (s.CPU() - before).Seconds() * hours
	perSweep := float64(len(s.Portal.Calls())-calls) / (float64(o.idle) / float64(15*time.Second))
	return []row{
		{"an idle hour with 10 000 pending: processor time", fmt.Sprintf("%.1f s (from %v)", used, o.idle), "20 s"},
		{"the same: requests a sweep of 15 s", fmt.Sprintf("%.2f (one a person: 10 000)", perSweep), "3"},
	}, nil
}
