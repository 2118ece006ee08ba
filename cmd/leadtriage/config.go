package main

import (
	"fmt"

	"leadtriage/config"
)

type configCmd struct {
	Check  configCheckCmd  `cmd:"" help:"Name every fault at once, with file and line."`
	Schema configSchemaCmd `cmd:"" help:"Print the JSON Schema of the file, for editors."`
	Print  configPrintCmd  `cmd:"" help:"Print the effective configuration, without secrets."`
}

type (
	configCheckCmd struct {
		File string `arg:"" optional:"" help:"YAML file to check; default: the one in use." type:"path"`
	}
	configSchemaCmd struct{}
	configPrintCmd  struct{}
)

func (c configCheckCmd) Run(a *app) error {
	cfg, model, err := a.check(c.File)
	if err != nil {
		return err
	}
	for _, w := range cfg.Warnings() {
		fmt.Fprintln(a.errOut, "note:", w)
	}
	fmt.Fprintf(a.out, "the configuration is sound; scoring model %s\n", model)
	return nil
}

func (configSchemaCmd) Run(a *app) error {
	_, err := a.out.Write(config.Schema())
	return err
}

func (configPrintCmd) Run(a *app) error {
	cfg, err := a.load()
	if err != nil {
		return err
	}
	text, err := cfg.Print()
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(a.out, text)
	return err
}
