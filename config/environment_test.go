package config_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"leadtriage/config"
)

func TestEnvironmentFaults(t *testing.T) {
	for name, tc := range map[string]struct {
		environ []string
		want    []string // each in one line of the error
	}{
		"all at once": {
			[]string{"LOG_LEVEL=loud", "LOG_FORMAT=xml", "OPENAI_API=soap", "LEADTRIAGE_ADDR=8080", "REDIS_URL=localhost:6379"},
			[]string{"LOG_LEVEL: write debug", "LOG_FORMAT: write text or json", `OPENAI_API: "soap" is not an API; write responses or chat`,
				`LEADTRIAGE_ADDR: "8080" is not an address`, "REDIS_URL: write redis://"}},
		"database":         {[]string{"DATABASE_URL=mysql://u:hush@h/db"}, []string{"DATABASE_URL: write sqlite://"}},
		"database file":    {[]string{"DATABASE_URL=sqlite:///"}, []string{"DATABASE_URL: write sqlite://"}},
		"redis":            {[]string{"REDIS_URL=http://:hush@h"}, []string{"REDIS_URL: write redis://"}},
		"model":            {[]string{"OPENAI_BASE_URL=api.openai.com/v1"}, []string{"OPENAI_BASE_URL: write the whole address"}},
		"model's call":     {[]string{"OPENAI_BASE_URL=http://model.example/v1/chat/completions"}, []string{"OPENAI_BASE_URL: leave out /chat/completions"}},
		"model's query":    {[]string{"OPENAI_BASE_URL=http://model.example/v1?version=2"}, []string{"OPENAI_BASE_URL: write the whole address"}},
		"slack":            {[]string{"SLACK_API_URL=slack.com"}, []string{"SLACK_API_URL: write the whole address"}},
		"reviewers":        {[]string{"SLACK_REVIEWERS=U1,ada@northwind.example"}, []string{`SLACK_REVIEWERS: "ada@northwind.example" is not a Slack user id`}},
		"unsigned":         {[]string{"LEADTRIAGE_WEBHOOK_URL=https://crm.example/x"}, []string{"LEADTRIAGE_WEBHOOK_SECRET: webhooks are always signed"}},
		"webhook":          {[]string{"LEADTRIAGE_WEBHOOK_URL=crm.example", "LEADTRIAGE_WEBHOOK_SECRET=" + whsec}, []string{"LEADTRIAGE_WEBHOOK_URL: write a whole address"}},
		"webhook secret":   {[]string{"LEADTRIAGE_WEBHOOK_SECRET=hush"}, []string{"LEADTRIAGE_WEBHOOK_SECRET: write whsec_"}},
		"webhook secret 2": {[]string{"LEADTRIAGE_WEBHOOK_SECRET=whsec_hush!"}, []string{"LEADTRIAGE_WEBHOOK_SECRET: write whsec_"}},
		"keys": {
			[]string{"LEADTRIAGE_API_KEYS=hush,hubspot:hush-1,hubspot:hush-2,crm:hush-1,forms:hush-3:read+hush,a b:hush-4,x:,a:b:read:hush"},
			[]string{"LEADTRIAGE_API_KEYS: entry 1: write name:key", "entry 3: its name is taken", "entry 4: its key is that of an entry before it",
				"entry 5: after the second colon come roles joined by +: enqueue, read, decide, operate", "entry 6: its name,", "entry 7: its key, after the colon, is empty", "entry 8: write name:key"}},
		"both":         {[]string{"OPENAI_API_KEY=hush", "OPENAI_API_KEY_FILE=/run/key"}, []string{"OPENAI_API_KEY: set it or OPENAI_API_KEY_FILE, not both"}},
		"missing file": {[]string{"SLACK_BOT_TOKEN_FILE=/nonexistent/token"}, []string{"SLACK_BOT_TOKEN_FILE: open /nonexistent/token"}},
		"empty file":   {[]string{"REDIS_URL_FILE=/dev/null"}, []string{"REDIS_URL_FILE: the file /dev/null is empty"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := config.Load("", tc.environ)
			if err == nil {
				t.Fatal("accepted")
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("no %q in\n%v", want, err)
				}
			}
			if strings.Contains(err.Error(), "hush") {
				t.Errorf("a secret in\n%v", err)
			}
			if name != "keys" && strings.Count(err.Error(), "\n")+1 != len(tc.want) {
				t.Errorf("%d lines expected, got\n%v", len(tc.want), err)
			}
		})
	}
}

