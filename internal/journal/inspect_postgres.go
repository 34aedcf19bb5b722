package journal

import (
	"context"
	"errors"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/docspace-invite-bot/bot/internal/remedy"
)

// DatabaseInspection is what can be told of a database without changing it.
type DatabaseInspection struct {
	// Version is PostgreSQL's, such as 15.18.
	Version string
	// Exists is false when the tables would be made at the start.
	Exists bool
	// Leader is the machine of the bot that leads at this moment, "" for none.
	Leader string
	// InClear says that others on the network may read along.
	InClear bool
}

// InspectPostgres reports whether [OpenPostgres] would open the database at the address, and that
// entries could be kept in it. It changes nothing, and no bot notices. The error tells the trouble.
func InspectPostgres(ctx context.Context, address string) (DatabaseInspection, error) {
	var found DatabaseInspection
	config, schema, err := parse(address)
	if err != nil {
		return found, err
	}
	found.InClear = !isPrivate(config)
	conn, err := session(ctx, config, schema)
	if err != nil {
		return found, forOperators(err)
	}
	defer hangUp(conn)
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly})
	if err != nil {
		return found, forOperators(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	return found, forOperators(found.look(ctx, tx, schema))
}

func (found *DatabaseInspection) look(ctx context.Context, tx pgx.Tx, schema string) error {
	var standby, mayCreate bool
	err := tx.QueryRow(ctx, `SELECT current_setting('server_version'), pg_is_in_recovery(),
		coalesce((SELECT has_schema_privilege(oid, 'CREATE') FROM pg_namespace WHERE nspname = $1), has_database_privilege(current_database(), 'CREATE'))`,
		schema).Scan(&found.Version, &standby, &mayCreate)
	if err != nil {
		return err
	}
	found.Exists, err = hasTables(ctx, tx, schema)
	switch {
	case err != nil:
		return err
	case standby:
		return remedy.Explain(remedy.DatabaseStandby, nil)
	case !found.Exists && !mayCreate:
		return remedy.Explain(remedy.DatabaseRights, errors.New("schema "+strconv.Quote(schema)))
	case !found.Exists:
		return nil
	}
	var mayWrite bool
	if err := tx.QueryRow(ctx, "SELECT has_table_privilege('entries', 'INSERT, SELECT, DELETE') AND has_table_privilege('leader', 'UPDATE')").
		Scan(&mayWrite); err != nil {
		return err
	}
	if !mayWrite {
		return remedy.Explain(remedy.DatabaseRights, errors.New("schema "+strconv.Quote(schema)))
	}
	err = tx.QueryRow(ctx, "SELECT name FROM leader JOIN pg_locks USING (pid) WHERE "+lockHeld).Scan(&found.Leader)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}
