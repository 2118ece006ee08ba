package enrich

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"leadtriage/internal/company"
	"leadtriage/internal/evidence"
	"leadtriage/internal/jsonpath"
	"leadtriage/internal/lead"
)

const maxStated = 60 // values of one field that are taken

// facts reads the mapped fields out of an answer. What has no normal form is
// left out, with a log line that names the field alone.
func (p *provider) facts(ctx context.Context, answer []byte, address string) []lead.Fact {
	var facts []lead.Fact
	for _, field := range p.fields {
		m, seen := p.Map[field], []string{}
		hits := hitsAt(p.paths[field], answer)
		for _, h := range hits[:min(len(hits), maxStated)] {
			stated, ok := scalar(h.value)
			if ok && stated == "" {
				continue // null, or an empty string: not known
			}
			value, normalised := normal(field, m.translate(stated), p.now())
			if !ok || !normalised {
				p.log.WarnContext(ctx, "a provider's value has no normal form and is left out", "field", string(field))
				continue
			}
			if slices.Contains(seen, value) {
				continue
			}
			seen = append(seen, value)
			facts = append(facts, lead.Fact{Field: field, Value: value, Status: lead.Verified, Check: lead.ByProvider, Confidence: providerConfidence, By: p.Name,
				Evidence: []lead.Evidence{{URL: address, Quote: clamp(evidence.OneLine(string(h.part)), maxQuote)}}})
		}
	}
	return facts
}

// about reports whether the answer names the domain as its company's, where the
// operator says that it does.
func (p *provider) about(answer []byte, domain string) bool {
	if p.domain == nil {
		return true
	}
	for _, h := range hitsAt(p.domain, answer) {
		stated, _ := scalar(h.value)
		if named, err := company.Domain(stated); err == nil && named == domain {
			return true
		}
	}
	return false
}

// translate turns the provider's word into ours, and gives it its unit.
func (m Mapping) translate(stated string) string {
	if ours, ok := m.Values[stated]; ok {
		return ours
	}
	for theirs, ours := range m.Values {
		if strings.EqualFold(theirs, stated) {
			return ours
		}
	}
	if m.Unit != "" {
		return stated + " " + m.Unit
	}
	return stated
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
