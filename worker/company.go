package worker

import (
	"slices"
	"strings"
	"unicode"

	"leadtriage/internal/lead"
)

// companyName is what strangers may be told of the company's name: nothing where
// a person of the lead is named in it, as some CRMs do who know no company.
func companyName(l *lead.Lead) string {
	people := []string{l.Contact.Name, l.Partner.Contact}
	for _, c := range l.Contacts {
		people = append(people, c.Name)
	}
	name := nameWords(l.Company.Name)
	for _, person := range people {
		words := nameWords(person)
		if len(words) > 0 && !slices.ContainsFunc(words, func(word string) bool { return !slices.Contains(name, word) }) {
			return ""
		}
	}
	return l.Company.Name
}

func nameWords(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
