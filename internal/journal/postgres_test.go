package journal_test

import (
	"context"
	"testing"

	"github.com/docspace-invite-bot/bot/internal/journal"
	"github.com/docspace-invite-bot/bot/internal/journal/journaltest"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

func openPostgres(t *testing.T, address string) *journal.Postgres {
	t.Helper()
	j, err := journal.OpenPostgres(context.Background(), address, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	if err := j.Lead(context.Background(), func() {}); err != nil {
		t.Fatal(err)
	}
	return j
}

func TestPostgresConforms(t *testing.T) {
	addresses := map[tracker.Journal]string{}
	open := func(t *testing.T, address string) tracker.Journal {
		j := openPostgres(t, address)
		addresses[j] = address
		return j
	}
	journaltest.Run(t,
		func(t *testing.T) tracker.Journal { return open(t, journaltest.Database(t)) },
		func(t *testing.T, j tracker.Journal) tracker.Journal {
			_ = j.(*journal.Postgres).Close()
			return open(t, addresses[j])
		})
}
