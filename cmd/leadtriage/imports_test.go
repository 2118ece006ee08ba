package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// knows says which of our own packages each package may import beside
// internal/lead and internal/company, which everybody may (docs/architecture.md).
var knows = map[string][]string{
	"internal/lead":            {},
	"internal/company":         {"internal/lead"},
	"internal/company/data":    {}, // a generator, built by hand
	"internal/score":           {"config/strict"},
	"internal/attribution":     {"config/strict"},
	"internal/jsonpath":        {},
	"internal/page":            {},
	"internal/evidence":        {},
	"internal/facts":           {},
	"internal/enrich":          {"internal/breaker", "internal/evidence", "internal/page", "prompts"},
	"internal/breaker":         {},
	"internal/eval":            {"internal/enrich", "internal/evidence", "internal/page", "prompts"},
	"internal/enrich/testdata": {}, // the labelled set, embedded
	"internal/provider":        {"internal/breaker", "internal/evidence", "internal/jsonpath"},
	"internal/slack":           {},
	"internal/crm":             {"internal/outbox"},
	"internal/crm/hubspot":     {"internal/crm", "internal/outbox"},
	"internal/crm/salesforce":  {"internal/crm", "internal/outbox"},
	"internal/partner":         {"internal/outbox"},
	"internal/timestamp":       {},
	"internal/source":          {"internal/jsonpath", "internal/timestamp"},
	"internal/rows":            {},
	"internal/report":          {},
	"internal/hours":           {},
	"internal/intake":          {"internal/source"},
	"internal/store":           {"internal/store/read"},
	"internal/store/read":      {},
	"internal/sim":             {"internal/evidence"}, // the form of its labels
	"internal/backing":         {},
	"config": {"config/strict", "internal/evidence", "internal/hours", "internal/jsonpath", "internal/provider", "internal/score",
		"internal/source", "internal/timestamp"},
	"config/strict":   {},
	"prompts":         {},
	"internal/outbox": {"internal/breaker"},
	"internal/review": {"internal/outbox"},
	"worker":          {"internal/outbox"},
}

// onlyIn says which files may import a package that the rest must not know.
var onlyIn = map[string][]string{
	"github.com/hibiken/asynq":  {"worker/queue.go", "worker/metrics.go", "cmd/"},
	"leadtriage/config":         {"cmd/"},
	"leadtriage/internal/sim":   {"cmd/leadtriage/demo", "cmd/leadtriage/eval"},
	"leadtriage/internal/store": {"cmd/", "internal/store/"},
	// Others declare what they read; cmd fills it in.
	"leadtriage/internal/store/read": {"internal/store/"},
}

func TestImportsGoOneWay(t *testing.T) {
	const root = "../.."
	seen := map[string]bool{}
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(file, ".go") {
			return err
		}
		file, _ = filepath.Rel(root, file)
		pkg := path.Dir(filepath.ToSlash(file))
		if strings.HasSuffix(file, "_test.go") {
			return nil // tests may use the simulators and the real services
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		seen[pkg] = true
		for _, spec := range parsed.Imports {
			name, _ := strconv.Unquote(spec.Path.Value)
			if places, ok := onlyIn[name]; ok && !slices.ContainsFunc(places, func(p string) bool { return strings.HasPrefix(file, p) }) {
				t.Errorf("%s imports %s: only %s may", file, name, strings.Join(places, ", "))
			}
			own, ok := strings.CutPrefix(name, "leadtriage/")
			if !ok {
				if pkg == "internal/lead" && strings.Contains(name, ".") {
					t.Errorf("%s imports %s: internal/lead knows the standard library only", file, name)
				}
				continue
			}
			everybodys := pkg != "internal/lead" && pkg != "internal/company" && (own == "internal/lead" || own == "internal/company")
			if !strings.HasPrefix(pkg, "cmd/") && !everybodys && !slices.Contains(knows[pkg], own) {
				t.Errorf("%s imports %s: docs/architecture.md says who may know whom", file, own)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range seen {
		if _, known := knows[pkg]; !known && !strings.HasPrefix(pkg, "cmd/") {
			t.Errorf("%s is new: say in this test and in docs/architecture.md whom it may know", pkg)
		}
	}
}

// An interface that asks for more than six methods, or a part of the way of a lead with more
// than ten fields, is several.
func TestPartsAreSmall(t *testing.T) {
	const methods, fields = 6, 10
	small := []string{"worker", "internal/outbox", "internal/review", "internal/facts", "internal/store"}
	err := filepath.WalkDir("../..", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			return err
		}
		pkg, _ := filepath.Rel("../..", filepath.Dir(file))
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			switch is := spec.Type.(type) {
			case *ast.InterfaceType:
				if n := is.Methods.NumFields(); n > methods {
					t.Errorf("%s: interface %s has %d methods, %d at most", pkg, spec.Name, n, methods)
				}
			case *ast.StructType:
				if n := is.Fields.NumFields(); n > fields && slices.Contains(small, filepath.ToSlash(pkg)) {
					t.Errorf("%s: struct %s has %d fields, %d at most", pkg, spec.Name, n, fields)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
