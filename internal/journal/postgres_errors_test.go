package journal

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/docspace-invite-bot/bot/internal/remedy"
)

// TestDatabaseErrorsNameTheirRemedy: what a database, or a pooler before it, answers in the midst of work.
func TestDatabaseErrorsNameTheirRemedy(t *testing.T) {
	for _, tt := range []struct {
		code, message string
		want          remedy.Trouble
		lost          bool // whether what was asked for was done is not known
	}{
		{"26000", `prepared statement "stmt_1" does not exist`, remedy.DatabasePooled, false},
		{"42P05", `prepared statement "stmt_1" already exists`, remedy.DatabasePooled, false},
		{"08P01", "transaction blocks not allowed in statement pooling mode", remedy.DatabasePooled, true},
		{"08P01", `no pg_hba.conf entry for host "10.0.0.1", user "bot", database "bot", no encryption`, remedy.DatabaseUser, true},
		{"08P01", "server login has been failing, try again later (server_login_retry)", remedy.DatabaseAway, true},
		{"08P01", "unsupported startup parameter: options", remedy.DatabasePooler, true},
		{"57P01", "terminating connection due to administrator command", remedy.DatabaseAway, true},
		{"23505", "duplicate key value violates unique constraint", "", false},
	} {
		answer := fmt.Errorf("exec: %w", &pgconn.PgError{Severity: "FATAL", Code: tt.code, Message: tt.message})
		err := forOperators(answer)
		if remedy.Of(err) != tt.want || isLost(answer) != tt.lost || !strings.Contains(err.Error(), tt.message) {
			t.Errorf("%s %s: %q, lost %v: %v", tt.code, tt.message, remedy.Of(err), isLost(answer), err)
		}
	}
	twice := errors.New("failed to connect to `host`:\n\thost: dial error: refused\n\thost: dial error: refused\n\thost: late")
	if got := (oneLine{twice}).Error(); got != "failed to connect to `host`: host: dial error: refused; host: late" {
		t.Errorf("in a line: %s", got)
	}
}
