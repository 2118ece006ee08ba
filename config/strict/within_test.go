package strict

import "testing"

func TestFaultInsideAText(t *testing.T) {
	root, err := Parse("x.yaml", []byte("a: foo > bar\nb: \"foo > bar\"\nc: |\n  foo and\n    bar\nd: >-\n    foo\n    bar\ne: foo and\n   bar\nf: 7\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		key          string
		offset       int
		line, column int
	}{
		{"a", 0, 1, 4}, {"a", 6, 1, 10}, {"a", 99, 1, 13},
		{"b", 0, 2, 5}, {"b", 6, 2, 11},
		{"c", 0, 4, 3}, {"c", 4, 4, 7}, {"c", 10, 5, 5},
		{"d", 4, 8, 5},
		{"e", 4, 9, 8}, {"e", 8, 10, 4},
		{"f", 0, 11, 4},
	} {
		n, _ := root.At(tc.key)
		if f := n.FaultAt(tc.offset, "x"); f.Line != tc.line || f.Column != tc.column {
			t.Errorf("%s at %d: %d:%d, want %d:%d", tc.key, tc.offset, f.Line, f.Column, tc.line, tc.column)
		}
	}
}
