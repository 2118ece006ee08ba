package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"leadtriage/config"
)

const (
	goodTargets = `webhooks:
  - name: warehouse
    url: https://warehouse.example/leads/t0ken
    events: [lead.approved, lead.parked]
    secret_env: [NEW_SECRET, OLD_SECRET]
`
	aSecret = "whsec_b2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xk"
)

func TestTargets(t *testing.T) {
	file := filepath.Join(t.TempDir(), "leads.yaml")
	load := func(text string, environ ...string) (*config.Config, string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := config.Load(file, environ)
		if err == nil {
			return c, ""
		}
		return c, err.Error()
	}
	secrets := []string{"NEW_SECRET=" + aSecret, "OLD_SECRET=" + aSecret}
	c, fault := load(goodTargets, append(secrets, "LEADTRIAGE_WEBHOOK_URL=https://crm.example/h", "LEADTRIAGE_WEBHOOK_SECRET="+aSecret+" "+aSecret)...)
	if all := c.Targets(); fault != "" || len(all) != 2 || all[0].Name != "default" || len(all[0].Secrets) != 2 ||
		all[1].Secrets[1].Reveal() != aSecret || all[1].URL.Reveal() != "https://warehouse.example/leads/t0ken" {
		t.Errorf("%+v %s", all, fault)
	}
	printed, err := c.Print()
	if err != nil || strings.Contains(printed, "t0ken") || strings.Contains(printed, aSecret) {
		t.Errorf("%v: %s", err, printed)
	}
	for name, tc := range map[string]struct{ text, environ, want string }{
		"secret lacks":   {goodTargets, "NEW_SECRET=" + aSecret, "OLD_SECRET: the webhook target warehouse is signed with it"},
		"secret is none": {goodTargets, "NEW_SECRET=x", "NEW_SECRET: it signs for the webhook target warehouse; write whsec_"},
		"event":          {strings.Replace(goodTargets, "lead.parked", "lead.parkd", 1), "", `webhooks[0].events[1]: "lead.parkd" is no event`},
		"name":           {strings.Replace(goodTargets, "warehouse", "ware-house", 1), "", `webhooks[0].name: "ware-house" is not a name for a target`},
		"address":        {strings.Replace(goodTargets, "https://", "", 1), "", "webhooks[0].url: an endpoint needs a whole address"},
		"in the file":    {strings.Replace(goodTargets, "OLD_SECRET", aSecret, 1), "", "webhooks[0].secret_env[1]: write the name of an environment variable"},
		"three":          {strings.Replace(goodTargets, "OLD_SECRET", "OLD_SECRET, THIRD", 1), "", "webhooks[0].secret_env: name one variable, or two"},
		"unsigned":       {strings.Replace(goodTargets, "NEW_SECRET, OLD_SECRET", "", 1), "", "webhooks[0].secret_env: name one variable, or two"},
		"twice":          {goodTargets + strings.TrimPrefix(goodTargets, "webhooks:\n"), "", `webhooks[1].name: "warehouse" is the name of another target`},
		"default twice":  {strings.Replace(goodTargets, "warehouse", "default", 1), "LEADTRIAGE_WEBHOOK_URL=https://crm.example", "LEADTRIAGE_WEBHOOK_URL: it is the webhook target default"},
	} {
		if _, fault := load(tc.text, tc.environ); !strings.Contains(fault, tc.want) || strings.Contains(fault, aSecret) {
			t.Errorf("%s: %s", name, fault)
		}
	}
}
