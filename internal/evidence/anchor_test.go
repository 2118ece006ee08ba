package evidence_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"leadtriage/internal/evidence"
	"leadtriage/internal/lead"
)

// anchorCase is a claim, its quote, and what of the claim stands in it: a dash for nothing.
type anchorCase struct {
	value, quote string
	want         lead.Anchor
}

const none lead.Anchor = "-"

func check(t *testing.T, field lead.Field, cases []anchorCase) {
	t.Helper()
	for _, c := range cases {
		got, ok := evidence.Anchor(field, c.value, c.quote)
		if !ok {
			if got != "" {
				t.Errorf("%s %q in %q: refused, and yet %q", field, c.value, c.quote, got)
			}
			got = none
		}
		if got != c.want {
			t.Errorf("%s %q in %q: %s, want %s", field, c.value, c.quote, got, c.want)
		}
	}
}

func TestAnchorEmployees(t *testing.T) {
	const yes = lead.AnchorNumber
	check(t, lead.Employees, []anchorCase{
		{"250", "Our team of 250 builds it.", yes},
		{"250", "250", yes},
		{"250", "Siamo in 250.", yes},
		{"250", "We are 250¹ people", yes},
		{"250", "We are 250[2] people", yes},
		{"250", "250+ Mitarbeitende", yes},
		{"250", "~250 salariés", yes},
		{"250", "２５０名の社員", yes},
		{"250", "社員250名", yes},
		{"250", "٢٥٠ موظف", yes},
		{"250", "२५० कर्मचारी", yes},
		{"250", "2500 people", none},
		{"250", "1,250 people", none},
		{"250", "1.250 Mitarbeiter", none},
		{"250", "1 250 salariés", none},
		{"250", "1'250 Mitarbeitende", none},
		{"250", "250,000 people", none},
		{"250", "250.000 dipendenti", none},
		{"250", "250 000 salariés", none},
		{"250", "250k people", none},
		{"250", "250 Mio. Kunden", none},
		{"250", "250.5 points", none},
		{"250", "B250 and 250er", none},
		{"250", "250th in the list", none},
		{"250", "two hundred and fifty", none},
		{"250", "", none},
		{"1200", "1,200 people", yes},
		{"1200", "1.200 Mitarbeiter", yes},
		{"1200", "1 200 salariés", yes},
		{"1200", "1\u00a0200 salariés", yes},
		{"1200", "1\u202f200 salariés", yes},
		{"1200", "1\u2009200 salariés", yes},
		{"1200", "1'200 Mitarbeitende", yes},
		{"1200", "1’200 Mitarbeitende", yes},
		{"1200", "1200 empleados", yes},
		{"1200", "1.2k people", yes},
		{"1200", "1,2 Tsd. Beschäftigte", yes},
		{"1200", "١٬٢٠٠ موظف", yes},
		{"1200", "1\n200 people", none},
		{"1200", "1, 200 people", none},
		{"1200", "11,200 people", none},
		{"1200", "1,200,000 people", none},
		{"200", "1 200 salariés", none},
		{"2500", "2.500 persone", yes},
		{"2000", "2 mil empleados", yes},
		{"3000", "3 mila dipendenti", yes},
		{"12000", "1.2万人", yes},
		{"120000", "1,20,000 people in India", yes},
		{"140", "In 2009 140 people worked here", yes},
		{"2009", "In 2009 140 people worked here", yes},
		{"12", "Version 12.1.3", none},
		{"51-200", "51-200 employees", yes},
		{"51-200", "51 – 200 employees", yes},
		{"51-200", "between 51 and 200", yes},
		{"51-200", "up to 200", none},
		{"51-200", "51 sites", none},
		{"500+", "more than 500 people", yes},
		{"500+", "1,500 people", none},
		{"1000-5000", "1,000 bis 5.000 Personen", yes},
		{"many", "many people", none},
		{"0", "0 people", none},
	})
}

