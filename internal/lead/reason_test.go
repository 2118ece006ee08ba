package lead

import (
	"cmp"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// English has exactly the reasons that the code can produce, and the words of
// their args; slack's test holds the other languages to it.
func TestEnglishIsExact(t *testing.T) {
	want := map[ReasonCode]string{"own_unverified_list": "of the shipped model"}
	for code, place := range codes(t) {
		if code != "" && code[0] != '_' { // parts of keys
			want[code] = place
		}
	}
	if len(want) < 50 {
		t.Fatalf("only %d reasons were found: %v", len(want), want)
	}
	word := func(kind string, args ...string) {
		if of, taken := want[ReasonCode(kind)]; taken {
			t.Errorf("the kind %s is also the reason %s", kind, of)
		}
		for _, arg := range args {
			want[ReasonCode(kind+"_"+arg)] = "word of " + kind
		}
	}
	subjects := []string{"whole_company", "part_of_company", "group_or_parent", "branch_or_site", "change", "customers", "jobs_offered", "other_company", "other",
		"investment", "founding", "incorporation", "predecessor_or_merger", "head_office", "registered_address", "founding_place", "market", "company_uses",
		"integrates_or_sells", "this_company", "unclear", "past", "planned"}
	for _, s := range FactStatuses {
		word("status", string(s))
	}
	for _, f := range Fields {
		word("field", string(f))
	}
	word("subject", subjects...)
	for _, k := range MatchKinds {
		word("matched", string(k))
	}
	word("answer", "yes", "no", "words")
	word("untold", "no_consent", "opted_out", "no_address")
	word("verdict", string(Nurture))
	word("count", "open")
	word("band", "open")
	word("ago", "0", "1")
	word("ahead", "1")
	word("are", "1")
	word("occurrence", append(slices.Clone(EventTypes), SignalTypes...)...)
	want["are"], want["ago"], want["ahead"], want["occurrence"] = "any other", "any other", "any other", "any other"
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if English[key] == "" {
			t.Errorf("%s (%s) is missing", key, want[key])
		}
	}
	for _, key := range slices.Sorted(maps.Keys(English)) {
		if want[key] == "" {
			t.Errorf("%s: nothing says it", key)
		}
		for _, free := range []string{"value_", "term_", "rule_", "page_", "quoted_", "shipped_"} { // whose args may be any text
			if strings.HasPrefix(string(key), free) {
				t.Errorf("%s may be taken for an arg", key)
			}
		}
		rest := hole.ReplaceAllString(English[key], "")
		if strings.ContainsAny(rest, "{}%") {
			t.Errorf("%s has a hole that cannot be read: %q", key, English[key])
		}
		for _, m := range hole.FindAllStringSubmatch(English[key], -1) {
			if kind := m[3]; kind != "" && !slices.Contains([]string{"subject", "value", "status", "count", "band", "field", "ago", "ahead", "verdict", "term", "rule", "are", "stage", "source",
				"occurrence", "page", "quoted", "shipped", "matched", "answer", "untold"}, kind) {
				t.Errorf("%s: unknown kind %s", key, kind)
			}
		}
	}
}

