package journal

import (
	"crypto/tls"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/docspace-invite-bot/bot/internal/secret"
)

// IsPostgres tells whether STATE names a database.
func IsPostgres(state string) bool {
	return strings.HasPrefix(state, "postgres://") || strings.HasPrefix(state, "postgresql://")
}

var errAddress = errors.New("this is no address of a database: it must look like postgres://user:password@host:5432/database")

// CheckPostgres tells whether the address can be understood, without showing any of it: it holds a
// password.
func CheckPostgres(address string) error {
	_, _, err := parse(address)
	return err
}

// parse reads the address. Beside what every PostgreSQL client understands, it may have the parameter
// lease.
func parse(address string) (config *pgxpool.Config, lease time.Duration, err error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, 0, errAddress
	}
	query := u.Query()
	lease = defaultLease
	if text := query.Get("lease"); text != "" {
		if lease, err = time.ParseDuration(text); err != nil || lease < time.Second || lease > time.Minute {
			return nil, 0, errors.New("lease must be between 1s and 1m")
		}
		query.Del("lease")
		u.RawQuery = query.Encode()
	}
	if config, err = pgxpool.ParseConfig(u.String()); err != nil {
		return nil, 0, errAddress
	}
	if schema := config.ConnConfig.RuntimeParams["search_path"]; strings.ContainsAny(schema, ",\" ") {
		return nil, 0, errors.New("search_path must name one schema, and nothing else may be in it")
	}
	return config, lease, nil
}

// isPrivate tells whether nobody on a network can read along, or speak in the database's stead: it
// is on this machine, or its certificate is checked.
func isPrivate(config *pgx.ConnConfig) bool {
	private := func(host string, encrypted *tls.Config) bool {
		return encrypted != nil && !encrypted.InsecureSkipVerify || secret.IsHere(host) || strings.HasPrefix(host, "/")
	}
	for _, other := range config.Fallbacks {
		if !private(other.Host, other.TLSConfig) {
			return false
		}
	}
	return private(config.Host, config.TLSConfig)
}
