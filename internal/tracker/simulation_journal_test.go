package tracker_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// book is the file that the journal keeps: lines of JSON, because nothing else survives a
// process. The world's mutex guards it.
type book struct {
	lines    []line
	finished map[invitation.ID]time.Time
	keys     map[invitation.ID]string // never forgotten, for the reports
	accepted map[string]int           // how many invitations each key led to
	told     []line                   // all lines that ever were
	writing  bool
}

type line struct {
	invitation invitation.ID
	kind       invitation.Kind
	at         time.Time
	text       []byte
}

func newBook() book {
	return book{finished: map[invitation.ID]time.Time{}, keys: map[invitation.ID]string{}, accepted: map[string]int{}}
}

func (b *book) keep(entries []invitation.Entry) {
	for _, e := range entries {
		text, err := json.Marshal(e)
		if err != nil {
			panic(err)
		}
		switch e.Kind {
		case invitation.KindAccepted:
			b.keys[e.Invitation] = e.Request.Keys[0]
			b.accepted[e.Request.Keys[0]]++
		case invitation.KindFinished:
			b.finished[e.Invitation] = e.At
		}
		b.lines = append(b.lines, line{e.Invitation, e.Kind, e.At, text})
		b.told = append(b.told, line{e.Invitation, e.Kind, e.At, text})
	}
}

func (b *book) replay(since time.Time, yield func(invitation.Entry) error) error {
	for _, l := range b.lines {
		if end, over := b.finished[l.invitation]; over && end.Before(since) {
			continue
		}
		var e invitation.Entry
		if err := json.Unmarshal(l.text, &e); err != nil {
			return err
		}
		if err := yield(e); err != nil {
			return err
		}
	}
	return nil
}

func (b *book) prune(before time.Time) (dropped int) {
	gone := map[invitation.ID]bool{}
	for id, end := range b.finished {
		if end.Before(before) {
			gone[id] = true
			delete(b.finished, id)
		}
	}
	if len(gone) == 0 {
		return 0
	}
	var kept []line
	for _, l := range b.lines {
		if !gone[l.invitation] {
			kept = append(kept, l)
		}
	}
	b.lines = kept
	return len(gone)
}

// journal is the book as one incarnation of the bot writes it.
type journal struct{ *bot }

var (
	_ tracker.Journal = journal{}
	_ tracker.Journal = readOnly{}
)

func (j journal) Append(ctx context.Context, entries ...invitation.Entry) error {
	w := j.world
	w.mu.Lock()
	if j.isDead() {
		w.mu.Unlock()
		return errDead
	}
	if w.book.writing {
		w.fail("", "two goroutines append at once")
	}
	w.book.writing = true
	name := w.nameOf(entries[0])
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.book.writing = false
	}()
	return j.call(ctx, "append", name, func() error {
		if w.plan.in(diskFull, "", w.clock()) {
			return errors.New("disk full")
		}
		w.book.keep(entries)
		w.actionsDone(entries)
		return nil
	})
}

// nameOf names an entry by what the seed knows, which ids are not.
func (w *world) nameOf(e invitation.Entry) string {
	key := w.book.keys[e.Invitation]
	if e.Request != nil {
		key = e.Request.Keys[0]
	}
	return fmt.Sprint(e.Kind, " ", key, " ", e.Invitee, " ", e.Effect)
}

func (j journal) Replay(_ context.Context, since time.Time, yield func(invitation.Entry) error) error {
	return readOnly{j.world}.Replay(context.Background(), since, yield)
}

func (j journal) Prune(_ context.Context, before time.Time) (int, error) {
	j.world.mu.Lock()
	defer j.world.mu.Unlock()
	if j.isDead() {
		return 0, errDead
	}
	if j.world.plan.in(diskFull, "", j.world.clock()) {
		return 0, errors.New("disk full")
	}
	return j.world.book.prune(before), nil
}

// readOnly is the book for a bot that is only to remember.
type readOnly struct{ world *world }

func (r readOnly) Append(context.Context, ...invitation.Entry) error {
	return errors.New("this journal is only read")
}

func (r readOnly) Prune(context.Context, time.Time) (int, error) { return 0, nil }

func (r readOnly) Replay(_ context.Context, since time.Time, yield func(invitation.Entry) error) error {
	r.world.mu.Lock()
	lines := book{lines: r.world.book.lines, finished: maps.Clone(r.world.book.finished)}
	r.world.mu.Unlock()
	return lines.replay(since, yield)
}
