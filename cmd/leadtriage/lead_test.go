package main

import (
	"strings"
	"testing"

	"github.com/jedib0t/go-pretty/v6/text"

	"leadtriage/internal/lead"
	"leadtriage/internal/store"
)

func TestLeadCommandsSayWhatToDo(t *testing.T) {
	url := archive(t, 5)
	records, err := store.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer records.Close()
	page, err := records.Reads().List(t.Context(), lead.Filter{})
	if err != nil || len(page.Leads) != 5 {
		t.Fatal(page, err)
	}
	l := page.Leads[0].Lead
	for _, tc := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"list", "--limit", "3"}, done, ""},
		{[]string{"list", "--stage", "done"}, usage, "use one of [received"},
		{[]string{"list", "--limit", "1000"}, usage, "--limit is a number from 1 to 200"},
		{[]string{"show", "nowhere"}, failed, "`leadtriage lead list` shows the ids"},
		{[]string{"restore", l.ID}, failed, string(l.Stage) + ", not archived: illegal stage change; there is nothing to restore"},
		{[]string{"review", l.ID}, done, ""},
		{[]string{"review", l.ID}, failed, "only one that is parked or disqualified"},
		{[]string{"merge", l.ID, l.ID}, failed, "name two leads of one partner"},
	} {
		if code, _, errOut := leadtriage(t, url, append([]string{"lead"}, tc.args...)...); code != tc.code || !strings.Contains(errOut, tc.want) {
			t.Errorf("lead %v: %d %s", tc.args, code, errOut)
		}
	}
}

func TestNamesFitATable(t *testing.T) {
	l := lead.Lead{}
	l.Company.Name = strings.Repeat("😀", 10000)
	if name := companyName(&l); text.StringWidth(name) > 60 || !strings.HasSuffix(name, "…") {
		t.Errorf("%d wide: %.20s", text.StringWidth(name), name)
	}
}
