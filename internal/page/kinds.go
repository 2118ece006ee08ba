package page

// kind is a sort of page that tells about a company.
type kind struct {
	name string
	// names, best first: how the last part of its path or the text of a link to
	// it reads, in en, it, de, fr, es; lower case, without accents or punctuation.
	names []string
}

// Legal is the Kind of terms and privacy policies.
const Legal = "legal"

// kinds are the pages Site looks for beside the home page, most telling first.
var kinds = []kind{
	{"about", []string{
		"about us", "about", "chi siamo", "ueber uns", "uber uns", "qui sommes nous", "a propos", "quienes somos", "sobre nosotros",
		"who we are", "our company", "about the company", "company", "azienda", "l azienda", "la nostra azienda", "unternehmen", "das unternehmen", "wir ueber uns", "wir uber uns",
		"a propos de nous", "notre entreprise", "entreprise", "l entreprise", "societe", "la societe", "empresa", "la empresa", "nuestra empresa", "nosotros", "acerca de",
		"our story", "la nostra storia", "notre histoire", "nuestra historia", "history", "storia", "la societa", "il gruppo", "firma", "profil", "profile", "mission", "team", "our team",
	}},
	{"imprint", []string{
		"impressum", "imprint", "legal notice", "note legali", "mentions legales", "aviso legal", "informazioni legali", "informations legales",
		"dati societari", "dati aziendali", "company information", "company details", "legal information", "informacion legal", "legal",
	}},
	{"contact", []string{
		"contact us", "contact", "contacts", "contatti", "contattaci", "kontakt", "contactez nous", "nous contacter", "contacto", "contactanos",
		"dove siamo", "locations", "offices", "sedi", "standorte", "our offices",
	}},
	{"careers", []string{
		"careers", "career", "jobs", "work with us", "join us", "lavora con noi", "carriere", "karriere", "stellenangebote", "recrutement", "nous rejoindre",
		"rejoignez nous", "emplois", "carrieres", "trabaja con nosotros", "empleo", "open positions", "we are hiring",
	}},
	{"pricing", []string{
		"pricing", "prices", "plans", "plans and pricing", "prezzi", "piani", "piani e prezzi", "tariffe", "preise", "preise und pakete", "tarifs", "prix", "precios", "tarifas", "planes",
	}},
	{Legal, []string{
		"terms of service", "terms and conditions", "terms", "terms of use", "agb", "allgemeine geschaftsbedingungen", "termini e condizioni", "condizioni generali", "conditions generales", "condiciones generales",
		"privacy policy", "privacy", "datenschutz", "datenschutzerklarung", "informativa privacy", "politique de confidentialite", "politica de privacidad",
	}},
}
