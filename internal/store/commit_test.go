package store

import (
	"testing"
	"time"

	"leadtriage/internal/lead"
)

// What fails at its very end, when everything was written already, was not written: nobody
// is told that it was.
func TestAFailedCommitIsNoReceipt(t *testing.T) {
	late := map[string][]string{ // a fault that the database finds when it commits
		"sqlite": {
			`CREATE TABLE doomed (lead TEXT REFERENCES leads (id) DEFERRABLE INITIALLY DEFERRED)`,
			`CREATE TRIGGER doom AFTER INSERT ON leads BEGIN INSERT INTO doomed VALUES ('nobody'); END`,
		},
		"postgres": {
			`CREATE TABLE doomed (lead TEXT REFERENCES leads (id) DEFERRABLE INITIALLY DEFERRED)`,
			`CREATE FUNCTION doom() RETURNS trigger AS $$ BEGIN INSERT INTO doomed VALUES ('nobody'); RETURN NULL; END $$ LANGUAGE plpgsql`,
			`CREATE TRIGGER doom AFTER INSERT ON leads FOR EACH ROW EXECUTE FUNCTION doom()`,
		},
	}
	for name, url := range databases {
		t.Run(name, func(t *testing.T) {
			s := opened(t, url(t))
			for _, query := range late[name] {
				if _, err := s.write.ExecContext(t.Context(), query); err != nil {
					t.Fatal(err)
				}
			}
			o := lead.Incoming{Submission: lead.Submission{Partner: lead.Partner{ID: "acme"}}, Key: "one|acme", By: "crm"}
			r, c, err := s.Accept(t.Context(), o, lead.NewCase(o, time.Now()), nil)
			if err == nil || r.ID != "" || c != nil {
				t.Errorf("acknowledged as %q, %v", r.ID, err)
			}
		})
	}
}
