package enrich_test

import (
	"testing"

	"leadtriage/internal/enrich"
	"leadtriage/internal/lead"
	"leadtriage/internal/page"
	"leadtriage/internal/sim"
)

// A page may state something true about somebody else. None of it is a fact
// about the company, whose domain is northwind.example.
func TestWordsOfOthersVouchForNothing(t *testing.T) {
	for _, c := range []struct {
		name  string
		text  string
		field lead.Field
		value string
		quote string // a part of text; empty: all
	}{
		{"a marked line", "> We are a team of 2,000 employees.", lead.Employees, "2000", "We are a team of 2,000 employees."},
		{"between quotation marks", "“We are a team of 2,000 employees, and Northwind saved us.”", lead.Employees, "2000", "We are a team of 2,000 employees"},
		{"straight quotation marks", "\"We are a team of 2,000 employees.\" Jane Doe", lead.Employees, "2000", "We are a team of 2,000 employees."},
		{"German quotation marks", "„Wir sind 2.000 Mitarbeiter.“ Jana Muster", lead.Employees, "2000", "Wir sind 2.000 Mitarbeiter."},
		{"guillemets", "« Nous sommes 2 000 collaborateurs. » Jeanne", lead.Employees, "2000", "Nous sommes 2 000 collaborateurs."},
		{"British quotation marks", "‘Our customers’ data is safe. We are a team of 2,000 employees.’", lead.Employees, "2000", "We are a team of 2,000 employees."},
		{"a quotation over two paragraphs", "“We grew.\nWe are a team of 2,000 employees.” Jane", lead.Employees, "2000", "We are a team of 2,000 employees."},
		{"a quotation without its end", "“We are a team of 2,000 employees.", lead.Employees, "2000", "We are a team of 2,000 employees."},
		{"two words", "She said “2,000 employees”.", lead.Employees, "2000", "2,000 employees"},
		{"a quotation in a quotation", "“They told us ‘we are 90 employees’. We are a team of 2,000 employees.”", lead.Employees, "2000", "We are a team of 2,000 employees."},
		{"an author below", "We are a team of 2,000 employees.\n— Jane Doe, Globex", lead.Employees, "2000", "We are a team of 2,000 employees."},
		{"an author with a title", "We are a team of 2,000 employees.\nJane Doe, CFO at Globex", lead.Employees, "2000", "We are a team of 2,000 employees."},
		{"a customer without marks", "We are a team of 2,000 employees, and Northwind saved us hours.", lead.Employees, "2000", "We are a team of 2,000 employees"},
		{"a customer who thanks", "We have 2,000 employees. Thanks to Northwind we close in a day.", lead.Employees, "2000", "We have 2,000 employees."},

		{"another company has them", "Globex has 900 employees.", lead.Employees, "900", ""},
		{"another company employs them", "Globex employs 900 people.", lead.Employees, "900", ""},
		{"only the end of it is quoted", "Globex employs 900 people.", lead.Employees, "900", "employs 900 people"},
		{"an apposition", "Globex, a maker of pumps, has 900 employees.", lead.Employees, "900", "has 900 employees"},
		{"before a participle", "With 900 employees, Globex is a leader.", lead.Employees, "900", "With 900 employees"},
		{"a piece of news", "Globex today announced that it has 900 employees.", lead.Employees, "900", "it has 900 employees"},
		{"a sentence that points back", "Globex is our neighbour. The company employs 900 people.", lead.Employees, "900", "The company employs 900 people."},
		{"another one with a legal form", "Die Globex AG beschäftigt 900 Mitarbeiter.", lead.Employees, "900", ""},
		{"in Italian", "Globex conta 900 dipendenti.", lead.Employees, "900", ""},
		{"a competitor", "Unlike Globex, which has 900 employees, we are quick.", lead.Employees, "900", "which has 900 employees"},
		{"a row of a table", "Globex | 900 employees | Leeds", lead.Employees, "900", "900 employees"},
		{"a line of facts", "Globex · 900 employees · Leeds", lead.Employees, "900", "900 employees"},
		{"our client", "Our client, a fintech with 900 employees, seeks a tester.", lead.Employees, "900", ""},
		{"the group it belongs to", "The Globex Group employs 20,000 people.", lead.Employees, "20000", ""},
		{"a group", "The group employs 20,000 people.", lead.Employees, "20000", ""},
		{"a subsidiary", "Our subsidiary has 40 employees.", lead.Employees, "40", ""},
		{"long ago", "In 1998 we were 12 employees.", lead.Employees, "12", ""},
		{"at the start", "Founded in 1998 with 12 employees.", lead.Employees, "12", ""},
		{"at the start, in German", "Am Anfang waren wir 12 Mitarbeiter.", lead.Employees, "12", ""},
		{"as of a date", "Employees (31.12.2019): 400\nStand 31.12.2019: 400 Mitarbeiter", lead.Employees, "400", "400 Mitarbeiter"},
		{"of a business year", "FY2019: 400 employees", lead.Employees, "400", "400 employees"},
		{"a line of a history", "## 2007\nWe have 400 employees.", lead.Employees, "400", "We have 400 employees."},
		{"a row of a history", "2007 | 400 employees", lead.Employees, "400", "400 employees"},
		{"a team to lead", "You lead a team of 12.", lead.Employees, "12", ""},
		{"a plan to buy", "Business\n250 employees\n€99 per month", lead.Employees, "250", "250 employees"},
		{"sizes to choose from", "1-50 employees\n51-200 employees\n201-500 employees", lead.Employees, "51-200", "51-200 employees"},
		{"a part of the world", "In Germany we employ 40 people.", lead.Employees, "40", ""},

		{"an institution", "The hospital employs 900 people and uses our software.", lead.Employees, "900", ""},
		{"an industry", "The sector employs 900 people.", lead.Employees, "900", ""},
		{"our dealers", "Our dealers employ 900 people.", lead.Employees, "900", ""},
		{"a department that grew", "Our sales team has grown to 900 people.", lead.Employees, "900", ""},
		{"anybody", "A 900-person company can save two days a month.", lead.Employees, "900", ""},
		{"what somebody led", "He led a company of 900 people.", lead.Employees, "900", ""},
		{"denied", "We don't have 900 employees.", lead.Employees, "900", ""},
		{"at another one's", "There are 900 people working at Globex.", lead.Employees, "900", ""},
		{"yours", "With 900 employees, you need us.", lead.Employees, "900", ""},
		{"any firm", "With more than 900 employees a firm must report, and we help.", lead.Employees, "900", ""},
		{"some company", "A company of 900 people trusts us.", lead.Employees, "900", ""},
		{"a firm it bought", "We bought a company with 900 employees.", lead.Employees, "900", ""},
		{"a firm it bought", "We bought an insurance company.", lead.Industry, "insurance", ""},
		{"a firm it works with", "We work with a start-up founded in 1990.", lead.FoundedYear, "1990", ""},
		{"a team to invite", "Invite a team of 900.", lead.Employees, "900", ""},
		{"customers", "Our team has grown to 900 customers.", lead.Employees, "900", ""},
		{"a network", "Our network consists of 900 experts.", lead.Employees, "900", ""},
		{"a figure under a name", "Globex\n900\nemployees", lead.Employees, "900", "900 employees"},
		{"a figure under an office", "Milan office\n900\nemployees\nBerlin office\n40\nemployees", lead.Employees, "900", "900 employees"},
		{"a label under a name", "# Globex\nEmployees: 900", lead.Employees, "900", "Employees: 900"},
		{"whoever runs it for them", "We are a team of 900 and Northwind runs our books.", lead.Employees, "900", "We are a team of 900"},
		{"a customer's trade in a list", "Customer: Globex\nIndustry: Insurance", lead.Industry, "insurance", "Industry: Insurance"},
		{"whom it hired", "Our marketing agency is Globex.", lead.Industry, "marketing_advertising", ""},
		{"what it reviews", "We review accounting software.", lead.Industry, "software", ""},
		{"what staff get", "We offer our staff health insurance.", lead.Industry, "insurance", ""},
		{"a club", "In 1990 the club was founded by Northwind.", lead.FoundedYear, "1990", ""},
		{"a sister", "Our sister company has 900 employees.", lead.Employees, "900", ""},
		{"a branch", "Northwind Germany has 900 employees.", lead.Employees, "900", ""},
		{"an office, first", "In our Berlin office, 900 people work for us.", lead.Employees, "900", ""},
		{"whom it suits", "Northwind scales to a team of 900.", lead.Employees, "900", ""},
		{"firms in German", "Wir unterstützen Unternehmen mit 900 Mitarbeitern.", lead.Employees, "900", ""},
		{"the reader's, in Italian", "Con 900 dipendenti, la tua azienda risparmia.", lead.Employees, "900", ""},
		{"the reader's", "Your headquarters: Berlin, Germany", lead.HQCountry, "DE", ""},
		{"a parent", "Our parent company builds software.", lead.Industry, "software", ""},
		{"the reader's", "The e-commerce platform you use", lead.Industry, "ecommerce", ""},
		{"our chief", "Our CEO is based in London.", lead.HQCountry, "GB", ""},
		{"a role", "This role is based in London.", lead.HQCountry, "GB", ""},
		{"our servers", "Our servers are based in London.", lead.HQCountry, "GB", ""},
		{"a department", "Our sales team is based in London.", lead.HQCountry, "GB", ""},
		{"one country's", "Our UK headquarters are in London.", lead.HQCountry, "GB", ""},
		{"where it sells", "Headquartered in Milan, Northwind sells in the United States.", lead.HQCountry, "US", ""},
		{"where data come from", "Based in part on data from Boston", lead.HQCountry, "US", ""},
		{"a market", "The market was established in 1990.", lead.FoundedYear, "1990", ""},
		{"for whom", "For companies with €12 million in revenue", lead.Revenue, "12000000 EUR", ""},
		{"a deal", "Our sales team closed a €12 million deal.", lead.Revenue, "12000000 EUR", ""},
		{"what it resembles", "Our CRM is like HubSpot, but simple.", lead.Technology, "HubSpot", ""},
		{"another one's head office", "Globex is headquartered in Leeds, United Kingdom.", lead.HQCountry, "GB", ""},
		{"its city", "Globex is headquartered in Leeds, United Kingdom.", lead.HQCity, "Leeds", ""},
		{"before a participle", "Headquartered in Milan, Globex is a bank.", lead.HQCountry, "IT", "Headquartered in Milan"},
		{"whoever keeps the data", "Globex Ireland Ltd\nGordon Street 4, Dublin, Ireland", lead.HQCountry, "IE", "Gordon Street 4, Dublin, Ireland"},
		{"whoever keeps the data, in a line", "Our pages are kept by Globex GmbH, Industriestraße 25, 91710 Gunzenhausen, Germany.", lead.HQCountry, "DE", "Industriestraße 25, 91710 Gunzenhausen, Germany"},
		{"an authority", "Complaints: Garante, Piazza Venezia 11, 00187 Roma, Italy", lead.HQCountry, "IT", "Piazza Venezia 11, 00187 Roma, Italy"},
		{"a customer's address", "Northwind for teams\n### Globex Ltd\n1 High Street, Leeds, United Kingdom", lead.HQCountry, "GB", "1 High Street, Leeds, United Kingdom"},
		{"a quotation", "“We are headquartered in Leeds, United Kingdom.”", lead.HQCountry, "GB", "We are headquartered in Leeds, United Kingdom."},

		{"another one's trade", "Globex is an insurance company.", lead.Industry, "insurance", ""},
		{"a quoted trade", "“We are an insurance company.”", lead.Industry, "insurance", "We are an insurance company."},
		{"a customer's trade", "We are an insurance company and use Northwind.", lead.Industry, "insurance", "We are an insurance company"},
		{"another one's start", "Globex was founded in 1990.", lead.FoundedYear, "1990", ""},
		{"before a participle", "Founded in 1990, Globex has grown.", lead.FoundedYear, "1990", "Founded in 1990"},
		{"another one's sales", "Globex has annual revenue of €12 million.", lead.Revenue, "12000000 EUR", ""},
		{"a group's sales", "The group has annual revenue of €12 million.", lead.Revenue, "12000000 EUR", ""},
		{"another one's tools", "Globex uses HubSpot.", lead.Technology, "HubSpot", ""},
		{"some company's tools", "A logistics company uses HubSpot.", lead.Technology, "HubSpot", ""},
		{"a customer's tools", "“We use HubSpot.”", lead.Technology, "HubSpot", "We use HubSpot."},
		{"a sentence that points back", "Globex is a bank. The company uses HubSpot.", lead.Technology, "HubSpot", "The company uses HubSpot."},
		{"another one's name", "Globex GmbH", lead.LegalName, "Globex GmbH", ""},
	} {
		t.Run(string(c.field)+" "+c.name, func(t *testing.T) {
			quote := c.quote
			if quote == "" {
				quote = c.text
			}
			if got := verified(t, c.text, c.field, c.value, quote); got != "" {
				t.Errorf("%q verified %s", c.text, got)
			}
		})
	}
}

