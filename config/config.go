// Package config is what the operator says: built-in defaults, then a YAML file,
// then the environment, each over the one before. Whatever is wrong is reported
// together, with file and line or with the variable's name. Secrets come from
// the environment alone and print as ***.
package config

import (
	"time"

	"leadtriage/config/strict"
)

// Config is the effective configuration. The yaml tags are the keys of the
// file; defaults.yaml says what each means.
type Config struct {
	Partners   []Partner  `yaml:"partners"`
	Reviewers  []Reviewer `yaml:"reviewers"`
	Review     Review     `yaml:"review"`
	Enrichment Enrichment `yaml:"enrichment"`
	Slack      Slack      `yaml:"slack"`
	Webhook    Webhook    `yaml:"webhook"`
	Sources    []Source   `yaml:"sources"`
	Intake     Intake     `yaml:"intake"`
	Limits     Limits     `yaml:"limits"`
	Retention  Retention  `yaml:"retention"`
	// Scoring is the model as it stands in its file; score.Compile reads it.
	Scoring strict.Node `yaml:"scoring"`

	Env Environment `yaml:"-"`
}

// Partner may send leads in one of its tiers.
type Partner struct {
	ID         string   `yaml:"id"`
	Name       string   `yaml:"name"`
	Tiers      []string `yaml:"tiers"`
	UTMSources []string `yaml:"utm_sources"` // aliases in utm_source, beside the id
}

type Review struct {
	Deadline      time.Duration  `yaml:"deadline"`
	Undo          time.Duration  `yaml:"undo"`
	AskOverride   bool           `yaml:"ask_override"`
	ArchiveAfter  time.Duration  `yaml:"archive_after"` // 0: never
	Hours         Hours          `yaml:"hours"`
	RemindAfter   time.Duration  `yaml:"remind_after"` // working time; 0: never
	BackupAfter   time.Duration  `yaml:"backup_after"`
	Digest        string         `yaml:"digest"` // time of day; empty: none
	RejectReasons []RejectReason `yaml:"reject_reasons"`
}

type RejectReason struct {
	ID    string `yaml:"id"`
	Label string `yaml:"label"`
}

type Enrichment struct {
	Model       string           `yaml:"model"`
	SecondModel string           `yaml:"second_model"` // of the same endpoint, reads quotes; empty: Model
	Exam        Exam             `yaml:"exam"`
	API         API              `yaml:"api"` // resolved by Load: never empty
	MaxRounds   int              `yaml:"max_rounds"`
	MaxTokens   int              `yaml:"max_tokens"`
	Timeout     time.Duration    `yaml:"timeout"`
	Attempts    int              `yaml:"attempts"`
	GiveUp      time.Duration    `yaml:"give_up"`
	Concurrency int              `yaml:"concurrency"`
	CompanyTTL  TTL              `yaml:"company_ttl"`
	Prices      map[string]Price `yaml:"prices"`    // by model; a longer name that starts with one has its price
	DailyCap    float64          `yaml:"daily_cap"` // US dollars a day (UTC); 0: none
	OnCap       OnCap            `yaml:"on_cap"`
	Providers   []Provider       `yaml:"providers"`
	Pages       Pages            `yaml:"pages"`
}

// Price is what a model costs, in US dollars per million tokens.
type Price struct {
	Prompt     float64 `yaml:"prompt"`
	Cached     float64 `yaml:"cached"`
	Completion float64 `yaml:"completion"`
}

type Pages struct {
	Most      int           `yaml:"most"`
	Bytes     Size          `yaml:"bytes"`
	Letters   int           `yaml:"letters"`
	Timeout   time.Duration `yaml:"timeout"`
	Redirects int           `yaml:"redirects"`
	Delay     time.Duration `yaml:"delay"`      // between two pages of one company
	UserAgent string        `yaml:"user_agent"` // empty: page.DefaultUserAgent
}

type Slack struct {
	Channel  string         `yaml:"channel"`
	Channels []SlackChannel `yaml:"channels"`
	Rate     float64        `yaml:"rate"` // messages per second and channel; 0: no limit
	Locale   string         `yaml:"locale"`
	Threads  bool           `yaml:"threads"`
}

type Webhook struct {
	GiveUp time.Duration `yaml:"give_up"`
}

// Limits bound what intake accepts; a rate of 0 is no limit.
type Limits struct {
	Batch Size    `yaml:"batch"`
	Rate  float64 `yaml:"rate"` // leads and calls per second and API key
	Burst int     `yaml:"burst"`
}
