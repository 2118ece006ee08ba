package config_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"leadtriage/config"
)

const whsec = "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQ="

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "leadtriage.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func load(t *testing.T, text string, environ ...string) *config.Config {
	t.Helper()
	path := ""
	if text != "" {
		path = file(t, text)
	}
	c, err := config.Load(path, environ)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDefaults(t *testing.T) {
	c := load(t, "")
	if c.Review.Deadline != 90*time.Second || c.Review.Undo != time.Minute {
		t.Errorf("review: %+v", c.Review)
	}
	if c.Env.DatabaseURL.Reveal() != "sqlite://leadtriage.db" || c.Env.Addr != "127.0.0.1:8080" || c.Env.SlackAPIURL != "https://slack.com/api/" {
		t.Errorf("environment: %+v", c.Env)
	}
	if c.Enrichment.API != config.Responses || c.Enrichment.Model == "" {
		t.Errorf("model: %+v", c.Enrichment)
	}
	if name, _ := c.Scoring.At("name"); !strings.Contains(name.String(), "default") {
		t.Errorf("scoring is %q", name)
	}
	kept := config.Retention{Idempotency: 720 * time.Hour, Effects: 2160 * time.Hour, Tasks: 168 * time.Hour, Digests: 2160 * time.Hour}
	if c.Retention != kept {
		t.Errorf("retention: %+v", c.Retention)
	}
	if c.Slack.Rate != 1 || c.Limits.Rate != 0 {
		t.Errorf("rates: %v, %v", c.Slack.Rate, c.Limits.Rate)
	}
}

func TestExampleLoads(t *testing.T) {
	c, err := config.Load("example.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Partners) != 3 || c.Partners[0].ID != "acme-integrations" || c.Review.Undo != 2*time.Minute || len(c.Review.RejectReasons) != 4 {
		t.Errorf("example reads as %+v", c)
	}
	if c.Review.Deadline != 90*time.Second || c.Enrichment.CompanyTTL.Default() != 336*time.Hour || len(c.Enrichment.CompanyTTL.Fields()) != 0 || c.Enrichment.MaxRounds == 0 {
		t.Errorf("defaults must stand beside the example's keys: %+v", c)
	}
}

func TestScoringIsReplacedAsAWhole(t *testing.T) {
	c := load(t, "scoring: {name: ours, version: 7}\n")
	if _, steps := c.Scoring.At("icp"); steps != 0 {
		t.Error("the shipped model shows through a model of one's own")
	}
}

// The model may stand in a file of its own, as it is or under its key; its faults are named there.
func TestScoringInAFileOfItsOwn(t *testing.T) {
	folder := t.TempDir()
	put := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	put("bare.yaml", "name: ours\nversion: 7\n")
	put("keyed.yaml", "scoring:\n  name: ours\n  version: 7\n")
	put("broken.yaml", "name: [\n")
	for line, want := range map[string]string{"{file: bare.yaml}": "", "{file: keyed.yaml}": "", "{file: " + filepath.Join(folder, "bare.yaml") + "}": "",
		"{file: nowhere.yaml}": "nowhere.yaml cannot be read", "{file: broken.yaml}": "broken.yaml:1", "{file: bare.yaml, threshold: 60}": "threshold"} {
		c, err := config.Load(put("all.yaml", "scoring: "+line+"\n"), nil)
		if want != "" {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %s", line, err, want)
			}
			continue
		}
		if name, n := c.Scoring.At("name"); err != nil || n == 0 || !strings.Contains(name.String(), "ours") {
			t.Errorf("%s: %v, %s", line, err, c.Scoring)
		}
	}
}

