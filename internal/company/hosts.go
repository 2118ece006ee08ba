package company

import (
	_ "embed"
	"iter"
	"strings"
	"sync"

	"golang.org/x/net/publicsuffix"
)

//go:embed data/freemail.txt
var freemailText string

//go:embed data/disposable.txt
var disposableText string

//go:embed data/platforms.txt
var platformsText string

//go:embed data/registries.txt
var registriesText string

// The sets share the memory of the embedded text; disposable takes 7 MB
// and some 30 ms at its first use.
var (
	freemail   = sync.OnceValue(func() map[string]struct{} { return set(freemailText) })
	disposable = sync.OnceValue(func() map[string]struct{} { return set(disposableText) })
	platforms  = sync.OnceValue(func() map[string]struct{} { return set(platformsText) })
	registries = sync.OnceValue(func() map[string]struct{} { return set(registriesText) })
)

// FreeMail reports whether anybody may have a mailbox at the domain or above
// it (gmail.com, libero.it, gmx.de), so that it names no company. Providers of
// Italian certified mail (PEC) count as well. The domain is one that Domain or
// Host returned.
func FreeMail(domain string) bool { return within(freemail(), domain) }

// Disposable reports whether the domain, or one above it, hands out throw-away
// mailboxes.
func Disposable(domain string) bool { return within(disposable(), domain) }

// Platform reports whether pages on the host belong to the platform's users
// and not to a company of that name: linkedin.com and all below it,
// acme.wixsite.com, acme.github.io. It speaks of web addresses; somebody who
// writes from an address at linkedin.com may well work there.
func Platform(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if within(platforms(), host) || below(platforms(), host) {
		return true
	}
	suffix, icann := publicsuffix.PublicSuffix(host)
	return !icann && strings.Contains(suffix, ".") && !registry(suffix)
}

// registry reports whether a private public suffix sells names to companies as
// a country's registry does (northwind.uk.com).
func registry(suffix string) bool {
	_, ok := registries()[suffix]
	return ok
}

func within(set map[string]struct{}, host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	for ok := true; ok; _, host, ok = strings.Cut(host, ".") {
		if _, found := set[host]; found {
			return true
		}
	}
	return false
}

// below is within for the names that stand in the set as "*.NAME".
func below(set map[string]struct{}, host string) bool {
	host = strings.TrimPrefix(host, "www.")
	for _, parent, ok := strings.Cut(host, "."); ok; _, parent, ok = strings.Cut(parent, ".") {
		if _, found := set["*."+parent]; found {
			return true
		}
	}
	return false
}

// Rows yields the lines "HEAD: word; word" of a data file, in its order; those after #
// are left out.
func Rows(data string) iter.Seq2[string, []string] {
	return func(yield func(string, []string) bool) {
		for line := range lines(data) {
			head, rest, ok := strings.Cut(line, ":")
			if ok && !yield(head, words(rest)) {
				return
			}
		}
	}
}

// words are those between semicolons; none of an empty text.
func words(text string) (all []string) {
	for word := range strings.SplitSeq(text, ";") {
		if word = strings.TrimSpace(word); word != "" {
			all = append(all, word)
		}
	}
	return all
}

// lines are those of a data file; empty ones and those after # are left out.
func lines(data string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for line := range strings.Lines(data) {
			if line = strings.TrimSpace(line); line != "" && line[0] != '#' && !yield(line) {
				return
			}
		}
	}
}

// set has one name a line.
func set(text string) map[string]struct{} {
	names := make(map[string]struct{}, strings.Count(text, "\n"))
	for line := range lines(text) {
		names[line] = struct{}{}
	}
	return names
}
