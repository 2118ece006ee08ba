package evidence

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/text/language"

	"leadtriage/internal/company"
)

//go:embed data/places.gz
var placesGz []byte

// gazetteer are the cities and the states of the US under their names.
type gazetteer struct {
	country []string            // of each place, alpha-2
	first   map[string]uint16   // name: place
	others  map[string][]uint16 // names of several: the rest
}

// places takes some 25 ms at its first use, and 10 MB for good.
var places = sync.OnceValue(func() gazetteer {
	var text strings.Builder
	r, err := gzip.NewReader(bytes.NewReader(placesGz))
	if err == nil {
		_, err = io.Copy(&text, r)
	}
	if err != nil {
		panic("evidence: data/places.gz: " + err.Error())
	}
	count, lines, _ := strings.Cut(text.String(), "\n")
	size, _ := strconv.Atoi(count)
	g := gazetteer{first: make(map[string]uint16, size), others: map[string][]uint16{}}
	country := ""
	for line := range strings.Lines(lines) {
		line = line[:len(line)-1]
		if line[0] == '=' {
			country = line[1:]
			continue
		}
		id := uint16(len(g.country))
		g.country = append(g.country, country)
		for name := range strings.SplitSeq(line, ";") {
			if _, known := g.first[name]; known {
				g.others[name] = append(g.others[name], id)
			} else {
				g.first[name] = id
			}
		}
	}
	return g
})

func (g gazetteer) at(name string) []uint16 {
	if id, ok := g.first[name]; ok {
		return append([]uint16{id}, g.others[name]...)
	}
	return nil
}

// countries maps names, and in capitals codes and abbreviations, to alpha-2 codes.
var countries = sync.OnceValue(func() map[string][]string {
	all := map[string][]string{}
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			code := string([]rune{a, b})
			names := company.CountryNames(code)
			if len(names) == 0 {
				continue
			}
			if region, err := language.ParseRegion(code); err == nil {
				names = append(names, code, region.ISO3())
			}
			for _, name := range names {
				t := read(name)
				key := string(t.phrase(nil, 0, len(t.words), t.upper(0, len(t.words))))
				if !slices.Contains(all[key], code) {
					all[key] = append(all[key], code)
				}
			}
		}
	}
	return all
})

// standing is a name of places in a text: words from to end.
type standing struct {
	from, end int
	named     []string // the countries of that name or code
	places    []uint16
}

// standings yields the longest names of places one after the other: of "New
// York" not York. A name has a capital where its script has any; an abbreviation
// and a code are all capitals, and a code of two letters counts only in a text
// that has small letters too ("CONTACT US").
func (t text) standings(yield func(standing) bool) {
	g, c, buf := places(), countries(), make([]byte, 0, 80)
	for i := 0; i < len(t.words); {
		next := i + 1
		longest := 4
		if t.words[i].kind == 'b' {
			longest = 8
		}
		for j := min(i+longest, len(t.words)); j > i; j-- {
			if !t.capital(i, j) || !t.whole(i, j) {
				continue
			}
			buf = t.phrase(buf[:0], i, j, false)
			s := standing{from: i, end: j, named: c[string(buf)], places: g.at(string(buf))}
			if t.upper(i, j) {
				if buf = t.phrase(buf[:0], i, j, true); len(buf) != 2 || !t.loud {
					s.named = slices.Concat(s.named, c[string(buf)])
					s.places = slices.Concat(s.places, g.at(string(buf)))
				}
			}
			if len(s.named)+len(s.places) > 0 {
				if !yield(s) {
					return
				}
				next = j
				break
			}
		}
		i = next
	}
}

// SamePlace reports whether two names are of one city ("Milan", "Milano").
func SamePlace(a, b string) bool {
	a, b = spaced(a), spaced(b)
	return strings.ReplaceAll(a, " ", "") == strings.ReplaceAll(b, " ", "") || common(places().at(a), places().at(b))
}

func common(a, b []uint16) bool {
	return slices.ContainsFunc(a, func(id uint16) bool { return slices.Contains(b, id) })
}
