package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestCardOfAFile: a lead with facts and a record both become a card, in the
// language that is asked for.
func TestCardOfAFile(t *testing.T) {
	t.Parallel()
	example := filepath.Join("..", "..", "internal", "score", "testdata", "explain", "referral_by_a_certified_partner.lead.json")
	show := func(args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		if code := run(context.Background(), append([]string{"card"}, args...), nil, &out, &errs); code != done {
			t.Fatalf("card %v ended with %d: %s", args, code, errs.String())
		}
		var answer map[string]any
		if err := json.Unmarshal(out.Bytes(), &answer); err != nil || answer["blocks"] == nil {
			t.Fatalf("card %v: %v in %s", args, err, out.String())
		}
		return out.String()
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{example}, " proposed · *"},
		{[]string{example, "--locale", "it"}, "Proposta *"},
		{[]string{example, "--view", "details"}, `"type": "modal"`},
		{[]string{example, "--view", "details", "--locale", "it"}, "Tutte le voci del punteggio"},
	} {
		if got := show(append(c.args, "--now", "2026-11-22T12:00:00Z")...); !strings.Contains(got, c.want) {
			t.Errorf("card %v lacks %q:\n%s", c.args, c.want, got)
		} else if strings.Contains(got, "Lead  ") {
			t.Errorf("card %v names an id that the file does not have:\n%s", c.args, got)
		}
	}

	w := newWorld(t, nil)
	w.start("review: {undo: 0s}")
	id := w.post(http.StatusAccepted, plain("northwind.example")).ID
	w.click(demoReviewer, w.card(id, asking), "lead_approve")
	w.card(id, settled)
	_, record := w.request(http.MethodGet, "/v1/leads/"+id, demoOperatorKey, nil)
	file := filepath.Join(t.TempDir(), "record.json")
	if err := os.WriteFile(file, record, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := show(file); !strings.Contains(got, "*Approved* by") || !strings.Contains(got, "Override") || strings.Contains(got, "lead_approve") {
		t.Errorf("the card of a decided record:\n%s", got)
	}
}

// What the scores of internal/score's examples say in Italian has no English word.
func TestItalianScores(t *testing.T) {
	files, err := filepath.Glob("../../internal/score/testdata/explain/*.lead.json")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d examples, %v", len(files), err)
	}
	english := regexp.MustCompile(`(?i)\b(the|is|are|of|would|with|without|not|stated|and|ago|today|counts|worth|than|makes?|earns|verified|given|list|as|sent)\b`)
	for _, file := range files {
		code, out, errOut := leadtriage(t, "", "card", file, "--locale", "it", "--now", "2026-11-22T12:00:00Z")
		if code != done {
			t.Fatal(errOut)
		}
		said := regexp.MustCompile(`"text": "(.*(?:Proposta \*|A favore|Contro).*)"`).FindAllStringSubmatch(out, -1)
		if len(said) != 2 {
			t.Errorf("%d texts of the score of %s in\n%s", len(said), filepath.Base(file), out)
		}
		for _, text := range said {
			if found := english.FindString(strings.ReplaceAll(text[1], `\n`, " ")); found != "" {
				t.Errorf("%s: %q stands in\n%s", filepath.Base(file), found, text[1])
			}
		}
	}
}
