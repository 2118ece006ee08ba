package slack

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	slackapi "github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

// Socket takes interactions over Socket Mode until ctx ends, then returns nil.
// It reconnects by itself; a token that Slack refuses is logged and tried again
// every minute, for it stops nothing else.
func (a *Actions) Socket(ctx context.Context) error {
	for {
		err := a.connect(ctx)
		if ctx.Err() != nil {
			return nil
		}
		a.o.Logger.ErrorContext(ctx, "slack socket mode failed: check SLACK_APP_TOKEN (xapp-…, scope connections:write) and that Socket Mode is on in the app", "error", err)
		if !pause(ctx, operatorDelay) {
			return nil
		}
	}
}

// pause waits; false when ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// connect runs one managed connection. Each envelope is answered in its own
// goroutine: Slack waits 3 s for each, not for all.
func (a *Actions) connect(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	client := socketmode.New(a.poster.api, socketmode.OptionReadLimit(maxBody), socketmode.OptionDialer(&websocket.Dialer{
		HandshakeTimeout: callTimeout,
		NetDialContext:   (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		// Slack reads no continuation frames; its limit for an answer is 20 kB.
		WriteBufferSize: 32 << 10,
	}))
	var working sync.WaitGroup
	working.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case evt := <-client.Events:
				a.event(ctx, client, evt, &working)
			}
		}
	})
	err := client.RunContext(ctx)
	cancel()
	working.Wait()
	return err
}

func (a *Actions) event(ctx context.Context, client *socketmode.Client, evt socketmode.Event, working *sync.WaitGroup) {
	request := evt.Request
	if bad, ok := evt.Data.(*socketmode.ErrorBadMessage); ok { // what slack-go cannot read may be ours, and is sent again unless acknowledged
		request = new(socketmode.Request)
		if json.Unmarshal(bad.Message, request) != nil {
			return
		}
	}
	if request != nil && request.EnvelopeID != "" {
		working.Go(func() {
			answer := a.envelope(ctx, request)
			if err := client.AckCtx(ctx, request.EnvelopeID, answer.Body); err != nil && !errors.Is(err, context.Canceled) {
				a.o.Logger.WarnContext(ctx, "slack envelope not acknowledged", "error", err)
			}
			a.later(answer.After)
		})
		return
	}
	switch evt.Type {
	case socketmode.EventTypeConnected:
		a.o.Logger.InfoContext(ctx, "slack socket mode connected")
	case socketmode.EventTypeIncomingError: // every few hours by Slack's own wish
		a.o.Logger.InfoContext(ctx, "slack socket mode connection ended, connecting again")
	case socketmode.EventTypeConnectionError:
		a.o.Logger.WarnContext(ctx, "slack socket mode connection could not be opened, trying again")
	}
}

// envelope answers what came over Socket Mode; what is no business of ours with nothing.
func (a *Actions) envelope(ctx context.Context, request *socketmode.Request) Answer {
	switch request.Type {
	case socketmode.RequestTypeInteractive:
		var i Interaction
		if json.Unmarshal(request.Payload, &i) == nil {
			return a.Handle(ctx, i)
		}
	case socketmode.RequestTypeSlashCommands:
		var c slackapi.SlashCommand
		if json.Unmarshal(request.Payload, &c) == nil {
			return a.Command(ctx, c)
		}
	case socketmode.RequestTypeEventsAPI:
		var c callback
		if json.Unmarshal(request.Payload, &c) == nil {
			return a.Event(ctx, c)
		}
	}
	a.o.Logger.DebugContext(ctx, "slack envelope ignored", "type", request.Type)
	return Answer{}
}
