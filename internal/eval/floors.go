package eval

import (
	"errors"
	"fmt"
	"strings"
)

// Floors are what a run must reach over all fields. A nil one is not asked for.
type Floors struct {
	Precision   *float64 // at least, 0 to 1; a run that verified nothing falls short
	Recall      *float64 // at least, 0 to 1; a set that states nothing falls short
	Unsupported *int     // at most
}

// Check names, in one sentence, everything that fell short; nil: nothing did.
func (f Floors) Check(r Report) error {
	var short []string
	atLeast := func(name string, floor, got *float64) {
		switch {
		case floor == nil:
		case got == nil:
			short = append(short, fmt.Sprintf("%s cannot be told and should be %.2f", name, *floor))
		case *got < *floor:
			short = append(short, fmt.Sprintf("%s is %.4f and should be %.2f%s", name, *got, *floor, r.worst(name)))
		}
	}
	atLeast("precision", f.Precision, r.All.Precision)
	atLeast("recall", f.Recall, r.All.Recall)
	if f.Unsupported != nil && r.All.Unsupported > *f.Unsupported {
		short = append(short, fmt.Sprintf("unsupported facts are %d and may be %d%s", r.All.Unsupported, *f.Unsupported, r.inventions()))
	}
	if len(short) == 0 {
		return nil
	}
	return errors.New(r.Model + " fell short: " + strings.Join(short, "; "))
}

// worst names the field that pulls a rate down most.
func (r Report) worst(rate string) string {
	missed := func(f Field) int {
		if rate == "precision" {
			return f.Wrong + f.Unsupported
		}
		return f.Stated - f.Right
	}
	var worst Field
	for _, f := range r.Fields {
		if missed(f) > missed(worst) {
			worst = f
		}
	}
	return fmt.Sprintf(" (most is lost in %s: %d)", worst.Field, missed(worst))
}

// inventions names the first facts that no page supports.
func (r Report) inventions() string {
	var named []string
	for _, m := range r.Mistakes {
		if len(m.Truth) == 0 && len(named) < 3 {
			named = append(named, fmt.Sprintf("%s of %s: %q", m.Field, m.ID, m.Found))
		}
	}
	if len(named) == 0 {
		return ""
	}
	return " (" + strings.Join(named, ", ") + ")"
}
