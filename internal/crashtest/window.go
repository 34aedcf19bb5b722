package crashtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // reads the bot's state file
)

// unsure counts what the journal in the file knows as begun and not as ended. It only reads.
// A file that is not there yet holds nothing.
func unsure(ctx context.Context, path string) (c Count, err error) {
	if path == memory {
		return c, nil
	}
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return c, nil
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return c, fmt.Errorf("read the state file: %w", err)
	}
	file := url.URL{Scheme: "file", Path: filepath.ToSlash(absolute), RawQuery: "mode=ro&_pragma=busy_timeout(4000)"}
	db, err := sql.Open("sqlite", file.String())
	if err != nil {
		return c, fmt.Errorf("read the state file: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if c, err = readUnsure(ctx, db); err != nil {
		return c, fmt.Errorf("read the state file %s: %w", path, err)
	}
	return c, nil
}

func readUnsure(ctx context.Context, db *sql.DB) (c Count, err error) {
	var there int
	err = db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master WHERE type = 'view' AND name = 'unsure'").Scan(&there)
	if err != nil || there == 0 { // killed before it had made its tables
		return c, err
	}
	rows, err := db.QueryContext(ctx, "SELECT effect, count(*) FROM unsure GROUP BY effect")
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var effect string
		var n int
		if err := rows.Scan(&effect, &n); err != nil {
			return c, err
		}
		c.add(effect, n)
	}
	return c, rows.Err()
}
