package journal

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/docspace-invite-bot/bot/internal/remedy"
)

// isLost tells whether the connection was lost: what it was doing may be done or not. An answer of
// the database's is no such thing, save when the database itself is going down.
func isLost(err error) bool {
	if err == nil || remedy.Of(err) != "" {
		return false
	}
	if answer, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch answer.Code[:2] {
		case "08", "57": // connection exceptions; the operator's intervention: shutdown, terminated backends
			return true
		}
		return answer.Code == "25P03" // the transaction was idle for too long
	}
	return true
}

// forOperators says what to do about an error of the database's.
func forOperators(err error) error {
	if err == nil {
		return nil
	}
	if answer, ok := errors.AsType[*pgconn.PgError](err); ok {
		if trouble, known := databaseTroubles[answer.Code]; known {
			return remedy.Explain(trouble, oneLine{err})
		}
		if !isLost(err) {
			return err
		}
	}
	if _, failed := errors.AsType[*pgconn.ConnectError](err); failed || isLost(err) && remedy.Of(err) == "" && !errors.Is(err, context.Canceled) {
		return remedy.Explain(remedy.DatabaseAway, oneLine{err})
	}
	return err
}

// oneLine is an error in a line: who connects in vain hears of each try on a line of its own.
type oneLine struct{ err error }

func (e oneLine) Error() string { return strings.Join(strings.Fields(e.err.Error()), " ") }
func (e oneLine) Unwrap() error { return e.err }

// databaseTroubles are what PostgreSQL's error codes mean for an operator.
var databaseTroubles = map[string]remedy.Trouble{
	"28P01": remedy.DatabasePassword,
	"28000": remedy.DatabaseUser,
	"3D000": remedy.DatabaseMissing,
	"42501": remedy.DatabaseRights,
	"53100": remedy.DatabaseFull,
	"53300": remedy.DatabaseCrowded,
	"25006": remedy.DatabaseStandby,
}
