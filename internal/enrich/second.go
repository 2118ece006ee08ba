package enrich

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"leadtriage/internal/evidence"
	"leadtriage/internal/lead"
	"leadtriage/prompts"
)

// maxItems is how many quotes are read a second time in one call; the rest is not chosen.
const maxItems = 24

// item is one quote to be read, with all claims that rest on it: two technologies of
// one sentence are read once.
type item struct {
	field   lead.Field
	company string // as its home page calls it, else its domain
	passage lead.Passage
}

// Resume has what waits in a profile read a second time, and nothing else: the first
// reading was paid for. The profile's usage is then this reading's. Errors are as
// Enrich's; the profile stays as it was, and waits on.
func (e *Enricher) Resume(ctx context.Context, p lead.Profile) (lead.Profile, error) {
	p.Usage = lead.Usage{}
	end, err := e.turn(ctx)
	if err != nil {
		return p, err
	}
	defer end()
	return e.readTwice(ctx, p)
}

// readTwice has the quotes that wait read by somebody who does not know the claims,
// and settles them with the profile's facts.
func (e *Enricher) readTwice(ctx context.Context, p lead.Profile) (lead.Profile, error) {
	if len(p.Unread) == 0 {
		return p, nil
	}
	sure := slices.DeleteFunc(slices.Clone(p.Facts), waiting)
	keep := func(code lead.ReasonCode) lead.Profile {
		for i := range p.Unread {
			p.Unread[i].Fact.Reason = lead.NewReason(code)
			sure = append(sure, p.Unread[i].Fact)
		}
		p.Facts = settled(sure)
		return p
	}
	ctx, cancel := context.WithTimeoutCause(ctx, e.opts.Limits.Timeout/2, ErrOutOfTime)
	defer cancel()
	passed, err := e.Trusted(ctx)
	switch {
	case err != nil:
		return keep(lead.NotReadYet), err
	case !passed:
		return keep(lead.ReaderNotTrusted), nil
	}
	readings, spent, err := e.read(ctx, chosen(p.Unread, p.Called))
	p.Usage = p.Usage.Add(spent)
	if err != nil {
		return keep(lead.NotReadYet), err
	}
	for _, u := range p.Unread {
		sure = append(sure, compared(u, readings, p.Called))
	}
	p.Facts, p.Unread = settled(sure), nil
	return p, nil
}

// waiting reports whether a fact is one whose second reading is still to come.
func waiting(f lead.Fact) bool {
	return f.Reason != nil && (f.Reason.Code == lead.NotReadYet || f.Reason.Code == lead.ReaderNotTrusted)
}

// compared is the fact after its quote was read: verified, or refused with the reason.
func compared(u lead.Unread, readings map[item]evidence.Reading, company string) lead.Fact {
	f := u.Fact
	r, read := readings[item{f.Field, company, u.Passage}]
	if !read {
		f.Reason = lead.NewReason(lead.NotChosen)
		return f
	}
	if f.Value, f.Reason = evidence.Agrees(f.Field, f.Value, r); f.Reason == nil {
		f.Status, f.Check = lead.Verified, lead.ByReading
		f.AsOf = lead.Year(evidence.AsOf(f.Value, u.Passage.Text, r))
	}
	return f
}

// chosen are the quotes to be read: each once, in a fixed order of fields, maxItems at most.
func chosen(unread []lead.Unread, company string) []item {
	var items []item
	for _, field := range evidence.ReadTwice {
		for _, u := range unread {
			if i := (item{field, company, u.Passage}); u.Fact.Field == field && !slices.Contains(items, i) {
				items = append(items, i)
			}
		}
	}
	return items[:min(len(items), maxItems)]
}

