//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"leadtriage/config"
	"leadtriage/internal/backing"
	"leadtriage/internal/store"
)

// The short form, a dozen faults, runs with the other tests; `make chaos` is the long one.
var (
	chaosFaults = flag.Int("chaos.faults", 12, "how many faults TestChaos makes")
	chaosSeed   = flag.Uint64("chaos.seed", 0, "what decides which; 0: another one each time")
	chaosEvery  = flag.Duration("chaos.every", 1200*time.Millisecond, "how far apart they are at the mean")
	chaosBinary = flag.String("chaos.binary", "", "the program; empty: this test as the program")
	chaosSetup  = flag.String("chaos.setup", "embedded,real", "embedded: SQLite; real: Redis and PostgreSQL; sentinel: the same, with two Redis")
	chaosKeep   = flag.String("chaos.keep", "", "a folder that keeps the logs")
)

const (
	chaosUndo     = 3 * time.Second
	chaosDeadline = 10 * time.Second
)

// TestChaos runs the program in processes of its own among simulators in theirs, sends
// leads and has people decide, while a seeded schedule breaks one thing after another.
// An auditor, who reads the simulators' logs and the database alone, then says which
// promises were kept (docs/promises.md).
func TestChaos(t *testing.T) {
	seed := *chaosSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano()) % 1_000_000
	}
	t.Run("on", func(t *testing.T) {
		for _, name := range strings.Split(*chaosSetup, ",") {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				newChaos(t, name, seed).run(*chaosFaults)
			})
		}
	})
}

// chaos is the service in processes, and everything that can be broken around it.
type chaos struct {
	t        *testing.T
	name     string
	seed     uint64
	folder   string
	disk     string          // a small file system with the records; empty: none could be had
	database string          // where the auditor reads
	redis    *redis.Client   // nil: there is none
	sentinel string          // its address; empty: there is none
	program  map[string]bool // which daemons are the program
	daemons  map[string]*daemon
	taps     map[string]*tap
	listed   sync.Mutex        // guards apis
	apis     []string          // addresses
	outside  map[string]string // addresses of the far sides
	traces   atomic.Int64      // spans' bodies with something in them that has no business there
	outages  outages
	ledger   ledger
	began    time.Time
	stopped  atomic.Bool // nobody sends any more
}

// ledger is what senders were told.
type ledger struct {
	mu     sync.Mutex
	leads  map[string]string // id by host
	other  int               // times that a lead was acknowledged under another id
	events map[string]string // lead by event's asset
	asked  int               // requests
	failed int               // that got no good answer
}

