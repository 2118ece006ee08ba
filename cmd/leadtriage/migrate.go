package main

import (
	"fmt"

	"leadtriage/internal/store"
)

type migrateCmd struct{}

func (migrateCmd) Run(a *app) error {
	cfg, err := a.load()
	if err != nil {
		return err
	}
	records, err := store.Open(a.ctx, cfg.Env.DatabaseURL.Reveal(), cfg.Database.Connections)
	if err != nil {
		return err
	}
	defer records.Close()
	if err := records.Migrate(a.ctx); err != nil {
		return err
	}
	fmt.Fprintln(a.out, "the database is up to date")
	return nil
}
