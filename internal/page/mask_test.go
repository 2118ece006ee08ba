package page

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestMask(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		// mailboxes
		{"Write to jane.doe+crm@northwind.example.", "Write to [mailbox]."},
		{"JANE@NORTHWIND.EXAMPLE, o'hara@mail.northwind.example", "[mailbox], [mailbox]"},
		{"müller@bücher.example", "[mailbox]"},
		{"info (at) northwind.example", "[mailbox]"},
		{"info[at]northwind[dot]example", "[mailbox]"},
		{"info @ northwind.example", "[mailbox]"},
		{"info＠northwind.example", "[mailbox]"},
		{"mailto:info@northwind.example?subject=x", "mailto:[mailbox]?subject=x"},
		{"jane.doe [at] northwind dot example", "[mailbox]"},
		{"jane (at) mail punto northwind punto example.", "[mailbox]."},
		{"write to jane at northwind dot example", "write to [mailbox]"},
		{"ask us at northwind.example, at any point in time, at this point we", "ask us at northwind.example, at any point in time, at this point we"},
		{"Follow @northwind, npm @northwind/sdk@1.2.3", "Follow @northwind, npm @northwind/sdk@1.2.3"},
		// phone numbers
		{"+39 051 123 4567", "[phone]"},
		{"+390511234567", "[phone]"},
		{"Ruf an: +49 (0) 221 / 12 34 56-0!", "Ruf an: [phone]!"},
		{"+1 (212) 555-0199 or +1.212.555.0199", "[phone] or [phone]"},
		{"(+44) 20 7946 0018", "([phone]"},
		{"0039 051 1234567", "[phone]"},
		{"0049221123456789", "[phone]"},
		{"(0221) 12 34 56", "[phone]"},
		{"(212) 555-0199", "[phone]"},
		{"212-555-0199, 1-212-555-0199", "[phone], [phone]"},
		{"01 23 45 67 89", "[phone]"},
		{"0221 / 123456", "[phone]"},
		{"051-1234567", "[phone]"},
		{"020 7946 0018", "[phone]"},
		{"0800-123-4567, 020-7946-0018", "[phone], [phone]"},
		{"Kestrel 333-1234567", "Kestrel [phone]"},
		{"333 1234567, 333/1234567, 333.123.4567, 333 123 4567, 333 12 34 567", "[phone], [phone], [phone], [phone], [phone]"},
		{"04433/123456, 4433-123456, 044 123 45 67, 07700 900 123, 089 / 12 34 56-0", "[phone], [phone], [phone], [phone], [phone]"},
		{"612 34 56 78, 212 555 0199, 06-12345678, 0612345678", "[phone], [phone], [phone], [phone]"},
		{"Tel. 8001234567", "Tel. [phone]"},
		{"Tel/Fax: 221 123 45 67", "Tel/Fax: [phone]"},
		{"Telefonnummer: 2211234567", "Telefonnummer: [phone]"},
		{"Phone (Milan): 021 234 567", "Phone (Milan): [phone]"},
		{"Telefono | 8001234567", "Telefono | [phone]"},
		{"tel:2211234567", "tel:[phone]"},
		{"T: 221 123 4567  F. 221 123 4568", "T: [phone]  F. [phone]"},
		{"Telefon\n2211234567", "Telefon\n[phone]"},
		{"- Téléphone :\n- 221 123 4567", "- Téléphone :\n- [phone]"},
		{"call us on 221 123 4567", "call us on [phone]"},
		{"P. IVA 02345678901, tel. 051 1234567", "P. IVA 02345678901, tel. [phone]"},
		// what stays
		{"founded in 1998, 1998-2026, 1998–2026", "founded in 1998, 1998-2026, 1998–2026"},
		{"20.11.2026, 2026-11-20, 20/11/2026, 01-02-2026, 01/2020-12/2021", "20.11.2026, 2026-11-20, 20/11/2026, 01-02-2026, 01/2020-12/2021"},
		{"Open 08:00 17:00, Mon-Fri 09:00-18:30", "Open 08:00 17:00, Mon-Fri 09:00-18:30"},
		{"50-200 employees, 500+ 20 000 000 users", "50-200 employees, 500+ 20 000 000 users"},
		{"+500 dipendenti, +10 000 clienti, +1.000.000 utenti, +1,500,000 downloads", "+500 dipendenti, +10 000 clienti, +1.000.000 utenti, +1,500,000 downloads"},
		{"12,500 employees; 1.200.000 EUR; $2 270 000 000; 12.500.000,00 €", "12,500 employees; 1.200.000 EUR; $2 270 000 000; 12.500.000,00 €"},
		{"ricavi (2023) 12.500.000", "ricavi (2023) 12.500.000"},
		{"P.IVA 02345678901 - C.F. 02345678901 - REA BO-1234567", "P.IVA 02345678901 - C.F. 02345678901 - REA BO-1234567"},
		{"IT 00743110157, VAT IT00743110157, Partita IVA: 00743110157", "IT 00743110157, VAT IT00743110157, Partita IVA: 00743110157"},
		{"USt-IdNr. DE 123 456 789, HRB 12345, Steuernummer: 027 12345678", "USt-IdNr. DE 123 456 789, HRB 12345, Steuernummer: 027 12345678"},
		{"SIRET 012 345 678 00012, CHE-123.456.789, NIP 123-456-78-19", "SIRET 012 345 678 00012, CHE-123.456.789, NIP 123-456-78-19"},
		{"Company number 01234567, D-U-N-S 00-123-4567", "Company number 01234567, D-U-N-S 00-123-4567"},
		{"4666 East Faries Parkway, Decatur, IL 62526-5666", "4666 East Faries Parkway, Decatur, IL 62526-5666"},
		{"Hauptstraße 12-14, 04109 Leipzig; Via Roma 7/9, 40121 Bologna", "Hauptstraße 12-14, 04109 Leipzig; Via Roma 7/9, 40121 Bologna"},
		{"Hotel 1234567, version 1.22.333.4444, 127,000 square feet", "Hotel 1234567, version 1.22.333.4444, 127,000 square feet"},
		{"a mobile app with 1 200 000 users", "a mobile app with 1 200 000 users"},
		{"250 300 2019, 500 600 2024, 2019 2020 2021 2022", "250 300 2019, 500 600 2024, 2019 2020 2021 2022"},
		{"EAN 0123456789012, article 0815-4711, 300 000 people, 350 employees 1 234 567 users", "EAN 0123456789012, article 0815-4711, 300 000 people, 350 employees 1 234 567 users"},
		{"ISO 27001, EN 50126-1:2017, phone 12345", "ISO 27001, EN 50126-1:2017, phone 12345"},
	} {
		if got := Mask(test.in); got != test.want {
			t.Errorf("Mask(%q)\n got %q\nwant %q", test.in, got, test.want)
		}
		if once, twice := Mask(test.in), Mask(Mask(test.in)); once != twice {
			t.Errorf("masking %q again changes it to %q", once, twice)
		}
	}
}

