package crashtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // reads the bot's database
	_ "modernc.org/sqlite"             // reads the bot's state file
)

// unsure counts what the journal in the file knows as begun and not as ended. It undoes what a killed
// bot left of a commit, and changes nothing else. A file that is not there yet holds nothing.
func unsure(ctx context.Context, path string) (c Count, err error) {
	if path == memory {
		return c, nil
	}
	if strings.HasPrefix(path, "postgres://") {
		return unsureIn(ctx, path)
	}
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return c, nil
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return c, fmt.Errorf("read the state file: %w", err)
	}
	file := url.URL{Scheme: "file", Path: filepath.ToSlash(absolute), RawQuery: "_pragma=busy_timeout(4000)"}
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

// unsureIn counts that in a database.
func unsureIn(ctx context.Context, address string) (c Count, err error) {
	db, err := sql.Open("pgx", withoutLease(address))
	if err != nil {
		return c, fmt.Errorf("read the database: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if c, err = countUnsure(ctx, db); err != nil {
		return c, fmt.Errorf("read the database: %w", err)
	}
	return c, nil
}

// withoutLease takes out of the address what only the bot understands.
func withoutLease(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	query := u.Query()
	query.Del("lease")
	u.RawQuery = query.Encode()
	return u.String()
}

func readUnsure(ctx context.Context, db *sql.DB) (c Count, err error) {
	var there int
	err = db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master WHERE type = 'view' AND name = 'unsure'").Scan(&there)
	if err != nil || there == 0 { // killed before it had made its tables
		return c, err
	}
	return countUnsure(ctx, db)
}

func countUnsure(ctx context.Context, db *sql.DB) (c Count, err error) {
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
