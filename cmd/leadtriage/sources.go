package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"leadtriage/config"
	"leadtriage/internal/intake"
	"leadtriage/internal/score"
	"leadtriage/internal/source"
)

// defaultSourceHeader carries a shared key where the configuration names no header.
const defaultSourceHeader = "X-Source-Key"

type sourcesCmd struct {
	Test sourcesTestCmd `cmd:"" help:"Show the lead that a webhook's body would become, or every fault with its place in it."`
}

type sourcesTestCmd struct {
	Name string `arg:"" help:"Name of the source, as under sources in the configuration."`
	File string `arg:"" help:"File with a body as the source sends it: JSON, or a web form's fields; - reads standard input." type:"existingfile"`
}

func (c sourcesTestCmd) Run(a *app) error {
	s, rules, err := a.findSource(c.Name)
	if err != nil {
		return err
	}
	raw, err := readAll(c.File)
	if err != nil {
		return err
	}
	raw = bytes.TrimSpace(bytes.TrimPrefix(raw, []byte("\uFEFF")))
	form := len(raw) > 0 && raw[0] != '{' && raw[0] != '['
	elements, faults := s.Parse(raw, form, rules, time.Now())
	refused := len(faults)
	for _, e := range elements {
		if e.At != "" {
			fmt.Fprintf(a.out, "%s\n", e.At)
		}
		switch {
		case e.Ignored:
			fmt.Fprintln(a.out, "ignored: `only` of the mapping does not hold")
		case len(e.Faults) > 0:
			refused++
			faults = e.Faults
		default:
			text, err := json.MarshalIndent(e.Incoming.Submission, "", "  ")
			if err != nil {
				return err
			}
			fmt.Fprintf(a.out, "%s\nduplicate key: %s\n", text, e.Incoming.Key)
			continue
		}
		printFaults(a, faults)
		faults = nil
	}
	printFaults(a, faults)
	if refused > 0 {
		return errors.New("the body has faults, listed above: mend the mapping or the sender, and try again")
	}
	return nil
}

func printFaults(a *app, faults intake.Faults) {
	for _, f := range faults {
		fmt.Fprintln(a.out, f.Message)
	}
}

// findSource makes a configured source ready, with the rules for its leads; its secret
// is not needed.
func (a *app) findSource(name string) (s intake.Source, rules intake.Rules, err error) {
	cfg, model, err := a.loadModel()
	if err != nil {
		return s, rules, err
	}
	var names []string
	for _, configured := range cfg.Sources {
		if configured.Name == name {
			s, err = newSource(configured)
			return s, intakeRules(cfg, model), err
		}
		names = append(names, configured.Name)
	}
	if len(names) == 0 {
		return s, rules, fmt.Errorf("there is no source %q: none is configured; declare it under sources (docs/sources.md), "+
			"and name the file by --config", name)
	}
	return s, rules, fmt.Errorf("there is no source %q in the configuration: known are %s", name, strings.Join(names, ", "))
}

// mappedSources are all configured sources, with the secrets that they are checked by.
func mappedSources(cfg *config.Config) ([]intake.Source, error) {
	if err := errors.Join(cfg.LackingSecrets()...); err != nil {
		return nil, err
	}
	var all []intake.Source
	for _, configured := range cfg.Sources {
		s, err := newSource(configured)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

func newSource(s config.Source) (intake.Source, error) {
	mapper, err := source.New(s.Mapping())
	if err != nil {
		return intake.Source{}, fmt.Errorf("source %s: %w", s.Name, err)
	}
	return intake.Source{Name: s.Name, Mapper: mapper, Require: s.Require, Partners: s.Partners, Signature: source.Signature{
		Kind: s.Signature.Kind, Secret: s.Signature.Secret.Reveal(), URL: s.Signature.URL,
		Header: cmp.Or(s.Signature.Header, defaultSourceHeader),
	}}, nil
}

// intakeRules are what the configuration says about leads.
func intakeRules(cfg *config.Config, model *score.Model) intake.Rules {
	rules := intake.Rules{ExtraEvents: model.ExtraEvents(), Required: cfg.Intake.Require}
	for _, p := range cfg.Partners {
		rules.Partners = append(rules.Partners, intake.Partner{ID: p.ID, Tiers: p.Tiers})
	}
	for _, r := range cfg.Review.RejectReasons {
		rules.Reasons = append(rules.Reasons, r.ID)
	}
	return rules
}
