package jsonpath

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// Text is a decoded text, number or truth value as text; null is empty. ok is
// false for objects and lists. Numbers are decoded by UseNumber.
func Text(value any) (text string, ok bool) {
	switch v := value.(type) {
	case nil:
		return "", true
	case string:
		return strings.TrimSpace(v), true
	case bool:
		return strconv.FormatBool(v), true
	case json.Number:
		return whole(v), true
	}
	return "", false
}

// whole writes 250.0 and 1.2e7 as the whole numbers that they are; the digits of
// others stay as they were sent.
func whole(n json.Number) string {
	if !strings.ContainsAny(n.String(), ".eE") {
		return n.String()
	}
	f, err := n.Float64()
	if err != nil || f != math.Trunc(f) || math.Abs(f) >= 1<<53 {
		return n.String()
	}
	return strconv.FormatInt(int64(f), 10)
}

// Translate turns another's word into ours, by the word as it stands or else in any case;
// ok is false for one that is not in the table.
func Translate(words map[string]string, theirs string) (ours string, ok bool) {
	if ours, ok = words[theirs]; ok {
		return ours, true
	}
	for word, ours := range words {
		if strings.EqualFold(word, theirs) {
			return ours, true
		}
	}
	return theirs, false
}
