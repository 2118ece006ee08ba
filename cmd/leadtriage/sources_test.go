package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"leadtriage/config"
	"leadtriage/internal/intake"
	"leadtriage/internal/lead"
)

var updateSources = flag.Bool("update-sources", false, "write what the worked examples of sources come to")

// sourceExamples are the worked examples of docs/sources.md: NAME.yaml and a body.
var sourceExamples = map[string]string{"hubspot-workflow": "json", "hubspot-app": "json", "salesforce-flow": "json", "web-form": "txt"}

// Every worked example comes to the leads that stand beside it, and stands in the
// documentation as it is.
func TestSourceExamples(t *testing.T) {
	docs, err := os.ReadFile("../../docs/sources.md")
	if err != nil {
		t.Fatal(err)
	}
	for name, kind := range sourceExamples {
		base := filepath.Join("testdata/sources", name)
		yaml, body := mustRead(t, base+".yaml"), mustRead(t, base+"."+kind)
		for _, text := range [][]byte{yaml, body} {
			if !bytes.Contains(docs, bytes.TrimSpace(text)) {
				t.Errorf("docs/sources.md does not show %s as it is", name)
			}
		}
		cfg, err := config.Load(base+".yaml", nil)
		if err != nil {
			t.Fatal(err)
		}
		s, err := newSource(cfg.Sources[0])
		if err != nil {
			t.Fatal(err)
		}
		elements, faults := s.Parse(bytes.TrimSpace(body), kind == "txt", intake.Rules{}, time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC))
		if faults != nil {
			t.Fatal(faults)
		}
		var leads []*lead.Submission
		for _, e := range elements {
			if e.Faults != nil {
				t.Errorf("%s%s: %v", name, e.At, e.Faults)
			}
			if !e.Ignored {
				leads = append(leads, &e.Incoming.Submission)
			}
		}
		got, _ := json.MarshalIndent(leads, "", "  ")
		if *updateSources {
			os.WriteFile(base+".golden", append(got, '\n'), 0o644)
		}
		if want := mustRead(t, base+".golden"); string(bytes.TrimSpace(want)) != string(got) {
			t.Errorf("%s comes to\n%s\nwant\n%s", name, got, want)
		}
	}
}

func mustRead(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestSourcesTestCommand(t *testing.T) {
	const conf = "testdata/sources/salesforce-flow.yaml"
	bad := filepath.Join(t.TempDir(), "body.json")
	os.WriteFile(bad, []byte("\uFEFF"+`{"Email":"nobody","Partner_Account__c":"Acme Integrations","Partner_Tier__c":"gold","CreatedDate":"14/09/2026","Country":"Atlantis"}`), 0o600)
	for _, tc := range []struct {
		args   []string
		code   int
		out    []string
		errOut string
	}{
		{[]string{"--config", conf, "sources", "test", "salesforce", "testdata/sources/salesforce-flow.json"}, done, []string{`"email": "jane@northwind.example"`, "duplicate key: northwind.example|acme-integrations"}, ""},
		{[]string{"--config", conf, "sources", "test", "salesforce", bad}, failed,
			[]string{"Email (contact.email) is not an e-mail", "CreatedDate (referred_on) is not a time", "Country (company.country) is not a country"}, "the body has faults"},
		{[]string{"--config", conf, "sources", "test", "hubspot", bad}, failed, nil, "known are salesforce"},
		{[]string{"sources", "test", "hubspot", bad}, failed, nil, "docs/sources.md"},
	} {
		var out, errOut bytes.Buffer
		if code := run(t.Context(), tc.args, nil, &out, &errOut); code != tc.code || !strings.Contains(errOut.String(), tc.errOut) {
			t.Errorf("%v: %d\n%s%s", tc.args, code, &out, &errOut)
		}
		for _, want := range tc.out {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%v: no %q in\n%s", tc.args, want, &out)
			}
		}
	}
}

// A source's webhook and the API's own call make one lead of one company.
func TestSourceOnBoth(t *testing.T) {
	yaml := string(mustRead(t, "testdata/sources/web-form.yaml")) + "\nintake: {require: {event_list: [contact.name]}}\n"
	onBoth(t, yaml, func(w *world) {
		body := mustRead(t, "testdata/sources/web-form.txt")
		status, text := w.request(http.MethodPost, "/v1/sources/website", "", bytes.TrimSpace(body), "X-Form-Key", "hush", "Content-Type", "application/x-www-form-urlencoded")
		var first lead.Receipt
		if json.Unmarshal(text, &first); status != http.StatusAccepted {
			w.t.Fatalf("%d: %s", status, text)
		}
		if again := w.post(http.StatusOK, fit("northwind.example")); again.ID != first.ID {
			w.t.Errorf("%s, then %s", first.ID, again.ID)
		}
		if r := w.record(first.ID); r.History[0].Actor != "source:website" {
			w.t.Errorf("sent by %q", r.History[0].Actor)
		}
		if status, _ := w.request(http.MethodPost, "/v1/sources/website", demoCRMKey, body); status != http.StatusUnauthorized {
			w.t.Errorf("without the source's key: %d", status)
		}
		list := fit("havelpay.example")
		list["source"], list["contact"] = "event_list", map[string]any{"email": "jane@havelpay.example"}
		if status, text := w.request(http.MethodPost, "/v1/leads", demoCRMKey, list); status != http.StatusUnprocessableEntity || !bytes.Contains(text, []byte("contact.name is required here")) {
			w.t.Errorf("%d: %s", status, text)
		}
	}, func(w *world) { w.set(map[string]string{"WEBSITE_KEY": "hush"}) })
}

// A source whose secret is missing would be open to nobody: it does not start.
func TestSourceWithoutSecretDoesNotStart(t *testing.T) {
	var out, errOut bytes.Buffer
	code := run(t.Context(), []string{"--config", "testdata/sources/web-form.yaml", "config", "check"}, nil, &out, &errOut)
	if code != failed || !strings.Contains(errOut.String(), "WEBSITE_KEY: the source website") {
		t.Errorf("%d: %s%s", code, &out, &errOut)
	}
	if code := run(t.Context(), []string{"--config", "testdata/sources/web-form.yaml", "config", "check"}, []string{"WEBSITE_KEY=hush"}, &out, &errOut); code != done {
		t.Errorf("%d: %s", code, &errOut)
	}
}
