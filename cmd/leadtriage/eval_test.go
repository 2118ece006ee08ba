package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

func evaluate(t *testing.T, args ...string) (code int, out, errOut string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), append([]string{"eval"}, args...), nil, &o, &e)
	return code, o.String(), e.String()
}

func TestEvalOfTheShippedSet(t *testing.T) {
	t.Parallel()
	code, out, errOut := evaluate(t, "--max-unsupported", "0", "--details")
	if code != done || errOut != "" {
		t.Fatalf("exit %d: %s", code, errOut)
	}
	title, rest, _ := strings.Cut(out, "\n")
	if !strings.Contains(title, "SIMULATOR") || !strings.Contains(title, "plumbing, not a model") {
		t.Errorf("the title is %q", title)
	}
	for _, want := range []string{"precision", "recall", "unsupported", "employees", "hq_country", "calls per company", "latency p95", "no price known", "missed (anchored): ", "second reading"} {
		if !strings.Contains(rest, want) {
			t.Errorf("the table does not say %q:\n%s", want, out)
		}
	}
}

func TestEvalSideBySideAsJSON(t *testing.T) {
	t.Parallel()
	code, out, errOut := evaluate(t, "--format", "json", "--limit", "3", "--model", "large-1", "--versus", "small-1", "--price", "large=1/0.5/4")
	if code != done {
		t.Fatalf("exit %d: %s", code, errOut)
	}
	var got struct {
		Dataset, Endpoint string
		Simulated         bool
		Reports           []struct {
			Model     string
			Companies int
			All       struct{ Stated, Right, Unsupported int }
			Usage     struct {
				Calls int
				Cost  float64 `json:"cost_usd"`
			}
			Failures, Mistakes []any
		}
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if got.Endpoint != "simulator" || !got.Simulated || len(got.Reports) != 2 {
		t.Fatalf("%+v", got)
	}
	large, small := got.Reports[0], got.Reports[1]
	if large.Model != "simulated large-1" || small.Model != "simulated small-1" || large.Companies != 3 || large.All.Right == 0 || large.Usage.Calls < 3 {
		t.Errorf("%+v", got)
	}
	if large.Usage.Cost <= 0 || small.Usage.Cost != 0 {
		t.Errorf("cost %v and %v: only one has a price", large.Usage.Cost, small.Usage.Cost)
	}
}

// The second reading alone: over the exam, and over sentences of one's own.
func TestEvalOfSentences(t *testing.T) {
	t.Parallel()
	code, out, errOut := evaluate(t, "--exam")
	if code != done || !strings.Contains(out, "the second reading of the exam by the SIMULATOR") || !strings.Contains(out, "2 calls") {
		t.Errorf("exit %d: %s%s", code, out, errOut)
	}
	file := filepath.Join(t.TempDir(), "sentences.jsonl")
	for text, want := range map[string]string{
		`{"company":"Acme","field":"employees","value":"90","quote":"Acme has 85 people.","right":"verified","reading":{"values":["85"],"of":"whole_company","when":"now"}}`: "true, the quote does not contain the value",
		`{"company":"Acme","field":"employees","value":"85","quote":"85 of us cook.","right":"verified","reading":{"values":["85"],"of":"part_of_company","when":"now"}}`:    "true, read as part of the staff or company",
		`{"field":"shoe_size"}`: "line 1: field \"shoe_size\" is not read twice",
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, out, errOut := evaluate(t, "--sentences", file, "--details"); !strings.Contains(out+errOut, want) {
			t.Errorf("%s: %s%s", want, out, errOut)
		}
	}
}

func TestEvalBelowItsFloors(t *testing.T) {
	t.Parallel()
	code, out, errOut := evaluate(t, "--min-recall", "1")
	if code != failed || !strings.Contains(errOut, "recall is 0.") || !strings.Contains(out, "calls per company") {
		t.Errorf("exit %d: %s", code, errOut)
	}
}

func TestEvalRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mine.jsonl")
	if err := os.WriteFile(file, []byte("\n{\"id\":\"a\"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		args []string
		code int
		want string
	}{
		{[]string{file}, failed, file + ":2: "},
		{[]string{file + ".gone"}, failed, "no such file"},
		{[]string{"--min-precision", "95"}, usage, "from 0 to 1"},
		{[]string{"--price", "large=1"}, usage, "three amounts"},
		{[]string{"--price", "large=1/x/3"}, usage, "three amounts"},
		{[]string{"--format", "xml"}, usage, "--format"},
		{[]string{"--concurrency", "0"}, usage, "--concurrency"},
	}
	for _, c := range cases {
		if code, _, errOut := evaluate(t, c.args...); code != c.code || !strings.Contains(errOut, c.want) {
			t.Errorf("%v: exit %d: %s", c.args, code, errOut)
		}
	}
}

// An endpoint that refuses every call fails the run, and says so.
func TestEvalOfAnEndpointThatRefuses(t *testing.T) {
	environ := []string{"OPENAI_BASE_URL=http://127.0.0.1:1/v1"}
	var o, e bytes.Buffer
	if code := run(t.Context(), []string{"eval", "--limit", "1"}, environ, &o, &e); code != failed || !strings.Contains(e.String(), "none of the 1 companies") {
		t.Errorf("exit %d: %s", code, e.String())
	}
	if title, _, _ := strings.Cut(o.String(), "\n"); !strings.Contains(title, "http://127.0.0.1:1/v1") || strings.Contains(title, "SIMULATOR") {
		t.Errorf("the title is %q", title)
	}
}

func TestEvalInterrupted(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	var o, e bytes.Buffer
	if code := run(ctx, []string{"eval", "--max-unsupported", "0"}, nil, &o, &e); code != failed || !strings.Contains(e.String(), "interrupted") {
		t.Errorf("exit %d: %s%s", code, o.String(), e.String())
	}
}

// Two wordings of the prompt stand side by side under one model's name.
func TestEvalOfTwoPrompts(t *testing.T) {
	t.Parallel()
	ours := filepath.Join(t.TempDir(), "shorter")
	if err := os.Mkdir(ours, 0o700); err != nil {
		t.Fatal(err)
	}
	if code, _, errOut := evaluate(t, "--versus-prompts", ours); code != failed || !strings.Contains(errOut, "no prompt in "+ours) {
		t.Errorf("an empty folder: exit %d: %s", code, errOut)
	}
	if err := os.WriteFile(filepath.Join(ours, "system.md"), []byte("Record what the sources state."), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errOut := evaluate(t, "--limit", "2", "--model", "large-1", "--versus-prompts", ours)
	for _, want := range []string{"simulated large-1, firmographics@", "simulated large-1, shorter@"} {
		if code != done || strings.Count(out, want) != 2 {
			t.Fatalf("exit %d, %q is not over both tables: %s\n%s", code, want, errOut, out)
		}
	}
	if code, out, _ = evaluate(t, "--limit", "2", "--format", "json", "--prompts", ours); code != done || !strings.Contains(out, `"prompt": "shorter@`) {
		t.Errorf("exit %d: %s", code, out)
	}
	if err := os.WriteFile(filepath.Join(ours, "fetch_page.json"), []byte(`{"name":"get_page"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errOut := evaluate(t, "--prompts", ours); code != failed || !strings.Contains(errOut, "not fetch_page") {
		t.Errorf("exit %d: %s", code, errOut)
	}
}

// The configured data providers are asked when they are wanted, and only then.
func TestEvalWithProviders(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if strings.HasSuffix(r.URL.Path, "/crane.example") {
			http.NotFound(w, r)
			return
		}
		w.Write([]byte(`{"staff":7}`))
	}))
	defer provider.Close()
	file := filepath.Join(t.TempDir(), "leadtriage.yaml")
	yaml := "enrichment: {providers: [{name: facts, url: '" + provider.URL + "/{domain}', map: {employees: staff}, cost: 0.5}]}\n"
	if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	eval := func(args ...string) string {
		var o, e bytes.Buffer
		if code := run(t.Context(), append([]string{"--config", file, "eval", "--limit", "3"}, args...), nil, &o, &e); code != done {
			t.Fatalf("exit %d: %s", code, e.String())
		}
		return o.String()
	}
	if out := eval(); asked.Load() != 0 || !strings.Contains(out, "none asked") {
		t.Errorf("asked %d times unbidden:\n%s", asked.Load(), out)
	}
	out := eval("--providers")
	if asked.Load() != 3 || !strings.Contains(out, "facts: 2 ok, 1 unknown") || !strings.Contains(out, "1.5000 USD") {
		t.Errorf("asked %d times:\n%s", asked.Load(), out)
	}
}