// read asks the second reader about the items, and once more about those that it left
// out. Whatever is wrong with a reading is its item's alone: it then reads as nothing.
func (e *Enricher) read(ctx context.Context, items []item) (map[item]evidence.Reading, lead.Usage, error) {
	readings, spent := map[item]evidence.Reading{}, lead.Usage{}
	for _, last := range []bool{false, true} {
		asked := slices.DeleteFunc(slices.Clone(items), func(i item) bool { _, read := readings[i]; return read })
		if len(asked) == 0 {
			break
		}
		got, used, err := e.askReader(ctx, asked)
		spent = spent.Add(used)
		if err != nil {
			return nil, spent, err
		}
		for i, it := range asked {
			if r, answered := got[quoteID(i)]; answered || last {
				readings[it] = r
			}
		}
	}
	return readings, spent, nil
}

func quoteID(i int) string { return "q" + strconv.Itoa(i+1) }

// askReader shows the items and returns what was read, by id. A second answer in
// a row that is not of the function's form is an error.
func (e *Enricher) askReader(ctx context.Context, items []item) (map[string]evidence.Reading, lead.Usage, error) {
	var user strings.Builder
	var fields []lead.Field
	for i, it := range items {
		fields = append(fields, it.field)
		user.WriteString(prompts.Quote(quoteID(i), it.field, it.company, it.passage))
	}
	second := e.opts.Prompts.Second
	c := Conversation{Prompt: e.opts.Prompts.Version, System: second.System(fields), Tools: []prompts.Tool{second.Tool}, User: user.String(),
		Force: second.Tool.Name, Model: e.opts.SecondModel}
	var spent lead.Usage
	for {
		turn, err := e.ask(ctx, c)
		spent = spent.Add(turn.Usage.AsSecond())
		if err != nil {
			return nil, spent, fmt.Errorf("second reading: %w", err)
		}
		got, complaint := readingsOf(turn)
		if complaint == "" {
			return got, spent, nil
		}
		if len(c.Rounds) > 0 || turn.silenced() {
			return nil, spent, fmt.Errorf("second reading: %w", complaintOf(turn))
		}
		c.Rounds = append(c.Rounds, mistaken(turn, complaint))
	}
}

// mistaken is the round of a turn that did not call the function as it should.
func mistaken(turn Turn, complaint string) Round {
	round := Round{Turn: turn}
	for _, call := range turn.Calls {
		round.Answers = append(round.Answers, Answer{call.ID, complaint})
	}
	if len(turn.Calls) == 0 {
		round.Say = complaint
	}
	return round
}

// readingsOf takes the readings out of a turn, by id. An id that comes twice reads as
// nothing, and so does a reading that lacks a part; those without an id are passed
// over. complaint: there is no list of readings at all.
func readingsOf(turn Turn) (got map[string]evidence.Reading, complaint string) {
	got = map[string]evidence.Reading{}
	complaint = "Call " + prompts.ReadQuotes + " once, with one reading for each id. Do not answer in text."
	if turn.Finish == Cut {
		complaint = "Your answer was cut off for length. " + complaint
	}
	for _, call := range turn.of(prompts.ReadQuotes) {
		answer, ok := holding(call.Arguments, "readings")
		if !ok {
			continue
		}
		complaint = ""
		var items []json.RawMessage
		answer.read("readings", &items)
		for _, item := range items {
			var r struct {
				ID, Of, When text
				Values       values
			}
			if json.Unmarshal(item, &r) != nil || r.ID == "" {
				continue
			}
			id := string(r.ID)
			if _, again := got[id]; again {
				got[id] = evidence.Reading{}
				continue
			}
			got[id] = evidence.Reading{Values: r.Values, Of: string(r.Of), When: string(r.When)}
		}
	}
	return got, complaint
}

// values are a list of texts, or a single one.
type values []string

func (v *values) UnmarshalJSON(raw []byte) error {
	var list []text
	if json.Unmarshal(raw, &list) != nil {
		list = make([]text, 1)
		_ = json.Unmarshal(raw, &list[0])
	}
	for _, one := range list {
		*v = append(*v, string(one))
	}
	return nil
}
