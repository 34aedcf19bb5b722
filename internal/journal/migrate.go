package journal

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"

	"github.com/docspace-invite-bot/bot/internal/remedy"
)

//go:embed schema.sql
var schema string

//go:embed schema2.sql
var schema2 string

// migrations make the schema what this version needs: the first of an empty file, each other
// of the one before. Never change one that was released; add one.
var migrations = []string{
	schema,
	schema2,
}

// applicationID marks the file as this bot's, for file(1) and for us: "DSIB".
const applicationID = 0x44534942

// identify returns the version of the file's schema; 0 for an empty file. It refuses a file
// that belongs to another program or to a newer version. It changes nothing.
func identify(ctx context.Context, db *sql.DB) (version int, err error) {
	var application, tables int
	if err := db.QueryRowContext(ctx, `
		SELECT (SELECT application_id FROM pragma_application_id), (SELECT user_version FROM pragma_user_version),
		       (SELECT count(*) FROM sqlite_schema)`).Scan(&application, &version, &tables); err != nil {
		return 0, err
	}
	switch {
	case application != applicationID && (application != 0 || version != 0 || tables != 0):
		return 0, remedy.Explain(remedy.StateForeign, errors.New("the database of another program"))
	case version > len(migrations):
		return 0, remedy.Explain(remedy.StateNewer, fmt.Errorf("schema %d, this one knows %d", version, len(migrations)))
	}
	return version, nil
}

// migrate brings the file from the version to this one's schema, all or nothing.
func migrate(ctx context.Context, db *sql.DB, version int) error {
	if version == len(migrations) {
		return nil
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	for _, migration := range migrations[version:] {
		if _, err := tx.ExecContext(ctx, migration); err != nil {
			return fmt.Errorf("bring the schema up to date: %w", err)
		}
	}
	mark := fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, len(migrations))
	if _, err := tx.ExecContext(ctx, mark); err != nil {
		return err
	}
	return tx.Commit()
}
