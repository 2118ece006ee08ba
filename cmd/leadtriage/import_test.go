package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"encoding/json"

	"leadtriage/internal/lead"

	"github.com/xuri/excelize/v2"
)

// imported runs the command against a server with the demo's key.
func imported(ctx context.Context, server string, args ...string) (code int, out, errOut string) {
	var o, e bytes.Buffer
	code = run(ctx, append([]string{"import", "--server", server}, args...), []string{"LEADTRIAGE_KEY=" + demoCRMKey}, &o, &e)
	return code, o.String(), e.String()
}

func (w *world) leads() (n int) {
	cursor := ""
	for {
		_, text := w.request(http.MethodGet, "/v1/leads?limit=200&cursor="+url.QueryEscape(cursor), demoOperatorKey, nil)
		var page struct {
			Leads []lead.Record
			Next  string
		}
		if err := json.Unmarshal(text, &page); err != nil {
			w.t.Fatal(err)
		}
		n += len(page.Leads)
		if cursor = page.Next; cursor == "" {
			return n
		}
	}
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestImportColumns(t *testing.T) {
	onBoth(t, "", func(w *world) {
		file := write(t, "leads.csv", `partner.id;partner.tier;referred_on;contact.email;contact.name;company.employees;company.technologies;notes;events[0].type;events[0].at;crm.ref
acme-integrations;gold;2026-09-14;jane@northwind.example;Jane Doe;250;"HubSpot; Stripe";"two
lines";demo_request;2026-09-14 09:00;A-1
acme-integrations;bronze;2026-09-14;nobody;Ada;;;;;;
acme-integrations;silver;14/09/2026;ada@harbourline.example;Ada;;;;;;
direct;none;2026-09-14;cleo@havelpay.example;Cleo;;;;;;
too;few
`)
		code, out, errOut := imported(w.t.Context(), w.api, file, "--dry-run")
		for _, want := range []string{"5 rows: 2 new leads, 0 known already, 0 joined to another row, 3 refused", "partner.tier is not a tier of this partner"} {
			if code != failed || !strings.Contains(out, want) {
				w.t.Errorf("a dry run before: %d, no %q in\n%s%s", code, want, out, errOut)
			}
		}
		if n := w.leads(); n != 0 {
			w.t.Errorf("a dry run made %d leads", n)
		}
		code, out, errOut = imported(w.t.Context(), w.api, file)
		if code != failed || out != "5 rows: 2 accepted, 0 known already, 3 refused\n" || !strings.Contains(errOut, "leads.rejected.csv") || strings.Contains(errOut, demoCRMKey) {
			w.t.Fatalf("%d %s%s", code, out, errOut)
		}
		rejected := filepath.Join(filepath.Dir(file), "leads.rejected.csv")
		if _, out, _ := imported(w.t.Context(), w.api, file, "--dry-run"); !strings.Contains(out, "5 rows: 0 new leads, 2 known already") || !strings.Contains(out, "known: lead ") {
			w.t.Errorf("a dry run after:\n%s", out)
		}
		text := string(mustRead(t, rejected))
		for _, want := range []string{"line 4: partner.tier is not a tier of this partner", "contact.email is not an e-mail address", "line 5: referred_on is not a time", "line 7: partner.id names a partner that is not known here", ";rejected_because\n"} {
			if !strings.Contains(text, want) {
				w.t.Errorf("no %q in\n%s", want, text)
			}
		}
		// Mended, it is imported as any other file.
		text = strings.NewReplacer("bronze", "gold", "nobody", "bruno@clarascope.example", "14/09/2026", "2026-09-14").Replace(text)
		lines := strings.Split(strings.TrimSpace(text), "\n")
		os.WriteFile(rejected, []byte(strings.Join(lines[:len(lines)-1], "\n")), 0o600)
		if code, out, errOut := imported(w.t.Context(), w.api, rejected); code != done || out != "2 rows: 2 accepted, 0 known already, 0 refused\n" {
			w.t.Errorf("%d %s%s\n%s", code, out, errOut, mustRead(t, strings.Replace(rejected, ".csv", ".rejected.csv", 1)))
		}
		if code, out, _ := imported(w.t.Context(), w.api, file); code != failed || !strings.HasPrefix(out, "5 rows: 0 accepted, 2 known already, 3 refused") {
			w.t.Errorf("again: %d %s", code, out)
		}
		if n := w.leads(); n != 4 {
			w.t.Errorf("%d leads", n)
		}
	})
}

// A dry run needs neither key nor API, and says what would become of each row.
func TestImportDryRun(t *testing.T) {
	conf := write(t, "c.yaml", `sources:
  - name: fair
    signature: {kind: shared_key, secret_env: FAIR_KEY}
    map:
      partner.id: {value: direct}
      partner.tier: {value: none}
      referred_on: {path: Visited, time: [D.M.YYYY, iso, excel]}
      source: {path: Channel, values: {Fair: event_list, other: website}, default: event_list}
      contact.email: E-Mail
      company.employees: Size
`)
	file := write(t, "fair.csv", strings.ReplaceAll("E-Mail,Visited,Size,Channel,Booth\njane@northwind.example,14.9.2026,250.0,Fair,7\njoe@northwind.example,46279\nada@harbourline.example,2026-09-14,1.2E3,Telefax,\nx,2026-09-14,,,\n", "\n", "\r"))
	var out, errOut bytes.Buffer
	code := run(t.Context(), []string{"import", "--dry-run", "--source", "fair", "--config", conf, file}, nil, &out, &errOut)
	for _, want := range []string{"does not read these columns: Booth", "joined to line 2", "E-Mail (contact.email) is not an e-mail address", "4 rows: 2 new leads, 0 known already, 1 joined to another row, 1 refused, 0 ignored by the mapping; which of them the API knows already cannot be told without asking it (--server, --key)"} {
		if code != failed || !strings.Contains(out.String(), want) {
			t.Errorf("%d, no %q in\n%s%s", code, want, &out, &errOut)
		}
	}
	out.Reset()
	if code := run(t.Context(), []string{"import", "--dry-run", "--source", "fair", "--config", conf, write(t, "y.csv", "E-Mail,Visted,Size\nx,y,z\n")}, nil, &out, &errOut); code != failed || !strings.Contains(errOut.String(), `has no column "Visited", which the source fair reads; did you mean Visted?`) {
		t.Errorf("%d %s", code, &errOut)
	}
}

func TestImportWorkbook(t *testing.T) {
	book := excelize.NewFile()
	defer book.Close()
	book.NewSheet("Leads")
	for i, row := range [][]any{{"partner.id", "partner.tier", "referred_on", "contact.email", "company.employees", "notes"},
		{"direct", "none", time.Date(2026, 9, 14, 0, 0, 0, 0, time.UTC), "jane@northwind.example", 250}} {
		if err := book.SetSheetRow("Leads", fmt.Sprint("A", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(t.TempDir(), "leads.xlsx")
	if err := book.SaveAs(file); err != nil {
		t.Fatal(err)
	}
	var out, errOut bytes.Buffer
	if code := run(t.Context(), []string{"import", "--dry-run", "--sheet", "Leads", file}, nil, &out, &errOut); code != done || !strings.Contains(out.String(), "1 rows: 1 new leads") {
		t.Errorf("%d %s%s", code, &out, &errOut)
	}
	for args, want := range map[string]string{"--sheet None": `it has no sheet "None": its sheets are Sheet1, Leads`, "": "there is nothing in it"} {
		errOut.Reset()
		if code := run(t.Context(), append([]string{"import", "--dry-run", file}, strings.Fields(args)...), nil, &out, &errOut); code != failed || !strings.Contains(errOut.String(), want) {
			t.Errorf("%s: %d %s", args, code, &errOut)
		}
	}
}

func TestImportBySource(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.start("")
	conf := write(t, "c.yaml", `sources:
  - name: fair
    signature: {kind: shared_key, secret_env: FAIR_KEY}
    require: [contact.name]
    only: {Consent: ["yes"]}
    map:
      partner.id: {value: direct}
      partner.tier: {value: none}
      referred_on: {path: Visited, time: DD.MM.YYYY}
      source: {value: event_list}
      contact.email: E-Mail
      contact.name: {path: [First name, Last name], join: " "}
      company.employees: Company size (est.)
`)
	file := write(t, "fair.csv", "First name,Last name,E-Mail,Visited,Consent,Company size (est.)\nJos\xe9,Ruiz,jose@northwind.example,14.09.2026,yes,51-200\n,,ada@harbourline.example,14.09.2026,yes,\nX,Y,x@clarascope.example,2026,yes,many\nA,B,a@havelpay.example,,no,\n")
	code, out, errOut := imported(t.Context(), w.api, "--source", "fair", "--config", conf, file)
	if code != failed || out != "4 rows: 1 accepted, 0 known already, 2 refused, 1 ignored by the mapping\n" || !strings.Contains(errOut, "Windows-1252") {
		t.Fatalf("%d %s%s", code, out, errOut)
	}
	text := string(mustRead(t, strings.Replace(file, ".csv", ".rejected.csv", 1)))
	for _, want := range []string{"line 3: First name (contact.name) is required here", "Visited (referred_on) is not a time", "Company size (est.) (company.employees) is not a headcount"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	_, list := w.request(http.MethodGet, "/v1/leads", demoOperatorKey, nil)
	if !strings.Contains(string(list), "José Ruiz") {
		t.Errorf("%s", list)
	}
	// JSON lines by a source's mapping, and as they are.
	lines := write(t, "x.jsonl", `{"First name":"Bo","E-Mail":"bo@polderlogic.example","Visited":"14.09.2026","Consent":"yes"}`+"\n[]\n")
	if code, out, errOut := imported(t.Context(), w.api, "--source", "fair", "--config", conf, lines); code != failed || !strings.HasPrefix(out, "2 rows: 1 accepted, 0 known already, 1 refused") {
		t.Errorf("%d %s%s", code, out, errOut)
	}
	plain := write(t, "y.jsonl", `{"partner":{"id":"direct","tier":"none"},"referred_on":"2026-09-14","contact":{"email":"cy@remotewren.example"}}`+"\nnonsense\n")
	if code, out, errOut := imported(t.Context(), w.api, plain); code != failed || !strings.HasPrefix(out, "2 rows: 1 accepted, 0 known already, 1 refused") {
		t.Errorf("%d %s%s", code, out, errOut)
	}
}

func TestImportUsage(t *testing.T) {
	file := write(t, "leads.csv", "E-mail\nx\n")
	good := write(t, "good.csv", "partner.id,partner.tier,referred_on,contact.email\n")
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	api := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.WriteHeader(http.StatusNotFound)
		fmt.Fprint(rw, `{"status":404,"detail":"there is nothing here"}`)
	}))
	defer api.Close()
	row := write(t, "row.csv", string(mustRead(t, good))+"direct,none,2026-09-14,a@x.example\n")
	for _, tc := range []struct {
		args, environ []string
		code          int
		want          string
	}{
		{[]string{file}, []string{"LEADTRIAGE_KEY=k"}, failed, `these columns are no fields of a lead: "E-mail"`},
		{[]string{good}, nil, failed, "set LEADTRIAGE_KEY"},
		{[]string{good, "--server", "nowhere"}, []string{"LEADTRIAGE_KEY=k"}, failed, "is not an address"},
		{[]string{good}, []string{"LEADTRIAGE_KEY=k"}, done, ""},
		{[]string{row, "--server", server.URL}, []string{"LEADTRIAGE_KEY=k"}, failed, "check --server"},
		{[]string{row, "--server", api.URL + "/v1"}, []string{"LEADTRIAGE_KEY=k"}, failed, "check --server"},
		{[]string{"/nowhere.csv"}, []string{"LEADTRIAGE_KEY=k"}, failed, "name a CSV, JSONL or XLSX file, or -"},
	} {
		var out, errOut bytes.Buffer
		if code := run(t.Context(), append([]string{"import"}, tc.args...), tc.environ, &out, &errOut); code != tc.code || !strings.Contains(errOut.String(), tc.want) {
			t.Errorf("%v: %d %s", tc.args, code, &errOut)
		}
	}
}

// manyRows are leads that nothing needs to be found out about.
func manyRows(n int) string {
	var b strings.Builder
	b.WriteString("partner.id,partner.tier,referred_on,contact.email,events[0].type,events[0].at\n")
	for i := range n {
		fmt.Fprintf(&b, "acme-integrations,gold,2026-09-14,person%d@gmail.com,docs_visit,2026-09-14\n", i)
	}
	return b.String()
}

// An import that is killed is started again, also when rows were appended, and
// nothing becomes a lead twice.
func TestImportKilledHalfway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.start("")
	target, _ := url.Parse(w.api)
	forward := httputil.NewSingleHostReverseProxy(target)
	reached, requests := make(chan struct{}), atomic.Int32{}
	held := make(chan struct{})
	proxy := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // a proxy of net/http cannot pass on an answer that begins before
		if requests.Add(1) == 3 {     // the third batch is taken, and its answer never comes
			forward.ServeHTTP(httptest.NewRecorder(), again(r, body))
			close(reached)
			<-held
			return
		}
		forward.ServeHTTP(rw, again(r, body))
	}))
	defer proxy.Close()
	defer close(held)
	const rows = 650
	file := write(t, "leads.csv", manyRows(rows))
	cmd := exec.Command(os.Args[0], "import", "--server", proxy.URL, file)
	cmd.Env = append(slices.Clone(w.environ), asProgram+"=0s", "LEADTRIAGE_KEY="+demoCRMKey)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-reached:
	case <-time.After(3 * time.Minute):
		t.Error("the third batch never came")
	}
	cmd.Process.Kill()
	cmd.Wait()

	os.WriteFile(file, []byte(manyRows(rows+50)), 0o600)
	code, out, errOut := imported(t.Context(), w.api, file)
	if code != done || out != "700 rows: 100 accepted, 600 known already, 0 refused\n" {
		t.Errorf("%d %s%s", code, out, errOut)
	}
	if code, out, _ := imported(t.Context(), w.api, file); code != done || out != "700 rows: 0 accepted, 700 known already, 0 refused\n" {
		t.Errorf("%d %s", code, out)
	}
	if n := w.leads(); n != rows+50 {
		t.Errorf("%d leads of %d rows", n, rows+50)
	}
}