// Each line of the error stands for one mistake, with its place.
func TestFileFaults(t *testing.T) {
	for name, tc := range map[string]struct{ text, want string }{
		"all at once": {
			"reviw:\n  undo: 5s\nreview:\n  undo: -5s\n  deadline: soon\nslack:\n  rate: -1\n  locale: tlh\n",
			`:1:1: unknown key "reviw"; did you mean review?
:4:9: review.undo: -5s is out of range; write 0s to 24h
:5:13: review.deadline: "soon" is not a duration; write it as 90s, 15m, 720h or 30d
:7:9: slack.rate: -1 is out of range; write a rate per second, or 0 for no limit
:8:11: slack.locale: "tlh" is not a language of the cards; known: en, it`},
		"partners": {
			"partners:\n  - id: direct\n    tiers: [none]\n  - id: Acme Inc\n    tiers: [gold]\n  - {id: acme, tiers: []}\n  - {id: acme, tiers: [gold, gold]}\n" +
				"  - {id: other, tiers: [gold], utm_sources: [ACME]}\n",
			`:2:9: partners[0].id: direct is reserved for leads without a partner, in tier none; choose another id
:4:9: partners[1].id: a partner needs an id of small letters, digits, dots, dashes and underscores, such as acme-integrations
:6:16: partners[2].tiers: the partner "acme" has no tiers; list those of its programme, such as [gold, silver]
:7:10: partners[3].id: the partner "acme" is listed twice
:7:30: partners[3].tiers[1]: a tier is empty or listed twice
:8:46: partners[4].utm_sources[0]: the utm_source "acme" already names the partner "acme"`},
		"missing tiers":    {"partners:\n  - id: acme\n", `:2:5: partners[0]: the partner "acme" has no tiers; list those of its programme, such as [gold, silver]`},
		"reviewers":        {"reviewers: ['@ada', U01]\n", `:1:13: reviewers[0]: "@ada" is not a Slack user id; copy it from the profile ("Copy member ID"), it looks like U012ABCDEF`},
		"reviewer cut off": {"reviewers: [U]\n", `:1:13: reviewers[0]: "U" is not a Slack user id; copy it from the profile ("Copy member ID"), it looks like U012ABCDEF`},
		"reviewers in full": {
			"partners: [{id: acme, tiers: [gold]}]\nreviewers:\n  - U01\n  - {user: U02, group: S01}\n  - {group: U02}\n  - {partners: [acme, direct, acne, A B]}\n" +
				"  - {user: U02, channels: ['#leads'], locale: tlh}\n  - {usr: U02}\n  - {user: U03, backup: yes}\n",
			`:4:24: reviewers[1].group: name a user or a group, not both; write two entries
:5:13: reviewers[2].group: "U02" is not a Slack user group; copy its id from the group's page ("Copy group ID"), it looks like S012ABCDEF
:6:6: reviewers[3]: name a user or a group who may decide, such as {group: S012ABCDEF}
:6:31: reviewers[3].partners[2]: no partner has the id "acne"; did you mean acme?
:6:37: reviewers[3].partners[3]: "A B" is not the id of a partner
:7:28: reviewers[4].channels[0]: "#leads" is not the id of a Slack channel; copy it from the channel's details, it looks like C012ABCDEF
:7:47: reviewers[4].locale: "tlh" is not a language of the cards; known: en, it
:8:6: reviewers[5]: unknown key "usr"; did you mean user?
:8:6: reviewers[5]: name a user or a group who may decide, such as {group: S012ABCDEF}
:9:25: reviewers[6].backup: "yes" is not true or false`},
		"channels": {
			"slack:\n  channels:\n    - {id: leads, partners: [acme]}\n    - {id: C2}\n    - {id: C2, partners: [acme], locale: tlh}\n",
			`:3:12: slack.channels[0].id: "leads" is not the id of a Slack channel; copy it from the channel's details, it looks like C012ABCDEF
:4:8: slack.channels[1]: the channel "C2" has no partners; list those whose cards go there. The cards of all others go to slack.channel
:5:12: slack.channels[2].id: the channel "C2" is listed twice
:5:27: slack.channels[2].partners[0]: the cards of "acme" already go to a channel of their own
:5:42: slack.channels[2].locale: "tlh" is not a language of the cards; known: en, it`},
		"hours": {
			"review:\n  hours:\n    zone: Rome\n    days: [mon, monday]\n    from: '18:00'\n    to: '09:00'\n    holidays: [2026-12-25, 25.12.2026, 2026-02-30]\n",
			`:3:11: review.hours.zone: "Rome" is not the name of a time zone; write one such as Europe/Rome or UTC
:4:17: review.hours.days[1]: "monday" is not a day of the week; write sun, mon, tue, wed, thu, fri, sat
:6:9: review.hours.to: work ends at 09:00, before it begins; write a time after 18:00
:7:28: review.hours.holidays[1]: "25.12.2026" is neither a day like 2026-12-25, or 12-25 for every year, nor a country whose public holidays are known: AR, AT, BE, BG, BR, CA, CH, CZ, DE, DK, ES, FR, GB, GR, HR, IE, IT, JP, LT, LV, MW, NC, NL, NO, NZ, PL, RO, RU, SE, SI, SK, UA, US, ZA
:7:40: review.hours.holidays[2]: "2026-02-30" is neither a day like 2026-12-25, or 12-25 for every year, nor a country whose public holidays are known: AR, AT, BE, BG, BR, CA, CH, CZ, DE, DK, ES, FR, GB, GR, HR, IE, IT, JP, LT, LV, MW, NC, NL, NO, NZ, PL, RO, RU, SE, SI, SK, UA, US, ZA`},
		"hours of nobody": {
			"review:\n  hours: {zone: Local, days: [], from: 9, to: '18:0x'}\n",
			`:2:17: review.hours.zone: "Local" is not the name of a time zone; write one such as Europe/Rome or UTC
:2:24: review.hours.days: name the days on which reviewers work, such as [mon, tue, wed, thu, fri]
:2:40: review.hours.from: "9" is not a time of day like 09:00`},
		"a time of day": {"review: {hours: {to: '18:0x'}}\n", `:1:22: review.hours.to: "18:0x" is not a time of day like 09:00`},
		"reminders": {
			"review:\n  remind_after: 721h\n  backup_after: 1h\n  digest: noon\n",
			`:2:17: review.remind_after: 721h is out of range; write 0s to 720h
:3:17: review.backup_after: back-up reviewers would be asked before the reviewers are reminded (remind_after: 721h)
:4:11: review.digest: "noon" is not a time of day like 09:00; leave it empty for no digest`},
		"a reminder in days": {"review: {remind_after: 2 days, digest: '25:00'}\n",
			`:1:24: review.remind_after: "2 days" is not a duration; write it as 90s, 15m, 720h or 30d
:1:40: review.digest: "25:00" is not a time of day like 09:00; leave it empty for no digest`},
		"reasons": {
			"review:\n  reject_reasons:\n    - {id: a, label: A}\n    - {id: a, label: ''}\n    - {id: Nope!, label: B}\n",
			`:4:12: review.reject_reasons[1].id: the reason "a" is listed twice
:4:22: review.reject_reasons[1].label: a reason needs a label of 1 to 75 letters; this one has 0
:5:12: review.reject_reasons[2].id: a reason needs an id of small letters, digits and underscores, such as no_intent`},
		"a reason without a label": {"review:\n  reject_reasons:\n    - {id: a}\n",
			`:3:8: review.reject_reasons[0]: a reason needs a label of 1 to 75 letters; this one has 0`},
		"company ttl": {
			"enrichment:\n  company_ttl: {default: 30 days, employees: -1h, technologies: 720h}\n  pages: {delay: 2m, user_agent: 'ours\n  é'}\n",
			`:2:26: enrichment.company_ttl.default: "30 days" is not a duration; write it as 90s, 15m, 720h or 30d
:2:46: enrichment.company_ttl.employees: -1h is out of range; write 0s to 175200h
:2:65: enrichment.company_ttl.technologies: "technologies" is not a fact; known: default, legal_name, industry, employees, hq_country, hq_city, founded_year, revenue, business_model, technology, use_case, description, company_status
:3:18: enrichment.pages.delay: 120s is out of range; write 0s to 60s
:3:34: enrichment.pages.user_agent: write one line of plain letters, such as northwind-leads (+https://northwind.example/reader)`},
		"one company ttl": {"enrichment: {company_ttl: soon}\n", `:1:27: enrichment.company_ttl: "soon" is not a duration; write it as 90s, 15m, 720h or 30d`},
		"no reasons":      {"review:\n  reject_reasons: []\n", `:2:3: review.reject_reasons: list 1 to 100 reasons to reject a lead`},
		"enrichment": {
			"enrichment:\n  model: ''\n  api: soap\n  attempts: 0\n  pages: {bytes: 2GB, most: 1.5}\n",
			`:2:10: enrichment.model: name a model here or by OPENAI_MODEL
:3:8: enrichment.api: "soap" is not an API; write responses or chat
:4:13: enrichment.attempts: 0 is out of range; write 1 to 100
:5:18: enrichment.pages.bytes: "2GB" is not a size; write it as 500kB or 1MB
:5:29: enrichment.pages.most: "1.5" is not a whole number`},
		"money": {
			"enrichment:\n  daily_cap: -5\n  prices: {large: {prompt: -1, completion: 2}, small: {cached: 1e9}}\n",
			`:2:14: enrichment.daily_cap: -5 is out of range; write US dollars a day, or 0 for no cap
:3:28: enrichment.prices.large.prompt: -1 is out of range; write US dollars per million tokens, 0 to 100000
:3:64: enrichment.prices.small.cached: 1e+09 is out of range; write US dollars per million tokens, 0 to 100000`},
		"retention": {
			"retention:\n  idempotency: 1h\n  effects: -1h\n  tasks: 7 days\n  digests: 0s\n",
			`:2:16: retention.idempotency: 1h is out of range; write 24h to 87600h, or 0s for ever
:3:12: retention.effects: -1h is out of range; write 24h to 87600h, or 0s for ever
:4:10: retention.tasks: "7 days" is not a duration; write it as 90s, 15m, 720h or 30d`},
		"not yet there": {"routing: {}\n",
			`:1:1: unknown key "routing"; known here: partners, reviewers, review, enrichment, slack, webhook, crm, webhooks, sources, intake, partner_updates, limits, database, reports, retention, scoring`},
		"not YAML": {"review: [\n", `:1:9: not YAML: sequence end token ']' not found`},
		"a secret": {"slack:\n  bot_token: xoxb-1\n", `:2:3: slack: unknown key "bot_token"; known here: channel, channels, rate, locale, threads`},
	} {
		t.Run(name, func(t *testing.T) {
			path := file(t, tc.text)
			_, err := config.Load(path, nil)
			if err == nil {
				t.Fatal("accepted")
			}
			if got := strings.ReplaceAll(err.Error(), path, ""); got != tc.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tc.want)
			}
		})
	}
}

