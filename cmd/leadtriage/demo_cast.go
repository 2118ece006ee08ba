package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"text/template"
	"time"

	"github.com/goccy/go-yaml"

	"leadtriage/internal/lead"
)

//go:embed demo_cast.yaml
var castText string

// part is one lead of the demo's cast, and what it is there to show.
type part struct {
	Shows string
	Lead  map[string]any
}

// cast is the demo's leads, dated from now.
func cast(now time.Time) ([]part, error) {
	at := func(form string) func(days int) string {
		return func(days int) string { return now.AddDate(0, 0, -days).UTC().Format(form) }
	}
	var dated bytes.Buffer
	dates := template.FuncMap{"ago": at(time.RFC3339), "day": at(time.DateOnly)}
	if err := template.Must(template.New("cast").Funcs(dates).Parse(castText)).Execute(&dated, nil); err != nil {
		return nil, err
	}
	var all struct {
		Shared []any
		Cast   []part
	}
	err := yaml.Unmarshal(dated.Bytes(), &all)
	return all.Cast, err
}

// sentLead is a part of the cast with its receipt.
type sentLead struct {
	part
	lead.Receipt
}

// send enqueues the cast as a CRM automation would. A configuration may refuse some of it.
func (d *demo) send(ctx context.Context, out io.Writer) (sent []sentLead, err error) {
	parts, err := cast(time.Now())
	if err != nil {
		return nil, fmt.Errorf("read the demo's leads: %w", err)
	}
	for _, p := range parts {
		s := sentLead{part: p}
		if err = d.call(ctx, http.MethodPost, "/v1/leads", p.Lead, &s.Receipt); err != nil {
			fmt.Fprintf(out, "left out: %q: %v\n", p.Shows, err)
			continue
		}
		sent = append(sent, s)
	}
	if len(sent) == 0 {
		return nil, fmt.Errorf("none of the demo's leads was taken: %w", err)
	}
	return sent, nil
}

// call asks the API; body and answer are JSON.
func (d *demo) call(ctx context.Context, method, path string, body, answer any) error {
	var text bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&text).Encode(body); err != nil {
			return err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, d.api+path, &text)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+demoOperatorKey)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("the API answered %s: %s", res.Status, got)
	}
	return json.Unmarshal(got, answer)
}
