package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"leadtriage/internal/backing"
)

// The doctor asks each dependency as it will be used, and says what to do of each that is broken.
func TestDoctor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"DATABASE_URL": backing.PostgresURL(t), "REDIS_URL": backing.RedisURL(t), "HUBSPOT_TOKEN": ""})
	w.command("migrate")
	examine := func() (all map[string]diagnosis, code int, text string) {
		t.Helper()
		var out, errOut bytes.Buffer
		code = run(t.Context(), []string{"doctor", "--json"}, w.environ, &out, &errOut)
		var list []diagnosis
		if err := json.Unmarshal(out.Bytes(), &list); err != nil {
			t.Fatalf("%v: %s%s", err, &out, &errOut)
		}
		all = map[string]diagnosis{}
		for _, d := range list {
			if _, twice := all[d.Name]; !twice {
				all[d.Name] = d
			}
			if d.State == broken && d.Mend == "" {
				t.Errorf("%s is broken, and nothing says what to do", d.Name)
			}
		}
		return all, code, out.String()
	}
	all, code, text := examine()
	for name, want := range map[string]state{"config": well, "database": well, "redis": well, "model": well, "price": unsure, "slack": well, "webhook": well,
		"clock": well, "public address": unused} {
		if all[name].State != want {
			t.Errorf("%s is %+v, want %s", name, all[name], want)
		}
	}
	if code != done || !strings.Contains(all["redis"].Says, "Redis ") {
		t.Errorf("exit %d: %s", code, text)
	}

	late := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat))
		w.WriteHeader(http.StatusNotFound)
	}))
	defer late.Close()
	w.set(map[string]string{"REDIS_URL": "redis://127.0.0.1:1", "SLACK_API_URL": late.URL + "/api/", "OPENAI_API_KEY": "sk-wrong-secret",
		"LEADTRIAGE_WEBHOOK_URL": "http://127.0.0.1:1/hook", "LEADTRIAGE_EXTERNAL_URL": late.URL,
		"DATABASE_URL": "postgres://nobody@127.0.0.1:1/missing"})
	all, code, text = examine()
	for _, name := range []string{"database", "redis", "model", "slack", "webhook", "clock", "public address"} {
		if all[name].State != broken {
			t.Errorf("%s is %+v", name, all[name])
		}
	}
	if code != failed || strings.Contains(text, "sk-wrong-secret") {
		t.Errorf("exit %d: %s", code, text)
	}
	var out, errOut bytes.Buffer
	if code := run(t.Context(), []string{"doctor"}, append(w.environ, "LOG_LEVEL=loud"), &out, &errOut); code != failed || !strings.Contains(out.String(), "LOG_LEVEL") {
		t.Errorf("a faulty configuration: %d %s", code, &out)
	}
}
