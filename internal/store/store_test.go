package store_test

import (
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"leadtriage/internal/backing"
	"leadtriage/internal/store"
)

func TestMain(m *testing.M) { backing.Run(m) }

func open(t testing.TB, url string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), url, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSQLite(t *testing.T) {
	runSuite(t, func(t testing.TB) *store.Store {
		return open(t, "sqlite://"+filepath.Join(t.TempDir(), "leads.db"))
	})
}

func TestPostgres(t *testing.T) {
	runSuite(t, func(t testing.TB) *store.Store { return open(t, backing.PostgresURL(t)) })
}

// Behind a pooler that hands out a connection for each transaction statements cannot be
// prepared. Whoever runs one chooses one of these modes in DATABASE_URL.
func TestBehindAPooler(t *testing.T) {
	for _, mode := range []string{"simple_protocol", "exec"} {
		t.Run(mode, func(t *testing.T) {
			runSuite(t, func(t testing.TB) *store.Store {
				return open(t, backing.PooledURL(t)+"?default_query_exec_mode="+mode)
			})
		})
	}
}

// A Postgres that answers and refuses is not to be started.
func TestOpenWithAWrongRoleOrDatabase(t *testing.T) {
	good, err := url.Parse(backing.PostgresURL(t))
	if err != nil {
		t.Fatal(err)
	}
	role, database := *good, *good
	role.User, database.Path = url.User("nobody_here"), "/nowhere"
	for want, u := range map[string]url.URL{"nobody_here": role, "nowhere": database} {
		_, err := store.Open(t.Context(), u.String(), 0)
		if err == nil || strings.Contains(err.Error(), "start it") || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "Postgres refuses") {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestOpenSaysWhatToWrite(t *testing.T) {
	for _, url := range []string{"", "mysql://x", "sqlite://", "sqlite:", "leads.db"} {
		if s, err := store.Open(t.Context(), url, 0); err == nil {
			s.Close()
			t.Errorf("%q was opened", url)
		}
	}
}