func newChaos(t *testing.T, name string, seed uint64) *chaos {
	c := &chaos{t: t, name: name, seed: seed, folder: t.TempDir(),
		daemons: map[string]*daemon{}, taps: map[string]*tap{}, outside: map[string]string{}, program: map[string]bool{},
		ledger: ledger{leads: map[string]string{}, events: map[string]string{}}}
	if *chaosKeep != "" {
		c.folder = filepath.Join(*chaosKeep, name)
		c.do(os.MkdirAll(c.folder, 0o755))
	}
	os.Chmod(c.folder, 0o755)
	for dir := c.folder; strings.HasPrefix(dir, os.TempDir()) && dir != os.TempDir(); dir = filepath.Dir(dir) {
		os.Chmod(dir, 0o755) // PostgreSQL runs as another user
	}
	disk := filepath.Join(c.folder, "disk")
	c.do(os.Mkdir(disk, 0o755))
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=400m"); err == nil {
		c.disk = disk
		t.Cleanup(func() { syscall.Unmount(disk, syscall.MNT_DETACH) })
	} else {
		t.Logf("no disk runs full: a small file system could not be mounted: %v", err)
	}

	certified := newAuthority(t)
	front := newTap(t, c.anAPI)
	for _, name := range []string{"slack", "model", "crm", "web"} {
		addr := freeAddr(t)
		c.outside[name] = addr
		c.daemons[name] = newDaemon(t, c.folder, name, func() (*exec.Cmd, error) {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), asOutside+"="+name, "OUTSIDE_ADDR="+addr,
				fmt.Sprint("OUTSIDE_SEED=", seed), "OUTSIDE_APP=http://"+front.Addr().String())
			return cmd, nil
		})
		p := newTap(t, func() string { return addr })
		if name != "web" {
			p.tls = certified
		}
		c.taps[name] = p
	}
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if leaks(body) > 0 {
			c.traces.Add(1)
		}
	}))
	t.Cleanup(collector.Close)
	at := func(name string) string { return c.taps[name].Addr().String() }
	environ := append(slices.DeleteFunc(os.Environ(), func(s string) bool { return strings.HasPrefix(s, "LEADTRIAGE_") }),
		"LEADTRIAGE_CONFIG="+c.config(),
		"LEADTRIAGE_API_KEYS=crm:"+demoCRMKey+canary+",operator:"+demoOperatorKey+canary+":enqueue+read+decide+operate",
		"OPENAI_API_KEY="+demoModelKey+canary, "OPENAI_BASE_URL=https://"+at("model")+"/v1", "OPENAI_MODEL=gpt-4.1-mini",
		"SLACK_BOT_TOKEN="+demoBotToken+canary, "SLACK_SIGNING_SECRET="+demoSigningSecret+canary, "SLACK_API_URL=https://"+at("slack")+"/api/",
		"SLACK_CHANNEL="+demoChannel, "SLACK_REVIEWERS="+demoReviewer+",U0BRUNO",
		"LEADTRIAGE_WEBHOOK_URL=https://"+at("crm")+"/webhook", "LEADTRIAGE_WEBHOOK_SECRET="+demoWebhookSecret,
		"LEADTRIAGE_PAGE_RESOLVE=*="+at("web"), "SSL_CERT_FILE="+certified.file, "LOG_LEVEL=debug", "OTEL_EXPORTER_OTLP_ENDPOINT="+collector.URL)
	if name != "embedded" {
		environ = c.startServices(environ)
	} else {
		c.database = filepath.Join(disk, "leads.db")
		environ = append(environ, "DATABASE_URL=sqlite://"+c.database)
	}
	service := func(name, command string) {
		addr := freeAddr(t)
		c.program[name] = true
		if command != "worker" {
			c.listed.Lock() // the taps look for one already
			c.apis = append(c.apis, addr)
			c.listed.Unlock()
		}
		c.daemons[name] = newDaemon(t, c.folder, name, func() (*exec.Cmd, error) {
			cmd := exec.Command(os.Args[0], command)
			if *chaosBinary != "" {
				cmd = exec.Command(*chaosBinary, command)
			}
			cmd.Env = append(slices.Clone(environ), asProgram+"=0s", "LEADTRIAGE_ADDR="+addr)
			return cmd, nil
		})
	}
	if name == "embedded" {
		service("run", "run")
		return c
	}
	var out bytes.Buffer
	if code := run(t.Context(), []string{"migrate"}, environ, &out, &out); code != 0 {
		t.Fatalf("migrate: %s", &out)
	}
	for _, name := range []string{"api1", "api2"} {
		service(name, "api")
	}
	for _, name := range workers {
		service(name, "worker")
	}
	return c
}

var workers = []string{"worker1", "worker2", "worker3"}

