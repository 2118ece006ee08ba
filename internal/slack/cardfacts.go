package slack

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"leadtriage/internal/lead"
)

// company says who the company is, by domain, industry, employees, country and the
// technologies that earn, each with the mark of how far it is known; then who asks, and for what.
func (c *card) company() string {
	site := link("https://" + c.l.Company.Domain)
	if site == "" {
		site = safe(c.l.Company.Domain, 80)
	}
	known := []string{site}
	for _, f := range []lead.Field{lead.Industry, lead.Employees, lead.HQCountry} {
		known = append(known, c.brief(f))
	}
	for _, f := range c.l.Facts {
		if f.Field == lead.Technology && f.Earns() && c.scored(f) {
			known = append(known, c.say.value(f.Field, f.Value, 40)+"\u00a0"+c.mark(f.Status))
		}
	}
	return c.join(c.dotted(atMost(nonEmpty(known), 6)...), c.person())
}

// scored reports whether a line of the score rests on the fact.
func (c *card) scored(f lead.Fact) bool {
	return c.l.Score != nil && slices.ContainsFunc(c.l.Score.Lines, func(l lead.Line) bool {
		i := c.restsOn(l)
		return l.Points > 0 && i >= 0 && c.l.Facts[i].Field == f.Field && c.l.Facts[i].Value == f.Value
	})
}

// person is the contact and the use case in their words; the address is shown only
// where nothing else names the lead.
func (c *card) person() string {
	name := c.l.Contact.Name
	if clean(name) == "" && c.l.Company.Domain == "" {
		name = c.l.Contact.Email
	} else if clean(c.l.Contact.Title) != "" && clean(name) != "" {
		name += ", " + c.l.Contact.Title
	}
	if name = safe(name, c.room(32, 160)); !c.full && name == safe(c.name(), 32) {
		name = "" // stands above
	}
	if wish := safe(c.l.UseCase, c.room(40, 300)); wish != "" {
		return c.dotted(name, fmt.Sprintf(c.say.Quote, wish))
	}
	return name
}

// brief is the value of a field with its mark, "250 employees ✓"; empty where it is not known.
func (c *card) brief(field lead.Field) string {
	f, ok := c.fact(field)
	if !ok {
		return ""
	}
	value, mark := c.say.value(field, f.Value, 40), "\u00a0"+c.mark(f.Status)
	if others := c.against(f); f.Status == lead.Conflicting && others != "" {
		value, mark = value+others, ""
	}
	switch {
	case field == lead.Employees && f.Value == "1":
		value = fmt.Sprintf(c.say.Employee, value)
	case field == lead.Employees:
		value = fmt.Sprintf(c.say.Employees, value)
	}
	return value + mark
}

// fact is the best known of a field; what the automation sent counts as given
// even before the facts are settled.
func (c *card) fact(field lead.Field) (lead.Fact, bool) {
	if i := slices.IndexFunc(c.l.Facts, func(f lead.Fact) bool { return f.Field == field }); i >= 0 {
		return c.l.Facts[i], true
	}
	sent := map[lead.Field]string{
		lead.Industry:  c.l.Company.Industry,
		lead.Employees: string(c.l.Company.Employees),
		lead.HQCountry: c.l.Company.Country,
	}[field]
	return lead.Fact{Field: field, Value: sent, Status: lead.Given}, sent != ""
}

func (c *card) mark(s lead.FactStatus) string {
	return cmp.Or(c.say.Marks[s], c.say.Marks[lead.Unverified])
}

// edited names what reviewers wrote, and who did.
func (c *card) edited() string {
	var authors, lines []string
	said := map[string][]string{}
	for _, f := range c.ordered() {
		if f.Status != lead.Given || !slackUser.MatchString(f.By) {
			continue
		}
		if said[f.By] == nil {
			authors = append(authors, f.By)
		}
		said[f.By] = append(said[f.By], strings.ToLower(c.fieldName(f.Field))+" "+c.say.value(f.Field, f.Value, 60))
	}
	for _, by := range atMost(authors, c.room(2, 5)) {
		lines = append(lines, fmt.Sprintf(c.say.EditedBy, c.say.actorName(by), strings.Join(atMost(said[by], c.room(3, 8)), " · ")))
	}
	return c.join(lines...)
}

