package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"leadtriage/internal/backing"
	"leadtriage/internal/sim"
)

// mostStatements a lead of a new company may cost, from its POST to its card.
const mostStatements = 14

// A lead costs so many statements, and as many ways to the database and back: what is written
// together goes together. Counted on the wire, for transactions count too.
func TestStatementsOfALead(t *testing.T) {
	counted := &wire{texts: map[string]int{}}
	w := newWorld(t, map[string]string{"DATABASE_URL": counted.before(t, backing.PostgresURL(t)), "REDIS_URL": backing.RedisURL(t)})
	w.slack.Stop()
	var err error
	w.slack, err = sim.NewSlack(sim.SlackOptions{BotToken: demoBotToken, SigningSecret: demoSigningSecret,
		Channels: []sim.SlackChannel{{ID: demoChannel, Name: "partner-leads"}}, Users: []sim.SlackUser{{ID: demoReviewer, Name: "ada"}}})
	if err != nil {
		t.Fatal(err)
	}
	addr, err := w.serve("127.0.0.1:0", w.slack)
	if err != nil {
		t.Fatal(err)
	}
	w.set(map[string]string{"SLACK_API_URL": "http://" + addr + "/api/", "HUBSPOT_TOKEN": ""}) // what a CRM costs comes beside
	w.start("review: {undo: 0s}\nslack: {rate: 0}")
	send := func(name string, n int) {
		var ids []string
		for i := range n {
			host := fmt.Sprintf("%s-%d.example", name, i)
			w.web.Add(host, "/", "<h1>Firm</h1><p>We make software in Milan, Italy. Our team of 250 people works here.</p>")
			ids = append(ids, w.post(http.StatusAccepted, fit(host)).ID)
		}
		for _, id := range ids {
			w.card(id, asking)
		}
	}
	send("first", 10) // connections, the exam
	const leads = 60
	counted.reset()
	send("then", leads)
	statements, list := counted.each(leads)
	t.Logf("%.1f statements a lead\n%s", statements, list)
	if statements > mostStatements {
		t.Errorf("a lead costs %.1f statements, want %d at most", statements, mostStatements)
	}
}

// wire stands before a Postgres and counts the statements that go through it.
type wire struct {
	mu    sync.Mutex
	texts map[string]int
}

func (c *wire) before(t testing.TB, database string) string {
	to, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	postgres := to.Host
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", postgres)
			if err != nil {
				client.Close()
				return
			}
			go func() { io.Copy(client, server); client.Close() }()
			go func() { c.count(io.TeeReader(client, server)); server.Close() }()
		}
	}()
	to.Host, to.RawQuery = listener.Addr().String(), "sslmode=disable"
	return to.String()
}

// count reads what a client says: how it begins has no kind, all else has one before its length.
func (c *wire) count(from io.Reader) {
	in := bufio.NewReader(from)
	prepared, bound, kind := map[string]string{}, "", byte(0)
	for {
		var length uint32
		if err := binary.Read(in, binary.BigEndian, &length); err != nil {
			return
		}
		body := make([]byte, length-4)
		if _, err := io.ReadFull(in, body); err != nil {
			return
		}
		words := strings.SplitN(string(body), "\x00", 3)
		switch kind {
		case 'P': // parse: name, text
			prepared[words[0]] = words[1]
		case 'B': // bind: portal, name
			bound = prepared[words[1]]
		case 'E':
			c.add(bound)
		case 'Q':
			c.add(words[0])
		}
		var err error
		if kind, err = in.ReadByte(); err != nil {
			return
		}
	}
}

func (c *wire) add(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.texts[text]++
}

func (c *wire) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.texts)
}

// each is how many statements one of n leads cost, and which. What does not come with nearly
// every lead is the sweep's, or belongs to connections.
func (c *wire) each(n int) (statements float64, list string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var lines []string
	for text, times := range c.texts {
		if share := float64(times) / float64(n); share >= 0.7 {
			statements += share
			lines = append(lines, fmt.Sprintf("%5.2f %.110s", share, bytes.Join(bytes.Fields([]byte(text)), []byte(" "))))
		}
	}
	slices.Sort(lines)
	return statements, strings.Join(lines, "\n")
}
