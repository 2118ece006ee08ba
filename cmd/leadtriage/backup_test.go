package main

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"leadtriage/internal/backing"
	"leadtriage/internal/lead"
)

// A backup is taken while the service works; restored, the leads of then are there, their cards
// take a decision, and what came later is new again.
func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	const yaml = "review: {undo: 0s}"
	w.start(yaml)
	kept := w.post(http.StatusAccepted, w.firm("kept.example")).ID
	card := w.card(kept, asking)
	w.until(kept, "asked", func(r lead.Record) bool {
		return effect(r, lead.CardEffect).State == lead.Delivered && r.Enrich.State == lead.EnrichmentDone
	})
	file := filepath.Join(t.TempDir(), "copy.db")
	if said := w.command("backup", file); !strings.Contains(said, file) {
		t.Errorf("it says %q", said)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the copy has %v, %v", info.Mode(), err)
	}
	var out, errOut bytes.Buffer
	if code := run(t.Context(), []string{"backup", file}, w.environ, &out, &errOut); code != failed || !strings.Contains(errOut.String(), "is there already") {
		t.Errorf("over a file: %d %s", code, &errOut)
	}
	later := w.post(http.StatusAccepted, w.firm("later.example")).ID
	w.card(later, asking)
	w.stop()

	w.set(map[string]string{"DATABASE_URL": "sqlite://" + file})
	w.start(yaml)
	w.click(demoReviewer, card, "lead_approve")
	if r := w.until(kept, "approved", func(r lead.Record) bool { return r.Stage == lead.Approved }); len(r.Facts) == 0 || w.cards(kept) != 1 {
		t.Errorf("restored with %d facts and %d cards", len(r.Facts), w.cards(kept))
	}
	w.delivered(kept)
	if again := w.post(http.StatusAccepted, w.firm("later.example")).ID; again == later {
		t.Error("what came after the backup is in it")
	}
}

func TestBackupOfPostgresSaysWhatToDo(t *testing.T) {
	w := newWorld(t, map[string]string{"DATABASE_URL": backing.PostgresURL(t)})
	w.command("migrate")
	var out, errOut bytes.Buffer
	if code := run(t.Context(), []string{"backup", filepath.Join(t.TempDir(), "x")}, w.environ, &out, &errOut); code != failed || !strings.Contains(errOut.String(), "pg_dump") {
		t.Errorf("%d %s", code, &errOut)
	}
}