func TestAnchorRevenue(t *testing.T) {
	const yes = lead.AnchorNumber
	check(t, lead.Revenue, []anchorCase{
		{"18000000 EUR 2024", "Velmora a réalisé 18 M€ de chiffre d'affaires en 2024.", yes},
		{"18000000 EUR 2024", "Velmora a réalisé 18 M€ de chiffre d'affaires en 2023.", none},
		{"18000000 EUR 2024", "Velmora a réalisé 18 M€ de chiffre d'affaires.", none},
		{"18000000 EUR", "18 millones de euros", yes},
		{"18000000 EUR", "EUR18m", yes},
		{"18000000 EUR", "€18+ million", yes},
		{"18000000 EUR", "an €18-million business", yes},
		{"18000000 EUR", "18 \n Mio. €", yes},
		{"18000000 EUR", "18 MEUR", yes},
		{"18000000 EUR", "18MEUR", yes},
		{"18000000 EUR", "18.000 TEUR", yes},
		{"18000000 EUR", "€18,000,000", yes},
		{"18000000 EUR", "€ 18.000.000,00", yes},
		{"18000000 EUR", "18 000 000 euros", yes},
		{"18000000 EUR", "ricavi per 18 milioni di euro", yes},
		{"18000000 EUR", "ein Umsatz von 18 Mio. Euro", yes},
		{"18000000 EUR", "a turnover of 18 million", none},
		{"18000000 EUR", "$18 million", none},
		{"18000000 EUR", "€18 billion", none},
		{"18000000 EUR", "€118 million", none},
		{"18000000 EUR", "€1.18 million", none},
		{"18000000 EUR", "18 euros and a million thanks", none},
		{"12500000 EUR", "12,5 Mio. €", yes},
		{"12500000 EUR", "12.5 million euros", yes},
		{"12500000 EUR", "€12.5m", yes},
		{"12500000 EUR", "12,5 M€", yes},
		{"12500000 EUR", "5 Mio. €", none},
		{"5000000 EUR", "12,5 Mio. €", none},
		{"2100000000 GBP", "The group's turnover is £2.1 billion.", yes},
		{"2100000000 GBP", "2,1 Milliarden Pfund", yes},
		{"2100000000 GBP", "2,1 miliardi di sterline", yes},
		{"2100000000 EUR", "2,1 milliards d’euros", yes},
		{"2100000000 EUR", "2,1 Mrd. €", yes},
		{"3000000000 EUR", "3 mil millones de euros", yes},
		{"3000000000000 EUR", "3 billones de euros", yes},
		{"5000000 USD", "US$5m", yes},
		{"5000000 USD", "$ 5 million", yes},
		{"5000000 AUD", "$ 5 million", yes},
		{"5000000 CAD", "US$ 5 million", none},
		{"5000000 USD", "5 Millionen Dollar", yes},
		{"5000000 CHF", "5 Mio. Fr.", yes},
		{"5000000 CHF", "CHF 5 Mio.", yes},
		{"5000000 CHF", "5 Millionen Franken", yes},
		{"5000000 NOK", "5 millioner kr", yes},
		{"5000000 SEK", "5 MSEK", yes},
		{"5000000 PLN", "5 mln zł", yes},
		{"5000000 JPY", "¥5,000,000", yes},
		{"5000000 JPY", "500万円", yes},
		{"5000000 BRL", "R$ 5 milhões", yes},
		{"5000000 TRY", "we try 5 million times", none},
		{"5000000 ALL", "all 5 million of them", none},
		{"2270000000 USD 1998", "1998: USD 2,270,000,000", yes},
		{"1.5 apples", "1.5 apples", none},
	})
}

func TestAnchorYear(t *testing.T) {
	const yes = lead.AnchorNumber
	check(t, lead.FoundedYear, []anchorCase{
		{"1998", "Founded in 1998.", yes},
		{"1998", "Gegründet am 01.03.1998 in Köln", yes},
		{"1998", "depuis 03/1998", yes},
		{"1998", "1998-03-01", yes},
		{"1998", "1998.03.01", yes},
		{"1998", "©1998–2026", yes},
		{"1998", "1998年", yes},
		{"1998", "１９９８年", yes},
		{"1998", "FY1998", yes},
		{"1998", "In 1998, 250 people", yes},
		{"1998", "en 1998 250 personnes", yes},
		{"1998", "21998", none},
		{"1998", "19980", none},
		{"1998", "1.998", none},
		{"1998", "1,998", none},
		{"1998", "1 998", none},
		{"1998", "1998.000", none},
		{"1998", "1998,50", none},
		{"1998", "100.1998", none},
		{"1998", "'98", none},
		{"1998", "1999", none},
		{"98", "98", none},
		{"", "1998", none},
	})
}

