package page

import (
	"context"
	"errors"
	"net"
	"net/url"
	"slices"
	"strings"

	"leadtriage/internal/company"
	"leadtriage/internal/lead"
)

// Site reads the home page of domain's registrable domain and then, up to
// Options.MaxPages, the pages about the company that the home page links to.
// The home page is looked for at https://domain/, http://domain/, and the same
// two of www., and the first that answers with a page is taken.
//
// Without any page the error wraps ErrNoSite when nothing suggests that there is
// a site; else it says what stood in the way: a lead.Fault that is Temporary or
// Throttled, or Permanent with ErrForeign (it redirects to somebody else's
// domain), ErrDisallowed (robots.txt asks not to read it), ErrForbiddenAddress or
// ErrUnreadable. A further page that fails, is disallowed, or comes too late for
// Options.SiteTimeout is left out, and never fails the site.
func (r *Reader) Site(ctx context.Context, domain string) ([]Page, error) {
	owner, err := company.Domain(domain)
	if err != nil {
		return nil, lead.Faultf(lead.Permanent, 0, "read site: %w: %w", ErrForbiddenAddress, err)
	}
	ctx, cancel := context.WithTimeout(ctx, r.opts.SiteTimeout)
	defer cancel()
	home, links, err := r.home(ctx, owner)
	if err != nil {
		return nil, err
	}
	pages := []Page{home}
	seen := func(u *url.URL) bool {
		return slices.ContainsFunc(pages, func(p Page) bool { return samePage(p.URL, u) })
	}
	usable := func(u *url.URL) bool {
		_, err := allow(u, owner)
		return err == nil && !seen(u)
	}
	for _, target := range r.further(home, links, usable) {
		if len(pages) == r.opts.MaxPages || ctx.Err() != nil {
			break
		}
		if seen(target.url) {
			continue
		}
		next, err := r.open(ctx, target.url, owner)
		if err != nil {
			fault, _ := lead.KindOf(err)
			r.opts.Logger.DebugContext(ctx, "company page left out", "kind", target.kind, "temporary", fault != lead.Permanent)
			continue
		}
		if u, err := url.Parse(next.URL); err == nil && !seen(u) {
			next.Kind = target.kind
			pages = append(pages, next)
		}
	}
	return pages, nil
}

// Page reads one more page of a company: url must be an absolute http(s)
// address of domain's registrable domain. Errors are lead.Faults; they wrap
// ErrForeign, ErrForbiddenAddress, ErrDisallowed, ErrNotFound or ErrUnreadable
// where one fits. A page that was read within Options.KeepFor is not read again.
func (r *Reader) Page(ctx context.Context, rawURL, domain string) (Page, error) {
	owner, err := company.Domain(domain)
	if err != nil {
		return Page{}, lead.Faultf(lead.Permanent, 0, "read page: %w: %w", ErrForbiddenAddress, err)
	}
	u, err := url.Parse(rawURL)
	if err != nil || u.Host == "" {
		return Page{}, lead.Faultf(lead.Permanent, 0, "read page: %w: write a full address, for example https://%s/about",
			ErrForbiddenAddress, owner)
	}
	return r.open(ctx, u, owner)
}

// Links returns where the anchors of a page lead, in their order, each address once; rawURL
// and errors are as in Page. Nothing is kept.
func (r *Reader) Links(ctx context.Context, rawURL string) (all []*url.URL, err error) {
	u, err := url.Parse(rawURL)
	if err != nil || u.Host == "" {
		return nil, lead.Faultf(lead.Permanent, 0, "read page: %w: write a full address, for example https://partner.example/page", ErrForbiddenAddress)
	}
	owner, err := company.Domain(u.Hostname())
	if err != nil {
		return nil, lead.Faultf(lead.Permanent, 0, "read page: %w: %w", ErrForbiddenAddress, err)
	}
	if u, err = allow(u, owner); err != nil {
		return nil, err
	}
	doc, err := plainly(u, func(u *url.URL) (*document, error) {
		_, doc, err := r.follow(ctx, u, owner)
		return doc, err
	})
	if err != nil {
		return nil, err
	}
	for _, a := range doc.markup.anchors {
		to, err := doc.markup.base.Parse(strings.TrimSpace(attr(a, "href")))
		if err == nil && !slices.ContainsFunc(all, func(other *url.URL) bool { return *other == *to }) {
			all = append(all, to)
		}
	}
	return all, nil
}

// home finds the home page.
func (r *Reader) home(ctx context.Context, domain string) (Page, []link, error) {
	// Four silent addresses must not take four timeouts.
	ctx, cancel := context.WithTimeout(ctx, 2*r.opts.Timeout)
	defer cancel()
	var obstacle error
	for _, host := range []string{domain, "www." + domain} {
		for _, scheme := range []string{"https", "http"} {
			page, links, err := r.read(ctx, &url.URL{Scheme: scheme, Host: host, Path: "/"}, domain, true)
			if err == nil {
				return page, links, nil
			}
			kind, _ := lead.KindOf(err)
			switch {
			case errors.Is(err, ErrForeign), errors.Is(err, ErrDisallowed), kind == lead.Throttled, ctx.Err() != nil:
				return Page{}, nil, err
			case errors.Is(err, ErrNotFound):
			case obstacle == nil, kind == lead.Temporary:
				obstacle = err
			}
			if _, noHost := errors.AsType[*net.DNSError](err); noHost {
				break // the other scheme would ask the same question
			}
		}
	}
	if obstacle != nil {
		return Page{}, nil, obstacle
	}
	return Page{}, nil, lead.Faultf(lead.Permanent, 0, "read site of %s: %w", domain, ErrNoSite)
}