// against are the other values of sources that disagree.
func (c *card) against(f lead.Fact) (others string) {
	said := []string{f.Value}
	for _, e := range f.Evidence {
		if e.Value != "" && !slices.Contains(said, e.Value) && len(said) < 4 {
			said = append(said, e.Value)
			others += " ≠ " + c.say.value(f.Field, e.Value, 60)
		}
	}
	return others
}

func (c *card) ordered() []lead.Fact {
	facts := slices.Clone(c.l.Facts)
	slices.SortStableFunc(facts, func(a, b lead.Fact) int {
		return cmp.Compare(uint(slices.Index(lead.Fields, a.Field)), uint(slices.Index(lead.Fields, b.Field)))
	})
	return facts
}

// noFacts says why no facts are shown.
func (c *card) noFacts() string {
	switch e := c.l.Enrichment; {
	case e.State == lead.EnrichmentNone:
		return c.say.NothingNamed
	case e.State == lead.EnrichmentPending, e.Incomplete():
		return c.say.NoFactsYet
	}
	return c.say.NoFacts
}

func (c *card) fieldName(f lead.Field) string {
	return cmp.Or(c.say.Fields[f], safe(strings.ReplaceAll(string(f), "_", " "), 40), "—")
}

func (c *card) factLine(f lead.Fact) string {
	line := fmt.Sprintf("%s *%s* %s", c.mark(f.Status), c.fieldName(f.Field), c.say.value(f.Field, f.Value, 150))
	named := length(line)
	if f.Reason != nil {
		line += " — _" + c.say.explained(*f.Reason, 160) + "_"
	}
	if f.Status == lead.Verified && f.Anchor == lead.AnchorNone {
		line += " — _" + c.say.Unanchored + "_"
	}
	if f.AsOf != 0 {
		line += " — " + fmt.Sprintf(c.say.AsOf, strconv.Itoa(int(f.AsOf)))
	}
	budget := 640 - (length(line) - named) // a line stays below 900, so that three fit a section
	if len(f.Evidence) == 0 {
		if by := c.say.actorName(f.By); by != "" {
			line += " — " + fmt.Sprintf(c.say.GivenBy, by)
		}
	}
	for i, e := range f.Evidence {
		again := e.Quote != "" && slices.ContainsFunc(f.Evidence[:i], func(o lead.Evidence) bool { return o.Quote == e.Quote && o.Value == e.Value })
		s := c.evidence(f, e)
		if s == "" || again {
			continue // every page has the same script, or the same foot
		}
		if budget -= length(s) + 3; budget < 0 {
			break
		}
		line += " — " + s
	}
	return line
}

// evidence is where a fact stands: its quote and a link to the page; of sources
// that disagree, also what each one states.
func (c *card) evidence(f lead.Fact, e lead.Evidence) string {
	var parts []string
	source := link(e.URL)
	if source == "" || length(source) > 400 {
		source = safe(e.URL, 80)
	}
	if value := safe(e.Value, 60); value != "" && source != "" {
		parts = append(parts, fmt.Sprintf(c.say.States, source, c.say.value(f.Field, e.Value, 60)))
	} else if source != "" {
		parts = append(parts, source)
	} else if value != "" {
		parts = append(parts, c.say.value(f.Field, e.Value, 60))
	}
	switch quote := safe(e.Quote, 160); {
	case quote == "":
	case !strings.ContainsAny(quote, " ") && strings.ContainsAny(quote, "./"):
		parts = append(parts, "`"+quote+"`") // an address or a piece of markup, which Slack would link
	default:
		parts = append(parts, fmt.Sprintf(c.say.Quote, quote))
	}
	return strings.Join(parts, " ")
}
