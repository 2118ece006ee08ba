package console

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"leadtriage/internal/lead"
)

// Holder is who an API key stands for.
type Holder struct {
	Name     string
	Roles    []string // of enqueue, read, decide, operate
	Partners []string // whose leads it may see; none: everybody's
	Seal     string   // another one for another key of the same name; it does not tell the key
}

// Keys knows the API keys.
type Keys interface {
	// Try is a log-in with a key. An address that shows unknown keys has to wait.
	Try(r *http.Request, key string) (h Holder, wait time.Duration, ok bool)
	// Named is the key with the name as it is configured now.
	Named(name string) (Holder, bool)
}

// person is who is logged in, as our own record says now.
type person struct {
	Name     string // shown
	Actor    string // on record
	Viewer   bool
	Reviewer bool
	Operator bool
	Partners []string // whose leads; none: everybody's
	Subject  string   // of OIDC
}

func (p person) known() bool { return p.Name != "" }

func (p person) may(need right) bool {
	switch need {
	case reviewer:
		return p.Reviewer
	case operator:
		return p.Operator && len(p.Partners) == 0
	case asker:
		return p.Reviewer || p.Operator
	case overseer:
		return len(p.Partners) == 0
	}
	return p.Viewer || p.Reviewer || p.Operator
}

// Oversees and Operates are for the menu.
func (p person) Oversees() bool { return p.may(overseer) }
func (p person) Operates() bool { return p.may(operator) }

// SeesPeople: whether leads may be looked for by name and address of a person.
func (p person) SeesPeople() bool { return p.Reviewer || p.Operator }

// Role is the most that the person may do, in a word.
func (p person) Role() string {
	var words []string
	for word, is := range map[string]bool{"reviewer": p.Reviewer, "operator": p.Operator} {
		if is {
			words = append(words, word)
		}
	}
	slices.Sort(words)
	if len(words) == 0 {
		return "viewer"
	}
	return strings.Join(words, " and ")
}

func (p person) lacks(need right) string {
	switch {
	case len(p.Partners) > 0 && (need == overseer || need == operator):
		return "This page tells of all partners, and your key is bound to " + lead.Join(p.Partners, ", ", " and ") + "."
	case need == operator:
		return "This is for operators: it needs a key with the role operate, or a group that is mapped to operator."
	}
	return "This is for reviewers: it needs a key with the role decide, or a group that is mapped to reviewer."
}

// sees reports whether the lead is one that the person may see.
func (p person) sees(d *lead.Dossier) bool {
	return len(p.Partners) == 0 || slices.ContainsFunc(p.Partners, func(id string) bool { return strings.EqualFold(id, d.Lead.Partner.ID) })
}

// who is logged in. Keys, roles and groups are compared with the configuration each time:
// a key that was withdrawn, or changed, opens nothing any more.
func (c *Console) who(ctx context.Context) (person, bool) {
	if name := c.sessions.GetString(ctx, "key"); name != "" {
		h, ok := c.Keys.Named(name)
		if !ok || h.Seal != c.sessions.GetString(ctx, "seal") {
			return person{}, false
		}
		p := holder(h)
		return p, p.may(viewer)
	}
	if subject := c.sessions.GetString(ctx, "subject"); subject != "" && c.OIDC != nil {
		groups := strings.Split(c.sessions.GetString(ctx, "groups"), "\n")
		p := c.OIDC.person(subject, c.sessions.GetString(ctx, "name"), groups)
		return p, p.may(viewer)
	}
	return person{}, false
}

func holder(h Holder) person {
	has := func(role string) bool { return slices.Contains(h.Roles, role) }
	return person{Name: h.Name, Actor: lead.KeyActor + h.Name, Viewer: has("read"), Reviewer: has("decide"), Operator: has("operate"), Partners: h.Partners}
}

func (c *Console) loginPage(v *visit) error {
	if v.person.known() {
		http.Redirect(v.w, v.r, "/console/", http.StatusSeeOther)
		return nil
	}
	why := ""
	if v.r.URL.Query().Has("entered") { // the session began, and its cookie did not come back
		why = "Your browser kept no session. Open the console over https, or at http://localhost on the machine itself, and allow cookies."
	}
	c.show(v, "login", http.StatusOK, page{Title: "Log in", Body: why})
	return nil
}

// login takes a key, once; what follows goes by the session.
func (c *Console) login(v *visit) error {
	h, wait, ok := c.Keys.Try(v.r, strings.TrimSpace(v.r.PostFormValue("key")))
	status, why := http.StatusUnauthorized, "This key is not known here. Check it against LEADTRIAGE_API_KEYS, or ask an operator."
	switch p := holder(h); {
	case wait > 0:
		seconds := int(wait.Seconds()) + 1
		v.w.Header().Set("Retry-After", strconv.Itoa(seconds))
		status, why = http.StatusTooManyRequests, "Too many unknown keys were tried from this address. Wait "+strconv.Itoa(seconds)+" s."
	case ok && !p.may(viewer):
		status, why = http.StatusForbidden, "The key "+h.Name+" only sends leads. The console needs a key with the role read, decide or operate."
	case ok:
		return c.begin(v, map[string]string{"key": h.Name, "seal": h.Seal})
	}
	c.show(v, "login", status, page{Title: "Log in", Body: why})
	return nil
}

// begin starts a session under a new token. Whatever a session before held is gone.
func (c *Console) begin(v *visit, held map[string]string) error {
	ctx := v.r.Context()
	if err := c.sessions.Clear(ctx); err != nil {
		return err
	}
	if err := c.sessions.RenewToken(ctx); err != nil {
		return err
	}
	for key, value := range held {
		c.sessions.Put(ctx, key, value)
	}
	http.Redirect(v.w, v.r, "/console/?entered", http.StatusSeeOther)
	return nil
}

// logout ends the session here, whatever the browser keeps.
func (c *Console) logout(v *visit) error {
	if err := c.sessions.Destroy(v.r.Context()); err != nil {
		return err
	}
	http.Redirect(v.w, v.r, "/console/login", http.StatusSeeOther)
	return nil
}
