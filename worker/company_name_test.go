package worker

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"leadtriage/internal/company"
	"leadtriage/internal/enrich"
	"leadtriage/internal/lead"
	"leadtriage/internal/page"
	"leadtriage/prompts"
)

// bare is a site that says nothing of what it is called, and nothing else.
type bare struct{}

func (bare) Site(context.Context, string) ([]page.Page, error) {
	return []page.Page{{URL: "https://kestrel.example/", Text: "We make ropes."}}, nil
}
func (bare) Page(context.Context, string, string) (page.Page, error) {
	return page.Page{}, page.ErrNotFound
}
func (bare) Forget(string) {}

// hears keeps what it is asked, and records nothing.
type hears struct{ said []enrich.Conversation }

func (h *hears) Ask(_ context.Context, c enrich.Conversation) (enrich.Turn, error) {
	h.said = append(h.said, c)
	return enrich.Turn{Calls: []enrich.Call{{ID: "1", Name: prompts.RecordFirmographics, Arguments: `{"facts":[],"summary":""}`}}}, nil
}

var people = []string{"Zaphod", "Beeblebrox", "Jürgen", "Müller", "Łukasz", "Wójcik", "O'Hara", "Siân", "Vanderbilt-Smythe", "Quinn", "Poe", "Xu"}

// Whatever of a contact somebody writes as a company's name, nothing of it is in a
// request to the model.
func TestNothingOfTheContactReachesTheModel(t *testing.T) {
	full := func(s string) string { // full-width letters
		return strings.Map(func(r rune) rune {
			if r > ' ' && r <= '~' {
				return r + 0xFEE0
			}
			return r
		}, s)
	}
	rapid.Check(t, func(t *rapid.T) {
		pick := rapid.SampledFrom(people)
		given, middle, surname := pick.Draw(t, "given"), rapid.SampledFrom([]string{"", "X.", "Maria"}).Draw(t, "middle"), pick.Draw(t, "surname")
		plain := func(s string) string { return strings.ReplaceAll(company.Fold(s), " ", "") }
		mailbox := rapid.SampledFrom([]string{plain(given) + "." + plain(surname), plain(given)[:1] + plain(surname), plain(surname) + "42", plain(given)}).Draw(t, "mailbox")
		phone := rapid.StringMatching(`3[0-9]{2}[ /-][1-9][0-9]{6}|\+?[1-9]{2} [0-9]{3} [0-9]{4}|0[1-9]{3} [0-9]{5,7}|[2-9]{3}-[2-9]{3}-[0-9]{4}`).Draw(t, "phone")
		l := &lead.Lead{}
		l.Contact = lead.Contact{Name: strings.Join(strings.Fields(given+" "+middle+" "+surname), " "), Email: mailbox + "@kestrel.example"}
		if rapid.Bool().Draw(t, "mailbox alone") {
			l.Contact.Name = ""
		}
		about := rapid.SampledFrom([]string{"", "Kestrel ", "Ropes of "}).Draw(t, "about")
		l.Company.Name = about + rapid.SampledFrom([]string{
			given + " " + surname, surname, surname + given, given + surname, strings.ToUpper(surname) + " Ltd", full(surname), full(given + surname),
			surname + ", " + given, plain(surname), mailbox, mailbox + "@kestrel.example", mailbox + " [at] kestrel dot example", phone, "T. " + phone,
			strings.ReplaceAll(strings.ReplaceAll(surname, "ü", "ue"), "ó", "o") + " GmbH",
		}).Draw(t, "written")
		model := &hears{}
		e, err := enrich.New(enrich.Options{Pages: bare{}, Model: model})
		if err == nil {
			_, err = e.Enrich(t.Context(), companyName(l), "kestrel.example")
		}
		if err != nil || len(model.said) != 1 {
			t.Fatal(err, len(model.said))
		}
		request, _ := json.Marshal(model.said[0].User)
		heard := plain(string(request))
		for _, secret := range []string{given, surname, mailbox} {
			// Of the mailbox alone nobody can tell what a word is that does not stand in it.
			known := l.Contact.Name != "" || strings.Contains(plain(mailbox), plain(secret))
			if s := plain(secret); known && len(s) > 2 && strings.Contains(heard, s) {
				t.Fatalf("%q of %+v left with the company name %q: %s", secret, l.Contact, l.Company.Name, request)
			}
		}
		digits := func(s string) string {
			return strings.Map(func(r rune) rune {
				if r < '0' || r > '9' {
					return -1
				}
				return r
			}, s)
		}
		if strings.Contains(digits(string(request)), digits(phone)) {
			t.Fatalf("the number %q left with the company name %q: %s", phone, l.Company.Name, request)
		}
	})
}

// Names that have nothing of anybody are told.
func TestNamesOfCompaniesAreTold(t *testing.T) {
	l := &lead.Lead{}
	l.Contact, l.Partner.Contact = lead.Contact{Name: "Jane Doe", Email: "jane.doe@northwind.example"}, "Ada at Acme"
	for _, name := range []string{"Northwind", "3M", "Studio 54", "Kestrel & Sons", "Ångström AB", "北風株式会社"} {
		if l.Company.Name = name; companyName(l) != name {
			t.Errorf("%q is not told", name)
		}
	}
}