// target is a further page worth reading.
type target struct {
	kind string
	url  *url.URL
}

// further ranks the pages to read after the home page: the best link of each
// kind, or /about as a guess when the home page links to none.
func (r *Reader) further(home Page, links []link, usable func(*url.URL) bool) []target {
	var targets []target
	for _, k := range kinds {
		if u := bestLink(links, k, usable); u != nil {
			targets = append(targets, target{k.name, u})
		}
	}
	if len(targets) == 0 {
		if base, err := url.Parse(home.URL); err == nil {
			targets = append(targets, target{kinds[0].name, base.ResolveReference(&url.URL{Path: "/about"})})
		}
	}
	return targets
}

func (r *Reader) open(ctx context.Context, u *url.URL, domain string) (Page, error) {
	return plainly(u, func(u *url.URL) (Page, error) {
		page, _, err := r.read(ctx, u, domain, false)
		return page, err
	})
}

// plainly reads u, over http where https turns out not to be spoken.
func plainly[T any](u *url.URL, read func(*url.URL) (T, error)) (T, error) {
	got, err := read(u)
	if errors.Is(err, errNoTLS) && u.Scheme == "https" && u.Port() == "" {
		plain := *u
		plain.Scheme = "http"
		got, err = read(&plain)
	}
	return got, err
}

// reading is a page with the links that stand on it, where they were asked for.
type reading struct {
	page   Page
	links  []link
	linked bool
}

// read reads the page at u, unless it did so lately. Only a home page's links are read.
func (r *Reader) read(ctx context.Context, u *url.URL, domain string, home bool) (Page, []link, error) {
	u, err := allow(u, domain)
	if err != nil {
		return Page{}, nil, err
	}
	if known, ok := r.pages.get(pageKey(u), r.opts.Now()); ok && (known.linked || !home) {
		return known.page, known.links, nil
	}
	got, doc, err := r.follow(ctx, u, domain)
	if err != nil {
		return Page{}, nil, err
	}
	page := Page{URL: got.url.String(), Title: doc.title, Text: doc.text, Lang: doc.lang, FetchedAt: r.opts.Now().UTC()}
	page.Stated, page.Site, page.Claims = doc.markup.statements(domain, got.header, page.FetchedAt)
	read := reading{page: page, linked: home}
	if home {
		read.links = doc.markup.links()
	}
	r.keep(u, got.url, read)
	return page, read.links, nil
}

// follow reads the page at u, or the one that it leads a browser to.
func (r *Reader) follow(ctx context.Context, u *url.URL, domain string) (*answer, *document, error) {
	for range r.opts.MaxRedirects + 1 {
		got, err := r.get(ctx, u, domain)
		if err != nil {
			return nil, nil, err
		}
		doc, err := extract(got.body, got.contentType, got.url, r.opts.MaxRunes)
		if err != nil {
			return nil, nil, lead.Faultf(lead.Permanent, 0, "read %s: %w", shown(got.url), err)
		}
		if next := doc.leadsTo(got.header); next != nil {
			u = next
			continue
		}
		if why := doc.obstacle(); why != "" {
			return nil, nil, lead.Faultf(lead.Permanent, 0, "read %s: %w: %s", shown(got.url), ErrUnreadable, why)
		}
		return got, &doc, nil
	}
	return nil, nil, lead.Faultf(lead.Permanent, 0, "read %s: %w: it leads elsewhere without end", shown(u), ErrUnreadable)
}

// keep keeps a reading under the address that was asked for and the one that answered.
func (r *Reader) keep(asked, answered *url.URL, got reading) {
	size := len(got.page.Text) + 2000 + 300*len(got.links) + 600*len(got.page.Stated)
	r.pages.put(pageKey(answered), got, size, got.page.FetchedAt)
	if pageKey(asked) != pageKey(answered) {
		r.pages.put(pageKey(asked), got, size, got.page.FetchedAt)
	}
}

// samePage compares addresses loosely: scheme, "www." and a last slash do not
// make another page.
func samePage(a string, b *url.URL) bool {
	u, err := url.Parse(a)
	return err == nil && pageKey(u) == pageKey(b)
}

// Forget has the next reading of the company's pages ask its site again,
// robots.txt included, whatever was read within Options.KeepFor.
func (r *Reader) Forget(domain string) {
	owner, err := company.Domain(domain)
	if err != nil {
		return // nothing of it was ever read
	}
	its := func(host string) bool { return host == owner || strings.HasSuffix(host, "."+owner) }
	r.pages.forget(func(key string) bool { return its(key[:strings.IndexAny(key, "/?")]) })
	r.robots.forget(func(key string) bool {
		_, host, _ := strings.Cut(key, "://")
		host, _, _ = strings.Cut(host, ":")
		return its(strings.ToLower(host))
	})
}

func pageKey(u *url.URL) string {
	host := strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
	return host + strings.TrimSuffix(u.Path, "/") + "?" + u.RawQuery
}
