package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"leadtriage/config"
)

// A configuration holds or says why not, in lines; the keys of the environment never
// stand in what it says.
func FuzzLoad(f *testing.F) {
	example, err := os.ReadFile("example.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(example), "crm:hush-1,desk:hush-2:decide+read@acme-integrations")
	f.Add("partners: [{id: acme, tiers: [gold]}]\nlimits: {proxies: [10.0.0.0/8]}\n", "a:hush:enqueue@acme")
	f.Add("sources:\n  - {name: x, partners: [acme], map: {a: [b, {}]}}", ":hush:@")
	f.Fuzz(func(t *testing.T, yaml, keys string) {
		path := filepath.Join(t.TempDir(), "c.yaml")
		if err := os.WriteFile(path, []byte(yaml), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := config.Load(path, []string{"LEADTRIAGE_API_KEYS=" + keys})
		said := ""
		if err != nil {
			said = err.Error()
		} else if said, err = c.Print(); err != nil {
			t.Errorf("it holds and cannot be printed: %v", err)
		}
		if strings.Contains(said, "hush") && !strings.Contains(yaml, "hush") {
			t.Errorf("a key is told: %s", said)
		}
	})
}
