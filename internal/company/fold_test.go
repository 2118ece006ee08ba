package company

import (
	"testing"

	"pgregory.net/rapid"
)

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"Food & Beverage": "food beverage", "FOOD_AND_BEVERAGE": "food beverage", "food/beverage": "food beverage", "S.p.A.": "spa", "L’Aquila": "laquila",
		"Größe": "grosse", "Łódź": "lodz", "ＡＢＣ": "abc", "e-commerce": "e commerce", "  ": "", "and": "and", "日本": "日本",
	} {
		if got := fold(in); got != want {
			t.Errorf("fold(%q) = %q; want %q", in, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		once := fold(rapid.String().Draw(t, "phrase"))
		if twice := fold(once); twice != once {
			t.Fatalf("%q, then %q", once, twice)
		}
	})
}

// hostile are inputs that people, pages and models have been seen to send.
var hostile = []string{"", "\x00", "\xff\xfe\xfd", "\u202eexample.moc", "../../etc/passwd", "'; DROP TABLE leads;--", "<script>alert(1)</script>",
	"{{7*7}}", "%s%n%d", "🏳️‍🌈", "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘", "ﷺ", "\ufeffacme.com", "xn--", "xn--a", "xn--zzzzzzzzz.com", "a@", "@", "@@", "://", "http://", "http://@:/", "[", "]", "[::", "1e309",
	"-0", "NaN", "∞", "½", "9223372036854775808", "0x", "+", "-", "–", "k", "1k-k", ".", "..", "...", ",", "'", "null", "&", "e e e", "and and"}

func TestHostileInput(t *testing.T) {
	for _, s := range hostile {
		Domain(s)
		Host(s)
		FreeMail(s)
		Disposable(s)
		Platform(s)
		Industry(s)
		Country(s)
		CountryName(s, s)
		CountryNames(s)
		Technology(s)
		if h, err := ParseHeadcount(s); err == nil {
			t.Errorf("%q is read as %s employees", s, h)
		}
		if m, err := ParseMoney(s); err == nil {
			t.Errorf("%q is read as %s", s, m)
		}
	}
}
