package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"leadtriage/config"
	"leadtriage/internal/lead"
)

// manual is the configuration that docs/providers.md shows.
func manual(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../docs/providers.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(text), "```yaml\n")
	example, _, ok := strings.Cut(example, "```")
	if !ok {
		t.Fatal("docs/providers.md shows no YAML")
	}
	return example
}

func TestProviderOfTheManualLoads(t *testing.T) {
	text := manual(t)
	if err := compiled(t).Validate(asJSON(t, []byte(text))); err != nil {
		t.Errorf("the schema refuses it: %v", err)
	}
	p := load(t, text, "CLEARFACTS_TOKEN=hush").Enrichment.Providers[0]
	if p.Name != "clearfacts" || p.Cost != 0.04 || p.When != config.BeforeModel || p.Timeout != 5*time.Second || len(p.Map) != 8 {
		t.Errorf("read as %+v", p)
	}
	if h := p.HeaderEnv["Authorization"]; h.Env != "CLEARFACTS_TOKEN" || h.Value.Reveal() != "Bearer hush" {
		t.Errorf("sends %q", h.Value.Reveal())
	}
	if m := p.Map[lead.Industry]; m.Path != "sector" || m.Values["SaaS"] != "software" || p.Map[lead.Employees].Path != "headcount" || p.Map[lead.Revenue].Unit != "EUR" {
		t.Errorf("maps %+v", p.Map)
	}
}

func TestProviderDefaultsAndShortForms(t *testing.T) {
	c := load(t, "enrichment:\n  providers:\n    - {name: p, url: 'http://10.0.0.7:8080/{domain}?called={name}', header_env: {X-Api-Key: P_KEY}, map: {employees: n}, when: model}\n"+
		"    - {name: q, url: 'http://q.example/{domain}', map: {technology: {path: '[].name'}}}\n", "P_KEY=hush")
	p, q := c.Enrichment.Providers[0], c.Enrichment.Providers[1]
	if p.When != config.ByModel || p.Timeout != 5*time.Second || p.HeaderEnv["X-Api-Key"].Value.Reveal() != "hush" || q.When != config.BeforeModel {
		t.Errorf("read as %+v and %+v", p, q)
	}
}

func TestProviderSecretsNeverPrint(t *testing.T) {
	c := load(t, manual(t), "CLEARFACTS_TOKEN=hush")
	printed, err := c.Print()
	if err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{printed, fmt.Sprintf("%v %+v %#v", c, c.Enrichment, c.Enrichment.Providers), fmt.Sprintf("%+v", c.Enrichment.Providers[0].HeaderEnv)} {
		if strings.Contains(out, "hush") {
			t.Errorf("a secret in\n%s", out)
		}
	}
	if !strings.Contains(printed, "CLEARFACTS_TOKEN=***") {
		t.Errorf("printed\n%s", printed)
	}
	again := load(t, printed, "CLEARFACTS_TOKEN=hush")
	if twice, _ := again.Print(); twice != printed {
		t.Errorf("printed again it reads\n%s\nnot\n%s", twice, printed)
	}
}

func TestProviderSecretInAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte("hush\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	text := manual(t)
	twice := text + strings.Replace(text[strings.Index(text, "    - name"):], "clearfacts", "other", 1)
	for _, p := range load(t, twice, "CLEARFACTS_TOKEN_FILE="+path).Enrichment.Providers {
		if got := p.HeaderEnv["Authorization"].Value.Reveal(); got != "Bearer hush" {
			t.Errorf("%s sends %q", p.Name, got)
		}
	}
}

func TestProviderFaults(t *testing.T) {
	const text = `enrichment:
  providers:
    - name: Clear Facts
      url: https://{domain}/x
      map: {}
    - name: p
      url: https://p.example/{domain}?api_key=hush
      header_env: {Authorization: hush-hush, X Y: P_KEY, Z: {env: P_KEY, prefx: x}}
      map:
        employees: a..b
        shoe_size: n
        industry: {path: s, values: {IT: computing things, None: ""}}
        hq_city: [a]
      domain: a b[
      cost: -1
      when: sometimes
      timeout: 10m
    - {name: p, url: 'https://u:hush@p.example/{domain}', map: {employees: n}}
    - {name: r, url: 'https://p.example/{name}/{domain}', map: {employees: n}}
    - {name: s, url: 'https://p.example/?q={name}', map: {employees: n}}
    - {name: t, url: 'p.example/{domain}', map: {employees: n}}
`
	path := file(t, text)
	_, err := config.Load(path, nil)
	if err == nil {
		t.Fatal("accepted")
	}
	want := `:3:13: enrichment.providers[0].name: a provider needs a name of small letters, digits and underscores, such as clearfacts
:4:12: enrichment.providers[0].url: write the host itself; {domain} and {name} stand behind it
:5:7: enrichment.providers[0].map: say where the provider's answer has a fact, such as employees: headcount
:7:12: enrichment.providers[1].url: a secret has no place in this file; send it as a header, by header_env
:8:35: enrichment.providers[1].header_env.Authorization: write the name of an environment variable in capitals, such as CLEARFACTS_TOKEN; the value itself never stands here
:8:51: enrichment.providers[1].header_env.X Y: this is not the name of a header
:8:74: enrichment.providers[1].header_env.Z: unknown key "prefx"; did you mean prefix?
:10:20: enrichment.providers[1].map.employees: "a..b" is not a path; write keys joined by dots, [0] for an item of a list and [] for every item, such as offices[0].country
:11:20: enrichment.providers[1].map.shoe_size: "shoe_size" is not a fact; known: legal_name, industry, employees, hq_country, hq_city, founded_year, revenue, business_model, technology, use_case, description, company_status
:12:42: enrichment.providers[1].map.industry.values.IT: "computing things" is not a value of industry
:13:9: enrichment.providers[1].map.hq_city: expected keys and values, found a list
:13:9: enrichment.providers[1].map.hq_city: "" is not a path; write keys joined by dots, [0] for an item of a list and [] for every item, such as offices[0].country
:14:15: enrichment.providers[1].domain: "a b[" is not a path; write keys joined by dots, [0] for an item of a list and [] for every item, such as offices[0].country
:15:13: enrichment.providers[1].cost: -1 is out of range; write US dollars per answer, 0 to 1000
:16:13: enrichment.providers[1].when: "sometimes" is not known here; write before or model
:17:16: enrichment.providers[1].timeout: 10m is out of range; write 100ms to 60s
:18:14: enrichment.providers[2].name: the provider "p" is listed twice
:18:22: enrichment.providers[2].url: a password has no place in this file; send it as a header, by header_env
:19:22: enrichment.providers[3].url: {name} may stand behind the ? only
:20:22: enrichment.providers[4].url: the address must hold {domain}: facts are kept by the company's domain
:21:22: enrichment.providers[5].url: write a whole address with {domain}, and {name} at most, such as https://api.clearfacts.example/v1/companies/{domain}
P_KEY: the provider p wants it in its header X Y; set it, or P_KEY_FILE to a file that holds it
P_KEY: the provider p wants it in its header Z; set it, or P_KEY_FILE to a file that holds it`
	if got := strings.ReplaceAll(err.Error(), path, ""); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if strings.Contains(err.Error(), "hush") {
		t.Error("a secret in a fault")
	}
}

func TestProviderSecretIsOneLine(t *testing.T) {
	if _, err := config.Load(file(t, manual(t)), []string{"CLEARFACTS_TOKEN=hush\nX-Other: 1"}); err == nil || strings.Contains(err.Error(), "hush") {
		t.Errorf("got %v", err)
	}
}
