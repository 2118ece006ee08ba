package main

import (
	"fmt"
)

type backupCmd struct {
	File string `arg:"" help:"New file for the copy." type:"path"`
}

func (c backupCmd) Run(a *app) error {
	records, err := a.openRecords()
	if err != nil {
		return err
	}
	defer records.Close()
	if err := records.Backup(a.ctx, c.File); err != nil {
		return err
	}
	fmt.Fprintf(a.out, "%s is a copy of the database as it is now; to restore it see docs/operating.md\n", c.File)
	return nil
}