func TestAnchorNames(t *testing.T) {
	const yes = lead.AnchorName
	check(t, lead.LegalName, []anchorCase{
		{"Velmora Ltd", "an agreement between you and Velmora Ltd.", yes},
		{"Velmora S.r.l.", "Velmora Srl, Milano", yes},
		{"Velmora Srl", "VELMORA S.R.L.", yes},
		{"Velmora S.p.A.", "Velmora SpA", yes},
		{"Rossi & Figli S.p.A.", "Rossi e Figli SpA", yes},
		{"Kohl & Partner GmbH", "Kohl und Partner GmbH", yes},
		{"Müller Soehne KG", "MÜLLER-SOEHNE KG", yes},
		{"L'Étoile SAS", "la société L’Etoile S.A.S.", yes},
		{"Velmora GmbH & Co. KG", "Velmora GmbH & Co KG", yes},
		{"Velmora SL", "Velmora, S.L.", yes},
		{"株式会社ヴェルモラ", "運営は株式会社ヴェルモラです", yes},
		{"Velmora", "Velmora Ltd", yes},
		{"Velmora Ltd", "Velmora", none},
		{"Velmora GmbH", "Velmora AG", none},
		{"Velmora GmbH", "Velmora GmbHs", none},
		{"Elmora Ltd", "Velmora Ltd", none},
		{"...", "... and more", none},
		{"", "Velmora", none},
	})
	check(t, lead.Technology, []anchorCase{
		{"HubSpot", "Our sales team lives in Hub Spot.", yes},
		{"HubSpot", "hubspot", yes},
		{"HubSpot", "Nous utilisons HubSpot CRM", yes},
		{"Salesforce", "unsere SFDC-Instanz", yes},
		{"Microsoft Dynamics 365", "D365 in der Zentrale", yes},
		{"Brevo", "newsletter inviata con Sendinblue", yes},
		{"Acme Rocket", "usamos AcmeRocket", yes},
		{"HubSpot", "Salesforce", none},
		{"HubSpot", "HubSpotter", none},
		{"SAP", "SAP4 and sapling", none},
	})
}

func TestAnchorCity(t *testing.T) {
	const yes = lead.AnchorName
	check(t, lead.HQCity, []anchorCase{
		{"Munich", "Sitz in München", yes},
		{"München", "headquartered in Munich", yes},
		{"Munich", "con sede a Monaco di Baviera", yes},
		{"Munich", "con sede a Monaco", none},
		{"Monaco", "con sede a Monaco di Baviera", none},
		{"Milano", "in Mailand", yes},
		{"Milano", "MILAN", yes},
		{"Gijón", "La sede central está en Gijon", yes},
		{"Den Haag", "gevestigd in den Haag", yes},
		{"L'Aquila", "sede a L’Aquila", yes},
		{"Frankfurt", "in Frankfurt am Main", yes},
		{"Frankfurt am Main", "in Frankfurt", yes},
		{"Newcastle upon Tyne", "a Newcastle firm", yes},
		{"東京", "本社は東京都港区", yes},
		{"Tokyo", "based in Tokio", yes},
		{"Kleinkleckersdorf", "Sitz: Kleinkleckersdorf", yes},
		{"Klein Kleckersdorf", "Sitz: Kleinkleckersdorf", yes},
		{"Nice", "a nice place", none},
		{"Reading", "worth reading", none},
		{"Nice", "siège à Nice", yes},
		{"Nice", "sede a Nizza", yes},
		{"Nice", "u gradu Niš", none},
		{"York", "based in New York", none},
		{"New York", "based in York", none},
		{"Köln", "Sitz in Bonn", none},
		{"Bari", "Sede a Barletta", none},
		{"", "Milano", none},
	})
}

