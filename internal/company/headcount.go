package company

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/text/width"
)

// Headcount is a number of people, 1 to 10 million. Max 0 is open-ended
// ("500+"), Min equal to Max is exact.
type Headcount struct{ Min, Max int }

// maxPeople is above the largest employer on Earth (some three million).
const maxPeople = 10_000_000

var errHeadcount = errors.New("not a number of employees: write it like 250, 51-200 or 500+")

// String is the normal form that ParseHeadcount reads: "250", "51-200", "500+".
func (h Headcount) String() string {
	switch {
	case h.Max == 0:
		return strconv.Itoa(h.Min) + "+"
	case h.Min == h.Max:
		return strconv.Itoa(h.Min)
	}
	return strconv.Itoa(h.Min) + "-" + strconv.Itoa(h.Max)
}

var (
	// A number with thousands set off by one kind of separator, or with a
	// decimal mark when k follows.
	grouped = regexp.MustCompile(`^[0-9]{1,3}(?:(?:,[0-9]{3})+|(?:\.[0-9]{3})+|(?: [0-9]{3})+|(?:'[0-9]{3})+)$`)
	plain   = regexp.MustCompile(`^[0-9]{1,9}$`)
	kilo    = regexp.MustCompile(`^([0-9]{1,5})(?:[.,]([0-9]{1,2}))? ?k$`)

	separators = strings.NewReplacer(",", "", ".", "", " ", "", "'", "")

	between   = regexp.MustCompile(`^(.*[0-9k]) ?(?:-|to|bis|a|à) ?([0-9].*)$`)
	atLeast   = regexp.MustCompile(`^(?:>=?|≥|more than|over|at least|mehr als|über|mindestens|più di|oltre|almeno) ?([0-9].*)$`)
	atMost    = regexp.MustCompile(`^(?:<=?|≤|up to|fewer than|less than|under|bis zu|weniger als|fino a|meno di) ?([0-9].*)$`)
	roughly   = regexp.MustCompile(`^(?:~|≈|about|approx\.?|approximately|around|circa|ca\.?|c\.|rund|etwa|ungefähr) ?([0-9].*)$`)
	employees = regexp.MustCompile(` ?(?:employees?|people|persons?|staff|team members|ftes?|mitarbeiter(?:innen|:innen)?|mitarbeitende|beschäftigte|dipendenti|addetti|persone|collaboratori)$`)

	spelling = strings.NewReplacer("‐", "-", "‑", "-", "‒", "-", "–", "-", "—", "-", "―", "-", "−", "-",
		"’", "'", "‘", "'", "´", "'", "`", "'", "＋", "+", "..", "-", "…", "-", "〜", "-", "～", "-")
)

// ParseHeadcount reads a number of employees as sites, pick-lists and models
// write it: 250; 1,200 or 1.200 or 1 200 or 1'200; 1.2k; 51-200 with any dash or
// "11 to 50"; 500+ or "> 500"; "< 10" is 1-10. A word for employees may follow.
//
// Zero, negative numbers, fractions, more than 10 million, a range that runs
// backwards and one whose k may stand for one end or for both are refused.
func ParseHeadcount(s string) (Headcount, error) {
	if len(s) > 100 {
		return Headcount{}, errHeadcount
	}
	s = strings.ToLower(strings.Join(strings.Fields(spelling.Replace(width.Fold.String(s))), " "))
	s = employees.ReplaceAllString(s, "")
	if m := roughly.FindStringSubmatch(s); m != nil {
		s = m[1]
	}
	if m := atMost.FindStringSubmatch(s); m != nil {
		n, err := people(m[1])
		return Headcount{1, n}, err
	}
	if m := atLeast.FindStringSubmatch(s); m != nil {
		n, err := people(strings.TrimSuffix(m[1], "+"))
		return Headcount{Min: n}, err
	}
	if n, ok := strings.CutSuffix(s, "+"); ok {
		n, err := people(strings.TrimSpace(n))
		return Headcount{Min: n}, err
	}
	if m := between.FindStringSubmatch(s); m != nil {
		return span(m[1], m[2])
	}
	n, err := people(s)
	return Headcount{n, n}, err
}

func span(from, to string) (Headcount, error) {
	if strings.HasSuffix(to, "k") && !strings.HasSuffix(from, "k") && len(from) < 4 {
		return Headcount{}, fmt.Errorf("%s-%s may start at %s or at %sk: write both numbers in full", from, to, from, from)
	}
	low, err := people(from)
	if err != nil {
		return Headcount{}, err
	}
	high, err := people(to)
	if err != nil {
		return Headcount{}, err
	}
	if low > high {
		return Headcount{}, fmt.Errorf("%d-%d runs backwards: write the smaller number first", low, high)
	}
	return Headcount{low, high}, nil
}

// people reads one number from 1 to maxPeople.
func people(s string) (int, error) {
	var n int
	if m := kilo.FindStringSubmatch(s); m != nil {
		whole, _ := strconv.Atoi(m[1])
		part, _ := strconv.Atoi((m[2] + "000")[:3])
		n = whole*1000 + part
	} else if plain.MatchString(s) {
		n, _ = strconv.Atoi(s)
	} else if grouped.MatchString(s) {
		n, _ = strconv.Atoi(separators.Replace(s))
	} else {
		return 0, errHeadcount
	}
	switch {
	case n == 0:
		return 0, errors.New("0 is no number of employees: leave it out, or write 1 for a company of one")
	case n > maxPeople:
		return 0, fmt.Errorf("%d is more than %d employees: check the number", n, maxPeople)
	}
	return n, nil
}
