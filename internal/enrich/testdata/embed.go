// Package testdata is the labelled set of companies that `leadtriage eval`
// measures enrichment with (docs/eval.md).
package testdata

import _ "embed"

// Eval holds one company a line, as package eval reads them.
//
//go:embed eval.jsonl
var Eval []byte
