package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"time"

	"github.com/docspace-invite-bot/bot/internal/remedy"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

const (
	// chunkSize is how many entries are decoded together, chunksAhead how many chunks are
	// read before the first of them is told: decoding takes as long as reading.
	chunkSize   = 256
	chunksAhead = 8
)

// chunk is a run of entries between the file and the tracker.
type chunk struct {
	seqs    []int64
	texts   [][]byte
	entries []tracker.Entry
	err     error
	decoded chan struct{}
}

// Replay reads the entries, oldest first. An entry that cannot be read ends it.
func (j *SQLite) Replay(ctx context.Context, since time.Time, yield func(tracker.Entry) error) error {
	err := replayRows(ctx, j.db, since, yield)
	if err = inPlainWords(err); err != nil {
		return fmt.Errorf("state file %s: %w", j.path, err)
	}
	return nil
}

func replayRows(ctx context.Context, db *sql.DB, since time.Time, yield func(tracker.Entry) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	rows, err := db.QueryContext(ctx, `
		SELECT seq, invitation, entry, sum FROM entries
		 WHERE invitation NOT IN (SELECT invitation FROM finished WHERE at < ?)
		 ORDER BY seq`, since.UnixMicro())
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	return replay(ctx, yield, func() (seq int64, text []byte, ok bool, err error) {
		if !rows.Next() {
			return 0, nil, false, rows.Err()
		}
		var invitation string
		var sum sql.NullInt64
		if err := rows.Scan(&seq, &invitation, &text, &sum); err != nil {
			return 0, nil, false, err
		}
		if sum.Valid && sum.Int64 != checksum(invitation, text) {
			return 0, nil, false, remedy.Explain(remedy.StateDamaged, fmt.Errorf("entry %d is not as it was written", seq))
		}
		return seq, text, true, nil
	})
}

// checksum is what tells an entry that was damaged in a place where SQLite and JSON do not care.
func checksum(invitation string, entry []byte) int64 {
	return int64(crc32.Update(crc32.ChecksumIEEE([]byte(invitation)), crc32.IEEETable, entry))
}

// replay tells the entries that next reads one after the other. Reading, decoding and telling go on
// beside each other.
func replay(ctx context.Context, yield func(tracker.Entry) error, next nextRow) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ahead := make(chan *chunk, chunksAhead)
	failed := make(chan error, 1)
	go func() {
		defer close(ahead)
		failed <- read(ctx, next, ahead)
	}()
	err := tell(ahead, yield)
	if err != nil {
		cancel()
		for range ahead { // until the reader has ended
			continue
		}
	}
	if read := <-failed; err == nil {
		err = read
	}
	return err
}

// nextRow reads one entry; ok is false after the last one.
type nextRow = func() (seq int64, text []byte, ok bool, err error)

func tell(ahead <-chan *chunk, yield func(tracker.Entry) error) error {
	for c := range ahead {
		<-c.decoded
		for _, e := range c.entries {
			if err := yield(e); err != nil {
				return err
			}
		}
		if c.err != nil {
			return c.err
		}
	}
	return nil
}

// read sends the entries on in chunks, each being decoded.
func read(ctx context.Context, next nextRow, ahead chan<- *chunk) error {
	c := &chunk{decoded: make(chan struct{})}
	send := func() error {
		go c.decode()
		select {
		case ahead <- c:
		case <-ctx.Done():
			return ctx.Err()
		}
		c = &chunk{decoded: make(chan struct{})}
		return nil
	}
	for {
		seq, text, ok, err := next()
		switch {
		case err != nil:
			return err
		case !ok:
			return send()
		}
		c.seqs, c.texts = append(c.seqs, seq), append(c.texts, text)
		if len(c.seqs) == chunkSize {
			if err := send(); err != nil {
				return err
			}
		}
	}
}

var errNoEntry = errors.New("it lacks what an entry of its kind has")

// decode reads the entries up to the first that is damaged.
func (c *chunk) decode() {
	defer close(c.decoded)
	c.entries = make([]tracker.Entry, 0, len(c.texts))
	for i, text := range c.texts {
		e, err := decodeEntry(c.seqs[i], text)
		if err != nil {
			c.err = err
			return
		}
		c.entries = append(c.entries, e)
	}
}

func decodeEntry(seq int64, text []byte) (e tracker.Entry, err error) {
	err = json.Unmarshal(text, &e)
	if err == nil && !e.Whole() {
		err = errNoEntry
	}
	if err != nil {
		err = remedy.Explain(remedy.StateDamaged, fmt.Errorf("entry %d cannot be read: %w", seq, err))
	}
	return e, err
}
