package sim

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// ProviderOptions sets up a simulated data provider.
type ProviderOptions struct {
	Key       string            // wanted as a bearer
	Companies map[string]string // answers by domain, as JSON; nil: ProviderCompanies
}

// Provider is a data provider that knows companies by their domain: GET
// /v1/companies/{domain}. It refuses requests without its key, and answers 404
// about companies that it does not know.
type Provider struct {
	key       string
	companies map[string]string

	calls[ProviderRequest]
	faults[ProviderRequest, ProviderFault] // of requests with the right key
}

// ProviderRequest is what came in.
type ProviderRequest struct {
	Path   string // as it was sent, escaped
	Query  url.Values
	Header http.Header
	Status int // that was answered; 0: none
}

// ProviderFault is one failure of a request with the right key.
type ProviderFault struct {
	Status     int           // 0: no answer until the client goes away
	RetryAfter time.Duration // 0: the header is not sent
	Body       string        // with Status 200: what is answered instead
	Location   string        // for a redirect
}

// ProviderCompanies are what the simulated provider knows of the sample companies.
// It disagrees with havelpay's own pages about the head count.
func ProviderCompanies() map[string]string {
	return map[string]string{
		"northwind.example": `{
  "domain": "northwind.example", "legal": {"name": "Northwind S.r.l."},
  "headcount": 250, "sector": "SaaS", "founded": "2014",
  "offices": [{"kind": "hq", "country": "ITA", "city": "Milano"}, {"kind": "branch", "country": "DEU", "city": "Berlin"}],
  "revenue": {"amount": 31000000, "year": 2025},
  "stack": [{"product": "hubspot crm"}, {"product": "Stripe"}]
}`,
		"havelpay.example": `{"domain": "havelpay.example", "headcount": 40, "sector": "Payments", "offices": [{"kind": "hq", "country": "DEU", "city": "Berlin"}], "revenue": null, "stack": []}`,
	}
}

// NewProvider returns a provider; serve it with net/http.
func NewProvider(o ProviderOptions) *Provider {
	p := &Provider{key: o.Key, companies: maps.Clone(o.Companies)}
	if o.Companies == nil {
		p.companies = ProviderCompanies()
	}
	return p
}

func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	domain, ok := strings.CutPrefix(r.URL.Path, "/v1/companies/")
	company, known := p.companies[domain]
	call := ProviderRequest{r.URL.EscapedPath(), r.URL.Query(), r.Header.Clone(), http.StatusOK}
	if key := r.Header.Get("Authorization"); key != "Bearer "+p.key {
		call.Status, company = http.StatusUnauthorized, problem("the key "+key+" is not known")
	} else if fault := p.next(call); fault != nil {
		call.Status, company = fault.Status, fault.Body
		if fault.Status != http.StatusOK {
			company = problem(http.StatusText(fault.Status))
		}
		if fault.RetryAfter > 0 {
			w.Header().Set("Retry-After", seconds(fault.RetryAfter))
		}
		if fault.Location != "" {
			w.Header().Set("Location", fault.Location)
		}
	} else if r.Method != http.MethodGet || !ok || !known {
		call.Status, company = http.StatusNotFound, problem("no such company")
	}
	p.add(call)
	if call.Status == 0 {
		<-r.Context().Done()
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(call.Status)
	w.Write([]byte(company))
}

func problem(detail string) string {
	body, _ := json.Marshal(map[string]string{"error": detail}) // a map of strings always marshals
	return string(body)
}