// Wherever a mailbox or an international number stands among words, it does not
// come through; numbers of the kind that facts are made of do.
func TestMaskHoldsAnywhere(t *testing.T) {
	words := rapid.SliceOfN(rapid.SampledFrom([]string{"Northwind", "GmbH", "in", "Köln", "–", "(", "|", "1998", "50-200", "12,500", "EUR", ".", "«", "12a"}), 0, 8)
	rapid.Check(t, func(t *rapid.T) {
		before, after := strings.Join(words.Draw(t, "before"), " "), strings.Join(words.Draw(t, "after"), " ")
		private := rapid.OneOf(
			rapid.Custom(func(t *rapid.T) string {
				return rapid.StringMatching(`[a-z][a-z0-9._+-]{0,12}[a-z]`).Draw(t, "local") + "@" + rapid.StringMatching(`([a-z][a-z0-9-]{1,8}\.){1,2}example`).Draw(t, "host")
			}),
			rapid.Custom(func(t *rapid.T) string {
				return fmt.Sprintf("+%d %s", rapid.IntRange(20, 99).Draw(t, "country"), rapid.StringMatching(`[1-9][0-9]{2} [0-9]{3} [0-9]{3}[1-9]`).Draw(t, "number"))
			}),
		).Draw(t, "private")
		got := Mask(before + " " + private + " " + after)
		if strings.Contains(got, private) {
			t.Fatalf("%q came through in %q", private, got)
		}
		plain := before + " " + after
		if got := Mask(plain); got != plain {
			t.Fatalf("%q became %q", plain, got)
		}
	})
}