func again(r *http.Request, body []byte) *http.Request {
	same := r.Clone(context.Background())
	same.Body, same.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return same
}

// What the API cannot take for the moment is sent until it is taken.
func TestImportIsPatient(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.start("limits: {batch: 8kB}")
	target, _ := url.Parse(w.api)
	forward := httputil.NewSingleHostReverseProxy(target)
	requests := atomic.Int32{}
	proxy := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		switch requests.Add(1) {
		case 1:
			rw.Header().Set("Retry-After", "7")
			rw.WriteHeader(http.StatusTooManyRequests)
		case 2:
			panic(http.ErrAbortHandler) // the connection breaks off
		case 3:
			rw.WriteHeader(http.StatusBadGateway)
		case 4: // half of it is answered, one line with 503
			fmt.Fprintln(rw, `{"line":1,"status":202,"id":"x"}`)
			fmt.Fprintln(rw, `{"line":2,"status":503,"detail":"x"}`)
		default:
			body, _ := io.ReadAll(r.Body)
			forward.ServeHTTP(rw, again(r, body))
		}
	}))
	defer proxy.Close()
	a := &app{ctx: t.Context(), environ: []string{"LEADTRIAGE_KEY=" + demoCRMKey}, out: io.Discard, errOut: io.Discard}
	u, err := newUpload(a, proxy.URL, "", "leads/batch")
	if err != nil {
		t.Fatal(err)
	}
	var waits []time.Duration
	u.pause = func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil }
	var batch []sent
	for i := range 150 {
		batch = append(batch, sent{text: fmt.Appendf(nil, `{"partner":{"id":"direct","tier":"none"},"referred_on":"2026-09-14","contact":{"email":"person%d@gmail.com"}}`, i)})
	}
	statuses := map[int]int{}
	if err := u.send(t.Context(), batch, func(_ sent, l lineAnswer) { statuses[l.Status]++ }); err != nil {
		t.Fatal(err)
	}
	if statuses[202] != 150 || len(statuses) != 1 {
		t.Errorf("%v", statuses)
	}
	// The broken connection is tried again by net/http, since the request has a key.
	if want := []time.Duration{7 * time.Second, 2 * time.Second, time.Second}; len(waits) < 3 || !slices.Equal(waits[:3], want) {
		t.Errorf("waited %v", waits)
	}
	if n := w.leads(); n != 149 { // the first was taken by the proxy alone
		t.Errorf("%d leads", n)
	}
	// An API that never comes back is given up.
	proxy.Close()
	waits = nil
	if err := u.send(t.Context(), batch, nil); err == nil || !strings.Contains(err.Error(), "give the same command again") || len(waits) != attempts-1 {
		t.Errorf("%v after %v", err, waits)
	}
	// One that never was there soon is.
	u.reached, waits = false, nil
	if err := u.send(t.Context(), batch, nil); err == nil || !strings.Contains(err.Error(), "check --server") || len(waits) != firstAttempts-1 {
		t.Errorf("%v after %v", err, waits)
	}
}

func TestImportStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		cancel()
		rw.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer server.Close()
	code, out, errOut := imported(ctx, server.URL, write(t, "leads.csv", manyRows(3)))
	if code != failed || !strings.Contains(errOut, "give the same command again") || !strings.HasPrefix(out, "0 rows") {
		t.Errorf("%d %s%s", code, out, errOut)
	}
}
