package config

import (
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"leadtriage/config/strict"
)

//go:embed defaults.yaml
var defaults []byte

// Load returns the built-in defaults under the YAML file at path under the
// environment (NAME=value lines, as os.Environ gives them). Without a path it is
// LEADTRIAGE_CONFIG that names the file; with neither, the defaults run. The error
// has one line per fault: file:line:column, or the variable; beside it comes what
// could be read.
func Load(path string, environ []string) (*Config, error) {
	c, root, err := builtin()
	if err != nil {
		return c, err
	}
	if path == "" {
		path = lookup(environ, "LEADTRIAGE_CONFIG")
	}
	faults := &faults{defaults: root}
	if path != "" {
		faults.file, faults.list = c.readFile(path)
		faults.list = append(faults.list, c.readModel(filepath.Dir(path))...)
	}
	c.check(faults)
	var all []error
	if err := faults.list.Err(); err != nil {
		all = append(all, err)
	}
	all = append(all, c.readEnvironment(environ)...)
	if len(all) > 0 {
		return c, errors.Join(all...)
	}
	c.settle()
	return c, nil
}

func builtin() (*Config, strict.Node, error) {
	root, err := strict.Parse("built-in defaults", defaults)
	if err != nil {
		return nil, root, err
	}
	c := &Config{}
	return c, root, root.Decode(c).Err()
}

func (c *Config) readFile(path string) (strict.Node, strict.Faults) {
	text, err := os.ReadFile(path)
	if err != nil {
		return strict.Node{}, strict.Faults{{File: path, Text: fmt.Sprintf("cannot be read: %v; name the file by --config or LEADTRIAGE_CONFIG", errors.Unwrap(err))}}
	}
	root, err := strict.Parse(path, text)
	if err != nil {
		var faults strict.Faults
		errors.As(err, &faults)
		return root, faults
	}
	return root, root.Decode(c)
}

// readModel takes the scoring model from the file that scoring.file names, from the
// configuration's folder on; it is the whole of it, or its scoring section.
func (c *Config) readModel(folder string) strict.Faults {
	if _, found := c.Scoring.At("file"); found == 0 {
		return nil
	}
	var at struct {
		File string `yaml:"file"`
	}
	if faults := c.Scoring.Decode(&at); len(faults) > 0 {
		return faults
	}
	if !filepath.IsAbs(at.File) {
		at.File = filepath.Join(folder, at.File)
	}
	text, err := os.ReadFile(at.File)
	if err != nil {
		return strict.Faults{c.Scoring.Fault("the scoring model %s cannot be read: %v", at.File, errors.Unwrap(err))}
	}
	root, err := strict.Parse(at.File, text)
	if err != nil {
		var faults strict.Faults
		errors.As(err, &faults)
		return faults
	}
	c.Scoring = root
	if section, found := root.At("scoring"); found > 0 {
		c.Scoring = section
	}
	return nil
}

// settle fills in what follows from the rest.
func (c *Config) settle() {
	c.Enrichment.settleProviders()
	if c.Enrichment.API == "" {
		c.Enrichment.API = Chat
		if OpenAIHost(c.Env.OpenAIBaseURL) {
			c.Enrichment.API = Responses
		}
	}
}

// Warnings are sentences for start-up about what works but is hardly meant.
func (c *Config) Warnings() []string {
	var out []string
	warn := func(when bool, text string) {
		if when {
			out = append(out, text)
		}
	}
	slack := c.Env.SlackBotToken != ""
	warn(len(c.Reviewers) == 0, "no reviewers are configured: nobody may decide; set `reviewers` or SLACK_REVIEWERS")
	warn(!slack, "SLACK_BOT_TOKEN is not set: no cards are posted")
	warn(slack && c.Slack.Channel == "", "no Slack channel is configured: no cards are posted; set slack.channel or SLACK_CHANNEL")
	warn(slack && c.Slack.Channel != "" && !channelID.Fits(c.Slack.Channel),
		fmt.Sprintf("the Slack channel %q is no id: copy it from the channel's details into slack.channel or SLACK_CHANNEL, it looks like C012ABCDEF; without it no digest and no lost card can be found again", c.Slack.Channel))
	warn(slack && c.Env.SlackSigningSecret == "" && c.Env.SlackAppToken == "",
		"neither SLACK_SIGNING_SECRET nor SLACK_APP_TOKEN is set: clicks on cards cannot arrive")
	warn(len(c.Env.APIKeys) == 0, "LEADTRIAGE_API_KEYS is not set: no automation may send leads")
	warn(len(c.Targets()) == 0 && c.Env.HubSpotToken == "" && c.Env.SalesforceURL == "",
		"none of LEADTRIAGE_WEBHOOK_URL, HUBSPOT_TOKEN and SALESFORCE_URL is set: decisions are recorded and sent nowhere")
	warn(c.Enrichment.DailyCap > 0 && c.Enrichment.free(), fmt.Sprintf("enrichment.daily_cap is never reached: nothing costs anything; give %s a price in enrichment.prices", c.Enrichment.Model))
	warn(c.Enrichment.Exam.Off, "enrichment.exam is false: what any model reads in a quote counts, however badly it reads")
	warn(bareHost(c.Env.OpenAIBaseURL), "OPENAI_BASE_URL has no path: most servers answer under /v1, such as "+c.Env.OpenAIBaseURL+"/v1")
	for _, name := range slices.Sorted(maps.Keys(c.Intake.Source)) {
		known := slices.ContainsFunc(c.Env.APIKeys, func(k APIKey) bool { return k.Name == name })
		warn(!known, fmt.Sprintf("intake.source names the key %q, which is not in LEADTRIAGE_API_KEYS", name))
	}
	warn(slack && !strings.HasPrefix(c.Env.SlackBotToken.Reveal(), "xoxb-"),
		"SLACK_BOT_TOKEN does not begin with xoxb-: cards are posted by a bot; take the Bot User OAuth Token of the app")
	warn(c.Env.SlackAppToken != "" && !strings.HasPrefix(c.Env.SlackAppToken.Reveal(), "xapp-"), "SLACK_APP_TOKEN does not begin with xapp-: take an app-level token with the scope connections:write")
	warn(!strings.HasSuffix(c.Env.SlackAPIURL, "/api/"), "SLACK_API_URL does not end with /api/: Slack and what stands in for it answer there, such as https://slack.com/api/")
	for _, k := range c.Env.APIKeys {
		warn(len(k.Key.Reveal()) < leastKey, fmt.Sprintf("the API key %s has fewer than %d characters and can be guessed: make one with `openssl rand -hex 24`", k.Name, leastKey))
	}
	return append(out, c.cardless()...)
}

// leastKey is how long an API key is at least that nobody guesses.
const leastKey = 16

func lookup(environ []string, name string) string {
	for _, line := range environ {
		if key, value, ok := strings.Cut(line, "="); ok && key == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