func TestFileThatIsNotThere(t *testing.T) {
	_, err := config.Load("/nonexistent/leadtriage.yaml", nil)
	if err == nil || !strings.Contains(err.Error(), "/nonexistent/leadtriage.yaml: cannot be read: no such file or directory") {
		t.Errorf("got %v", err)
	}
}

func TestConfigVariableNamesTheFile(t *testing.T) {
	path := file(t, "slack: {channel: C1}\n")
	c, err := config.Load("", []string{"LEADTRIAGE_CONFIG=" + path})
	if err != nil || c.Slack.Channel != "C1" {
		t.Errorf("got %v, %v", c, err)
	}
	if c, err = config.Load("example.yaml", []string{"LEADTRIAGE_CONFIG=" + path}); err != nil || c.Slack.Channel == "C1" {
		t.Errorf("the path that is given must win: %v, %v", c, err)
	}
}

func TestEnvironmentStandsOverTheFile(t *testing.T) {
	const text = "reviewers: [U1]\nslack: {channel: C1}\nenrichment: {model: small, api: responses}\n"
	c := load(t, text, "SLACK_REVIEWERS= U2 , U3,,U2,U1", "SLACK_CHANNEL=C2", "OPENAI_MODEL=large", "OPENAI_API=chat")
	if !reflect.DeepEqual(c.Reviewers, []config.Reviewer{{User: "U1"}, {User: "U2"}, {User: "U3"}}) || c.Slack.Channel != "C2" || c.Enrichment.Model != "large" || c.Enrichment.API != config.Chat {
		t.Errorf("got %+v", c)
	}
	c = load(t, text, "SLACK_REVIEWERS=", "SLACK_CHANNEL= ", "OPENAI_MODEL=", "OPENAI_API=")
	if !reflect.DeepEqual(c.Reviewers, []config.Reviewer{{User: "U1"}}) || c.Slack.Channel != "C1" || c.Enrichment.Model != "small" || c.Enrichment.API != config.Responses {
		t.Errorf("an empty variable must count as not set: %+v", c)
	}
}

