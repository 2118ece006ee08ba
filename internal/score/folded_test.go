package score_test

import (
	"strings"
	"testing"
	"time"

	"leadtriage/internal/lead"
)

// What a record only counts still counts: in the reason of the line, and as assets.
func TestFoldedEntriesAreShown(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	l := &lead.Lead{Submission: lead.Submission{Partner: lead.Partner{ID: "acme-integrations", Tier: "gold"}, Source: lead.Backlink, ReferredOn: "2026-11-20",
		Events: []lead.Event{{Type: "demo_request", At: now.Add(-time.Hour)}}}}
	l.Folded = lead.Folded{Events: []lead.Count{{Type: "demo_request", Times: 41, Until: now.Add(-2 * time.Hour)}}, Assets: 7}
	s := model(t).Score(l, now).InWords()
	if line := s.Lines[len(s.Lines)-1]; !strings.Contains(line.Reason.String(), "newest of 42") || s.Intent != 20 {
		t.Errorf("%d: %+v", s.Intent, s.Lines)
	}
	for _, flag := range s.Flags {
		if flag == lead.FlagSingleAsset {
			t.Error("seven assets are taken for one")
		}
	}
}
