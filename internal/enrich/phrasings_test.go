package enrich_test

import (
	_ "embed"
	"strings"
	"testing"

	"leadtriage/internal/lead"
)

//go:embed testdata/phrasings.txt
var phrasings string

func TestPhrasings(t *testing.T) {
	for line := range strings.Lines(phrasings) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "#") {
			continue
		}
		cells := strings.Split(line, "\t")
		field, value, text := lead.Field(cells[0]), cells[2], strings.ReplaceAll(cells[3], `\n`, "\n")
		got := verified(t, text, field, value, text)
		if borne := got != ""; borne != (cells[1] == "+") {
			t.Errorf("%s %s verified as %q by %q", field, value, got, cells[3])
		}
	}
}