func TestAnchorCountry(t *testing.T) {
	const name, place = lead.AnchorName, lead.AnchorPlace
	check(t, lead.HQCountry, []anchorCase{
		{"IT", "based in Italy", name},
		{"IT", "con sede in Italia", name},
		{"IT", "mit Sitz in Italien", name},
		{"IT", "basée en Italie", name},
		{"IT", "l'Italia", name},
		{"IT", "IT-20121 Milano", name},
		{"IT", "Milano (ITA)", name},
		{"IT", "it works", none},
		{"IT", "contact us for it", none},
		{"US", "contact us", none},
		{"US", "CONTACT US", none},
		{"US", "a U.S. company", name},
		{"US", "a US-based company", name},
		{"US", "in the USA", name},
		{"US", "VELMORA USA", name},
		{"US", "con sede en EE.UU.", name},
		{"US", "in den Vereinigten Staaten", none}, // the table has the nominative
		{"GB", "a UK company", name},
		{"GB", "aus Großbritannien", name},
		{"GB", "uk", none},
		{"DE", "D-80331 München", place},
		{"DE", "DE 80331 München", name},
		{"DE", "une entreprise allemande", name},
		{"DE", "un'azienda tedesca", name},
		{"DE", "aziende tedesche", name},
		{"DE", "ein deutsches Unternehmen", name},
		{"DE", "una empresa alemana", name},
		{"DE", "a German maker", name},
		{"IT", "ein italienisches Unternehmen", name},
		{"IT", "italienisch", name},
		{"IT", "der italienischen Küche", name},
		{"IT", "une société italienne", name},
		{"IT", "empresas italianas", name},
		{"IT", "azienda italiana", name},
		{"FR", "eine französische Firma", name},
		{"FR", "les françaises", name},
		{"FR", "una empresa francesa", name},
		{"FR", "un'impresa francese", name},
		{"ES", "une entreprise espagnole", name},
		{"ES", "eine spanische Firma", name},
		{"PL", "a Polish firm", name},
		{"PL", "we polish it", none},
		{"CH", "une entreprise suisse", name},
		{"CH", "Schweizer Hersteller", name},
		{"JO", "Velmora is a Jordanian company", name},
		{"TG", "To go further", none},
		{"IR", "I ran the company", none},
		{"TR", "a turkey farm", none},
		{"CN", "fine china", none},
		{"NO", "there is no office", none},
		{"IN", "in the city", none},
		{"BA", "Bosnia and Herzegovina", name},
		{"MX", "in New Mexico", none},
		{"US", "in New Mexico", place},
		{"JE", "in New Jersey", none},
		{"GB", "in New York", none},
		{"US", "in New York", place},
		{"US", "Velmora is headquartered in Boulder, CO.", place},
		{"US", "offices in Colorado", place},
		{"US", "Austin TX 78701", place},
		{"CO", "Boulder, CO", name}, // a code of both
		{"US", "Holland, Michigan", place},
		{"GB", "headquartered in Stamford", place},
		{"US", "headquartered in Stamford", place},
		{"ES", "fundada en Cuenca", place},
		{"EC", "fundada en Cuenca", place},
		{"FR", "fundada en Cuenca", none},
		{"IT", "Milan", place},
		{"IT", "Sede legale: Via Roma 1, Mailand", place},
		{"FR", "Notre siège est à Roubaix", place},
		{"FR", "a nice firm", none},
		{"FR", "Nice", place},
		{"JP", "日本の会社", name},
		{"JP", "本社: Tokyo", place},
		{"IT", "", none},
		{"XX", "Milano", none},
		{"", "Milano", none},
	})
}

func TestAnchorOthers(t *testing.T) {
	check(t, lead.Industry, []anchorCase{{"software", "anything", lead.AnchorNone}})
	check(t, lead.CompanyStatus, []anchorCase{{"closed", "anything", lead.AnchorNone}})
	for _, f := range []lead.Field{lead.BusinessModel, lead.UseCase, lead.Description, "shoe_size"} {
		check(t, f, []anchorCase{{"saas", "saas", none}})
	}
}

// A number is found in each of its spellings, and its groups and digits are not.
func TestAnchorSpellings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1000, 9_999_999).Draw(t, "n")
		sep := rapid.SampledFrom([]string{",", ".", "'", "’", " ", "\u00a0", "\u202f", "\u2009", ""}).Draw(t, "separator")
		before := rapid.SampledFrom([]string{"", "We are ", "über ", "(", "~", "社員"}).Draw(t, "before")
		after := rapid.SampledFrom([]string{"", " people", ".", ", and", "+", "²", "名", " Mitarbeiter", "\n7"}).Draw(t, "after")
		groups := []string{}
		for m := n; m > 0; m /= 1000 {
			group := fmt.Sprintf("%03d", m%1000)
			if m < 1000 {
				group = strconv.Itoa(m)
			}
			groups = append([]string{group}, groups...)
		}
		quote := before + strings.Join(groups, sep) + after
		if _, ok := evidence.Anchor(lead.Employees, strconv.Itoa(n), quote); !ok {
			t.Fatalf("%d not found in %q", n, quote)
		}
		for _, other := range []int{n + 1, n * 10, n / 10, n % 1000, n / 1000 * 1000000} {
			if other == n || other == 7 {
				continue
			}
			if _, ok := evidence.Anchor(lead.Employees, strconv.Itoa(other), quote); ok && !(n < 1_000_000 && sep == "." || sep == ",") {
				t.Fatalf("%d found in %q", other, quote)
			}
		}
	})
}

