package journal

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/docspace-invite-bot/bot/internal/reach"
	"github.com/docspace-invite-bot/bot/internal/remedy"
)

// isLost reports whether the connection was lost: what it was doing may be done or not. An answer of
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
		if trouble := troubleOf(answer); trouble != "" {
			return remedy.Explain(trouble, oneLine{err})
		}
		if !isLost(err) {
			return err
		}
	}
	if _, failed := errors.AsType[*pgconn.ConnectError](err); failed || isLost(err) && remedy.Of(err) == "" && !errors.Is(err, context.Canceled) {
		return remedy.Explain(onTheWay(err), oneLine{err})
	}
	return err
}

// onTheWay returns what is wrong on the way to the database.
func onTheWay(err error) remedy.Trouble {
	cause, _ := reach.Why(err)
	switch cause {
	case reach.NoHost:
		return remedy.DatabaseNoHost
	case reach.NameServer:
		return remedy.NameServer
	case reach.Refused:
		return remedy.DatabaseRefused
	case reach.Expired, reach.WrongName, reach.Untrusted:
		return remedy.DatabaseCert
	}
	if strings.HasSuffix(err.Error(), "server refused TLS connection") { // and was not tried without
		return remedy.DatabaseNoTLS
	}
	return remedy.DatabaseAway
}

// Passes reports whether what keeps a database from being opened may pass without anyone changing the
// settings.
func Passes(err error) bool {
	switch remedy.Of(err) {
	case remedy.DatabaseAway, remedy.DatabaseRefused, remedy.DatabaseNoHost, remedy.NameServer, remedy.DatabaseCrowded, remedy.DatabasePooler:
		return true
	}
	return false
}

// troubleOf returns what an answer of the database's, or of a pooler's before it, means.
func troubleOf(answer *pgconn.PgError) remedy.Trouble {
	if answer.Code != protocolViolation {
		return databaseTroubles[answer.Code]
	}
	for _, known := range poolerTroubles {
		if strings.Contains(answer.Message, known.says) {
			return known.trouble
		}
	}
	return remedy.DatabasePooler
}

// protocolViolation is the one code with which PgBouncer refuses anything, and PostgreSQL next to nothing.
const protocolViolation = "08P01"

// poolerTroubles are what PgBouncer's words mean, and PostgreSQL's, which it hands on without their code.
// The first that fits counts.
var poolerTroubles = []struct {
	says    string
	trouble remedy.Trouble
}{
	{"authentication failed", remedy.DatabasePassword},
	{"no such user", remedy.DatabaseUser},
	{"pg_hba.conf", remedy.DatabaseUser},
	{"role \"", remedy.DatabaseUser},
	{"no such database", remedy.DatabaseMissing},
	{"database \"", remedy.DatabaseMissing},
	{"no more connections allowed", remedy.DatabaseCrowded},
	{"too many clients", remedy.DatabaseCrowded},
	{"query_wait_timeout", remedy.DatabaseCrowded},
	{"server login", remedy.DatabaseAway},
	{"statement pooling mode", remedy.DatabasePooled},
}

// oneLine is an error in a line: who connects in vain hears of each try on a line of its own, with and
// without encryption of the same.
type oneLine struct{ err error }

func (e oneLine) Error() string {
	var said []string
	for line := range strings.Lines(e.err.Error()) {
		if line = strings.Join(strings.Fields(line), " "); line != "" && !slices.Contains(said, line) {
			said = append(said, line)
		}
	}
	return strings.Replace(strings.Join(said, "; "), ":; ", ": ", 1)
}

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
	"26000": remedy.DatabasePooled, // the statement was prepared in another session
	"42P05": remedy.DatabasePooled,
}
