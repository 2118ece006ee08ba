package prompts

import (
	"fmt"
	"slices"
	"strings"

	"leadtriage/internal/lead"
)

// Second is one wording of what is said to the second reader.
type Second struct {
	Opening string // the same for all fields
	Fields  string // one chapter a field, "## field", and the examples, "# "
	Tool    Tool   // ReadQuotes
}

func shippedSecond() Second { return Second{readQuotes, readQuotesFields, mustTool(readQuotesTool)} }

// System is what the second reader is told: the opening, and of the fields those
// that are asked about.
func (s Second) System(fields []lead.Field) string {
	var b strings.Builder
	b.WriteString(s.Opening + "\n")
	chapters, examples, _ := strings.Cut(s.Fields, "\n# ")
	for chapter := range strings.SplitSeq("\n"+chapters, "\n## ") {
		name, _, _ := strings.Cut(chapter, "\n")
		field := lead.Field(name)
		// hq_country is explained by hq_city's.
		if slices.Contains(fields, field) || field == lead.HQCity && slices.Contains(fields, lead.HQCountry) {
			b.WriteString("## " + strings.TrimSpace(chapter) + "\n")
		}
	}
	b.WriteString("\n# " + examples)
	if slices.Contains(fields, lead.Industry) {
		b.WriteString("\n" + industries)
	}
	return b.String()
}

// Quote renders one item for the second reader: the field, what the company's home
// page calls it, and where the quote stands. All of it is escaped.
func Quote(id string, field lead.Field, company string, p lead.Passage) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<quote id="%s" field="%s" company="%s">`, attribute(id), attribute(string(field)), attribute(clip(company)))
	for _, part := range []struct{ name, text string }{{"heading", p.Heading}, {"before", p.Before}, {"text", p.Text}, {"after", p.After}} {
		if text := escape(clean(part.text)); text != "" || part.name == "text" {
			fmt.Fprintf(&b, "<%s>%s</%s>", part.name, text, part.name)
		}
	}
	b.WriteString("</quote>\n")
	return b.String()
}