// What stands beside such words is the company's own.
func TestOwnWordsBesideThoseOfOthers(t *testing.T) {
	for _, c := range []struct {
		text  string
		field lead.Field
		value string
		quote string
	}{
		{"“Northwind is great.” — Jane Doe, Globex\nWe have 250 employees.", lead.Employees, "250", "We have 250 employees."},
		{"Led by CEO Jane Doe, we employ 250 people.", lead.Employees, "250", ""},
		{"Today, Northwind employs 250 people.", lead.Employees, "250", ""},
		{"Northwind’s 250 employees love it.", lead.Employees, "250", ""},
		{"Heute beschäftigt das Unternehmen 250 Mitarbeiter.", lead.Employees, "250", ""},
		{"Northwind · 250 employees · Milan", lead.Employees, "250", "250 employees"},
		{"Our customers’ data is safe. It’s why we have 250 employees.", lead.Employees, "250", "we have 250 employees"},
		{"We ship 24\" screens and 19\" racks. We have 250 employees.", lead.Employees, "250", "We have 250 employees."},
		{"Northwind was founded in 1998 and Globex is a customer.", lead.FoundedYear, "1998", "Northwind was founded in 1998"},
		{"Northwind S.r.l.\nVia Sammartini 41\n20125 Milano, Italia", lead.HQCountry, "", "Via Sammartini 41"},
		{"Northwind S.r.l.\nVia Sammartini 41, 20125 Milano, Italia", lead.HQCountry, "IT", "Via Sammartini 41, 20125 Milano, Italia"},
	} {
		quote := c.quote
		if quote == "" {
			quote = c.text
		}
		value := c.value
		if value == "" {
			value = map[lead.Field]string{lead.Employees: "250", lead.HQCountry: "IT"}[c.field]
		}
		if got := verified(t, c.text, c.field, value, quote); got != c.value {
			t.Errorf("%q: verified %q, want %q", c.text, got, c.value)
		}
	}
}

