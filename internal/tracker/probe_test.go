package tracker

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// disk is a journal whose disk may be full.
type disk struct {
	notebook
	full            atomic.Bool
	probes, appends atomic.Int32
}

func (d *disk) Append(context.Context, ...invitation.Entry) error {
	d.appends.Add(1)
	return d.state()
}

func (d *disk) Probe(context.Context) error {
	d.probes.Add(1)
	return d.state()
}

func (d *disk) state() error {
	if d.full.Load() {
		return errors.New("the disk is full")
	}
	return nil
}

// TestFullDiskIsNoticedWithoutACommand: the journal is tried once a minute, told of as if someone
// had typed a command, and not tried while it is in use.
func TestFullDiskIsNoticedWithoutACommand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		journal := new(disk)
		tr := New(journal, nil, nil, Options{Log: slog.New(slog.DiscardHandler)})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); tr.probe(ctx) }()
		defer func() { cancel(); <-ended }()

		for range 10 {
			time.Sleep(probeEvery / 2)
			if err := tr.ledger.note(invitation.Entry{Kind: invitation.KindShown, At: time.Now(), Invitation: "a"}); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if n := journal.probes.Load(); n > 1 {
			t.Errorf("a journal in use was tried %d times", n)
		}
		journal.full.Store(true)
		full := time.Now()
		time.Sleep(2 * probeEvery)
		synctest.Wait()
		if unkept := tr.Health().Unkept; unkept.IsZero() || unkept.Sub(full) > 2*probeEvery {
			t.Errorf("the disk is full since %v, known since %v", full, unkept)
		}
		journal.full.Store(false)
		time.Sleep(probeEvery)
		synctest.Wait()
		if unkept := tr.Health().Unkept; !unkept.IsZero() {
			t.Errorf("the disk has room again, and is still called full since %v", unkept)
		}
		before := journal.probes.Load()
		time.Sleep(time.Hour)
		synctest.Wait()
		if n := journal.probes.Load() - before; n < 59 || n > 60 {
			t.Errorf("%d tries in an hour, want one a minute", n)
		}
	})
}
