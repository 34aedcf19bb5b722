package journal

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/docspace-invite-bot/bot/internal/remedy"
)

//go:embed postgres.sql
var postgresTables string

// postgresVersion is the version of these tables.
const postgresVersion = 1

// postgresColumns are the columns that the bot reads and writes.
var postgresColumns = []string{
	"entries.entry text", "entries.invitation text", "entries.seq bigint",
	"finished.at timestamp with time zone", "finished.invitation text", "finished.upto bigint",
	"leader.at timestamp with time zone", "leader.name text", "leader.pid integer",
}

// makeTables makes the tables in the schema, all or nothing, unless they are there. Bots that start
// together queue for a lock.
func makeTables(ctx context.Context, conn *pgx.Conn, schema string) error {
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", int64(applicationID)); err != nil {
			return err
		}
		there, err := hasTables(ctx, tx, schema)
		if err != nil || there {
			return err
		}
		if _, err := tx.Exec(ctx, "CREATE SCHEMA IF NOT EXISTS "+pgx.Identifier{schema}.Sanitize()); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, fmt.Sprintf("%s; CREATE TABLE docspace_bot_schema AS SELECT %d AS version", postgresTables, postgresVersion))
		return err
	})
}

// hasTables reports whether this bot's tables are in the schema. It refuses tables of another program or
// of a newer version, and tables that were changed.
func hasTables(ctx context.Context, tx pgx.Tx, schema string) (bool, error) {
	var ours, others, usable bool
	if err := tx.QueryRow(ctx, `SELECT
		EXISTS (SELECT FROM pg_tables WHERE schemaname = $1 AND tablename = 'docspace_bot_schema'),
		EXISTS (SELECT FROM pg_tables WHERE schemaname = $1),
		coalesce((SELECT has_schema_privilege(oid, 'USAGE') FROM pg_namespace WHERE nspname = $1), true)`, schema).Scan(&ours, &others, &usable); err != nil {
		return false, err
	}
	switch {
	case !usable:
		return false, remedy.Explain(remedy.DatabaseRights, errors.New("schema "+schema))
	case !ours && others:
		return false, remedy.Explain(remedy.DatabaseForeign, errors.New("schema "+schema))
	case !ours:
		return false, nil
	}
	var version int
	if err := tx.QueryRow(ctx, "SELECT version FROM docspace_bot_schema").Scan(&version); err != nil {
		return false, err
	}
	if version > postgresVersion {
		return false, remedy.Explain(remedy.StateNewer, fmt.Errorf("schema %d, this one knows %d", version, postgresVersion))
	}
	return true, checkColumns(ctx, tx, schema)
}

func checkColumns(ctx context.Context, tx pgx.Tx, schema string) error {
	var missing []string
	if err := tx.QueryRow(ctx, `SELECT array_agg(wanted) FROM unnest($2::text[]) AS wanted WHERE wanted NOT IN (
		SELECT c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
		  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
		 WHERE n.nspname = $1 AND NOT a.attisdropped)`, schema, postgresColumns).Scan(&missing); err != nil {
		return err
	}
	if len(missing) > 0 {
		return remedy.Explain(remedy.DatabaseChanged, fmt.Errorf("schema %s lacks %s", schema, strings.Join(missing, ", ")))
	}
	return nil
}