// A company is called as its domain and its home page say; a name that shares one
// word of it is another one's.
func TestNamesOfTheCompany(t *testing.T) {
	for _, c := range []struct{ domain, title, text, want string }{
		{"lakeside-tools.example", "Lakeside Tools – Hand tools", "Lakeside Tools employs 250 people.", "250"},
		{"lakeside-tools.example", "Home", "At Lakeside, 250 people make hand tools.", "250"},
		{"lakesidetools.example", "Home", "Lakeside Tools Ltd employs 250 people.", "250"},
		{"getorbit.example", "Orbit | Accounting software", "Orbit employs 250 people.", "250"},
		{"thehub.example", "The Hub", "The Hub employs 250 people.", "250"},
		{"lakeside-tools.example", "Lakeside Tools", "Lakeside Hotels employs 250 people.", ""},
		{"getorbit.example", "Orbit", "Orbital Sciences employs 250 people.", ""},
		{"getorbit.example", "Orbit", "Globex, an Orbit customer, employs 250 people.", ""},
	} {
		pages := &shelf{site: []page.Page{{URL: "https://" + c.domain + "/", Title: c.title, Text: c.text}}}
		m := &script{turns: turns(records(claim{lead.Employees, "250", "s1", c.text, 1}))}
		p, err := enricher(t, options(pages, m)).Enrich(t.Context(), "", c.domain)
		if err != nil {
			t.Fatal(err)
		}
		if got := verifiedFacts(p)[lead.Employees]; got != c.want {
			t.Errorf("%s, %q: %q verified %q, want %q", c.domain, c.title, c.text, got, c.want)
		}
	}
}