// codes are the texts in the code of both packages that are reasons, with where
// they stand: the type check says which are.
func codes(t *testing.T) map[ReasonCode]string {
	all, files := map[ReasonCode]string{}, token.NewFileSet()
	known := &types.Config{Error: func(error) {}} // most of what they import is not looked at
	var self *types.Package
	known.Importer = only(func(path string) *types.Package { return self })
	for _, dir := range []string{".", "../score"} {
		names, err := filepath.Glob(dir + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		var parsed []*ast.File
		for _, name := range names {
			file, err := parser.ParseFile(files, name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(name, "_test.go") {
				parsed = append(parsed, file)
			}
		}
		info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
		checked, _ := known.Check(reflect.TypeFor[Reason]().PkgPath(), files, parsed, info)
		self = cmp.Or(self, checked)
		for expr, is := range info.Types {
			text, ok := expr.(*ast.BasicLit)
			if named, of := is.Type.(*types.Named); ok && of && named.Obj().Name() == "ReasonCode" {
				code, _ := strconv.Unquote(text.Value)
				all[ReasonCode(code)] = files.Position(expr.Pos()).String()
			}
		}
	}
	return all
}

// only imports this package, for others.
type only func(path string) *types.Package

func (f only) Import(path string) (*types.Package, error) {
	if path == reflect.TypeFor[Reason]().PkgPath() {
		return f(path), nil
	}
	return nil, errors.New("not looked at")
}

func TestReasonsInEnglish(t *testing.T) {
	for want, r := range map[string]Reason{
		"the quote stands in no page":               Why(NotInPage),
		"read as 12, not 250":                       Why(ReadAsOtherValue, "12", "250"),
		"read as stating no value":                  Why(ReadAsOtherValue, "", "250"),
		"read as the past, not as of today":         Why(ReadAsPast, "past"),
		"read as 2009, not as of today":             Why(ReadAsPast, "2009"),
		"read as ":                                  Why(ReadAsOtherSubject), // of a record that lacks its arg
		"made_later":                                Why("made_later", "x"),  // by a newer version
		"at least 500 is within 50–2000 (verified)": Why("within", "employees", "500+", "50-2000", "verified"),
		`"a lot" is not a headcount`:                Why("not_a_headcount", "employees", "a lot"),
		"{1} is on the list (given)":                Why("on_list", "industry", "{1}", "given"),
		"today":                                     Why("in_full", "0"),
		"A use case stated by the lead, another touched asset and the event x today would make it eql.": Why("would_make", "eql").
			With(Why("use_case_stated"), Why("asset_touched"), Why("happens_today", "x")),
		"1 against 2 against 3: conflicting, earns nothing": Why("conflicting", "employees").
			With(Why("a_value", "employees", "1"), Why("a_value", "employees", "2"), Why("a_value", "employees", "3")),
	} {
		if got := r.String(); got != want {
			t.Errorf("%+v is %q, want %q", r, got, want)
		}
	}
}

// A reason goes through JSON unchanged; one that an older version stored is its
// sentence, and stays it.
func TestReasonsOnRecord(t *testing.T) {
	r := Why("holds", "employees > 50").With(Why("rests_on").With(Why(FieldMissing, "employees")))
	for want, line := range map[string]Line{
		`{"rule":"own","group":"icp","points":1,"max":2,"reason":{"code":"holds","args":["employees \u003e 50"],` +
			`"of":[{"code":"rests_on","args":null,"of":[{"code":"field_missing","args":["employees"]}]}]}}`: {Rule: "own", Group: "icp", Points: 1, Max: 2, Reason: r},
		`{"rule":"own","group":"icp","points":1,"max":2,"reason":"holds: a \u003e b"}`: {Rule: "own", Group: "icp", Points: 1, Max: 2, Reason: Reason{Text: "holds: a > b"}},
	} {
		var back Line
		got, err := json.Marshal(line)
		if err != nil || string(got) != want {
			t.Errorf("%v\n%s\nwant\n%s", err, got, want)
		}
		if err := json.Unmarshal([]byte(want), &back); err != nil || !reflect.DeepEqual(back, line) {
			t.Errorf("%+v, %v", back, err)
		}
	}
	var old Score
	if err := json.Unmarshal([]byte(`{"because":"It is so.","lines":[{"rule":"industry","reason":"not stated"}]}`), &old); err != nil {
		t.Fatal(err)
	}
	d := Dossier{Lead: Lead{Score: &old}}
	if got := d.Record(); got.Because != "It is so." || got.Change != "" || got.Score.Lines[0].Reason.String() != "not stated" {
		t.Errorf("%+v", got)
	}
	d.Lead.Score.Lines[0].Reason = r
	if got, _ := json.Marshal(d.Record().Score.Lines[0].Reason); string(got) != `"holds: employees \u003e 50 (employees not stated)"` {
		t.Errorf("the record says %s", got)
	}
	if d.Lead.Score.Lines[0].Reason.Code != "holds" {
		t.Error("the record in words has changed the one on record")
	}
}
