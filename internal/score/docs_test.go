package score

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"leadtriage/config/strict"
)

// The page for people who write rules names everything that a condition may
// name, and what it shows compiles.
func TestThePageOnRulesIsRight(t *testing.T) {
	raw, err := os.ReadFile("../../docs/scoring.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(raw)
	for name, typ := range knownName {
		said := []string{"`" + name + "`"}
		switch parts := partsOf(name, typ); {
		case name == "crm":
			said = []string{"`" + name + ".NAME`"}
		case parts != nil:
			said = nil
			for _, part := range parts {
				said = append(said, "`"+name+"."+part+"`")
			}
		case typ.Kind() == reflect.Slice:
			for _, part := range partsOf("", typ.Elem()) {
				said = append(said, "`."+part+"`")
			}
		}
		for _, s := range said {
			if !strings.Contains(page, s) {
				t.Errorf("%s is not on the page", s)
			}
		}
	}
	shown := 0
	for _, block := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(page, -1) {
		root, err := strict.Parse("docs/scoring.md", []byte("rules:\n"+block[1]))
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; ; i++ {
			n, depth := root.At("rules", i, "when")
			if depth < 2 {
				break
			}
			var text string
			if faults := n.Decode(&text); len(faults) > 0 {
				t.Error(faults)
			}
			if _, faults := compileCondition(n, text, false, Vocabulary{}); len(faults) > 0 {
				t.Error(faults)
			}
			shown++
		}
	}
	for _, example := range regexp.MustCompile("`([^`]*(?:employees <|not \\(emp|known\\(emp|any\\(|in techno|in live)[^`]*)`").FindAllStringSubmatch(page, -1) {
		if _, faults := compileCondition(strict.Node{}, example[1], false, Vocabulary{}); len(faults) > 0 {
			t.Errorf("%s: %v", example[1], faults)
		}
		shown++
	}
	if shown < 10 {
		t.Errorf("only %d examples were found", shown)
	}
}
