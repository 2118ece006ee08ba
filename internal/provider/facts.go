package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"

	"leadtriage/internal/company"
	"leadtriage/internal/evidence"
	"leadtriage/internal/jsonpath"
	"leadtriage/internal/lead"
)

const (
	maxStated  = 60  // values of one field that are taken
	maxQuote   = 400 // runes
	confidence = 0.9
)

// facts reads the mapped fields out of an answer. What has no normal form is
// left out, with a log line that names the field alone.
func (p *Provider) facts(ctx context.Context, answer []byte, address string) []lead.Fact {
	var facts []lead.Fact
	for _, field := range p.fields {
		m, seen := p.o.Map[field], []string{}
		hits := hitsAt(p.paths[field], answer)
		for _, h := range hits[:min(len(hits), maxStated)] {
			stated, ok := scalar(h.value)
			if ok && stated == "" {
				continue // null, or an empty string: not known
			}
			value, normalised := evidence.NormalOn(p.o.Now(), field, m.translate(stated))
			if !ok || !normalised {
				p.o.Logger.WarnContext(ctx, "a provider's value has no normal form and is left out", "field", string(field))
				continue
			}
			if slices.Contains(seen, value) {
				continue
			}
			seen = append(seen, value)
			quote := evidence.Cut(evidence.OneLine(string(h.part)), maxQuote)
			facts = append(facts, lead.Fact{Field: field, Value: value, Status: lead.Verified, Check: lead.ByProvider, Confidence: confidence,
				By: p.o.Name, Evidence: []lead.Evidence{{URL: address, Quote: quote}}})
		}
	}
	return facts
}

// about reports whether the answer names the domain as its company's, where the
// operator says that it does.
func (p *Provider) about(answer []byte, domain string) bool {
	return p.domain == nil || slices.ContainsFunc(hitsAt(p.domain, answer), func(h hit) bool {
		stated, _ := scalar(h.value)
		named, err := company.Domain(stated)
		return err == nil && named == domain
	})
}

// translate turns the provider's word into ours, and gives it its unit.
func (m Mapping) translate(stated string) string {
	ours, ok := jsonpath.Translate(m.Values, stated)
	if !ok && m.Unit != "" {
		ours += " " + m.Unit
	}
	return ours
}

// scalar is jsonpath.Text of a piece of the answer.
func scalar(value []byte) (text string, ok bool) {
	d := json.NewDecoder(bytes.NewReader(value))
	d.UseNumber()
	token, err := d.Token()
	if err != nil {
		return "", false
	}
	return jsonpath.Text(token)
}

// hit is a value with the part of the document that states it, exactly as it
// stands there: with its key, where it has one.
type hit struct{ part, value []byte }

// hitsAt returns what stands at the path of a valid document; where nothing does,
// nothing. A key that an object has twice states nothing.
func hitsAt(p jsonpath.Path, document []byte) []hit {
	hits := []hit{{document, document}}
	for _, s := range p {
		var next []hit
		for _, h := range hits {
			next = append(next, below(h.value, s)...)
		}
		hits = next
	}
	return hits
}

// below is where one step leads from an object or a list.
func below(outer []byte, s jsonpath.Step) (found []hit) {
	open := json.Delim('{')
	if s.List {
		open = '['
	}
	d := json.NewDecoder(bytes.NewReader(outer))
	if t, err := d.Token(); err != nil || t != open {
		return nil
	}
	for i := 0; d.More(); i++ {
		start, wanted := d.InputOffset(), s.Index < 0 || s.Index == i
		if !s.List {
			key, err := d.Token()
			if err != nil {
				return nil
			}
			wanted = key == s.Key
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil
		}
		if wanted {
			found = append(found, hit{bytes.TrimLeft(outer[start:d.InputOffset()], ", \t\r\n"), value})
		}
	}
	if !s.List && len(found) > 1 {
		return nil
	}
	return found
}