func TestFileAndEnvironmentFaultsTogether(t *testing.T) {
	_, err := config.Load(file(t, "review: {undo: -1s}\n"), []string{"LOG_LEVEL=loud"})
	if err == nil || !strings.Contains(err.Error(), ":1:16: review.undo") || !strings.Contains(err.Error(), "LOG_LEVEL: ") {
		t.Errorf("got %v", err)
	}
}

func TestAddresses(t *testing.T) {
	for _, environ := range []string{
		"DATABASE_URL=sqlite:///var/lib/leadtriage/leads.db", "DATABASE_URL=sqlite://leads.db", "DATABASE_URL=postgres://u:p@db:5432/leads?sslmode=disable",
		"DATABASE_URL=postgres:///leads?host=/var/run/postgresql", "REDIS_URL=redis://:p@127.0.0.1:6379/2", "REDIS_URL=rediss://cache.example", "LEADTRIAGE_ADDR=:0", "LEADTRIAGE_ADDR=[::1]:8080",
	} {
		if _, err := config.Load("", []string{environ}); err != nil {
			t.Errorf("%s: %v", environ, err)
		}
	}
	if c := load(t, "", "SLACK_API_URL=http://127.0.0.1:9/api"); c.Env.SlackAPIURL != "http://127.0.0.1:9/api/" {
		t.Errorf("slack is at %s", c.Env.SlackAPIURL)
	}
}

func TestAPIKeys(t *testing.T) {
	c := load(t, "", "LEADTRIAGE_API_KEYS=hubspot:k1, ops:k2:operate+read ,\nboth:k3:enqueue+decide+enqueue,")
	got := ""
	for _, k := range c.Env.APIKeys {
		got += fmt.Sprintln(k.Name, k.Key.Reveal(), strings.Join(k.Strings(), "+"))
	}
	if want := "hubspot k1 enqueue\nops k2 operate+read\nboth k3 enqueue+decide\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestKeysBoundToPartners(t *testing.T) {
	const partners = "partners: [{id: acme-integrations, tiers: [gold]}]\n"
	c := load(t, partners, "LEADTRIAGE_API_KEYS=a:k1:enqueue@acme-integrations+direct, b:k2:read+decide@Acme-Integrations")
	if got := fmt.Sprint(c.Env.APIKeys[0].Partners, c.Env.APIKeys[1].Partners, c.Env.APIKeys[1].Roles, c.Env.APIKeys); got != "[acme-integrations direct] [acme-integrations] [read decide] a:***:enqueue@acme-integrations+direct,b:***:read+decide@acme-integrations" {
		t.Error(got)
	}
	if c := load(t, "", "LEADTRIAGE_API_KEYS=a:k1:enqueue@anybody"); c.Env.APIKeys[0].Partners[0] != "anybody" {
		t.Error("where no partners are listed any id is one")
	}
	for keys, want := range map[string]string{
		"a:k1:enqueue@acme-integration": `the key a is bound to "acme-integration", which is no partner's id; did you mean acme-integrations?`,
		"a:k1:enqueue@":                 "entry 1: after the @ come ids of partners joined by +",
		"a:k1:@acme-integrations":       "entry 1: after the second colon come roles",
	} {
		if _, err := config.Load(file(t, partners), []string{"LEADTRIAGE_API_KEYS=" + keys}); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "k1") {
			t.Errorf("%s: %v", keys, err)
		}
	}
	_, err := config.Load(file(t, partners+"limits: {proxies: [10.0.0.0/8, '::1', nowhere]}\nsources: [{name: x, signature: {kind: shared_key, secret_env: X}, partners: [acme], map: {partner.id: p, partner.tier: t, referred_on: r, contact.email: e}}]\n"), nil)
	if err == nil || strings.Count(err.Error(), "\n") != 1 || !strings.Contains(err.Error(), `"nowhere" is neither an address nor a network`) || !strings.Contains(err.Error(), `no partner has the id "acme"`) {
		t.Error(err)
	}
}

