//go:build unix

package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"leadtriage/internal/lead"
)

// A running process takes a new configuration on SIGHUP, the scoring model's file too,
// or keeps the old one and names every fault.
func TestSIGHUPReadsTheConfigurationAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	defaults, err := os.ReadFile("../../config/defaults.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, model, _ := strings.Cut(string(defaults), "\nscoring:")
	folder := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const file = quickConfig + slackPace + "scoring: {file: model.yaml}\nreview: {undo: 0s}\n"
	config := write("leadtriage.yaml", file)
	key := write("keys", "crm:"+demoCRMKey+",operator:"+demoOperatorKey+":enqueue+read+decide+operate")
	write("model.yaml", "scoring:"+model)
	w.set(map[string]string{"LEADTRIAGE_ADDR": freeAddr(t), "LEADTRIAGE_CONFIG": config, "LEADTRIAGE_API_KEYS": "", "LEADTRIAGE_API_KEYS_FILE": key})
	p := w.launch()
	hup := func(says string, times int) {
		t.Helper()
		if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		for ctx := w.patient(); strings.Count(w.log.String(), says) < times; <-time.After(5 * time.Millisecond) {
			if ctx.Err() != nil {
				t.Fatalf("the log does not say %q %d times:\n%s", says, times, w.log)
			}
		}
	}
	scored := func(host string) lead.Record {
		t.Helper()
		w.web.Add(host, "/", "<h1>Firm</h1><p>We make software in Milan, Italy. Our team of 250 people works here.</p>")
		id := w.post(http.StatusAccepted, fit(host)).ID
		return w.until(id, "scored", func(r lead.Record) bool { return r.Score != nil && len(r.Facts) > 0 })
	}
	before := scored("one.example")
	if before.Score.Model != "default@1" {
		t.Fatalf("scored by %s", before.Score.Model)
	}

	const rejected = "the configuration was not changed"
	write("model.yaml", "scoring:"+strings.Replace(model, "threshold: 70", "threshold: seventy", 1))
	write("leadtriage.yaml", strings.Replace(file, "undo: 0s", "undo: soon", 1))
	hup(rejected, 1)
	for _, fault := range []string{config + ":8:16: review.undo", filepath.Join(folder, "model.yaml") + ":"} {
		if !strings.Contains(w.log.String(), fault) {
			t.Errorf("the log does not name the fault at %s", fault)
		}
	}
	if r := scored("two.example"); r.Score.Model != "default@1" || r.Score.Total != before.Score.Total {
		t.Errorf("with a faulty file: %d points by %s", r.Score.Total, r.Score.Model)
	}

	changed := strings.NewReplacer("version: 1", "version: 2", "demo_request: 20", "demo_request: 25").Replace(model)
	write("model.yaml", "scoring:"+changed)
	write("keys", "crm:another-key-of-the-crm,operator:"+demoOperatorKey+":enqueue+read+decide+operate")
	write("leadtriage.yaml", file+"database: {connections: 7}\n")
	hup("the configuration was read again and holds", 1)
	if status, _ := w.request(http.MethodGet, "/v1/leads", demoCRMKey, nil); status != http.StatusUnauthorized {
		t.Errorf("the key that is no longer in its file is answered %d", status)
	}
	write("keys", "crm:"+demoCRMKey+",operator:"+demoOperatorKey+":enqueue+read+decide+operate")
	hup("the configuration was read again and holds", 2)
	r := scored("three.example")
	if r.Score.Model != "default@2" || r.Score.Total != before.Score.Total+5 {
		t.Errorf("by the new model %s: %d points, before %d", r.Score.Model, r.Score.Total, before.Score.Total)
	}
	if !strings.Contains(w.log.String(), "setting=database.connections") {
		t.Error("the log does not say that database.connections needs a restart")
	}
	if got := w.metric("leadtriage_leads_total"); !strings.Contains(got, "} 3") {
		t.Errorf("the count of leads began anew: %s", got)
	}
	if w.cards(before.ID) != 1 {
		t.Errorf("the first lead has %d cards", w.cards(before.ID))
	}
	p.cmd.Process.Signal(syscall.SIGTERM)
	<-p.exited
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("after two reloads it ends with %d", code)
	}
}
