package intake

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"leadtriage/internal/lead"
)

// TokenPage is a web page whose address holds the only key to it.
type TokenPage struct {
	Methods []string
	Path    string // with {token}
	ID      string // of its operations in the document
	Summary string
	About   string
	// Open is what answers for the token. With lead.ErrNotFound comes what says so to a
	// person.
	Open func(ctx context.Context, token string) (http.Handler, error)
}

// token serves a page to whoever has its token. Tokens tried at random are slowed as keys are.
func (a *API) token(p TokenPage) func(*call) error {
	return func(c *call) error {
		defer a.bound(c)()
		token := c.r.PathValue("token")
		page, err := p.Open(c.r.Context(), token)
		if err != nil && !errors.Is(err, lead.ErrNotFound) {
			return unavailable(err)
		}
		who := ""
		if err == nil {
			who = p.ID + ":" + lead.HashOf(token)
		}
		if wait := a.strangers.wait(c.r, who, token, a.opts.Now()); wait > 0 {
			return problemf(http.StatusTooManyRequests,
				"too many links that are not known were tried from this address: wait as Retry-After says").retry(wait)
		}
		page.ServeHTTP(c.w, c.r)
		return nil
	}
}

// describeTokens registers the pages that the options name.
func (a *API) describeTokens() {
	param := []*huma.Param{{Name: "token", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString},
		Description: "The only key there is; in no log."}}
	page := &huma.Response{Description: "A web page.",
		Content: map[string]*huma.MediaType{"text/html": {Schema: &huma.Schema{Type: huma.TypeString}}}}
	for _, p := range a.opts.TokenPages {
		for _, method := range p.Methods {
			op := huma.Operation{OperationID: p.ID, Method: method, Path: p.Path, Summary: p.Summary, Description: p.About,
				Parameters: param,
				Responses: a.responses(map[int]*huma.Response{
					200: page, 404: {Description: "No such link, or no more.", Content: page.Content}}, 429, 503)}
			if method != http.MethodGet {
				op.OperationID = "post-" + p.ID
			}
			a.route(op, a.token(p))
		}
	}
}
