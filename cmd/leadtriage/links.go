package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"golang.org/x/sync/errgroup"

	"leadtriage/config"
	"leadtriage/internal/attribution"
	"leadtriage/internal/company"
	"leadtriage/internal/page"
)

type linksCmd struct {
	Make  linksMakeCmd  `cmd:"" help:"Print a link with a partner's UTM parameters."`
	Check linksCheckCmd `cmd:"" help:"Read pages of partners and name links to you whose UTM parameters are missing or mistyped."`
}

type linksMakeCmd struct {
	Partner  string `help:"Id of the partner, as under partners in the configuration." required:"" placeholder:"ID"`
	URL      string `arg:"" help:"Page of yours that the link leads to."`
	Campaign string `help:"What goes into utm_campaign, such as fall-webinar."`
	Content  string `help:"What goes into utm_content, to tell two links of one page apart."`
}

func (c linksMakeCmd) Run(a *app) error {
	cfg, rules, err := a.linkRules()
	if err != nil {
		return err
	}
	source, ok := rules.Source(c.Partner)
	if !ok {
		return fmt.Errorf("no partner %q in the configuration; it has %s", c.Partner, strings.Join(partnerIDs(cfg), ", "))
	}
	u, err := webAddress(c.URL)
	if err != nil {
		return err
	}
	q := u.Query()
	for name, value := range map[string]string{"utm_source": source, "utm_medium": "referral", "utm_campaign": c.Campaign, "utm_content": c.Content} {
		if value != "" {
			q.Set(name, value)
		}
	}
	u.RawQuery = q.Encode()
	fmt.Fprintln(a.out, u)
	return nil
}

type linksCheckCmd struct {
	Pages   []string `arg:"" help:"Addresses of pages, or files with one a line, each with the id of its partner behind a comma if you like."`
	Site    []string `help:"Domain of yours to which links lead; may be given more than once." required:"" placeholder:"DOMAIN"`
	Partner string   `help:"Id of the partner whose pages they are, where no file says it." placeholder:"ID"`
	All     bool     `help:"List the links that are right, too."`
	Format  string   `help:"table or json." enum:"table,json" default:"table"`
}

// checkedLink is a link on a partner's page, or a page that cannot be read.
type checkedLink struct {
	Page    string   `json:"page"`
	Link    string   `json:"link"`
	Partner string   `json:"partner"` // whom it names
	Faults  []string `json:"faults"`
}

func (c linksCheckCmd) Run(a *app) error {
	cfg, rules, err := a.linkRules()
	if err != nil {
		return err
	}
	ids := partnerIDs(cfg)
	for i, site := range c.Site {
		if c.Site[i], err = company.Domain(site); err != nil {
			return fmt.Errorf("--site %q: %w", site, err)
		}
	}
	pages, err := c.pages()
	if err != nil {
		return err
	}
	for _, p := range pages {
		if p.Partner != "" && len(ids) > 0 && !slices.Contains(ids, p.Partner) {
			return fmt.Errorf("%s: no partner %q in the configuration; it has %s", p.Page, p.Partner, strings.Join(ids, ", "))
		}
	}
	reader, err := pageReader(cfg, a.logger(cfg, slog.LevelWarn))
	if err != nil {
		return err
	}
	defer reader.Close()
	found := make([][]checkedLink, len(pages))
	var side errgroup.Group
	side.SetLimit(8)
	for i, p := range pages {
		side.Go(func() error { found[i] = c.check(a, reader, rules, p); return nil })
	}
	_ = side.Wait()
	links := slices.Concat(found...)
	faulty := slices.DeleteFunc(slices.Clone(links), func(l checkedLink) bool { return len(l.Faults) == 0 })
	if err := c.print(a, links, faulty); err != nil {
		return err
	}
	if len(faulty) > 0 {
		return fmt.Errorf("%d of %d links on %d pages have faults: send their partners what `leadtriage links make` prints", len(faulty), len(links), len(pages))
	}
	return a.ctx.Err()
}

// check reads one page; a page without a link to us has a fault, too.
func (c linksCheckCmd) check(a *app, reader *page.Reader, rules *attribution.Rules, p checkedLink) (links []checkedLink) {
	found, err := reader.Links(a.ctx, p.Page)
	if err != nil {
		return []checkedLink{{Page: p.Page, Faults: []string{err.Error()}}}
	}
	for _, u := range found {
		if owner, err := company.Domain(u.Hostname()); err == nil && slices.Contains(c.Site, owner) {
			named, faults := rules.Link(u, p.Partner)
			links = append(links, checkedLink{p.Page, u.String(), named, slices.Concat([]string{}, faults)})
		}
	}
	if len(links) == 0 {
		return []checkedLink{{Page: p.Page, Faults: []string{"no link to " + strings.Join(c.Site, ", ") + " stands on it"}}}
	}
	return links
}

func (c linksCheckCmd) print(a *app, links, faulty []checkedLink) error {
	if !c.All {
		links = faulty
	}
	if c.Format == "json" {
		out := json.NewEncoder(a.out)
		out.SetIndent("", "  ")
		out.SetEscapeHTML(false)
		return out.Encode(slices.Concat([]checkedLink{}, links))
	}
	if len(links) == 0 {
		fmt.Fprintln(a.out, "All links are right.")
		return nil
	}
	t := a.table("page", "link", "names", "what is wrong")
	for _, l := range links {
		t.AppendRow(table.Row{l.Page, l.Link, l.Partner, strings.Join(l.Faults, "\n")})
	}
	t.Render()
	return nil
}

// pages are those that the arguments name, with their partners.
func (c linksCheckCmd) pages() (pages []checkedLink, err error) {
	for _, arg := range c.Pages {
		lines := []string{arg}
		if _, err := os.Stat(arg); err == nil {
			text, err := os.ReadFile(arg)
			if err != nil {
				return nil, err
			}
			lines = strings.Split(strings.TrimPrefix(string(text), "\uFEFF"), "\n")
		}
		for i, line := range lines {
			fields := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(",;\t\r\" ", r) })
			switch {
			case len(fields) == 0 || i == 0 && len(lines) > 1 && !strings.Contains(fields[0], "://"): // empty, or names of columns
			case len(fields) == 1:
				pages = append(pages, checkedLink{Page: fields[0], Partner: c.Partner})
			default:
				pages = append(pages, checkedLink{Page: fields[0], Partner: fields[1]})
			}
		}
	}
	for _, p := range pages {
		if _, err := webAddress(p.Page); err != nil {
			return nil, err
		}
	}
	return pages, nil
}

func webAddress(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New(s + " is no web address: write it in full, as in https://www.example.com/page, or name a file that exists")
	}
	return u, nil
}

func (a *app) linkRules() (*config.Config, *attribution.Rules, error) {
	cfg, model, err := a.loadModel()
	if err != nil {
		return nil, nil, err
	}
	return cfg, attributionRules(cfg, model), nil
}
