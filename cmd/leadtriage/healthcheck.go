package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

type healthcheckCmd struct{}

// Run asks the process that listens on LEADTRIAGE_ADDR whether it is ready, for
// images that have no other program to ask with.
func (healthcheckCmd) Run(a *app) error {
	cfg, err := a.load()
	if err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(cfg.Env.Addr)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	client := &http.Client{Timeout: 3 * time.Second}
	res, err := client.Get("http://" + net.JoinHostPort(host, port) + "/readyz")
	if err != nil {
		return fmt.Errorf("%w: start it, or correct LEADTRIAGE_ADDR", err)
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(res.Body, 1<<10))
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: %s", text)
	}
	fmt.Fprintln(a.out, "ready")
	return nil
}
