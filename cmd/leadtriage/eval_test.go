package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func evaluate(t *testing.T, args ...string) (code int, out, errOut string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), append([]string{"eval"}, args...), nil, &o, &e)
	return code, o.String(), e.String()
}

func TestEvalOfTheShippedSet(t *testing.T) {
	code, out, errOut := evaluate(t, "--max-unsupported", "0", "--details")
	if code != done || errOut != "" {
		t.Fatalf("exit %d: %s", code, errOut)
	}
	title, rest, _ := strings.Cut(out, "\n")
	if !strings.Contains(title, "SIMULATOR") || !strings.Contains(title, "plumbing, not a model") {
		t.Errorf("the title is %q", title)
	}
	for _, want := range []string{"precision", "recall", "unsupported", "employees", "hq_country", "calls per company", "latency p95", "no price known", "missed: "} {
		if !strings.Contains(rest, want) {
			t.Errorf("the table does not say %q:\n%s", want, out)
		}
	}
}

func TestEvalSideBySideAsJSON(t *testing.T) {
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

func TestEvalBelowItsFloors(t *testing.T) {
	code, out, errOut := evaluate(t, "--limit", "5", "--min-recall", "1")
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
