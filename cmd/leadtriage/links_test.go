package main

import (
	"bytes"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"leadtriage/internal/sim"
)

// A link that `links make` prints passes `links check`; each that partners mistype is named,
// with what to write.
func TestLinks(t *testing.T) {
	t.Parallel()
	file := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	conf := file("leadtriage.yaml", "partners:\n  - {id: acme, name: Acme, tiers: [gold], utm_sources: [acme-hub]}\n  - {id: orbit, name: Orbit, tiers: [gold]}\n")
	sites := sim.NewWeb()
	web := httptest.NewServer(sites)
	defer web.Close()
	command := func(want int, args ...string) string {
		t.Helper()
		var out, errOut bytes.Buffer
		got := run(t.Context(), append(args, "--config", conf), []string{"LEADTRIAGE_PAGE_RESOLVE=*=" + web.Listener.Addr().String()}, &out, &errOut)
		if got != want {
			t.Errorf("%v ended with %d, want %d: %s%s", args, got, want, &out, &errOut)
		}
		return out.String() + errOut.String()
	}
	made := strings.TrimSpace(command(done, "links", "make", "--partner", "acme", "https://www.ours.example/app?plan=1&utm_source=old", "--campaign", "fall"))
	if want := "https://www.ours.example/app?plan=1&utm_campaign=fall&utm_medium=referral&utm_source=acme-hub"; made != want {
		t.Fatalf("made %s, want %s", made, want)
	}
	for _, args := range [][]string{{"--partner", "nobody", "https://ours.example/"}, {"--partner", "acme", "ours.example"}} {
		command(failed, append([]string{"links", "make"}, args...)...)
	}

	link := func(to string) string {
		return `<p>Read more about it on <a href="` + strings.ReplaceAll(to, "&", "&amp;") + `">their own page</a> today.</p>`
	}
	sites.Add("acme.example", "/right", link(made)+link("https://others.example/?utm_source=x"))
	sites.Add("acme.example", "/none", link("https://others.example/"))
	faults := map[string]string{
		"https://ours.example/": "lacks utm_source=acme-hub",
		"https://ours.example/?utm_source=acme-hup&utm_medium=referral":          "did you mean acme-hub?",
		"https://ours.example/?utm_source=orbit&utm_medium=referral":             "names orbit, and the page is of acme",
		"https://ours.example/?utm_source=Acme-Hub&utm_medium=referral":          "capitals",
		"https://ours.example/#utm_source=acme-hub&utm_medium=referral":          "not where it belongs",
		"https://ours.example/?utm_source=acme&utm_medium=partner":               `utm_medium is "partner": write referral`,
		"https://ours.example/?utm_source=acme&utm_source=b&utm_medium=referral": "twice",
	}
	var body strings.Builder
	for to := range faults {
		body.WriteString(link(to))
	}
	sites.Add("acme.example", "/wrong", body.String())

	pages := file("pages.csv", "page,partner\nhttps://acme.example/right,acme\n")
	if out := command(done, "links", "check", pages, "--site", "ours.example"); !strings.Contains(out, "All links are right") {
		t.Errorf("the right page: %s", out)
	}
	out := command(failed, "links", "check", "https://acme.example/wrong", "--site", "ours.example", "--partner", "acme", "--format", "json")
	for to, fault := range faults {
		if !strings.Contains(strings.ReplaceAll(out, `\"`, `"`), fault) {
			t.Errorf("%s: %q is not said in %s", to, fault, out)
		}
	}
	if out := command(failed, "links", "check", "https://acme.example/none", "https://acme.example/gone", "--site", "ours.example"); !strings.Contains(out, "no link to ours.example") ||
		!strings.Contains(out, "no page there") {
		t.Errorf("a page without links, and none: %s", out)
	}
}