// The whole way: a customer's praise on the company's page, in the markup of a
// page, is shown with its quote and earns nothing.
func TestTestimonialOnASite(t *testing.T) {
	for _, said := range []string{
		`<blockquote>We are a team of 2,000 employees.</blockquote>`,
		`<div class="testimonial-card"><p>We are a team of 2,000 employees.</p></div>`,
		`<p>Jane says <q>We are a team of 2,000 employees.</q>`,
		`<h2>What our customers say</h2><p>We are a team of 2,000 employees.</p>`,
		`<p>“We are a team of 2,000 employees.”</p>`,
	} {
		web := sim.NewWeb()
		web.Add("northwind.example", "/", `<title>Northwind</title>`+said+`<script type="application/ld+json">{"@context":"https://schema.org","@type":"Organization","name":"Northwind","url":"https://northwind.example/","numberOfEmployees":250}</script>`)
		web.Add("northwind.example", "/about", "<p>Welcome.")
		m := &script{turns: turns(records(claim{lead.Employees, "2000", "s1", "We are a team of 2,000 employees.", 1}))}
		p, err := enricher(t, options(reader(t, web), m)).Enrich(t.Context(), "Northwind", "northwind.example")
		if err != nil {
			t.Fatal(err)
		}
		seen := false
		for _, f := range p.Facts {
			seen = seen || f.Field == lead.Employees && f.Value == "2000" && f.Status == lead.Unverified
			if f.Field == lead.Employees && f.Status != lead.Unverified && (f.Status != lead.Verified || f.Value != "250" || len(f.Evidence) != 1) {
				t.Errorf("%s: %+v", said, f)
			}
		}
		if !seen {
			t.Errorf("%s: the proposal is not shown: %+v", said, p.Facts)
		}
	}
}

