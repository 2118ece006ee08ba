package store

import (
	"slices"

	"leadtriage/internal/lead"
)

// putOutcomes writes what is new, or takes them all away from a lead whose outcomes another has.
func putOutcomes(leadID string, is, was []lead.Outcome) []write {
	if len(is) == 0 && len(was) > 0 {
		return []write{{`DELETE FROM outcomes WHERE lead_id = ? AND ` + ifFirst, []any{leadID}}}
	}
	var rows [][]any
	for _, o := range is {
		if !slices.Contains(was, o) {
			rows = append(rows, []any{leadID, o.ID, o.Type, ms(o.At), o.From, o.Amount.Minor, o.Amount.Digits, o.Amount.Currency,
				o.ARR.Minor, o.ARR.Digits, o.ARR.Currency, o.Reason, o.DealID})
		}
	}
	if rows == nil {
		return nil
	}
	return []write{into("outcomes", "lead_id, id, type, at, sender, amount, amount_digits, amount_currency, arr, arr_digits, arr_currency, reason, deal_id", `
		ON CONFLICT (lead_id, id) DO UPDATE SET type = excluded.type, at = excluded.at, sender = excluded.sender,
			amount = excluded.amount, amount_digits = excluded.amount_digits, amount_currency = excluded.amount_currency,
			arr = excluded.arr, arr_digits = excluded.arr_digits, arr_currency = excluded.arr_currency,
			reason = excluded.reason, deal_id = excluded.deal_id`, rows...)}
}
