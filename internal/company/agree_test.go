package company

import (
	"testing"

	"leadtriage/internal/lead"
)

func TestAgree(t *testing.T) {
	for _, c := range []struct {
		field lead.Field
		a, b  string
		want  bool
	}{
		{lead.Employees, "250", "250", true},
		{lead.Employees, "250", "300", true},
		{lead.Employees, "250", "313", false},
		{lead.Employees, "200", "250", true},
		{lead.Employees, "200", "251", false},
		{lead.Employees, "250", "201-500", true},
		{lead.Employees, "250", "200+", true},
		{lead.Employees, "250", "270+", true},
		{lead.Employees, "250", "300+", false},
		{lead.Employees, "51-200", "250", false},
		{lead.Employees, "250", "500+", false},
		{lead.Employees, "51-200", "200-500", true},
		{lead.Employees, "51-200", "201-500", false},
		{lead.Employees, "51-200", "210", true},
		{lead.Employees, "51-200", "40", false},
		{lead.Employees, "500+", "1000+", true},
		{lead.Employees, "many", "250", false},
		{lead.Revenue, "100 USD", "110 USD", true},
		{lead.Revenue, "100 USD", "112 USD", false},
		{lead.Revenue, "100 USD", "100 EUR", false},
		{lead.Revenue, "100 USD 2023", "200 USD 2024", true},
		{lead.Revenue, "100 USD 2024", "200 USD 2024", false},
		{lead.Revenue, "100 USD", "200 USD 2024", false},
		{lead.LegalName, "Northwind S.p.A.", "NORTHWIND SpA", true},
		{lead.LegalName, "Northwind", "Northwind GmbH & Co. KG", true},
		{lead.LegalName, "Northwind GmbH", "Northwind AG", false},
		{lead.LegalName, "Northwind", "Northwind Logistics GmbH", false},
		{lead.LegalName, "Café Müller", "CAFE MULLER", true},
		{lead.LegalName, "!", "?", false},
		{lead.HQCity, "Milano", "Milan", true},
		{lead.HQCity, "München", "munich", true},
		{lead.HQCity, "Milano", "Monza", false},
		{lead.HQCountry, "IT", "IT", true},
		{lead.HQCountry, "IT", "DE", false},
		{lead.Industry, "software", "it_services", false},
		{lead.FoundedYear, "1998", "1999", false},
		{lead.Technology, "hubspot crm", "HubSpot", true},
		{lead.Technology, "C++", "C#", false},
	} {
		for _, p := range [][2]string{{c.a, c.b}, {c.b, c.a}} {
			if got := Agree(c.field, p[0], p[1]); got != c.want {
				t.Errorf("%s: %q and %q agree: %v", c.field, p[0], p[1], got)
			}
		}
	}
}
