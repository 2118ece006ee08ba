// Package config is what the operator says: built-in defaults, then a YAML file,
// then the environment, each over the one before. Whatever is wrong is reported
// together, with file and line or with the variable's name. Secrets come from
// the environment alone and print as ***.
package config

import (
	"time"

	"leadtriage/config/strict"
)

// Config is the effective configuration. The tags of its fields are the one place
// that says what the file may hold (strict.Form); defaults.yaml says what for.
type Config struct {
	Partners   []Partner      `yaml:"partners" is:"only=partner" doc:"Partners that may send leads; none listed: any id is taken."`
	Reviewers  []Reviewer     `yaml:"reviewers" doc:"Who may decide, beside SLACK_REVIEWERS."`
	Review     Review         `yaml:"review"`
	Enrichment Enrichment     `yaml:"enrichment" doc:"Finding facts about a company with a model."`
	Slack      Slack          `yaml:"slack"`
	Webhook    Webhook        `yaml:"webhook" doc:"The signed webhook on a decision."`
	CRM        CRM            `yaml:"crm" doc:"CRMs that leads are written to."`
	Console    Console        `yaml:"console" doc:"The pages for people at /console/."`
	Webhooks   []Target       `yaml:"webhooks" is:"only=target" doc:"Endpoints that are told of leads, beside that of LEADTRIAGE_WEBHOOK_URL."`
	Routing    Routing        `yaml:"routing" doc:"Who gets which approved lead."`
	SLA        SLA            `yaml:"sla" doc:"How long things may take."`
	Sources    []Source       `yaml:"sources" is:"only=source" doc:"Systems that send webhooks of their own, with mappings that make them leads."`
	Intake     Intake         `yaml:"intake"`
	Updates    PartnerUpdates `yaml:"partner_updates" doc:"What partners hear of their leads."`
	Limits     Limits         `yaml:"limits" doc:"What is accepted over HTTP."`
	Database   Database       `yaml:"database"`
	Reports    Reports        `yaml:"reports" doc:"What reports compare a team with."`
	Retention  Retention      `yaml:"retention" doc:"How long is kept what nothing needs any more, from 24h on; 0s: for ever."`
	Scoring    strict.Node    `yaml:"scoring" schema:"scoring" doc:"The whole scoring model, which replaces the shipped one; or the file that holds it."`

	Env Environment `yaml:"-"`
}

// Partner may send leads in one of its tiers.
type Partner struct {
	ID         string   `yaml:"id" is:"required partner_id" doc:"Sent as partner.id; direct is reserved."`
	Name       string   `yaml:"name" doc:"Shown on cards."`
	Tiers      []string `yaml:"tiers" schema:"required 1.. text unique" doc:"Tiers of its programme."`
	UTMSources []string `yaml:"utm_sources" schema:"text" doc:"What names it in utm_source, beside its id."`
	Type       string   `yaml:"type" doc:"What it is, such as marketplace or agency; prospects are held against partners of their type."`
}

type Review struct {
	Deadline time.Duration `yaml:"deadline" is:"1s..24h" doc:"When the search for facts has taken so long, the card goes out in any case."`
	Undo     time.Duration `yaml:"undo" is:"0s..24h" doc:"How long a decision can be taken back; 0s: its webhook leaves at once."`

	// AskOverride is about approvals of what was not proposed as EQL; they are recorded before.
	AskOverride bool `yaml:"ask_override" doc:"Whether approving what was not proposed as EQL asks for a word of why, afterwards."`
	// ArchiveAfter is about leads that are decided, parked or disqualified.
	ArchiveAfter time.Duration `yaml:"archive_after" is:"0s..87600h" doc:"Leads unchanged for so long are archived, if not open; 0s: never."`

	Hours Hours `yaml:"hours" doc:"When reviewers work; reminders and the digest keep to it."`

	RemindAfter time.Duration `yaml:"remind_after" is:"0s..720h" doc:"Working time without an answer till reviewers are reminded; 0s: never."`
	BackupAfter time.Duration `yaml:"backup_after" is:"0s..720h" doc:"Working time without an answer before back-ups are asked; 0s: never."`
	Digest      string        `yaml:"digest" is:"digest" doc:"When each channel gets its digest on working days; empty: never."`

	RejectReasons []RejectReason `yaml:"reject_reasons" is:"only=reason" schema:"1..100" doc:"What a reviewer can choose from when rejecting."`
}

type RejectReason struct {
	ID    string `yaml:"id" is:"required reason_id"`
	Label string `yaml:"label" schema:"required 1..75" doc:"Shown to the reviewer."`

	// Partner is for a lead's partner; the label is for colleagues.
	Partner map[string]string `yaml:"partner,omitempty" is:"keys=locale" doc:"What the partner reads of it, by language; left out: nothing."`
}

