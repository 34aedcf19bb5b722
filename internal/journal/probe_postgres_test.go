package journal_test

import (
	"testing"

	"github.com/docspace-invite-bot/bot/internal/pgtest"
	"github.com/docspace-invite-bot/bot/internal/remedy"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// TestProbeOfADatabase: it tells a database that can only be read, changes nothing, and tells nobody.
func TestProbeOfADatabase(t *testing.T) {
	address := pgtest.URL(t)
	j := openPostgres(t, address)
	if err := j.Append(t.Context(), shown("a", 1)); err != nil {
		t.Fatal(err)
	}
	if err := j.Probe(t.Context()); err != nil {
		t.Errorf("of a sound one: %v", err)
	}
	readOnly := openPostgres(t, address+"&default_transaction_read_only=on")
	if err := readOnly.Probe(t.Context()); remedy.Of(err) != remedy.DatabaseStandby {
		t.Errorf("of one that can only be read: %v", err)
	}
	if news, err := readOnly.News(t.Context()); len(news) != 1 || err != nil {
		t.Errorf("it is to be read all the same: %d entries, %v", len(news), err)
	}
	if err := j.Exchange(t.Context(), func(others []tracker.Entry, _ bool) []tracker.Entry {
		if len(others) > 0 {
			t.Errorf("a probe left %d entries", len(others))
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}
