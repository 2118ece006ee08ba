package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFaultsSayWhatToDo: every fault of a start is named at once, with what to
// do, and without the secret in it.
func TestFaultsSayWhatToDo(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "all.yaml")
	if err := os.WriteFile(file, []byte("partnrs: []\nsources: [{name: form, signature: {kind: shared_key, secret_env: FORM_KEY}}]\nscoring:\n  version: first\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		args, environ []string
		want          []string
	}{
		"file and scoring model": {[]string{"--config", file, "config", "check"}, []string{"LOG_LEVEL=loud", "LEADTRIAGE_PAGE_RESOLVE=nowhere"},
			[]string{"all.yaml:1:1: unknown key", "all.yaml:4:12: scoring.version", "LOG_LEVEL: write debug", "FORM_KEY: the source form is checked with it", "write host=ip:port"}},
		"where sites are answered": {[]string{"config", "check"}, []string{"LEADTRIAGE_PAGE_RESOLVE=nowhere"}, []string{"write host=ip:port"}},
		"no Postgres":              {[]string{"run"}, []string{"DATABASE_URL=postgres://u:hush@127.0.0.1:1/db"}, []string{"start it, or correct DATABASE_URL"}},
		"nobody listens":           {[]string{"healthcheck"}, []string{"LEADTRIAGE_ADDR=127.0.0.1:1"}, []string{"start it, or correct LEADTRIAGE_ADDR"}},
		"no data set":              {[]string{"eval", folder + "/none.jsonl"}, nil, []string{"name a JSONL file"}},
		"no database file":         {[]string{"migrate"}, []string{"DATABASE_URL=sqlite://" + file}, []string{"a SQLite database", "correct DATABASE_URL"}},
		"no folder":                {[]string{"run"}, []string{"DATABASE_URL=sqlite://" + folder + "/none/leads.db"}, []string{"correct DATABASE_URL"}},
		"no Redis":                 {[]string{"run"}, []string{"DATABASE_URL=sqlite://" + folder + "/leads.db", "REDIS_URL=redis://:hush@127.0.0.1:1/0"}, []string{"start it, or correct REDIS_URL"}},
	} {
		t.Run(name, func(t *testing.T) {
			var out, errOut bytes.Buffer
			code := run(t.Context(), tc.args, tc.environ, &out, &errOut)
			said := errOut.String()
			if code != failed || strings.Contains(said, "hush") {
				t.Errorf("exit code %d: %s", code, said)
			}
			for _, want := range tc.want {
				if !strings.Contains(said, want) {
					t.Errorf("no %q in\n%s", want, said)
				}
			}
		})
	}
}
