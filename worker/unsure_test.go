package worker_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
)

// unreadable has records whose dossiers cannot be read for a moment.
type unreadable struct {
	outbox.Records
	err error
}

func (u *unreadable) Dossier(ctx context.Context, id string) (lead.Dossier, error) {
	if u.err != nil {
		return lead.Dossier{}, u.err
	}
	return u.Records.Dossier(ctx, id)
}

// An attempt that may have happened is looked for first, also when the records fail
// in between: else it would happen twice.
func TestWhatIsUnsureStaysSoWhenTheRecordsFail(t *testing.T) {
	h := desk(t)
	records := &unreadable{Records: h.records}
	h.effects = records
	var unsure []bool
	h.Kinds[0].Do = func(_ context.Context, a *outbox.Attempt) error {
		if unsure = append(unsure, a.Unsure); len(unsure) == 1 {
			return lead.Faultf(lead.Uncertain, 0, "no answer")
		}
		return nil
	}
	id := h.accept("northwind.example")
	h.enrich(id)
	h.decide(id, lead.Approve)
	for _, failing := range []error{nil, errors.New("the database is restarting"), nil} {
		h.clock, records.err = h.clock.Add(time.Hour), failing
		if _, err := h.Deliver(t.Context(), h.webhooks(id)[0].ID); failing != nil && !errors.Is(err, failing) {
			t.Fatalf("delivered with %v", err)
		}
	}
	if e := h.webhooks(id)[0]; len(unsure) != 2 || unsure[0] || !unsure[1] || e.State != lead.Delivered {
		t.Errorf("attempts that were unsure: %v, now %+v", unsure, e)
	}
}
