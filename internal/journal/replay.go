package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

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
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ahead := make(chan *chunk, chunksAhead)
	failed := make(chan error, 1)
	go func() {
		defer close(ahead)
		failed <- j.read(ctx, since, ahead)
	}()
	err := tell(ahead, yield)
	if err != nil {
		cancel()
		for range ahead { // until the reader has ended
			continue
		}
	}
	if read := <-failed; err == nil {
		err = inPlainWords(read)
	}
	if err != nil {
		return fmt.Errorf("state file %s: %w", j.path, err)
	}
	return nil
}

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
func (j *SQLite) read(ctx context.Context, since time.Time, ahead chan<- *chunk) error {
	rows, err := j.db.QueryContext(ctx, `
		SELECT seq, entry FROM entries
		 WHERE invitation NOT IN (SELECT invitation FROM finished WHERE at < ?)
		 ORDER BY seq`, since.UnixMicro())
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	next := func() *chunk { return &chunk{decoded: make(chan struct{})} }
	c := next()
	send := func() error {
		go c.decode()
		select {
		case ahead <- c:
		case <-ctx.Done():
			return ctx.Err()
		}
		c = next()
		return nil
	}
	for rows.Next() {
		var seq int64
		var text []byte
		if err := rows.Scan(&seq, &text); err != nil {
			return err
		}
		c.seqs, c.texts = append(c.seqs, seq), append(c.texts, text)
		if len(c.seqs) == chunkSize {
			if err := send(); err != nil {
				return err
			}
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return send()
}

var errNoEntry = errors.New("it names no kind and no invitation")

// decode reads the entries up to the first that is damaged.
func (c *chunk) decode() {
	defer close(c.decoded)
	c.entries = make([]tracker.Entry, 0, len(c.texts))
	for i, text := range c.texts {
		var e tracker.Entry
		err := json.Unmarshal(text, &e)
		if err == nil && (e.Kind == "" || e.Invitation == "") {
			err = errNoEntry
		}
		if err != nil {
			c.err = fmt.Errorf("entry %d cannot be read (%w)%s", c.seqs[i], err, advice[sqlite3.SQLITE_CORRUPT])
			return
		}
		c.entries = append(c.entries, e)
	}
}
