package slack_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"leadtriage/internal/slack"
)

// The manifest, the code and the table in the docs say the same.
func TestManifestAsksForExactlyWhatIsUsed(t *testing.T) {
	raw, err := os.ReadFile("../../slack-manifest.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var m struct {
		Features struct {
			Home struct {
				Enabled bool `yaml:"home_tab_enabled"`
			} `yaml:"app_home"`
			Commands []struct{ Command, URL string } `yaml:"slash_commands"`
		}
		OAuth struct {
			Scopes struct{ Bot, User []string }
		} `yaml:"oauth_config"`
		Settings struct {
			Interactivity struct {
				Enabled bool   `yaml:"is_enabled"`
				URL     string `yaml:"request_url"`
			}
			Events struct {
				URL  string   `yaml:"request_url"`
				Bot  []string `yaml:"bot_events"`
				User []string `yaml:"user_events"`
			} `yaml:"event_subscriptions"`
		}
	}
	if err := yaml.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	want := slices.Sorted(slices.Values(slack.Scopes))
	if got := slices.Sorted(slices.Values(m.OAuth.Scopes.Bot)); !slices.Equal(got, want) || len(m.OAuth.Scopes.User) > 0 {
		t.Errorf("the manifest asks for %v, the code uses %v", got, want)
	}
	docs, err := os.ReadFile("../../docs/slack.md")
	if err != nil {
		t.Fatal(err)
	}
	table, _, _ := strings.Cut(string(docs), "## HTTP or Socket Mode")
	var told []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z:.]+)` \\| .+ \\|$").FindAllStringSubmatch(table, -1) {
		told = append(told, row[1])
	}
	if slices.Sort(told); !slices.Equal(told, want) {
		t.Errorf("docs/slack.md explains %v, the code uses %v", told, want)
	}
	if len(m.Features.Commands) != 1 || m.Features.Commands[0].Command != slack.SlashCommand || !slices.Equal(m.Settings.Events.Bot, slack.Events) ||
		len(m.Settings.Events.User) > 0 || !m.Features.Home.Enabled || !m.Settings.Interactivity.Enabled {
		t.Errorf("the manifest has %+v and %+v", m.Features, m.Settings)
	}
	for url, path := range map[string]string{m.Features.Commands[0].URL: "/slack/commands", m.Settings.Events.URL: "/slack/events", m.Settings.Interactivity.URL: "/slack/interactions"} {
		if url != "https://YOUR-HOST"+path {
			t.Errorf("%q is not the address of %s", url, path)
		}
	}
}
