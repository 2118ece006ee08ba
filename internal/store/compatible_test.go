package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"leadtriage/internal/backing"
)

// What a newer program made of the records is refused where this one would harm them,
// and used where it would not.
func TestNewerSchemas(t *testing.T) {
	for name, url := range map[string]func(testing.TB) string{
		"sqlite":   func(t testing.TB) string { return "sqlite://" + t.TempDir() + "/leads.db" },
		"postgres": func(t testing.TB) string { return backing.PostgresURL(t) },
	} {
		t.Run(name, func(t *testing.T) {
			url := url(t)
			s := empty(t, url)
			if err := s.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			newest := slices.Max(numbers(t, s))
			become := func(statement string, args ...any) {
				t.Helper()
				if _, err := s.write.ExecContext(t.Context(), statement, args...); err != nil {
					t.Fatal(err)
				}
			}
			become(`INSERT INTO goose_db_version (version_id, is_applied) VALUES ($1, $2)`, newest+1, true)
			for lowest := newest - 2; lowest <= newest; lowest++ { // merely newer
				become(`UPDATE compatibility SET min_version = $1`, lowest)
				newer := empty(t, url)
				if behind, err := newer.Behind(t.Context()); behind || err != nil {
					t.Errorf("lowest %d: behind %v, %v", lowest, behind, err)
				}
				if err := newer.Migrate(t.Context()); err != nil {
					t.Errorf("lowest %d: %v", lowest, err)
				}
			}
			become(`UPDATE compatibility SET min_version = $1`, newest+1)
			refused, err := Open(t.Context(), url, 0)
			if err == nil {
				refused.Close()
				t.Fatal("it was opened")
			}
			want := fmt.Sprintf("made by a newer leadtriage: one that knows schema %d is needed, this one knows %d; "+
				"install it, or restore a backup", newest+1, newest)
			if !strings.Contains(err.Error(), want) {
				t.Errorf("it says %v", err)
			}
			if err := s.Migrate(t.Context()); err == nil || !strings.Contains(err.Error(), want) { // opened before the newer one came
				t.Errorf("migrating says %v", err)
			}
			become(`UPDATE compatibility SET min_version = $1`, newest)
			become(`DELETE FROM compatibility`)
			empty(t, url) // nothing is said
		})
	}
}
