// Package jsonpath is how the configuration names a place in somebody else's JSON.
package jsonpath

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Path leads through a JSON document: a.b[0].c, and a[].b for every item of a.
type Path []Step

// Step is a key of an object, an index of a list, or all of a list.
type Step struct {
	Key   string
	List  bool
	Index int // of a list; -1: every item
}

var part = regexp.MustCompile(`^([^.\[\]]*)((?:\[[^.\[\]]*\])*)$`)

// Parse reads a path. contact[email], as forms write it, is contact.email.
func Parse(s string) (Path, error) {
	fault := fmt.Errorf("%q is not a path; write keys joined by dots, [0] for an item of a list and [] for every item, such as offices[0].country", s)
	var p Path
	for i, piece := range strings.Split(s, ".") {
		m := part.FindStringSubmatch(piece)
		if m == nil || piece == "" || m[1] == "" && i > 0 {
			return nil, fault
		}
		if m[1] != "" {
			p = append(p, Step{Key: m[1]})
		}
		for bracket := range strings.SplitAfterSeq(m[2], "]") {
			if bracket == "" {
				continue
			}
			inner := bracket[1 : len(bracket)-1]
			switch index, err := strconv.Atoi(inner); {
			case inner == "":
				p = append(p, Step{List: true, Index: -1})
			case err != nil:
				p = append(p, Step{Key: inner})
			case index < 0 || index > 9999:
				return nil, fault
			default:
				p = append(p, Step{List: true, Index: index})
			}
		}
	}
	return p, nil
}