// everySecret sets each variable that can carry a secret, all with the word hush.
var everySecret = []string{
	"DATABASE_URL=postgres://leads:hush-db@db.example/leads?password=hush-query", "REDIS_URL=redis://:hush-redis@cache.example/0",
	"OPENAI_API_KEY=hush-openai", "SLACK_BOT_TOKEN=xoxb-hush", "SLACK_SIGNING_SECRET=hush-sign", "SLACK_APP_TOKEN=xapp-hush",
	"LEADTRIAGE_API_KEYS=hubspot:hush-key:read,ops:hush-ops:operate",
	"LEADTRIAGE_WEBHOOK_URL=https://u:hush-url@crm.example/hush-path?token=hush-token", "LEADTRIAGE_WEBHOOK_SECRET=whsec_hushhushhush",
}

func TestSecretsNeverPrint(t *testing.T) {
	c := load(t, "", everySecret...)
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%T"} {
		for _, v := range []any{c, *c, c.Env, &c.Env, c.Env.APIKeys, c.Env.APIKeys[0], c.Env.OpenAIKey, c.Env.DatabaseURL, &c.Env.WebhookSecret, []any{c.Env.SlackBotToken}} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
	}
	for _, logger := range []*slog.Logger{slog.New(slog.NewJSONHandler(&out, nil)), slog.New(slog.NewTextHandler(&out, nil))} {
		logger.Info("start", "config", c, "env", c.Env, "keys", c.Env.APIKeys, "token", c.Env.SlackBotToken, "database", c.Env.DatabaseURL)
	}
	for _, v := range []any{c, c.Env, c.Env.APIKeys, c.Env.OpenAIKey} {
		asJSON, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		asYAML, err := yaml.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&out, string(asJSON), string(asYAML))
	}
	printed, err := c.Print()
	if err != nil {
		t.Fatal(err)
	}
	out.WriteString(printed)
	for _, shape := range []string{"hush", "68757368", "104 117 115 104"} { // as text, hex, numbers
		if i := strings.Index(out.String(), shape); i >= 0 {
			t.Fatalf("a secret prints: …%s…", out.String()[max(0, i-80):i+40])
		}
	}
	for _, want := range []string{"OPENAI_API_KEY=***", "DATABASE_URL=postgres://leads:***@db.example/leads", "LEADTRIAGE_API_KEYS=hubspot:***:read,ops:***:operate"} {
		if !strings.Contains(printed, want) {
			t.Errorf("no %s in\n%s", want, printed)
		}
	}
	if c.Env.OpenAIKey.Reveal() != "hush-openai" || !strings.Contains(c.Env.DatabaseURL.Reveal(), "hush-query") {
		t.Error("Reveal must give the secret itself")
	}
}

func TestEverySecretMayStandInAFile(t *testing.T) {
	dir := t.TempDir()
	var environ []string
	for _, line := range everySecret {
		name, value, _ := strings.Cut(line, "=")
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(value+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		environ = append(environ, name+"_FILE="+path)
	}
	fromFiles, direct := load(t, "", environ...).Env, load(t, "", everySecret...).Env
	reveal := func(e config.Environment) []string {
		out := []string{e.DatabaseURL.Reveal(), e.RedisURL.Reveal(), e.OpenAIKey.Reveal(), e.SlackBotToken.Reveal(), e.SlackSigningSecret.Reveal(),
			e.SlackAppToken.Reveal(), e.WebhookURL.Reveal(), e.WebhookSecret.Reveal()}
		for _, k := range e.APIKeys {
			out = append(out, k.Key.Reveal())
		}
		return out
	}
	if got, want := reveal(fromFiles), reveal(direct); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
