package company

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// letters have no decomposition, so that folding has to spell them out.
var letters = strings.NewReplacer("ß", "ss", "ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "æ", "ae", "œ", "oe", "ı", "i")

// fold brings a phrase to the form in which phrases are compared: lower case,
// no diacritics, no dots or apostrophes ("S.p.A." is "spa"), every other
// punctuation one space, and no "and" in any of its spellings, so that "Food &
// Beverage", "food/beverage" and "FOOD_AND_BEVERAGE" are one phrase.
// Folding a folded phrase changes nothing.
func fold(s string) string {
	words := strings.FieldsFunc(bare(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
	kept := words[:0]
	for i, w := range words {
		if i == 0 || i == len(words)-1 || !slices.Contains(connecting, w) {
			kept = append(kept, w)
		}
	}
	return strings.Join(kept, " ")
}

var connecting = []string{"and", "und", "e", "ed", "et", "y"}

// Fold is the form in which names are compared: lower case, no diacritics, dots
// or apostrophes, one space for every other punctuation ("Sao Paulo" and
// "São-Paulo" are both "sao paulo").
func Fold(s string) string { return fold(s) }

// bare is s in lower case without diacritics, dots and apostrophes.
func bare(s string) string {
	s = letters.Replace(strings.ToLower(norm.NFKD.String(s)))
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r), r == utf8.RuneError, r == '.', r == '\'', r == '’', r == '‘', r == '`', r == '´':
			return -1
		}
		return r
	}, s)
}

// squeeze is fold without spaces, for names that are written together and apart.
func squeeze(s string) string { return strings.ReplaceAll(fold(s), " ", "") }
