package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The lead of the README's quick start is an EQL today, and would be one on any day.
func TestTheReadmesLeadIsAnEQL(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?s)<<JSON\n.*?\nJSON\n`).Find(text)
	if found == nil {
		t.Fatal("the README sends no lead")
	}
	if age := regexp.MustCompile(`\d{4}-\d\d-\d\d`).Find(found); age != nil {
		t.Errorf("the date %s ages", age)
	}
	body, err := exec.Command("sh", "-c", "cat "+string(found)).Output()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "lead.json")
	if err := os.WriteFile(file, body, 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	if code := run(context.Background(), []string{"score", file, "--json"}, nil, &out, &errs); code != done {
		t.Fatalf("%s in %s", &errs, body)
	}
	var s struct{ Verdict string }
	if err := json.Unmarshal(out.Bytes(), &s); err != nil || s.Verdict != "eql" {
		t.Errorf("on %s it is %s: %v", time.Now().Format(time.DateOnly), s.Verdict, err)
	}
}

func TestConfigCheckTakesAFile(t *testing.T) {
	check := func(args ...string) (int, string) {
		var out bytes.Buffer
		code := run(context.Background(), append([]string{"config", "check"}, args...), nil, &out, &out)
		return code, out.String()
	}
	if code, said := check("../../config/example.yaml"); code != done || !strings.Contains(said, "is sound") {
		t.Errorf("the example: %d %s", code, said)
	}
	if code, said := check("nowhere.yaml"); code != failed || !strings.Contains(said, "nowhere.yaml") {
		t.Errorf("no file: %d %s", code, said)
	}
}
