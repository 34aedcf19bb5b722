package tracker

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// counted returns the values of counters, and the counts of histograms, by name and label.
func counted(t *testing.T, registry *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			name := family.GetName()
			for _, label := range m.GetLabel() {
				name += " " + label.GetValue()
			}
			values[name] = m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return values
}

// TestEveryKindOfEntryIsCounted, and nothing that was not kept is.
func TestEveryKindOfEntryIsCounted(t *testing.T) {
	registry := prometheus.NewRegistry()
	book := new(notebook)
	l := newLedger(book, NewMetrics(registry), slog.New(slog.DiscardHandler), func([]invitation.Entry) {})
	var entries []invitation.Entry
	for _, kind := range invitation.Kinds() {
		entries = append(entries, invitation.Entry{Kind: kind, Invitation: "a", Refusal: &invitation.Refusal{Reason: invitation.SeatLimit}})
	}
	if err := l.note(entries...); err != nil {
		t.Fatal(err)
	}
	book.broken = errors.New("the disk is full")
	if err := l.note(entries...); !errors.Is(err, invitation.NotKept) {
		t.Errorf("a failure becomes %v", err)
	}
	l.probe(shelf{book.broken})
	values := counted(t, registry)
	for _, kind := range invitation.Kinds() {
		if n := values["docspace_bot_entries_total "+string(kind)]; n != 1 {
			t.Errorf("%v entries of the kind %s are counted", n, kind)
		}
	}
	for name, want := range map[string]float64{
		"docspace_bot_journal_append_failures_total": 2, "docspace_bot_journal_append_duration_seconds": 1,
		"docspace_bot_journal_append_entries": 1, "docspace_bot_refusals_total seat_limit": 1,
	} {
		if values[name] != want {
			t.Errorf("%s = %v, want %v", name, values[name], want)
		}
	}
}

func TestMeasuringAllocatesNothing(t *testing.T) {
	m := NewMetrics(nil)
	entries := []invitation.Entry{{Kind: invitation.KindPosted, Invitation: "a"}}
	if n := testing.AllocsPerRun(100, func() { m.appended(entries, time.Millisecond) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// shelf is a journal that cannot be written.
type shelf struct{ err error }

func (s shelf) Probe(context.Context) error { return s.err }
