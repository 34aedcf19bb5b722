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

const (
	// applicationID marks the file as this bot's, for file(1) and for us: "DSIB".
	applicationID = 0x44534942
	// schemaVersion is the one schema there is. withoutSums is what the bot wrote before it was ever
	// released: such a file is taken over.
	schemaVersion = 3
	withoutSums   = 2
)

// identify returns the version of the file's schema; 0 for an empty file. It refuses a file
// that belongs to another program or to a newer version. It changes nothing.
func identify(ctx context.Context, db *sql.DB) (version int, err error) {
	var application, tables int
	if err := db.QueryRowContext(ctx, `
		SELECT (SELECT application_id FROM pragma_application_id), (SELECT user_version FROM pragma_user_version),
		       (SELECT count(*) FROM sqlite_schema)`).Scan(&application, &version, &tables); err != nil {
		return 0, err
	}
	switch empty := application == 0 && version == 0 && tables == 0; {
	case empty:
		return 0, nil
	case application != applicationID:
		return 0, remedy.Explain(remedy.StateForeign, errors.New("the database of another program"))
	case version > schemaVersion:
		return 0, remedy.Explain(remedy.StateNewer, fmt.Errorf("schema %d, this one knows %d", version, schemaVersion))
	case version < withoutSums:
		return 0, remedy.Explain(remedy.StateDamaged, fmt.Errorf("schema %d, which no bot writes", version))
	}
	return version, nil
}

// examine reads the whole file and refuses one whose pages do not fit together.
func examine(ctx context.Context, db *sql.DB) error {
	var verdict string
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return err
	}
	if verdict != "ok" {
		return remedy.Explain(remedy.StateDamaged, errors.New(verdict))
	}
	return nil
}

// prepare makes the tables, or takes over those of a file withoutSums, all or nothing.
func prepare(ctx context.Context, db *sql.DB, version int) error {
	statements := schema
	switch version {
	case schemaVersion:
		return nil
	case withoutSums:
		statements = "ALTER TABLE entries ADD COLUMN sum INTEGER;"
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	mark := fmt.Sprintf("; PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, schemaVersion)
	if _, err := tx.ExecContext(ctx, statements+mark); err != nil {
		return err
	}
	return tx.Commit()
}
