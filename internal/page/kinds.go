package page

import (
	_ "embed"

	"leadtriage/internal/company"
)

// Legal is the Kind of terms and privacy policies.
const Legal = "legal"

//go:embed kinds.txt
var kindsText string

// kind is a sort of page that tells about a company.
type kind struct {
	name  string
	names []string // of its links and paths, best first
}

// kinds are the pages Site looks for beside the home page, most telling first.
var kinds = func() (all []kind) {
	for name, names := range company.Rows(kindsText) {
		all = append(all, kind{name, names})
	}
	return all
}()
