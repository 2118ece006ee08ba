package lead

import (
	"slices"
	"strings"
)

// BANT says of budget, authority, need and timing whether the lead showed it (SPEC section 3).
func (l *Lead) BANT() [4]bool {
	did := func(event string) bool {
		return slices.ContainsFunc(l.Events, func(e Event) bool { return e.Type == event })
	}
	stated := len(strings.Fields(l.UseCase)) >= 3 || did("use_case_stated")
	return [4]bool{did("budget_confirmed"), did("authority_confirmed"), stated, did("timeline_stated")}
}
