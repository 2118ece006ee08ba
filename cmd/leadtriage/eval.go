package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"leadtriage/config"
	"leadtriage/internal/enrich"
	"leadtriage/internal/enrich/testdata"
	"leadtriage/internal/eval"
	"leadtriage/internal/evidence"
	"leadtriage/internal/lead"
	"leadtriage/internal/page"
	"leadtriage/internal/provider"
	"leadtriage/internal/sim"
	"leadtriage/prompts"
)

type evalCmd struct {
	Dataset string `arg:"" optional:"" help:"JSONL with one company a line (docs/eval.md); default: the set that comes with leadtriage." placeholder:"DATASET"`

	Model  string `help:"Model to measure; default: the configured one." placeholder:"NAME"`
	Versus string `help:"Second model of the same endpoint, shown beside the first." placeholder:"NAME"`

	Prompts       string `help:"Folder with another wording of the prompt (docs/eval.md); default: the shipped one." placeholder:"DIR"`
	VersusPrompts string `help:"Folder with a second wording, shown beside the first; with --versus it is that model's." placeholder:"DIR"`
	Providers     bool   `help:"Ask the configured data providers too. They are real, and may cost money."`

	Price map[string]string `help:"US dollars per million tokens, over enrichment.prices: NAME=PROMPT/CACHED/COMPLETION. NAME may be the beginning of a model's." placeholder:"NAME=IN/CACHED/OUT"`

	Sentences string `help:"Measure the second reading alone, over labelled sentences: JSONL (docs/eval.md)." placeholder:"FILE"`
	Exam      bool   `help:"Measure the second reading over the exam that a model has to pass."`

	Limit       int    `help:"Only the first so many companies." placeholder:"N"`
	Concurrency int    `help:"Companies side by side; use 1 to measure the latency of a server of your own." default:"4" placeholder:"N"`
	Format      string `help:"table or json." enum:"table,json" default:"table"`
	Details     bool   `help:"Below the table, name every mistake, and every value that was missed with the step at which it was."`

	MinPrecision   *float64 `help:"Fail when a smaller share of the verified facts is right (0 to 1)." placeholder:"SHARE"`
	MinRecall      *float64 `help:"Fail when a smaller share of the stated values is found (0 to 1)." placeholder:"SHARE"`
	MaxUnsupported *int     `help:"Fail when more facts are verified that no page states." placeholder:"N"`
}

// evalRun is what --format json prints.
type evalRun struct {
	Dataset   string        `json:"dataset"`
	Endpoint  string        `json:"endpoint"` // "simulator", or the URL that was asked
	Simulated bool          `json:"simulated"`
	Title     string        `json:"title"`
	Reports   []eval.Report `json:"reports,omitempty"`

	Sentences []eval.SentenceReport `json:"sentences,omitempty"` // with --sentences and --exam
}

// Validate is asked by the parser: what it refuses is wrong usage.
func (c evalCmd) Validate() error {
	for name, floor := range map[string]*float64{"--min-precision": c.MinPrecision, "--min-recall": c.MinRecall} {
		if floor != nil && !(*floor >= 0 && *floor <= 1) {
			return fmt.Errorf("%s is %g: write a share from 0 to 1, such as 0.95", name, *floor)
		}
	}
	if c.Limit < 0 || c.Concurrency < 1 {
		return errors.New("--limit and --concurrency must not be negative, and --concurrency at least 1")
	}
	_, err := c.prices()
	return err
}

func (c evalCmd) Run(a *app) error {
	cfg, err := a.load()
	if err != nil {
		return err
	}
	out := evalRun{Dataset: "the shipped set"}
	sides, err := c.sides(cfg)
	if err != nil {
		return err
	}
	if c.Sentences != "" || c.Exam {
		return c.readSentences(a, cfg, out, sides)
	}
	set, err := c.read(&out)
	if err != nil {
		return err
	}
	var labels []evidence.Sentence
	for _, company := range set {
		labels = append(labels, company.Labels()...)
	}
	err = c.each(a, cfg, &out, sides, labels, func(o eval.Options) error {
		report, err := c.measure(a, cfg, set, o)
		if a.ctx.Err() != nil { // half a set reaches no floor
			return errors.New("interrupted before every company was through: nothing was measured")
		}
		out.Reports = append(out.Reports, report)
		return err
	})
	if err != nil {
		return err
	}
	for _, r := range out.Reports {
		if len(r.Failures) == r.Companies {
			return fmt.Errorf("%s: none of the %d companies could be enriched: %s", r.Model, r.Companies, r.Failures[0].Error)
		}
	}
	return eval.Floors{Precision: c.MinPrecision, Recall: c.MinRecall, Unsupported: c.MaxUnsupported}.Check(out.Reports[0])
}

