package main

import (
	"errors"
	"fmt"
	"time"
)

type webhookCmd struct {
	Replay webhookReplayCmd `cmd:"" help:"Send webhooks again, each under the id it had."`
}

type webhookReplayCmd struct {
	IDs []string `arg:"" name:"id" help:"Ids as the header webhook-id has them."`
}

// Run has them sent by the worker that runs, with the leads as they are now.
func (c webhookReplayCmd) Run(a *app) (err error) {
	records, err := a.openRecords()
	if err != nil {
		return err
	}
	defer records.Close()
	for _, id := range c.IDs {
		ok, failed := records.Replay(a.ctx, id, time.Now().UTC())
		switch {
		case failed != nil:
			err = errors.Join(err, failed)
		case ok:
			fmt.Fprintf(a.out, "%s is sent again\n", id)
		default:
			err = errors.Join(err, fmt.Errorf("%s: no webhook with this id has left, or it is on its way; it stands in the header webhook-id", id))
		}
	}
	return err
}
