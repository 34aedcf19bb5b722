package journal

import "testing"

// TestDatabaseIsPrivateWithACheckedCertificate: a database on another machine is private only where its certificate
// is checked, its name included.
func TestDatabaseIsPrivateWithACheckedCertificate(t *testing.T) {
	for address, want := range map[string]bool{
		"postgres://bot@127.0.0.1/x":                               true,
		"postgres://bot@[::1]:5433/x":                              true,
		"postgres://bot@localhost/x?sslmode=disable":               true,
		"postgres:///x?host=/run/postgresql&user=bot":              true,
		"postgres://bot@db.example/x":                              false, // encrypted if the other side likes
		"postgres://bot@db.example/x?sslmode=disable":              false,
		"postgres://bot@db.example/x?sslmode=require":              false, // by anybody's certificate
		"postgres://bot@db.example/x?sslmode=verify-full":          true,
		"postgres://bot@localhost,db.example/x?sslmode=disable":    false,
		"postgres://bot@a.example,b.example/x?sslmode=verify-full": true,
	} {
		config, _, err := parse(address)
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		if got := isPrivate(config); got != want {
			t.Errorf("%s is private: %t, want %t", address, got, want)
		}
	}
}

func TestAddressesThatCannotBe(t *testing.T) {
	for _, address := range []string{
		"postgres://bot@[::1/x", "postgres://bot@db.example:port/x", "postgres://bot@db.example/x?lease=5s", "postgres://bot@db.example/x?pool_max_conns=3",
		"postgres://bot@db.example/x?search_path=a,b", "postgres://bot@db.example/x?sslmode=perhaps",
	} {
		if err := CheckPostgres(address); err == nil {
			t.Errorf("%s was taken", address)
		}
	}
	if err := CheckPostgres("postgresql://bot@db.example/x?application_name=bot&search_path=bot"); err != nil {
		t.Error(err)
	}
}