// each measures one side after the other at one endpoint, and prints what came of it.
func (c evalCmd) each(a *app, cfg *config.Config, out *evalRun, sides []side, known []evidence.Sentence, measure func(eval.Options) error) error {
	endpoint, stop, err := out.open(cfg, sides, known)
	if err != nil {
		return err
	}
	defer stop()
	for _, s := range sides {
		o, err := c.options(a, cfg, endpoint, s)
		if err != nil {
			return err
		}
		if out.Simulated {
			o.Model = "simulated " + s.model
		}
		if err := measure(o); err != nil {
			return err
		}
	}
	return c.print(a, *out)
}

// side is what is measured in one run over the set.
type side struct {
	model  string
	prompt prompts.Set
}

// sides are the one that floors are asked of, and the one beside it if any.
func (c evalCmd) sides(cfg *config.Config) ([]side, error) {
	wording := func(folder string) (prompts.Set, error) {
		if folder == "" {
			return prompts.Shipped(), nil
		}
		return prompts.Load(folder)
	}
	first, err := wording(c.Prompts)
	if err != nil {
		return nil, err
	}
	sides := []side{{cmp.Or(c.Model, cfg.Enrichment.Model), first}}
	if c.Versus == "" && c.VersusPrompts == "" {
		return sides, nil
	}
	second, err := wording(cmp.Or(c.VersusPrompts, c.Prompts))
	if err != nil {
		return nil, err
	}
	return append(sides, side{cmp.Or(c.Versus, sides[0].model), second}), nil
}

// read reads the data set, or the part of it that was asked for.
func (c evalCmd) read(out *evalRun) ([]eval.Company, error) {
	text := testdata.Eval
	if c.Dataset != "" {
		var err error
		if text, err = os.ReadFile(c.Dataset); err != nil {
			return nil, fmt.Errorf("read the data set: %w: name a JSONL file as docs/eval.md describes it, or none for the shipped set", err)
		}
		out.Dataset = c.Dataset
	}
	set, err := eval.Read(text, out.Dataset)
	if err != nil {
		return nil, fmt.Errorf("the data set has faults (docs/eval.md says what a line holds):\n%w", err)
	}
	if c.Limit > 0 && c.Limit < len(set) {
		set = set[:c.Limit]
	}
	return set, nil
}

// open finds the configured endpoint. Without one it starts the simulated model,
// and the title says so: its figures are no model's.
func (out *evalRun) open(cfg *config.Config, sides []side, known []evidence.Sentence) (enrich.Endpoint, func(), error) {
	e, ok := endpoint(cfg, nil)
	if ok {
		out.Endpoint = cmp.Or(e.BaseURL, "api.openai.com")
		out.Title = fmt.Sprintf("enrichment of %s by %s", out.Dataset, out.Endpoint)
		return e, func() {}, nil
	}
	models := []string{cfg.Enrichment.SecondModel}
	for _, s := range sides {
		models = append(models, s.model)
	}
	var labels []sim.Label
	for _, s := range known {
		labels = append(labels, sim.Label{Sentence: s})
	}
	addr, stop, err := serveOn("127.0.0.1:0", sim.NewOpenAI(sim.OpenAIOptions{Key: demoModelKey, Models: models, Labels: labels}))
	if err != nil {
		return e, nil, fmt.Errorf("serve the simulated model: %w", err)
	}
	e.Key, e.BaseURL = demoModelKey, "http://"+addr+"/v1"
	out.Endpoint, out.Simulated = "simulator", true
	out.Title = fmt.Sprintf("enrichment of %s by the SIMULATOR: this measures the plumbing, not a model", out.Dataset)
	return e, stop, nil
}