func TestWhichAPI(t *testing.T) {
	for base, want := range map[string]config.API{
		"":                              config.Responses,
		"https://api.openai.com/v1/":    config.Responses,
		"https://eu.api.openai.com/v1":  config.Responses,
		"http://127.0.0.1:8081/v1":      config.Chat,
		"https://openai.com.example/v1": config.Chat,
		"https://notopenai.com/v1":      config.Chat,
	} {
		if c := load(t, "", "OPENAI_BASE_URL="+base); c.Enrichment.API != want || strings.HasSuffix(c.Env.OpenAIBaseURL, "/") {
			t.Errorf("%q: %s at %s, want %s", base, c.Enrichment.API, c.Env.OpenAIBaseURL, want)
		}
	}
}

func TestWarnings(t *testing.T) {
	if got := load(t, "").Warnings(); len(got) == 0 {
		t.Error("nobody may decide, and nothing says so")
	}
	c := load(t, "reviewers: [U1]\nslack: {channel: C1}\n", "SLACK_BOT_TOKEN=xoxb-x", "SLACK_SIGNING_SECRET=y", "LEADTRIAGE_API_KEYS=a:"+strings.Repeat("b", 16),
		"LEADTRIAGE_WEBHOOK_URL=http://127.0.0.1:1/hook", "LEADTRIAGE_WEBHOOK_SECRET="+whsec)
	if got := c.Warnings(); len(got) != 0 {
		t.Errorf("got %q", got)
	}
	sound := c.Env
	for want, change := range map[string]func(){
		"nothing costs anything": func() { c.Enrichment.DailyCap = 5 },
		`"#leads" is no id`:      func() { c.Slack.Channel = "#leads" },
		"has no path":            func() { c.Env.OpenAIBaseURL = "http://127.0.0.1:8081" },
		"begin with xoxb-":       func() { c.Env.SlackBotToken = "xoxp-1" },
		"begin with xapp-":       func() { c.Env.SlackAppToken = "xoxb-1" },
		"end with /api/":         func() { c.Env.SlackAPIURL = "https://slack.example/" },
		"API key a has fewer":    func() { c.Env.APIKeys = config.APIKeys{{Name: "a", Key: config.Secret(strings.Repeat("b", 15))}} },
	} {
		if change(); !strings.Contains(strings.Join(c.Warnings(), "\n"), want) {
			t.Errorf("%q does not say %q", c.Warnings(), want)
		}
		c.Env, c.Enrichment.DailyCap, c.Slack.Channel = sound, 0, "C1"
	}
	c.Enrichment.DailyCap, c.Enrichment.Prices = 5, map[string]config.Price{"gpt-5": {Completion: 1}}
	if got := c.Warnings(); len(got) != 0 {
		t.Errorf("a price for all models of a family is one: %q", got)
	}
}
