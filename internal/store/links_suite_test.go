package store_test

import (
	"errors"
	"testing"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/store"
)

func links(t *testing.T, s *store.Store) {
	ctx := t.Context()
	page, link := lead.NewLink(lead.Link{Use: lead.PageLink, Partner: "acme", MadeAt: noon})
	other, theirs := lead.NewLink(lead.Link{Use: lead.PageLink, Partner: "brightside", MadeAt: noon})
	answer, ends := lead.NewLink(lead.Link{Use: lead.AnswerLink, Partner: "acme", LeadID: "01", About: "effect", MadeAt: noon,
		EndsAt: noon.Add(time.Hour)})
	for _, l := range []lead.Link{link, theirs, ends} {
		if err := s.AddLink(ctx, l); err != nil {
			t.Fatal(err)
		}
	}
	if got := must(s.Link(ctx, lead.AnswerLink, answer, noon.Add(time.Hour-1)))(t); got != ends {
		t.Errorf("%+v, want %+v", got, ends)
	}
	opens := func(use lead.LinkUse, token string, now time.Time, want bool) {
		t.Helper()
		_, err := s.Link(ctx, use, token, now)
		if want != (err == nil) || err != nil && !errors.Is(err, lead.ErrNotFound) {
			t.Errorf("%s: %v", use, err)
		}
	}
	opens(lead.PageLink, page, noon.AddDate(10, 0, 0), true)
	opens(lead.PageLink, answer, noon, false)
	opens(lead.PageLink, link.Hash, noon, false) // what is on record opens nothing
	opens(lead.AnswerLink, answer, noon.Add(time.Hour), false)
	if n := must(s.RevokeLinks(ctx, "acme"))(t); n != 1 {
		t.Errorf("%d revoked", n)
	}
	opens(lead.PageLink, page, noon, false)
	opens(lead.PageLink, other, noon, true)
	opens(lead.AnswerLink, answer, noon, true)
	if n := must(s.RemoveLinks(ctx, noon.Add(2*time.Hour)))(t); n != 1 {
		t.Errorf("%d removed", n)
	}
	address := lead.HashOf("ada@acme.example")
	for _, out := range []bool{true, true, false} {
		if err := s.OptOut(ctx, address, out, noon); err != nil {
			t.Fatal(err)
		}
		if got := must(s.OptedOut(ctx, address))(t); got != out {
			t.Errorf("opted out %v, want %v", got, out)
		}
	}
}
