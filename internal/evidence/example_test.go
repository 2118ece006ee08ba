package evidence_test

import (
	"fmt"

	"leadtriage/internal/evidence"
	"leadtriage/internal/lead"
)

// A quote stands word for word, or not at all: no number is cut.
func ExampleText_Find() {
	page := evidence.NewText("# About us\nWe are 12 500 people.\n> With 900 employees we needed a ledger.")
	for _, quote := range []string{"we are 12 500 people", "500 people", "With 900 employees we needed a ledger."} {
		passage, stands, own := page.Find(quote)
		fmt.Printf("%t %t %q\n", stands, own, passage.Heading)
	}
	// Output:
	// true true "About us"
	// false false ""
	// true false ""
}

// The reading of a quote, had without the claim, agrees with it or says why not.
func ExampleAgrees() {
	whole := evidence.Reading{Values: []string{"500+"}, Of: "whole_company", When: "now"}
	branch := evidence.Reading{Values: []string{"500"}, Of: "branch_or_site", When: "now"}

	value, refused := evidence.Agrees(lead.Employees, "500", whole)
	fmt.Println(value, refused == nil)
	_, refused = evidence.Agrees(lead.Employees, "500", branch)
	fmt.Println(refused.Code)
	// Output:
	// 500+ true
	// read_as_other_subject
}
