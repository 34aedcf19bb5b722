package journal

import (
	"context"
	_ "embed"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/docspace-invite-bot/bot/internal/remedy"
)

//go:embed postgres1.sql
var postgres1 string

// postgresMigrations make the schema what this version needs: the first of nothing, each other of the
// one before. Never change one that was released; add one. compatible is the oldest version of the bot,
// by its number of migrations, that works on the schema as well: while replicas are replaced one by
// one, both are at work. A migration that an older version cannot bear is split in two releases.
var postgresMigrations = []struct {
	sql        string
	compatible int
}{
	{postgres1, 1},
}

// migrationLock is what replicas that start together queue for, in pg_advisory_xact_lock: "DSIB".
const migrationLock = applicationID

// migratePostgres brings the tables in the schema up to date, all or nothing.
func migratePostgres(ctx context.Context, pool *pgxpool.Pool, schema string) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", migrationLock); err != nil {
			return err
		}
		version, err := versionOf(ctx, tx, schema)
		if err != nil || version >= len(postgresMigrations) {
			return err
		}
		if version == 0 {
			if _, err := tx.Exec(ctx, "CREATE SCHEMA IF NOT EXISTS "+pgx.Identifier{schema}.Sanitize()); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `CREATE TABLE docspace_bot_schema (
				one boolean PRIMARY KEY DEFAULT true CHECK (one), version int NOT NULL, compatible int NOT NULL)`); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, "INSERT INTO docspace_bot_schema (version, compatible) VALUES (0, 0)"); err != nil {
				return err
			}
		}
		for _, m := range postgresMigrations[version:] {
			if _, err := tx.Exec(ctx, m.sql); err != nil {
				return fmt.Errorf("bring the schema up to date: %w", err)
			}
			if _, err := tx.Exec(ctx, "UPDATE docspace_bot_schema SET version = version + 1, compatible = $1", m.compatible); err != nil {
				return err
			}
		}
		return nil
	})
}

// versionOf returns the version of the schema; 0 when there is none. It refuses the tables of another
// program, and those of a version that this one cannot work with.
func versionOf(ctx context.Context, tx pgx.Tx, schema string) (version int, err error) {
	var ours, others, usable bool
	if err := tx.QueryRow(ctx, `SELECT
		EXISTS (SELECT FROM pg_tables WHERE schemaname = $1 AND tablename = 'docspace_bot_schema'),
		EXISTS (SELECT FROM pg_tables WHERE schemaname = $1),
		coalesce((SELECT has_schema_privilege(oid, 'USAGE') FROM pg_namespace WHERE nspname = $1), true)`, schema).Scan(&ours, &others, &usable); err != nil {
		return 0, err
	}
	switch {
	case !usable:
		return 0, remedy.Explain(remedy.DatabaseRights, errors.New("schema "+schema))
	case !ours && others:
		return 0, remedy.Explain(remedy.DatabaseForeign, errors.New("schema "+schema))
	case !ours:
		return 0, nil
	}
	var compatible int
	if err := tx.QueryRow(ctx, "SELECT version, compatible FROM docspace_bot_schema").Scan(&version, &compatible); err != nil {
		return 0, err
	}
	if compatible > len(postgresMigrations) {
		return 0, remedy.Explain(remedy.StateNewer, fmt.Errorf("schema %d, this one knows %d", version, len(postgresMigrations)))
	}
	return version, nil
}