type Enrichment struct {
	Model       string `yaml:"model" schema:"1.." doc:"Name of the model (OPENAI_MODEL)."`
	SecondModel string `yaml:"second_model" doc:"Another model of the same endpoint, which reads the quotes; empty: the same."`

	Exam      Exam          `yaml:"exam" doc:"What a model must show before its readings count; false: nothing."`
	API       API           `yaml:"api" schema:"|responses|chat" doc:"Empty: responses on OpenAI's own host, else chat (OPENAI_API)."`
	MaxRounds int           `yaml:"max_rounds" is:"1..50" doc:"Answers of the model per company."`
	MaxTokens int           `yaml:"max_tokens" is:"1000..10000000" doc:"Prompt and completion tokens per company."`
	MaxOutput int           `yaml:"max_output" is:"256..1000000" doc:"Tokens of one answer, thoughts included."`
	Timeout   time.Duration `yaml:"timeout" is:"1s..1h" doc:"For one company, pages and model together."`
	Attempts  int           `yaml:"attempts" is:"1..100" doc:"Attempts without a useful answer, after which a company's facts are given up."`
	GiveUp    time.Duration `yaml:"give_up" is:"1s..720h" doc:"Time after which a company is given up."`

	Concurrency int `yaml:"concurrency" is:"1..1000" doc:"Companies that talk with the model side by side in one worker process."`

	CompanyTTL TTL `yaml:"company_ttl" is:"keys=ttl_field 0s..175200h" doc:"How long facts are used: one time, or by field with a default."`

	Prices    map[string]Price `yaml:"prices" doc:"US dollars per million tokens, by model; a longer name has the price of its start."`
	DailyCap  float64          `yaml:"daily_cap" is:"dollars" doc:"US dollars a day (UTC); 0: none."`
	OnCap     OnCap            `yaml:"on_cap" is:"wait|rules" doc:"What leads do when the cap is reached."`
	Providers []Provider       `yaml:"providers" is:"only=provider" doc:"Data providers of your own that answer in JSON."`
	Pages     Pages            `yaml:"pages" doc:"Reading the company's public pages."`
}

// Price is what a model costs, in US dollars per million tokens.
type Price struct {
	Prompt     float64 `yaml:"prompt" is:"price" doc:"Tokens sent."`
	Cached     float64 `yaml:"cached" is:"price" doc:"Tokens sent that the provider had cached."`
	Completion float64 `yaml:"completion" is:"price" doc:"Tokens answered."`
}

type Pages struct {
	Most      int           `yaml:"most" is:"1..50" doc:"Pages read before the model is asked."`
	Bytes     Size          `yaml:"bytes" is:"1kB..64MB" doc:"Of one page."`
	Letters   int           `yaml:"letters" is:"1000..1000000" doc:"Kept of a page's text."`
	Timeout   time.Duration `yaml:"timeout" is:"1s..5m" doc:"For one page."`
	Redirects int           `yaml:"redirects" is:"0..20" doc:"Followed for one page."`
	Delay     time.Duration `yaml:"delay" is:"0s..1m" doc:"Between two pages of one company."`
	UserAgent string        `yaml:"user_agent" is:"user_agent" doc:"How the reader introduces itself."` // empty: page.DefaultUserAgent
}

type Slack struct {
	Channel  string         `yaml:"channel" doc:"Channel of the cards, by id (SLACK_CHANNEL)."`
	Channels []SlackChannel `yaml:"channels" is:"only=channel" doc:"Channels of their own for the cards of some partners."`
	Rate     float64        `yaml:"rate" is:"rate" doc:"Messages per second into one channel; 0: no limit."`
	Locale   string         `yaml:"locale" is:"locale" doc:"Language of cards, forms and private sentences."`
	Threads  bool           `yaml:"threads" doc:"Whether a reply below each card tells what happens with the lead."`
}

type Webhook struct {
	GiveUp time.Duration `yaml:"give_up" is:"1m..720h" doc:"How long a delivery is retried."`
}

type Database struct {
	Connections int `yaml:"connections" is:"2..10000" doc:"To Postgres, at most, of one process."`
}

// Limits bound what intake accepts.
type Limits struct {
	Batch Size    `yaml:"batch" is:"1kB..1024MB" doc:"Of one batch."`
	Rate  float64 `yaml:"rate" is:"rate" doc:"Leads and calls per second of one API key; 0: no limit."`
	Burst int     `yaml:"burst" is:"0..100000" doc:"How many at once; 0: twice the rate."`

	Proxies []string `yaml:"proxies" is:"network" doc:"Addresses or networks of your proxies, whose X-Forwarded-For is believed."`
}
