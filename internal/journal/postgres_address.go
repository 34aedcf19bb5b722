package journal

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/docspace-invite-bot/bot/internal/logging"
)

// IsPostgres reports whether STATE names a database.
func IsPostgres(state string) bool {
	return strings.HasPrefix(state, "postgres://") || strings.HasPrefix(state, "postgresql://")
}

var errAddress = errors.New("this is no address of a database: it must look like postgres://user:password@host:5432/database")

// CheckPostgres reports whether the address can be understood, without showing any of it: it holds a
// password.
func CheckPostgres(address string) error {
	_, _, err := parse(address)
	return err
}

// parse reads the address: how to connect, and the schema of the tables. Each connection is a session
// with no statements of its own, and with no parameters that a pooler refuses.
func parse(address string) (config *pgx.ConnConfig, schema string, err error) {
	config, err = pgx.ParseConfig(address)
	if err != nil {
		return nil, "", errAddress
	}
	schema = cmp.Or(config.RuntimeParams["search_path"], defaultSchema)
	if strings.ContainsAny(schema, ",\" ") {
		return nil, "", errors.New("search_path must name one schema, and nothing else may be in it")
	}
	delete(config.RuntimeParams, "search_path")
	for name := range config.RuntimeParams {
		if name != "application_name" && name != "options" {
			return nil, "", fmt.Errorf("%q in the address is no parameter that the bot knows", name)
		}
	}
	config.RuntimeParams["application_name"] = cmp.Or(config.RuntimeParams["application_name"], "docspace-invite-bot")
	config.ConnectTimeout = connectMax
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	return config, schema, nil
}

// isPrivate reports whether no one on a network can read along, or speak in the database's stead: it
// is on this machine, or its certificate is checked.
func isPrivate(config *pgx.ConnConfig) bool {
	private := func(host string, encrypted *tls.Config) bool {
		return encrypted != nil && !encrypted.InsecureSkipVerify || logging.IsLoopback(host) || strings.HasPrefix(host, "/")
	}
	for _, other := range config.Fallbacks {
		if !private(other.Host, other.TLSConfig) {
			return false
		}
	}
	return private(config.Host, config.TLSConfig)
}
