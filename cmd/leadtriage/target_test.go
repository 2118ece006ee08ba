package main

import (
	"bytes"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"leadtriage/config"
	"leadtriage/internal/lead"
	"leadtriage/internal/store"
)

// What waits for a target that nobody configures any more is said; one that was switched
// off is switched on by its name.
func TestTargetsThatAreOffOrGone(t *testing.T) {
	url := "sqlite://" + filepath.Join(t.TempDir(), "leads.db")
	records, err := store.Open(t.Context(), url, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer records.Close()
	if err := records.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	c := lead.NewCase(lead.Incoming{Key: "northwind", By: "crm"}, now)
	for _, target := range []string{lead.DefaultTarget, "warehouse"} {
		c.AddEffect(lead.Effect{Kind: lead.WebhookEffect, Lane: lead.LaneOf(target), Target: target, Event: "lead.disqualified", DueAt: now})
		for _, at := range []time.Time{now.Add(-6 * 24 * time.Hour), now} {
			if _, err := records.TargetFailed(t.Context(), target, at, 5*24*time.Hour); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, _, err := records.Accept(t.Context(), lead.Incoming{Key: "northwind", By: "crm"}, c, nil); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	cfg := &config.Config{}
	cfg.Env.WebhookURL = "https://crm.example/hooks"
	s := &service{ground: &ground{log: slog.New(slog.NewTextHandler(&log, nil)), records: records}, cfg: cfg}
	s.checkTargets(t.Context())
	if said := log.String(); strings.Count(said, "level=WARN") != 1 || !strings.Contains(said, "target=warehouse waiting=1") {
		t.Errorf("said at start: %s", said)
	}
	env := []string{"DATABASE_URL=" + url, "LEADTRIAGE_WEBHOOK_URL=https://crm.example/hooks", "LEADTRIAGE_WEBHOOK_SECRET=whsec_" + strings.Repeat("b2xk", 8)}
	for _, tc := range [][2]string{
		{"default", "default is on again; webhooks that are sent now: 1\n"}, {"default", "default is on: it was not switched off\n"},
		{"warehouse", `no webhook target is called "warehouse"; configured: default`},
	} {
		var out bytes.Buffer
		if run(t.Context(), []string{"webhook", "enable", tc[0]}, env, &out, &out); !strings.Contains(out.String(), tc[1]) {
			t.Errorf("enable %s: %s", tc[0], &out)
		}
	}
}
