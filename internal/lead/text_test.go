package lead

import (
	"errors"
	"testing"
)

func TestClean(t *testing.T) {
	for name, tc := range map[string]struct{ in, want string }{
		"plain":          {" two\n\tlines ", "two\n\tlines"},
		"NUL, BEL, DEL":  {"a\x00b\a\x7f", "ab"},
		"bidi":           {"a\u202eb\u2066c\u200fd\u061c", "abcd"},
		"without width":  {"a\u200bb\u200dc\u2060d\ufeff", "abcd"},
		"tags":           {"a\U000E0041b", "ab"},
		"half a pair":    {"a\xed\xa0\x80b", "a\ufffdb"},
		"not UTF-8":      {"a\xffb", "a\ufffdb"},
		"nothing to see": {"\u200b \u202e", ""},
		"letters":        {"Zoë 株式会社 שלום", "Zoë 株式会社 שלום"},
	} {
		if got := Clean(tc.in); got != tc.want || Clean(got) != got {
			t.Errorf("%s: %q", name, got)
		}
	}
	// A far side's words are kept in a column that takes no NUL.
	if got := Sentence(errors.New("it said \x00\u202eno\r\n")); got != "it said no" {
		t.Errorf("sentence %q", got)
	}
}