// startServices starts Redis and PostgreSQL of the chaos's own, behind taps. A Sentinel
// names its Redis by their own addresses, so there is no tap before them.
func (c *chaos) startServices(environ []string) []string {
	start := func(name string, command func(dir string, port int) (*exec.Cmd, error)) string {
		port, err := backing.FreePort()
		c.do(err)
		dir := filepath.Join(c.folder, "disk", name)
		c.do(os.Mkdir(dir, 0o755))
		if _, err := command(dir, port); err != nil {
			backing.Missing(c.t, err)
		}
		c.daemons[name] = newDaemon(c.t, c.folder, name, func() (*exec.Cmd, error) { return command(dir, port) })
		return fmt.Sprintf("127.0.0.1:%d", port)
	}
	behind := func(name, addr string) string {
		c.taps[name] = newTap(c.t, func() string { return addr })
		return c.taps[name].Addr().String()
	}
	address := func(host string) string { return "postgres://postgres:" + canary + "@" + host + "/postgres" }
	records := start("postgres", func(dir string, port int) (*exec.Cmd, error) { return backing.PostgresCommand(dir, port) })
	c.database = address(records)
	aRedis := func(more ...string) func(string, int) (*exec.Cmd, error) {
		return func(dir string, port int) (*exec.Cmd, error) {
			return backing.RedisCommand(dir, port, append(more, "--requirepass", canary, "--masterauth", canary)...)
		}
	}
	queue := ""
	if c.name == "sentinel" {
		first := start("redis1", aRedis())
		host, port, _ := strings.Cut(first, ":")
		start("redis2", aRedis("--replicaof", host+" "+port))
		watch := start("sentinel", func(dir string, own int) (*exec.Cmd, error) {
			file := filepath.Join(dir, "sentinel.conf")
			text := fmt.Sprintf("port %d\nbind 127.0.0.1\ndir %s\nsentinel monitor leads %s %s 1\nsentinel auth-pass leads %s\n"+
				"sentinel down-after-milliseconds leads 1000\nsentinel failover-timeout leads 4000\n", own, dir, host, port, canary)
			if _, err := os.Stat(file); err != nil { // it writes there itself what it has learned
				c.do(os.WriteFile(file, []byte(text), 0o644))
			}
			return exec.Command("redis-server", file, "--sentinel"), nil
		})
		c.sentinel = watch
		queue = "redis://" + watch + "?master_name=leads&password=" + canary
		c.redis = redis.NewFailoverClient(&redis.FailoverOptions{SentinelAddrs: []string{watch}, MasterName: "leads", Password: canary})
	} else {
		own := start("redis", aRedis())
		queue = "redis://:" + canary + "@" + behind("redis", own)
		c.redis = redis.NewClient(&redis.Options{Addr: own, Password: canary})
	}
	c.t.Cleanup(func() { c.redis.Close() })
	if !c.until(time.Minute, "a database and a queue", func() bool {
		s, err := store.Open(c.t.Context(), c.database, 0)
		if err == nil {
			s.Close()
		}
		return err == nil && c.redis.Ping(c.t.Context()).Err() == nil
	}) {
		c.t.FailNow()
	}
	return append(environ, "DATABASE_URL="+address(behind("postgres", records)), "REDIS_URL="+queue)
}

func (c *chaos) config() string {
	file := filepath.Join(c.folder, "leadtriage.yaml")
	// A form that is left open holds the time to undo back for minutes.
	text := quickConfig + fmt.Sprintf("review: {undo: %s, deadline: %s, digest: '', ask_override: false}\n", chaosUndo, chaosDeadline) +
		"enrichment: {exam: false, timeout: 10s}\n" + slackPace
	c.do(os.WriteFile(file, []byte(text), 0o644))
	_, err := config.Load(file, nil)
	c.do(err)
	return file
}

func (c *chaos) do(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *chaos) until(patience time.Duration, what string, holds func() bool) bool {
	for end := time.Now().Add(patience); time.Now().Before(end); <-time.After(200 * time.Millisecond) {
		if holds() {
			return true
		}
	}
	c.t.Errorf("it never came to this: %s", what)
	return false
}

// anAPI is the address of one that takes connections.
func (c *chaos) anAPI() string {
	c.listed.Lock()
	apis := slices.Clone(c.apis)
	c.listed.Unlock()
	rand.Shuffle(len(apis), func(i, j int) { apis[i], apis[j] = apis[j], apis[i] })
	for _, addr := range apis {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		req, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/healthz", nil)
		res, err := http.DefaultClient.Do(req)
		cancel()
		if err == nil {
			res.Body.Close()
			return addr
		}
	}
	return "127.0.0.1:1" // none does
}

// run makes so many faults while leads come in, mends everything, waits until nothing is
// left to do, and has the auditor look.
func (c *chaos) run(faults int) {
	for _, addr := range c.apis {
		c.until(time.Minute, "the program answers", func() bool {
			res, err := http.Get("http://" + addr + "/readyz")
			if err == nil {
				res.Body.Close()
			}
			return err == nil && res.StatusCode == http.StatusOK
		})
	}
	plan := c.plan(faults)
	c.began = time.Now()
	var senders sync.WaitGroup
	for n := range 4 {
		senders.Go(func() { c.send(n) })
	}
	c.follow(plan)
	c.stopped.Store(true)
	c.mend()
	senders.Wait()
	end := time.Now()
	patience := max(90*time.Second, time.Duration(faults)*300*time.Millisecond)
	c.until(patience, "everything is decided and told", c.quiet)
	a := c.audit()
	fmt.Printf("%s", a.table(plan, end.Sub(c.began), time.Since(end)))
	if a.broken() {
		c.t.Errorf("a promise was broken; the same schedule again: make chaos SETUP=%s FAULTS=%d SEED=%d EVERY=%s",
			c.name, faults, c.seed, *chaosEvery)
		if *chaosKeep == "" {
			for _, name := range slices.Sorted(maps.Keys(c.daemons)) {
				text, _ := os.ReadFile(filepath.Join(c.folder, name+".log"))
				c.t.Logf("the last of %s:\n%s", name, text[max(0, len(text)-4000):])
			}
		}
	}
}

