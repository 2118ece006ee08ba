package main

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"leadtriage/internal/backing"
)

// Every command that opens the records refuses those that only a newer program may use.
func TestMigratedByANewerProgram(t *testing.T) {
	path := filepath.Join(t.TempDir(), "leads.db")
	for driver, url := range map[string]string{"sqlite": "sqlite://" + path, "pgx": backing.PostgresURL(t)} {
		if code, _, errOut := leadtriage(t, url, "migrate"); code != done {
			t.Fatal(errOut)
		}
		source := url
		if driver == "sqlite" {
			source = path
		}
		db, err := sql.Open(driver, source)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.Exec(`UPDATE compatibility SET min_version = 10000`); err != nil {
			t.Fatal(err)
		}
		lines := []string{"run", "api", "worker", "migrate", "lead list", "lead show x", "lead retry x", "usage", "score --replay"}
		for _, line := range lines {
			environ := []string{"DATABASE_URL=" + url, "REDIS_URL=redis://127.0.0.1:1", "LEADTRIAGE_ADDR=127.0.0.1:0"}
			var out strings.Builder
			code := run(t.Context(), strings.Fields(line), environ, &out, &out)
			if code != failed || !strings.Contains(out.String(), "one that knows schema 10000 is needed") {
				t.Errorf("%s on %s: %d %s", line, driver, code, &out)
			}
		}
	}
}
