package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The demo with one's own configuration: its partners, reasons and language, and a
// lead of one's own by the line that the page shows.
func TestDemoWithOnesOwnConfiguration(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "own.yaml")
	own := "partners:\n  - {id: vela, name: Vela, tiers: [oro]}\nreviewers: [U012ABCDEF]\n" +
		"review: {reject_reasons: [{id: no_money, label: They have no money}]}\nslack: {channels: [{id: C0OTHER, partners: [vela]}]}\n"
	if err := os.WriteFile(file, []byte(own), 0o600); err != nil {
		t.Fatal(err)
	}
	addr := ""
	for addr == "" { // a port that is free together with the next
		page, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if api, err := net.Listen("tcp", nextPort(page.Addr().String())); err == nil {
			addr = page.Addr().String()
			api.Close()
		}
		page.Close()
	}
	ctx, stop := context.WithCancel(t.Context())
	out, ended := &logBuffer{}, make(chan int)
	go func() {
		ended <- run(ctx, []string{"--config", file, "demo", "--addr", addr, "--locale", "it"}, os.Environ(), out, out)
	}()
	defer func() { stop(); <-ended }()

	var state struct {
		Hint     string
		Channels []struct {
			Messages []struct{ Blocks json.RawMessage }
		}
	}
	look := func(enough func() bool) {
		t.Helper()
		for end := time.Now().Add(time.Minute); ; {
			if res, err := http.Get("http://" + addr + "/channel/api/state?user=" + demoReviewer); err == nil {
				text, _ := io.ReadAll(res.Body)
				res.Body.Close()
				if json.Unmarshal(text, &state) == nil && enough() {
					return
				}
			}
			if time.Now().After(end) {
				t.Fatalf("the demo shows no such thing; it says\n%s", out)
			}
			<-time.After(100 * time.Millisecond)
		}
	}
	look(func() bool { return state.Hint != "" })
	_, port, _ := net.SplitHostPort(addr)
	n, _ := strconv.Atoi(port)
	if !strings.Contains(state.Hint, "http://127.0.0.1:"+strconv.Itoa(n+1)+"/v1/leads") || !strings.Contains(state.Hint, `"vela"`) || !strings.Contains(out.String(), "curl") {
		t.Errorf("the page says %s", state.Hint)
	}
	if said, err := exec.CommandContext(ctx, "sh", "-c", state.Hint).CombinedOutput(); err != nil || !strings.Contains(string(said), `"id"`) {
		t.Fatalf("the line gives %v: %s", err, said)
	}
	look(func() bool {
		for _, m := range state.Channels[0].Messages {
			if text := string(m.Blocks); strings.Contains(text, "Contoso") && strings.Contains(text, "Proposta *EQL*") && strings.Contains(text, "Vela") {
				return true
			}
		}
		return false
	})
}

func TestDemoWithoutItsFile(t *testing.T) {
	var out bytes.Buffer
	if code := run(t.Context(), []string{"--config", "nowhere.yaml", "demo", "--once", "--addr", "127.0.0.1:0"}, nil, &out, &out); code != failed || !strings.Contains(out.String(), "nowhere.yaml: cannot be read") {
		t.Errorf("%d: %s", code, &out)
	}
	if code := run(t.Context(), []string{"demo", "--locale", "tlh"}, nil, &out, &out); code != usage {
		t.Errorf("an unknown language ends with %d", code)
	}
}
