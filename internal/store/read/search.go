package read

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"leadtriage/internal/lead"
)

// Search is List of the leads whose company, or with people whose contacts, have the words in
// name, domain or address. A part of a name has no index, so one call looks through the
// next 2000 of the list: a page may have no lead and all the same a Next, from which the
// search goes on.
func (r *Reads) Search(ctx context.Context, f lead.Filter, words string, people bool) (page lead.Page, err error) {
	limit := f.Limit
	if limit < 1 || limit > 200 {
		limit = 50
	}
	f.Limit = sought
	query, args, err := listQuery(rowColumns, f)
	if err != nil {
		return page, err
	}
	rows, err := Collect(ctx, r.db, scanRow, query, args...)
	if err != nil {
		return page, fmt.Errorf("search leads: %w", err)
	}
	words = strings.ToLower(words)
	escaped, _ := json.Marshal(words) // as a document has them
	fits := make([]bool, len(rows))
	spread(len(rows), func(i int) { fits[i] = rows[i].has(words, escaped[1:len(escaped)-1], people) })
	var ids []string
	for i := 0; i < min(len(rows), sought); i++ {
		if !fits[i] {
			continue
		}
		if ids = append(ids, rows[i].ID); len(ids) == limit {
			rows = rows[:i+1]
			page.Next = cursor(rows[i].CreatedAt, rows[i].ID)
		}
	}
	if len(rows) > sought && page.Next == "" {
		page.Next = cursor(rows[sought-1].CreatedAt, rows[sought-1].ID)
	}
	if len(ids) == 0 {
		return page, nil
	}
	of, args := OneOf("l.id", ids, nil)
	page.Leads, err = r.newest(ctx, "search leads", of, limit, args...)
	return page, err
}

// has reports whether the lead's company, or with people one of its contacts, has the words,
// which are in lower case. Most documents do not hold them at all, and are not decoded.
func (r *row) has(words string, escaped []byte, people bool) bool {
	if strings.Contains(r.Company.Domain, words) {
		return true
	}
	if !bytes.Contains(bytes.ToLower(r.doc), escaped) {
		return false
	}
	var who struct {
		Company  lead.Company   `json:"company"`
		Contact  lead.Contact   `json:"contact"`
		Contacts []lead.Contact `json:"contacts"`
	}
	if json.Unmarshal(r.doc, &who) != nil {
		return false
	}
	names := who.Company.Name + "\n" + who.Company.Website
	if people {
		for _, c := range append(who.Contacts, who.Contact) {
			names += "\n" + c.Name + "\n" + c.Email
		}
	}
	return strings.Contains(strings.ToLower(names), words)
}
