package score_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"leadtriage/internal/lead"
)

var update = flag.Bool("update", false, "write the golden explanations again")

// The leads of testdata/explain are explained as of noon of 22 November 2026 by
// the shipped model, or by the model beside them; each explanation is kept to
// the byte.
func TestGoldenExplanations(t *testing.T) {
	files, err := filepath.Glob("testdata/explain/*.lead.json")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d leads: %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(file, ".lead.json")
		t.Run(filepath.Base(name), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var l lead.Lead
			if err := json.Unmarshal(text, &l); err != nil {
				t.Fatal(err)
			}
			m := model(t)
			if own, err := os.ReadFile(name + ".model.yaml"); err == nil {
				if m, err = compile(string(own)); err != nil {
					t.Fatal(err)
				}
			}
			var got bytes.Buffer
			e := json.NewEncoder(&got)
			e.SetEscapeHTML(false)
			e.SetIndent("", "  ")
			// The zone of now is no part of what is asked.
			zone := time.FixedZone("UTC-8", -8*3600)
			s := m.Score(&l, now.In(zone))
			s.Change = m.Change(&l, now.In(zone))
			if err := e.Encode(s.InWords()); err != nil {
				t.Fatal(err)
			}
			golden := name + ".golden.json"
			if *update {
				if err := os.WriteFile(golden, got.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil || !bytes.Equal(got.Bytes(), want) {
				t.Errorf("%v\n%s\nwant\n%s", err, got.Bytes(), want)
			}
		})
	}
}
