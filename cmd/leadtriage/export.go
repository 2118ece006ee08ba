package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/rows"
)

type exportCmd struct {
	Format string `help:"jsonl: a record a line, with all that belongs to it; csv: a table." enum:"jsonl,csv" default:"jsonl"`
	Table  string `help:"With csv: leads, touchpoints or outcomes." enum:"leads,touchpoints,outcomes" default:"leads"`
	Cursor string `help:"What the export before ended with: only leads that changed since."`
	Limit  int    `help:"So many leads at most; 0: all." default:"0"`
	People bool   `help:"With names, titles and addresses of people; without it their lead's id stands for them."`
}

// settling is how long a change may take to be seen, after its time: what is younger waits for
// the next export.
const settling = time.Minute

// exportPage is how many leads are read at a time.
const exportPage = 200

// Run prints leads in the order in which they changed, and on standard error where to go on.
func (c exportCmd) Run(a *app) error {
	records, err := a.openRecords()
	if err != nil {
		return err
	}
	defer records.Close()
	write, flush := c.writer(a.out)
	end, n, cursor := time.Now().Add(-settling), 0, c.Cursor
	for c.Limit == 0 || n < c.Limit {
		most := exportPage
		if c.Limit > 0 {
			most = min(most, c.Limit-n)
		}
		page, err := records.Changed(a.ctx, cursor, end, most)
		if err != nil {
			return fmt.Errorf("export: %w", err)
		}
		for i := range page.Leads {
			if err := write(&page.Leads[i]); err != nil {
				return fmt.Errorf("export: %w", err)
			}
		}
		n, cursor = n+len(page.Leads), page.Next
		if len(page.Leads) < most {
			break
		}
	}
	if err := flush(); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	fmt.Fprintf(a.errOut, "%d leads; the next export goes on with --cursor %s\n", n, cursor)
	return nil
}

func (c exportCmd) writer(out io.Writer) (write func(*lead.Dossier) error, flush func() error) {
	if c.Format == "jsonl" {
		lines := json.NewEncoder(out)
		lines.SetEscapeHTML(false)
		return func(d *lead.Dossier) error {
			r := d.Record()
			if !c.People {
				r.Contact, r.Contacts, r.Partner.Contact, r.Notes = lead.Contact{}, nil, "", ""
			}
			return lines.Encode(r)
		}, func() error { return nil }
	}
	table := csv.NewWriter(out)
	columns, cells := leadColumns, leadCells
	switch c.Table {
	case "touchpoints":
		columns, cells = []string{"lead_id", "type", "owner", "asset", "at"}, touchpointCells
	case "outcomes":
		columns, cells = []string{"lead_id", "id", "type", "at", "from", "amount", "currency", "arr", "arr_currency", "reason", "deal_id"}, outcomeCells
	}
	if c.People && c.Table == "leads" {
		columns = append(columns[:len(columns):len(columns)], "email", "name", "title")
	}
	err := table.Write(columns)
	return func(d *lead.Dossier) error {
			for _, row := range cells(d) {
				if c.People && c.Table == "leads" {
					row = append(row, d.Lead.Contact.Email, d.Lead.Contact.Name, d.Lead.Contact.Title)
				}
				if err == nil {
					err = table.Write(rows.Inert(row))
				}
			}
			return err
		}, func() error {
			table.Flush()
			return table.Error()
		}
}

var leadColumns = []string{"id", "stage", "partner", "tier", "source", "referred_on", "domain", "company", "product", "utm_source", "utm_campaign",
	"ga_client_id", "score", "icp", "intent", "verdict", "model", "flags", "decision", "override", "decided_at", "cost_usd", "created_at", "updated_at"}

func leadCells(d *lead.Dossier) [][]string {
	l, r := &d.Lead, d.Record()
	row := []string{l.ID, string(l.Stage), l.Partner.ID, l.Partner.Tier, string(l.Source), string(l.ReferredOn), l.Company.Domain, l.Company.Name,
		l.Product, l.UTM.Source, l.UTM.Campaign, l.GAClientID}
	if s := l.Score; s != nil {
		row = append(row, strconv.Itoa(s.Total), strconv.Itoa(s.ICP), strconv.Itoa(s.Intent), string(s.Verdict), s.Model)
	} else {
		row = append(row, "", "", "", "", "")
	}
	row = append(row, strings.Join(r.Flags, " "))
	if v := r.Review; v != nil && v.At != nil {
		row = append(row, v.Decision, strconv.FormatBool(v.Override), v.At.UTC().Format(time.RFC3339))
	} else {
		row = append(row, "", "", "")
	}
	return [][]string{append(row, strconv.FormatFloat(l.Usage.CostUSD, 'f', 4, 64), l.CreatedAt.Format(time.RFC3339), l.UpdatedAt.Format(time.RFC3339))}
}

func touchpointCells(d *lead.Dossier) (all [][]string) {
	for _, t := range d.Lead.Touchpoints {
		all = append(all, []string{d.Lead.ID, t.Type, t.Owner, t.Asset, t.At.UTC().Format(time.RFC3339)})
	}
	return all
}

func outcomeCells(d *lead.Dossier) (all [][]string) {
	for _, o := range d.Outcomes {
		amount, arr := "", ""
		if o.Amount.Currency != "" {
			amount = o.Amount.Value()
		}
		if o.ARR.Currency != "" {
			arr = o.ARR.Value()
		}
		all = append(all, []string{d.Lead.ID, o.ID, string(o.Type), o.At.UTC().Format(time.RFC3339), o.From, amount, o.Amount.Currency, arr, o.ARR.Currency,
			o.Reason, o.DealID})
	}
	return all
}
