package journal_test

import (
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/journal"
	"github.com/docspace-invite-bot/bot/internal/journal/journaltest"
	"github.com/docspace-invite-bot/bot/internal/remedy"
)

// TestPooler: behind a pooler in session mode one leads and another takes over; of one in transaction
// mode the bot says at once why not.
func TestPooler(t *testing.T) {
	t.Run("session", func(t *testing.T) {
		address := journaltest.Pooler(t, journaltest.Database(t), "session")
		first := openPostgres(t, address)
		next := second(t, address)
		mustAppend(t, first, shown("a", 1))
		_ = first.Close()
		if found := leadsWithin(t, next, time.Second); len(found) != 1 {
			t.Errorf("it finds %d entries, want 1", len(found))
		}
	})
	t.Run("transaction", func(t *testing.T) {
		address := journaltest.Pooler(t, journaltest.Database(t), "transaction")
		if _, err := journal.OpenPostgres(t.Context(), address, nil); remedy.Of(err) != remedy.DatabasePooled {
			t.Errorf("opened with %v", err)
		}
		if _, err := journal.InspectPostgres(t.Context(), address); remedy.Of(err) != remedy.DatabasePooled {
			t.Errorf("bot check finds %v", err)
		}
	})
}