// No quote breaks it, and what it finds, it finds in a longer quote too.
func TestAnchorAnyText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		field := rapid.SampledFrom(lead.Fields).Draw(t, "field")
		value, quote := rapid.String().Draw(t, "value"), rapid.String().Draw(t, "quote")
		evidence.Anchor(field, value, quote)
		evidence.SamePlace(value, quote)
		for field, value := range map[lead.Field]string{
			lead.Employees: "250", lead.HQCity: "Milano", lead.FoundedYear: "1998", lead.LegalName: "Velmora Srl",
		} {
			if _, ok := evidence.Anchor(field, value, quote+" ; "+value+" ; "+quote); !ok {
				t.Fatalf("%s not found beside %q", value, quote)
			}
		}
	})
}

func TestSamePlace(t *testing.T) {
	same := []string{"Milan=Milano", "Milano=Mailand", "Munich=München", "München=Monaco di Baviera", "Köln=Cologne",
		"Praha=Prague", "Prag=Prague", "Wien=Vienne", "Genève=Genf", "København=Copenhagen", "Nice=Nizza",
		"Firenze=Florenz", "Klein Dorf=KLEINDORF", "Frankfurt=Frankfurt am Main"}
	other := []string{"Milano=Roma", "Nice=Niš", "York=New York", "Bonn=Köln", "=Milano", "Kleindorf=Großdorf", "Monaco=Monaco di Baviera"}
	for i, pair := range append(same, other...) {
		a, b, _ := strings.Cut(pair, "=")
		want := i < len(same)
		if evidence.SamePlace(a, b) != want || evidence.SamePlace(b, a) != want {
			t.Errorf("SamePlace(%q, %q) is not %v", a, b, want)
		}
	}
}

// The table is small, and knows cities of all continents under their usual names.
func TestPlaces(t *testing.T) {
	info, err := os.Stat("data/places.gz")
	if err != nil || info.Size() >= 1<<20 {
		t.Fatalf("places.gz: %v, %d bytes", err, info.Size())
	}
	known := map[string]string{
		"IT": "Milano Milan Mailand Bergamo Lecco Pavia", "DE": "München Munich Köln Cologne Coesfeld", "CZ": "Praha Prague Prag Brno",
		"US": "Holland Stamford Boulder", "FR": "Nantes Roubaix Quimper Annecy", "ES": "Cuenca Vigo Gijón", "EC": "Cuenca Quito",
		"AT": "Wien Graz", "CH": "Zürich Genf", "GB": "London Leeds", "IE": "Dublin Cork", "NO": "Oslo Bergen Tromsø", "SE": "Göteborg",
		"PL": "Łódź Kraków",
		"JO": "Amman", "JP": "Osaka", "IN": "Pune", "BR": "Campinas", "ZA": "Durban", "AU": "Perth",
		"SG": "Singapore", "PT": "Porto",
	}
	for code, cities := range known {
		for _, city := range append(strings.Fields(cities), map[string][]string{"DE": {"Monaco di Baviera"}, "US": {"New York"}}[code]...) {
			if _, ok := evidence.Anchor(lead.HQCountry, code, "In "+city+"."); !ok {
				t.Errorf("%s is not known to be in %s", city, code)
			}
		}
	}
}

func BenchmarkAnchor(b *testing.B) {
	quote := `Velmora è un'azienda con sede a Milano, fondata nel 1998 da due ingegneri. Oggi siamo in 1.250 persone in sette Paesi, ` +
		`con uffici a Monaco di Baviera, Parigi e New York, e un fatturato di 18,5 milioni di euro nel 2024. Our customers use HubSpot every ` +
		`day, across all of Europe and beyond it, they say.`
	for field, value := range map[lead.Field]string{
		lead.Employees: "1250", lead.Revenue: "18500000 EUR 2024", lead.FoundedYear: "1998", lead.LegalName: "Velmora",
		lead.Technology: "HubSpot", lead.HQCity: "New York", lead.HQCountry: "PT",
	} {
		b.Run(string(field), func(b *testing.B) {
			for b.Loop() {
				evidence.Anchor(field, value, quote)
			}
		})
	}
}
