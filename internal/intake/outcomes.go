package intake

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bojanz/currency"

	"leadtriage/internal/lead"
)

// ParseOutcome reads what became of a lead. Who says so is the caller's to add. Without an
// id the outcome has one that the same words give again.
func ParseOutcome(raw []byte, now time.Time) (lead.Outcome, Faults) {
	o, _, faults := parseOutcome(raw, now, false)
	return o, faults
}

// reference names a lead: by its id, or by the key that its partner's leads of a company
// or a mailbox have.
type reference struct{ id, key string }

// parseOutcome reads an outcome, and the lead that it names if it is one of many.
func parseOutcome(raw []byte, now time.Time, named bool) (o lead.Outcome, of reference, faults Faults) {
	f, ok := parseBody(raw, &faults)
	if !ok {
		return o, of, faults
	}
	if named {
		of = readReference(f)
	}
	o = lead.Outcome{
		Type: choice(f, "type", lead.OutcomeTypes...), At: f.past("at", now), Amount: f.money("amount"), ARR: f.money("arr"),
		Reason: f.prose("reason", maxUseCase), DealID: f.line("deal_id", maxLine), ID: f.line("id", maxLine),
	}
	f.require("type", o.Type != "", "what became of the lead, one of %s", lead.Join(lead.OutcomeTypes, ", ", ""))
	f.require("reason", o.Type != lead.NotAccepted || o.Reason != "", "why sales did not accept the lead")
	f.close()
	if o.ID == "" {
		words, _ := json.Marshal(o) // texts, times and amounts always marshal
		o.ID = hashOf(words)[:26]
	}
	return o, of, faults
}

func readReference(f *form) (of reference) {
	of.id = f.line("lead_id", maxID)
	partner := strings.ToLower(f.line("partner", maxID))
	address, mailHost := readEmail(f)
	_, host := readDomain(f)
	switch {
	case of.id != "":
	case address == "" && host == "":
		f.require("lead_id", f.faulty["email"] || f.faulty["domain"], "or email or domain, with partner: which lead it is")
	default:
		f.require("partner", partner != "", "an e-mail address or a domain names a lead together with the partner that sent it")
		of.key = cmp.Or(domainOf(mailHost), strings.ToLower(address), siteOf(host)) + "|" + partner
	}
	return of
}

// clockSkew is how far ahead of ours a sender's clock may be.
const clockSkew = 5 * time.Minute

// past reads when something happened: a time, or a day that has begun somewhere on Earth.
func (f *form) past(name string, now time.Time) time.Time {
	day, err := lead.ParseDate(f.text(name))
	t := day.Time()
	if err != nil {
		t = f.moment(name, now)
	} else if !t.After(now.Add(14*time.Hour)) && !t.Before(earliest) {
		return slices.MinFunc([]time.Time{t, now.UTC().Truncate(time.Millisecond)}, time.Time.Compare)
	}
	switch {
	case f.faulty[name]:
	case t.Before(earliest):
		f.fault(name, "is before the year 2000: send when it happened")
	case t.After(now.Add(clockSkew)):
		f.fault(name, "is in the future: send when it happened")
	}
	return t
}

// decimal is an amount as machines write it; more digits before the point are no deal's.
var decimal = regexp.MustCompile(`^([0-9]{1,12})(?:\.([0-9]+))?$`)

// money reads an amount with its currency, to the currency's smallest unit.
func (f *form) money(name string) (m lead.Money) {
	f = f.object(name)
	defer f.close()
	if f.sent == nil {
		return m
	}
	code := strings.ToUpper(f.line("currency", maxID))
	value := f.take("value", "text", "a number")
	f.require("currency", code != "", "the ISO 4217 code of the currency, such as EUR")
	f.require("value", value != nil, "the amount, such as 1200.00")
	digits, known := currency.GetDigits(code)
	if code != "" && !known {
		f.fault("currency", "is not a currency known here: send its ISO 4217 code, such as EUR")
	}
	if value == nil || !known {
		return m
	}
	text := strings.TrimSpace(strings.Trim(string(value), `"`))
	parts := decimal.FindStringSubmatch(text)
	if parts == nil {
		f.fault("value", "is not an amount from 0 to 999999999999: send such as 1200.00, with a point and without separators")
		return m
	}
	cents := strings.TrimRight(parts[2], "0")
	if len(cents) > int(digits) {
		f.fault("value", "has more digits behind the point than %s has, which are %d", code, digits)
		return m
	}
	m.Minor, _ = strconv.ParseInt(parts[1]+cents+strings.Repeat("0", int(digits)-len(cents)), 10, 64) // at most 16 digits
	m.Digits, m.Currency = int(digits), code
	return m
}

// postOutcome records what became of a lead of any stage.
func (a *API) postOutcome(c *call) error {
	raw, err := c.json()
	if err != nil {
		return err
	}
	o, faults := ParseOutcome(raw, a.opts.Now())
	if len(faults) > 0 {
		return faulty(faults)
	}
	defer a.bound(c)()
	receipt, err := a.outcome(c, c.r.PathValue("id"), o)
	if err != nil {
		return err
	}
	return c.answer(taken(receipt), receipt)
}

// postOutcomes takes an outcome of a lead that it names, on each line.
func (a *API) postOutcomes(c *call) error {
	return a.lines(c, func(_ int, line []byte) (result Result) {
		o, of, faults := parseOutcome(line, a.opts.Now(), true)
		if len(faults) > 0 {
			result.refuse(faulty(faults))
			return result
		}
		ctx, cancel := context.WithTimeout(c.r.Context(), a.opts.Patience)
		defer cancel()
		if of.id == "" {
			var err error
			if of.id, err = a.opts.Records.LeadOfKey(ctx, of.key); err != nil {
				result.take(lead.Receipt{}, unreadable(err))
				return result
			}
		}
		one := *c
		one.r = c.r.WithContext(ctx)
		result.take(a.outcome(&one, of.id, o))
		return result
	})
}

// outcome records an outcome in the caller's name: of its own leads, with the role operate of all.
func (a *API) outcome(c *call, id string, o lead.Outcome) (lead.Receipt, error) {
	id, err := a.adds(c, id)
	if err != nil {
		return lead.Receipt{}, err
	}
	o.From = c.by.actor()
	receipt, err := a.opts.Flow.Outcome(c.r.Context(), id, o)
	if errors.Is(err, lead.ErrTooManyOutcomes) {
		return receipt, faulty(Faults{{Location: "id", Message: "id is new, and the lead has as many outcomes as are kept: send later news of a deal under the id of its first"}})
	}
	if err != nil {
		return receipt, unreadable(err)
	}
	return receipt, nil
}
