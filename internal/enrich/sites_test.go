package enrich_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"leadtriage/internal/enrich"
	"leadtriage/internal/page"
	"leadtriage/internal/sim"
)

func TestDebugSites(t *testing.T) {
	api := sim.NewOpenAI(sim.OpenAIOptions{Key: "k"})
	ms := httptest.NewServer(api)
	defer ms.Close()
	web := sim.NewWeb()
	ws := httptest.NewServer(web)
	defer ws.Close()
	resolve, err := page.ParseResolve("*=" + strings.TrimPrefix(ws.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	r := page.NewReader(page.Options{Resolve: resolve})
	defer r.Close()
	m := enrich.NewModel(enrich.Endpoint{Key: "k", BaseURL: ms.URL + "/v1", Model: "gpt-4.1-mini"})
	e, err := enrich.New(enrich.Options{Pages: r, Model: m, Now: func() time.Time { return time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC) }})
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range web.Hosts() {
		p, err := e.Enrich(t.Context(), "", h)
		fmt.Println("=====", h, err, p.Usage)
		for _, f := range p.Facts {
			fmt.Printf("  %-10s %-14s %-40q", f.Status, f.Field, f.Value)
			for _, ev := range f.Evidence {
				fmt.Printf(" %s %q", ev.Value, ev.Quote)
			}
			fmt.Println()
		}
	}
}
