package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/remedy"
)

// Replay reads the entries, oldest first. An entry that cannot be read ends it.
func (j *SQLite) Replay(ctx context.Context, since time.Time, yield func(invitation.Entry) error) error {
	err := replayRows(ctx, j.db, since, yield)
	if err = inPlainWords(err); err != nil {
		return fmt.Errorf("state file %s: %w", j.path, err)
	}
	return nil
}

func replayRows(ctx context.Context, db *sql.DB, since time.Time, yield func(invitation.Entry) error) error {
	rows, err := db.QueryContext(ctx, `
		SELECT seq, invitation, entry, sum FROM entries
		 WHERE invitation NOT IN (SELECT invitation FROM finished WHERE at < ?)
		 ORDER BY seq`, since.UnixMicro())
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var seq int64
		var invitation string
		var text []byte
		var sum sql.NullInt64
		if err := rows.Scan(&seq, &invitation, &text, &sum); err != nil {
			return err
		}
		if sum.Valid && sum.Int64 != checksum(invitation, text) {
			return remedy.Explain(remedy.StateDamaged, fmt.Errorf("entry %d is not as it was written", seq))
		}
		e, err := decodeEntry(seq, text)
		if err == nil {
			err = yield(e)
		}
		if err != nil {
			return err
		}
	}
	return rows.Err()
}

// checksum is what tells an entry that was damaged in a place where SQLite and JSON do not care.
func checksum(invitation string, entry []byte) int64 {
	return int64(crc32.Update(crc32.ChecksumIEEE([]byte(invitation)), crc32.IEEETable, entry))
}

var errNoEntry = errors.New("it lacks what an entry of its kind has")

func decodeEntry(seq int64, text []byte) (e invitation.Entry, err error) {
	err = json.Unmarshal(text, &e)
	if err == nil && !e.Whole() {
		err = errNoEntry
	}
	if err != nil {
		err = remedy.Explain(remedy.StateDamaged, fmt.Errorf("entry %d cannot be read: %w", seq, err))
	}
	return e, err
}
