package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"leadtriage/internal/lead"
)

// People are left out unless they are asked for, and no cell is run by a spreadsheet.
func TestExportedRows(t *testing.T) {
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	d := &lead.Dossier{
		Lead: lead.Lead{ID: "l1", Stage: lead.Approved, CreatedAt: at, UpdatedAt: at, Submission: lead.Submission{
			Partner: lead.Partner{ID: "acme", Tier: "gold", Contact: "Ada at Acme"}, Contact: lead.Contact{Email: "jane@northwind.example", Name: "Jane Doe"},
			Company: lead.Company{Name: "=cmd()", Domain: "northwind.example"}, Notes: "call Jane",
			Touchpoints: []lead.Touchpoint{{Type: "webinar", Owner: "partner", Asset: "https://acme.example/w", At: at}}}},
		Outcomes: []lead.Outcome{{ID: "7", Type: lead.ClosedWon, At: at, From: "key:crm", DealID: "9", Amount: lead.Money{Minor: 120050, Digits: 2, Currency: "EUR"}}},
	}
	for name, tc := range map[string]struct {
		c    exportCmd
		want string
		not  string
	}{
		"leads":       {exportCmd{Format: "csv", Table: "leads"}, "l1,approved,acme,gold,,,northwind.example,'=cmd()", "ane"},
		"with people": {exportCmd{Format: "csv", Table: "leads", People: true}, ",jane@northwind.example,Jane Doe,", "nothing"},
		"touchpoints": {exportCmd{Format: "csv", Table: "touchpoints"}, "l1,webinar,partner,https://acme.example/w,2026-11-20T12:00:00Z", "ane"},
		"outcomes":    {exportCmd{Format: "csv", Table: "outcomes"}, "l1,7,closed_won,2026-11-20T12:00:00Z,key:crm,1200.50,EUR,,,,9", "ane"},
		"records":     {exportCmd{Format: "jsonl"}, `"deal_id":"9"`, "ane"},
	} {
		var out bytes.Buffer
		write, flush := tc.c.writer(&out)
		if err := write(d); err != nil {
			t.Fatal(err)
		}
		if err := flush(); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if tc.c.Format == "csv" && (len(lines) != 2 || strings.Count(lines[0], ",") != strings.Count(lines[1], ",")) || !strings.Contains(out.String(), tc.want) || strings.Contains(out.String(), tc.not) {
			t.Errorf("%s: %s", name, &out)
		}
	}
}
