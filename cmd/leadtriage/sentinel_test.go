package main

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"leadtriage/internal/backing"
)

// REDIS_URL may name a master and the Sentinels that know where it is. (TestChaos has them
// name another one: make chaos SETUP=sentinel.)
func TestTheQueueUnderASentinel(t *testing.T) {
	t.Parallel()
	master, err := url.Parse(backing.RedisURL(t))
	if err != nil {
		t.Fatal(err)
	}
	at := freeAddr(t)
	_, port, _ := strings.Cut(at, ":")
	file := filepath.Join(t.TempDir(), "sentinel.conf")
	text := fmt.Sprintf("port %s\nbind 127.0.0.1\nsentinel monitor leads %s %s 1\n", port, master.Hostname(), master.Port())
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	sentinel := exec.Command("redis-server", file, "--sentinel")
	if err := sentinel.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sentinel.Process.Kill(); sentinel.Wait() })
	w := newWorld(t, map[string]string{"DATABASE_URL": backing.PostgresURL(t), "REDIS_URL": "redis://" + at + master.Path + "?master_name=leads&addr=127.0.0.1:1"})
	for client, _, err := reach(w.variable("REDIS_URL")); ; {
		if err != nil {
			t.Fatal(err)
		}
		c := client()
		err := c.Ping(w.patient()).Err()
		c.Close()
		if err == nil {
			break
		}
	}
	w.start("")
	w.card(w.post(http.StatusAccepted, fit("northwind.example")).ID, asking)
	req, _ := http.NewRequest(http.MethodGet, w.api+"/queues/api/queues", nil)
	req.SetBasicAuth("", demoOperatorKey)
	res, err := http.DefaultClient.Do(req)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Errorf("the queues' page: %v, %v", res, err)
	}
	res.Body.Close()
}
