package crashtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // reads the bot's database
)

// unsure counts what the journal in the database knows as begun and not as ended.
func unsure(ctx context.Context, address string) (c Count, err error) {
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