// A case study is about its customer from its first line to the last.
func TestCaseStudyVouchesForNothing(t *testing.T) {
	web := sim.NewWeb()
	web.Add("northwind.example", "/", "<title>Northwind</title><p>Welcome.")
	web.Add("northwind.example", "/about", "<p>Welcome.")
	web.Add("northwind.example", "/customers/globex", "<title>Our team of 900 employees</title><p>We use HubSpot. Employees: 900")
	m := &script{turns: turns(fetches("http://northwind.example/customers/globex"), records(
		claim{lead.Employees, "900", "s3", "Employees: 900", 1}, claim{lead.Technology, "HubSpot", "s3", "We use HubSpot.", 1}))}
	p, err := enricher(t, enrich.Options{Pages: reader(t, web), Model: m}).Enrich(t.Context(), "Northwind", "northwind.example")
	if err != nil || len(p.Facts) != 2 || len(verifiedFacts(p)) != 0 {
		t.Errorf("%+v, %v", p.Facts, err)
	}
}

// What the home page calls itself is the company's name, too.
func TestOwnNameIsOnTheHomePage(t *testing.T) {
	for title, want := range map[string]string{"Archer Daniels – food": "900", "Welcome | Archer Daniels Company": "900", "Food": ""} {
		pages := &shelf{site: []page.Page{{URL: "https://northwind.example/", Title: title, Text: title + "\nArcher Daniels has 900 employees."}}}
		m := &script{turns: turns(records(claim{lead.Employees, "900", "s1", "Archer Daniels has 900 employees.", 1}))}
		p, err := enricher(t, options(pages, m)).Enrich(t.Context(), "Archer Daniels", "northwind.example")
		if err != nil || verifiedFacts(p)[lead.Employees] != want {
			t.Errorf("%q: %+v, %v", title, p.Facts, err)
		}
	}
}