// readSentences measures the second reading alone.
func (c evalCmd) readSentences(a *app, cfg *config.Config, out evalRun, sides []side) error {
	all, err := cfg.Enrichment.Exam.Sentences, error(nil)
	out.Dataset = "the exam"
	if all == nil {
		all = evidence.Exam()
	}
	if c.Sentences != "" {
		var text []byte
		out.Dataset = c.Sentences
		if text, err = os.ReadFile(c.Sentences); err == nil {
			all, err = evidence.ReadSentences(text)
		}
	}
	if err != nil {
		return fmt.Errorf("read the sentences of %s (docs/eval.md says what a line holds):\n%w", c.Sentences, err)
	}
	if c.Limit > 0 && c.Limit < len(all) {
		all = all[:c.Limit]
	}
	err = c.each(a, cfg, &out, sides, all, func(o eval.Options) error {
		out.Title = strings.Replace(out.Title, "enrichment of", "the second reading of", 1)
		report, err := eval.Sentences(a.ctx, all, o)
		out.Sentences = append(out.Sentences, report)
		return err
	})
	if err != nil {
		return err
	}
	first := out.Sentences[0]
	return eval.Floors{Recall: c.MinRecall}.Check(eval.Report{Model: first.Model, All: eval.Tally{Recall: first.All.Recall}})
}

// measure runs the set through one model as the service would ask it.
func (c evalCmd) measure(a *app, cfg *config.Config, set []eval.Company, o eval.Options) (report eval.Report, err error) {
	var mu sync.Mutex
	answers := map[string]map[string]int{}
	if c.Providers {
		o.Enrich.Providers, err = providers(cfg.Enrichment.Providers, o.Enrich.Logger, nil, func(name string, how provider.Result) {
			mu.Lock()
			defer mu.Unlock()
			if answers[name] == nil {
				answers[name] = map[string]int{}
			}
			answers[name][string(how)]++
		})
		if err != nil {
			return report, err
		}
	}
	bar := a.bar(len(set), o.Model)
	defer bar.Finish()
	o.Done = func() { bar.Add(1) }
	report, err = eval.Run(a.ctx, set, o)
	report.Providers = answers
	return report, err
}

func (c evalCmd) options(a *app, cfg *config.Config, endpoint enrich.Endpoint, s side) (eval.Options, error) {
	given, err := c.prices()
	if err != nil {
		return eval.Options{}, err
	}
	prices := prices(cfg.Enrichment.Prices)
	maps.Copy(prices, given)
	// What each company came to stands in the report.
	log := a.logger(cfg, slog.LevelError)
	endpoint.Model, endpoint.Logger = s.model, log
	e := cfg.Enrichment
	return eval.Options{
		Model: s.model, Concurrency: c.Concurrency,
		Pages: page.Options{
			Timeout: e.Pages.Timeout, MaxBytes: int64(e.Pages.Bytes), MaxRunes: e.Pages.Letters,
			MaxRedirects: e.Pages.Redirects, MaxPages: e.Pages.Most, Logger: log,
		},
		Enrich: enrich.Options{
			Model: enrich.NewModel(endpoint), SecondModel: e.SecondModel, Prompts: s.prompt, Limits: limits(e), Prices: prices, Logger: log,
		},
	}, nil
}

// bar shows on a terminal how far a long command has come.
func (a *app) bar(most int, what string) *progressbar.ProgressBar {
	return progressbar.NewOptions(most, progressbar.OptionSetWriter(a.errOut), progressbar.OptionSetVisibility(isTerminal(a.errOut)),
		progressbar.OptionSetDescription(what), progressbar.OptionShowCount(), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish())
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// prices reads --price.
func (c evalCmd) prices() (lead.Prices, error) {
	prices := lead.Prices{}
	for name, text := range c.Price {
		var p lead.Price
		_, err := fmt.Sscanf(text+"\n", "%g/%g/%g\n", &p.Prompt, &p.Cached, &p.Completion)
		if err != nil || min(p.Prompt, p.Cached, p.Completion) < 0 {
			return nil, fmt.Errorf("--price %s=%s: write three amounts, for prompt, cached and completion tokens: %s=0.40/0.10/1.60", name, text, name)
		}
		prices[name] = p
	}
	return prices, nil
}
