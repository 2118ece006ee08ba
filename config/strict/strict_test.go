package strict

import (
	"strings"
	"testing"
	"time"
)

type team struct {
	Name    string         `yaml:"name"`
	Age     int            `yaml:"age"`
	Ratio   float64        `yaml:"ratio"`
	Open    bool           `yaml:"open"`
	Wait    time.Duration  `yaml:"wait"`
	Codes   []string       `yaml:"codes"`
	Points  map[string]int `yaml:"points"`
	Members []member       `yaml:"members"`
	Raw     Node           `yaml:"raw"`
}

type member struct {
	ID string `yaml:"id"`
}

func TestDecodeReportsEveryFaultAtOnce(t *testing.T) {
	const text = `name: [a, b]
age: old
wiat: 5s
wait: 90
open: perhaps
codes: IT
points: {a: 1, b: x}
members:
  - id: ada
    role: boss
  -
  - nonsense
entirely_else: 1
`
	root, err := Parse("team.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	got := root.Decode(&team{}).Err().Error()
	want := `team.yaml:1:1: name: expected text, found a list
team.yaml:2:6: age: "old" is not a whole number
team.yaml:3:1: unknown key "wiat"; did you mean wait?
team.yaml:4:7: wait: "90" is not a duration; write it as 90s, 15m, 720h or 30d
team.yaml:5:7: open: "perhaps" is not true or false
team.yaml:6:8: codes: expected a list, found a single value
team.yaml:7:19: points.b: "x" is not a whole number
team.yaml:10:5: members[0]: unknown key "role"; known here: id
team.yaml:11:4: members[1]: this item of the list is empty
team.yaml:12:5: members[2]: expected keys and values, found a single value
team.yaml:13:1: unknown key "entirely_else"; known here: name, age, ratio, open, wait, codes, points, members, raw`
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestDecodeKeepsWhatIsNotNamed(t *testing.T) {
	v := team{Name: "before", Age: 3, Codes: []string{"DE"}, Points: map[string]int{"a": 1}}
	root, err := Parse("f", []byte("age:\nratio: 0.5\ncodes: [IT, NO]\nraw: {x: 1}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if err := root.Decode(&v).Err(); err != nil {
		t.Fatal(err)
	}
	if v.Name != "before" || v.Age != 3 || v.Points["a"] != 1 {
		t.Errorf("what the file does not say must stay: %+v", v)
	}
	if v.Ratio != 0.5 || strings.Join(v.Codes, " ") != "IT NO" || v.Raw.IsZero() {
		t.Errorf("what the file says must count: %+v", v)
	}
}

func TestParseRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"f:2:":                 "a: 1\na: 2\n",
		"f:1:":                 "a: [1, 2\n",
		"second document":      "a: 1\n---\nb: 2\n",
		"larger than":          strings.Repeat("#", maxBytes+1),
		"an anchor":            "name: &x hello\n",
		"merge keys":           "<<: {name: x}\n",
		"expected keys":        "- a\n- b\n",
		`unknown key "! "`:     "\"! \": 1\n",
		"\"12\" is not a dura": "wait: 12\n",
		"invalid key":          "? [a, b]\n: 1\nq: 1\n",
	} {
		root, err := Parse("f", []byte(text))
		if err == nil {
			err = root.Decode(&team{}).Err()
		}
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%.40q: want a fault with %q, got %v", text, name, err)
		}
	}
}

func TestParseNothing(t *testing.T) {
	for _, text := range []string{"", "\n", "# only a comment\n", "---\n", "null\n"} {
		root, err := Parse("f", []byte(text))
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if err := root.Decode(&team{}).Err(); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestCanonicalIgnoresLayout(t *testing.T) {
	of := func(text string) string {
		t.Helper()
		root, err := Parse("f", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return string(root.Canonical())
	}
	if a, b := of("a: [x, \"y\"] # why\nb: 1\n"), of("# what\na:\n  - 'x'\n  - y\n\n\nb: 1\n"); a != b {
		t.Errorf("same text, different canon:\n%s\n%s", a, b)
	}
	for _, other := range []string{"a: [x, y]\nb: 2\n", "b: 1\na: [x, y]\n", "a: [x y]\nb: 1\n", "a: [x, y]\n"} {
		if of(other) == of("a: [x, y]\nb: 1\n") {
			t.Errorf("%q has the canon of another text", other)
		}
	}
}

func TestNodeStringLoadsAgain(t *testing.T) {
	root, err := Parse("f", []byte("top: 1\nmodel:\n    # why\n    a: 1\n    b:\n        - x\n        - {c: d}\n"))
	if err != nil {
		t.Fatal(err)
	}
	model, _ := root.At("model")
	text := model.String()
	again, err := Parse("f", []byte(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if string(again.Canonical()) != string(model.Canonical()) || !strings.Contains(text, "# why") {
		t.Errorf("printed as\n%s", text)
	}
}

func TestNearest(t *testing.T) {
	words := []string{"deadline", "undo", "reject_reasons", "cap"}
	for word, want := range map[string]string{"deadlin": "deadline", "undoo": "undo", "rejectreasons": "reject_reasons", "deadline": "deadline", "map": "cap", "xyz": "", "": "", "webhook": ""} {
		if got := Nearest(word, words); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"a: 1", "a: [", "- - -", "&a *a", "<<: *x", "? ?", "a: |\n  b", "{a: b, c}", "\t", "'", "%YAML 9", "a:\n b:\n  - c: !!x 1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 2000 {
			return
		}
		root, err := Parse("f", []byte(text))
		if err != nil {
			return
		}
		_ = root.Decode(&team{}).Err()
		_ = root.Canonical()
		_ = root.String()
	})
}
