package company

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func TestIndustry(t *testing.T) {
	for in, want := range map[string]string{
		"software": "software", "COMPUTER_SOFTWARE": "software", "INTERNET": "software", "SaaS": "software", "B2B software": "software", "Logistics software": "software",
		"software industry": "software", "Settore software": "software", "Softwareentwicklung": "software", "Software company": "software", "5132": "software", "513210": "software", "511210": "software", "NAICS 513210": "software", "513210 Software Publishers": "software",
		"fintech": "fintech", "Fin-Tech": "fintech", "Financial Technology": "fintech", "Zahlungsdienste": "fintech", "servizi di pagamento": "fintech",
		"e-commerce": "ecommerce", "E Commerce": "ecommerce", "eCommerce": "ecommerce", "Onlinehandel": "ecommerce", "Commercio elettronico": "ecommerce", "454110": "ecommerce",
		"Professional services": "business_services", "MANAGEMENT_CONSULTING": "business_services", "Staffing & Recruiting": "business_services", "Consulenza aziendale": "business_services", "Unternehmensberatung": "business_services", "54": "business_services", "5416": "business_services", "561320": "business_services",
		"Information Technology & Services": "it_services", "INFORMATION_TECHNOLOGY_AND_SERVICES": "it_services", "Software consultancy": "it_services", "541511": "it_services", "5415": "it_services", "518210": "it_services", "Consulenza informatica": "it_services", "Systemhaus": "it_services",
		"Marketing & Advertising": "marketing_advertising", "Pubblicità": "marketing_advertising", "Werbeagentur": "marketing_advertising", "541810": "marketing_advertising",
		"Law Practice": "legal_accounting", "Steuerberater": "legal_accounting", "Studio legale": "legal_accounting", "541110": "legal_accounting",
		"Banking": "financial_services", "Investment management": "financial_services", "522320": "financial_services", "5223": "financial_services", "52": "financial_services", "Vermögensverwaltung": "financial_services",
		"Assicurazioni": "insurance", "524113": "insurance", "Real Estate": "real_estate", "Immobilien": "real_estate", "531": "real_estate",
		"Costruzioni": "construction", "Bauunternehmen": "construction", "CIVIL_ENGINEERING": "construction", "236220": "construction",
		"Metal stamping": "manufacturing", "Industrial manufacturing": "manufacturing", "31-33": "manufacturing", "332119": "manufacturing", "Fertigung": "manufacturing", "metallverarbeitung": "manufacturing", "Electronics": "manufacturing",
		"machine building": "industrial_equipment", "Maschinenbau": "industrial_equipment", "Maschinen- und Anlagenbau": "industrial_equipment", "valves": "industrial_equipment", "Valvole": "industrial_equipment", "Metalworking tools": "industrial_equipment", "Machinery": "industrial_equipment", "332911": "industrial_equipment", "333515": "industrial_equipment",
		"Automotive": "automotive", "336111": "automotive", "Aviation & Aerospace": "aerospace_defense", "336411": "aerospace_defense", "Defence": "aerospace_defense",
		"Chemie": "chemicals", "325199": "chemicals", "Food & Beverages": "food_beverage", "FOOD_BEVERAGES": "food_beverage", "Food and Beverage": "food_beverage", "Cibo e bevande": "food_beverage", "311": "food_beverage",
		"Apparel & Fashion": "consumer_goods", "325620": "consumer_goods", "Retail": "retail", "44-45": "retail", "Einzelhandel": "retail", "Großhandel": "wholesale", "Grosshandel": "wholesale", "commercio all’ingrosso": "wholesale", "423": "wholesale",
		"trucking": "logistics", "Logistics & Supply Chain": "logistics", "48-49": "logistics", "Spedition": "logistics", "484121": "logistics",
		"Telecommunications": "telecom", "517": "telecom", "Media": "media", "Publishing": "media", "513110": "media", "Higher Education": "education", "611310": "education",
		"Hospital & Health Care": "healthcare", "Medizintechnik": "healthcare", "339112": "healthcare", "Pharmaceuticals": "pharma_biotech", "325412": "pharma_biotech",
		"Oil & Energy": "energy_utilities", "221": "energy_utilities", "211120": "energy_utilities", "Landwirtschaft": "agriculture", "111": "agriculture", "Mining & Metals": "mining", "212": "mining",
		"Leisure, Travel & Tourism": "hospitality_travel", "Ristorazione": "hospitality_travel", "722511": "hospitality_travel", "Government Administration": "public_sector", "92": "public_sector",
		"Non-Profit Organization Management": "nonprofit", "Terzo settore": "nonprofit", "813": "nonprofit", "Sonstiges": "other", "other": "other",
	} {
		if got, ok := Industry(in); !ok || got != want {
			t.Errorf("Industry(%q) = %q, %v; want %q", in, got, ok, want)
		}
	}
	for _, in := range []string{"", " ", "&", "we make software for banks", "softwares and more", "1", "20", "1234567", "5132x", "250", "industry", "the", "company", strings.Repeat("software ", 100)} {
		if got, ok := Industry(in); ok {
			t.Errorf("Industry(%q) = %q; want none", in, got)
		}
	}
}

// The contract's list.
var contractIndustries = strings.Fields(`software fintech ecommerce business_services it_services marketing_advertising
	legal_accounting financial_services insurance real_estate construction manufacturing industrial_equipment automotive
	aerospace_defense chemicals food_beverage consumer_goods retail wholesale logistics telecom media education healthcare
	pharma_biotech energy_utilities agriculture mining hospitality_travel public_sector nonprofit other`)

func TestIndustrySlugs(t *testing.T) {
	if got := IndustrySlugs(); !slices.Equal(got, contractIndustries) {
		t.Errorf("slugs are %v", got)
	}
	for _, slug := range contractIndustries {
		names := industries().names[slug]
		if len(names) < 20 {
			t.Errorf("%s has only %d names", slug, len(names))
		}
		for _, name := range append(names, slug, strings.ToUpper(slug)) {
			if got, ok := Industry(name); !ok || got != slug {
				t.Errorf("%s is called %q, which is read as %q", slug, name, got)
			}
		}
	}
	IndustrySlugs()[0] = "changed"
	if IndustrySlugs()[0] != "software" {
		t.Error("a caller can change the table")
	}
}

func TestIndustryData(t *testing.T) {
	var rows []industry
	if err := json.Unmarshal(industriesText, &rows); err != nil {
		t.Fatal(err)
	}
	owner := map[string]string{}
	claim := func(slug, what string) {
		if other, ok := owner[what]; ok && other != slug {
			t.Errorf("%q is both %s and %s", what, other, slug)
		}
		owner[what] = slug
	}
	for _, r := range rows {
		if len(r.NAICS) == 0 && r.Slug != "fintech" {
			t.Errorf("%s has no NAICS code", r.Slug)
		}
		if len(r.English) == 0 || len(r.Italian) == 0 || len(r.German) == 0 {
			t.Errorf("%s has no names in one of the languages", r.Slug)
		}
		for _, name := range slices.Concat([]string{r.Slug, r.Label}, r.English, r.Italian, r.German, r.Picklist) {
			claim(r.Slug, fold(name))
			claim(r.Slug, squeeze(name))
		}
		for _, code := range r.NAICS {
			claim(r.Slug, code)
		}
	}
	for _, sector := range strings.Fields("11 21 22 23 31 32 33 42 44 45 48 49 51 52 53 54 55 56 61 62 71 72 81 92") {
		if _, ok := Industry(sector + "9999"); !ok {
			t.Errorf("NAICS sector %s is nobody's", sector)
		}
	}
}
