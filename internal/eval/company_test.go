package eval_test

import (
	"strings"
	"testing"

	"leadtriage/internal/eval"
	"leadtriage/internal/lead"
)

const pages = `"pages":[{"path":"/","text":"Hello."}]`

func TestReadTakesTruthInNormalForm(t *testing.T) {
	const line = `{"id":"a","domain":"www.Northwind.example","name":"Northwind",` + pages + `,"truth":{` +
		`"employees":"1,200","industry":["SaaS","it_services"],"hq_country":"Italy","founded_year":1998,"revenue":"2.5 million EUR","technology":null}}`
	set, err := eval.Read([]byte("\uFEFF"+line+"\r\n\n"), "set.jsonl")
	if err != nil || len(set) != 1 {
		t.Fatalf("%d companies, %v", len(set), err)
	}
	c := set[0]
	want := map[lead.Field]string{lead.Employees: "1200", lead.Industry: "software it_services", lead.HQCountry: "IT", lead.FoundedYear: "1998", lead.Revenue: "2500000 EUR", lead.Technology: ""}
	for field, values := range want {
		got, labelled := c.Truth[field]
		if !labelled || strings.Join(got.Values, " ") != values {
			t.Errorf("%s is %q (labelled %v), want %q", field, got, labelled, values)
		}
	}
	if c.Domain != "northwind.example" {
		t.Errorf("domain %q", c.Domain)
	}
}

func TestReadNamesFileAndLine(t *testing.T) {
	line := func(id, domain, rest string) string {
		return `{"id":"` + id + `","domain":"` + domain + `",` + rest + `}`
	}
	const truth = `,"truth":{"employees":null}`
	good := line("good", "good.example", pages+truth)
	cases := map[string]struct{ line, want string }{
		"no JSON":           {`{"id":`, "unexpected EOF"},
		"two values":        {good + good, "write one a line"},
		"unknown key":       {line("x", "x.example", pages+truth+`,"size":3`), `unknown field "size"`},
		"no id":             {line("", "x.example", pages+truth), "id is missing"},
		"id twice":          {line("good", "x.example", pages+truth), `the id "good" is taken by line 1`},
		"domain twice":      {line("x", "good.example", pages+truth), "good.example is taken by line 1"},
		"no domain":         {line("x", "localhost", pages+truth), "x: domain: "},
		"no home page":      {line("x", "x.example", `"pages":[{"path":"/about","text":"a"}]`+truth), "no home page"},
		"relative path":     {line("x", "x.example", `"pages":[{"path":"about","text":"a"}]`+truth), `"about" does not start with /`},
		"page twice":        {line("x", "x.example", `"pages":[{"path":"/","text":"a"},{"path":"/","text":"b"}]`+truth), "two pages at /"},
		"html and text":     {line("x", "x.example", `"pages":[{"path":"/","text":"a","html":"b"}]`+truth), "either html or text"},
		"no truth":          {line("x", "x.example", pages), "truth is empty"},
		"unknown field":     {line("x", "x.example", pages+`,"truth":{"shoe_size":"42"}`), `no field "shoe_size"`},
		"unknown industry":  {line("x", "x.example", pages+`,"truth":{"industry":"wizardry"}`), `"wizardry" is not known`},
		"no head count":     {line("x", "x.example", pages+`,"truth":{"employees":"many"}`), "write it like 250"},
		"year out of range": {line("x", "x.example", pages+`,"truth":{"founded_year":20}`), "not from 1000"},
		"empty list":        {line("x", "x.example", pages+`,"truth":{"employees":[]}`), "write null"},
		"object as value":   {line("x", "x.example", pages+`,"truth":{"employees":{}}`), "write text"},
		"prose":             {line("x", "x.example", pages+`,"truth":{"description":"It sells."}`), "cannot be compared"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := eval.Read([]byte(good+"\n"+c.line+"\n"), "set.jsonl")
			if err == nil || !strings.HasPrefix(err.Error(), "set.jsonl:2: ") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want set.jsonl:2 and %q", err, c.want)
			}
		})
	}
	if _, err := eval.Read([]byte("{\n"+good+"\n[]\n"), "set.jsonl"); err == nil || strings.Count(err.Error(), "set.jsonl:") != 2 {
		t.Errorf("not every faulty line is named: %v", err)
	}
	if _, err := eval.Read([]byte("\n"), "set.jsonl"); err == nil {
		t.Error("an empty set is taken")
	}
}
