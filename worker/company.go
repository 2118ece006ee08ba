package worker

import (
	"slices"
	"strings"

	"leadtriage/internal/company"
	"leadtriage/internal/lead"
)

// companyName is what strangers may be told of the company's name: nothing where it may
// name a person of the lead, in whole or in part, as some CRMs do who know no company.
func companyName(l *lead.Lead) string {
	people := []string{l.Partner.Contact}
	for _, c := range append([]lead.Contact{l.Contact}, l.Contacts...) {
		mailbox, _, _ := strings.Cut(c.Email, "@")
		people = append(people, c.Name, strings.ReplaceAll(mailbox, ".", " "))
	}
	for _, person := range people {
		if mayName(company.Fold(l.Company.Name), company.Fold(person)) {
			return ""
		}
	}
	return l.Company.Name
}

// accents are the letters that stand for those with one.
var accents = strings.NewReplacer("ae", "a", "oe", "o", "ue", "u")

// mayName reports whether a word of the person's stands among the words of a name, in
// part and joined with others too, or a word of the name in the person's; or initials.
func mayName(name, person string) bool {
	joined, whole, initials := strings.ReplaceAll(name, " ", ""), strings.ReplaceAll(person, " ", ""), ""
	known := strings.Fields(name)
	for _, w := range strings.Fields(person) {
		letters := []rune(w)
		initials += string(letters[:1])
		if len(letters) > 1 && slices.Contains(known, w) {
			return true
		}
		size := 3
		if len(letters) > 5 {
			size = 4
		}
		for ; len(letters) >= size; letters = letters[1:] {
			part := string(letters[:size])
			if strings.Contains(joined, part) || strings.Contains(accents.Replace(joined), accents.Replace(part)) {
				return true
			}
		}
	}
	return whole != "" && strings.Contains(joined, whole) || len(initials) > 1 && (slices.Contains(known, initials) || initials == joined) ||
		slices.ContainsFunc(known, func(w string) bool { return len([]rune(w)) >= 3 && strings.Contains(whole, w) })
}