// send posts leads one after another: each until it is acknowledged, under one key. Now and
// then one is sent again, and there is news of an older one.
func (c *chaos) send(n int) {
	dice := rand.New(rand.NewPCG(c.seed, uint64(100+n)))
	var hosts []string
	for i := 0; !c.stopped.Load(); i++ {
		host := fmt.Sprintf("chaos-%d-%d.example", n, i)
		body := fit(host)
		email := fmt.Sprintf("%s.%d@%s", strings.ToLower(canary), i, host)
		body["contact"] = map[string]any{"email": email, "name": canary + " Zarathwaite", "title": "VP Sales"}
		body["notes"] = canary + " said that it is urgent"
		took := func(id string) {
			if had := c.ledger.leads[host]; had != "" && had != id {
				c.ledger.other++
			}
			c.ledger.leads[host] = id
		}
		c.post("/v1/leads", host, body, took)
		hosts = append(hosts, host)
		if dice.IntN(5) == 0 { // the same again, under a key of its own
			c.post("/v1/leads", host+"-again", body, took)
		}
		if dice.IntN(5) == 0 {
			c.ledger.mu.Lock()
			id := c.ledger.leads[hosts[dice.IntN(len(hosts))]]
			c.ledger.mu.Unlock()
			asset := fmt.Sprintf("https://%s/asset-%d", host, i)
			event := map[string]any{"type": "docs_visit", "at": time.Now().UTC().Format(time.RFC3339Nano), "asset": asset}
			if id != "" {
				c.post("/v1/leads/"+id+"/events", "", event, func(string) { c.ledger.events[asset] = id })
			}
		}
		<-time.After(time.Duration(dice.IntN(int(3 * time.Second))))
	}
}

// post sends until the answer is good, or nobody sends any more.
func (c *chaos) post(path, key string, body any, acknowledged func(id string)) {
	text, _ := json.Marshal(body)
	for again := false; !again || !c.stopped.Load(); again = true {
		status, id, err := c.try(path, key, text)
		c.ledger.mu.Lock()
		c.ledger.asked++
		if err == nil && status/100 == 2 {
			acknowledged(id)
			c.ledger.mu.Unlock()
			return
		}
		c.ledger.failed++
		c.ledger.mu.Unlock()
		if err == nil && status < 500 && status != http.StatusTooManyRequests {
			c.t.Errorf("POST %s answered %d", path, status)
			return
		}
		<-time.After(300 * time.Millisecond)
	}
}

func (c *chaos) try(path, key string, body []byte) (status int, id string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 6*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+c.apis[rand.IntN(len(c.apis))]+path, bytes.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("Authorization", "Bearer "+demoCRMKey+canary)
	req.Header.Set("Content-Type", "application/json")
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	var r struct{ ID string }
	if err == nil && res.StatusCode/100 == 2 {
		err = json.Unmarshal(text, &r)
	}
	return res.StatusCode, r.ID, err
}

// ask reads a far side's log.
func (c *chaos) ask(name string, into any) error {
	res, err := http.Get("http://" + c.outside[name] + "/chaos/log")
	if err != nil {
		return err
	}
	defer res.Body.Close()
	return json.NewDecoder(res.Body).Decode(into)
}

// tell posts to a far side itself.
func (c *chaos) tell(name, what string) {
	client := http.Client{Timeout: 2 * time.Second}
	if res, err := client.Post("http://"+c.outside[name]+"/chaos/"+what, "", nil); err == nil {
		res.Body.Close()
	}
}
