package tracker

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// batches is a journal that remembers what was appended together.
type batches struct {
	notebook
	sizes []int
}

func (b *batches) Append(ctx context.Context, entries ...invitation.Entry) error {
	if err := b.notebook.Append(ctx, entries...); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sizes = append(b.sizes, len(entries))
	return nil
}

func TestNotesOfABurstShareACommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := &batches{notebook: notebook{delay: time.Second}}
		var applied []invitation.Entry
		l := newLedger(book, NewMetrics(nil), slog.New(slog.DiscardHandler), func(entries []invitation.Entry) { applied = append(applied, entries...) })
		start := time.Now()
		var all sync.WaitGroup
		for i := range 500 {
			all.Go(func() {
				if err := l.note(invitation.Entry{Kind: invitation.KindShown, Revision: i}, invitation.Entry{Kind: invitation.KindShown, Revision: i}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("500 notes took %v of a journal that takes a second", took)
		}
		if len(book.sizes) > 2 || len(book.entries) != 1000 {
			t.Errorf("appended %v, %d entries; want 1000 in two", book.sizes, len(book.entries))
		}
		if !slices.EqualFunc(book.entries, applied, func(a, b invitation.Entry) bool { return a.Revision == b.Revision }) {
			t.Error("entries became true in another order than they stand on the journal")
		}
		for i := 0; i < len(applied); i += 2 {
			if applied[i].Revision != applied[i+1].Revision {
				t.Fatal("the entries of one note were torn apart")
			}
		}
	})
}

func TestNotesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := &batches{notebook: notebook{delay: time.Second}}
		l := newLedger(book, NewMetrics(nil), slog.New(slog.DiscardHandler), func([]invitation.Entry) {})
		var all sync.WaitGroup
		for range 3 * appendMax {
			all.Go(func() { _ = l.note(invitation.Entry{}) })
		}
		all.Wait()
		if biggest := slices.Max(book.sizes); biggest > appendMax || len(book.entries) != 3*appendMax {
			t.Errorf("%d entries in appends of up to %d", len(book.entries), biggest)
		}
	})
}

func TestEntryThatCannotBeKeptDoesNotCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := &batches{notebook: notebook{delay: time.Second, broken: errors.New("disk full")}}
		log := &lines{}
		l := newLedger(book, NewMetrics(nil), slog.New(slog.NewTextHandler(log, nil)), func([]invitation.Entry) { t.Error("an entry became true that was not kept") })
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				if err := l.note(invitation.Entry{}); !errors.Is(err, invitation.NotKept) || !errors.Is(err, book.broken) {
					t.Errorf("note = %v", err)
				}
			})
		}
		all.Wait()
		l.apply = func([]invitation.Entry) {}
		book.broken = nil
		for range 2 {
			if err := l.note(invitation.Entry{}); err != nil {
				t.Errorf("the journal works again: %v", err)
			}
		}
		if failed, works := log.count("cannot be written"), log.count("can be written again"); failed != 1 || works != 1 {
			t.Errorf("the log says %d times that it failed and %d times that it works again, want once each:\n%s", failed, works, log)
		}
	})
}

// TestEntriesAppendedTogetherDoNotSeeEachOther: what depends on what is appended together with it waits for the next
// time; what refuses itself does not keep the others from being kept.
func TestEntriesAppendedTogetherDoNotSeeEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := &batches{notebook: notebook{delay: time.Second}}
		known := map[int]int{}
		l := newLedger(book, NewMetrics(nil), slog.New(slog.DiscardHandler), func(entries []invitation.Entry) {
			for _, e := range entries {
				known[e.Revision]++
			}
		})
		no := errors.New("no")
		var first, refused int
		var mu sync.Mutex
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				err := l.decide("i", func() ([]invitation.Entry, error) {
					if known[7] > 0 {
						return nil, no
					}
					return []invitation.Entry{{Kind: invitation.KindShown, Invitation: "i", Revision: 7}}, nil
				})
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					first++
				case errors.Is(err, no) && !errors.Is(err, invitation.NotKept):
					refused++
				}
			})
			all.Go(func() {
				if err := l.note(invitation.Entry{Kind: invitation.KindShown, Invitation: "j", Revision: 100 + i}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if first != 1 || refused != 19 || known[7] != 1 {
			t.Errorf("%d decided and %d were refused; it is noted %d times", first, refused, known[7])
		}
		for i := range 20 {
			if known[100+i] != 1 {
				t.Errorf("note %d was kept %d times", i, known[100+i])
			}
		}
	})
}

// TestAppendingNothingDoesNotProveTheJournal: one that failed looks no sounder.
func TestAppendingNothingDoesNotProveTheJournal(t *testing.T) {
	book := &notebook{broken: errors.New("disk full")}
	l := newLedger(book, NewMetrics(nil), slog.New(slog.DiscardHandler), func([]invitation.Entry) {})
	if err := l.note(invitation.Entry{Kind: invitation.KindShown}); !errors.Is(err, invitation.NotKept) {
		t.Fatalf("kept on a full disk: %v", err)
	}
	if err := l.decide("", func() ([]invitation.Entry, error) { return nil, nil }); err != nil {
		t.Fatal(err)
	}
	if l.brokenSince().IsZero() {
		t.Error("the journal is taken for sound")
	}
	book.broken = nil
	if err := l.note(invitation.Entry{Kind: invitation.KindShown}); err != nil || !l.brokenSince().IsZero() {
		t.Errorf("a journal that works again is broken since %v: %v", l.brokenSince(), err)
	}
}
