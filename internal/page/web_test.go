package page

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
)

// publicIP is what recorded look-ups answer for a host that is fine.
const publicIP = "93.184.216.34"

// web records look-ups and connections. Nothing leaves the process: a
// connection to a public address ends at its handler, through a pipe, and any
// other is refused.
type web struct {
	answers func(host string) []string // addresses of a host; nil: publicIP

	mu      sync.Mutex
	lookups []string
	dials   []string
	conns   chan net.Conn
	server  *http.Server
	closed  chan struct{}
}

func newWeb(t *testing.T, handler http.HandlerFunc) *web {
	t.Helper()
	w := &web{conns: make(chan net.Conn), closed: make(chan struct{}), server: &http.Server{Handler: handler}}
	go w.server.Serve(w)
	t.Cleanup(func() { w.server.Close() })
	return w
}

func (w *web) lookup(_ context.Context, host string) ([]netip.Addr, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lookups = append(w.lookups, host)
	texts := []string{publicIP}
	if w.answers != nil {
		texts = w.answers(host)
	}
	if len(texts) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	var addrs []netip.Addr
	for _, text := range texts {
		addrs = append(addrs, netip.MustParseAddr(text))
	}
	return addrs, nil
}

func (w *web) dial(ctx context.Context, _, address string) (net.Conn, error) {
	w.mu.Lock()
	w.dials = append(w.dials, address)
	w.mu.Unlock()
	if addr, err := netip.ParseAddrPort(address); err != nil || !isPublic(addr.Addr()) {
		return nil, errors.New("the recorder refuses " + address)
	}
	near, far := net.Pipe()
	select {
	case w.conns <- far:
		return near, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (w *web) reader(t *testing.T, opts Options) *Reader {
	opts.Lookup, opts.Dial = w.lookup, w.dial
	r := NewReader(opts)
	t.Cleanup(r.Close)
	return r
}

// forbidden returns the dialled addresses that are not public, or not a web port.
func (w *web) forbidden() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var bad []string
	for _, address := range w.dials {
		addr, err := netip.ParseAddrPort(address)
		if err != nil || !isPublic(addr.Addr()) || addr.Port() != 80 && addr.Port() != 443 {
			bad = append(bad, address)
		}
	}
	return bad
}

func (w *web) dialled() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.dials)
}

// Accept, Close and Addr make web the listener of its server.
func (w *web) Accept() (net.Conn, error) {
	select {
	case conn := <-w.conns:
		return conn, nil
	case <-w.closed:
		return nil, net.ErrClosed
	}
}

func (w *web) Close() error {
	close(w.closed)
	return nil
}

func (w *web) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(93, 184, 216, 34), Port: 80} }

// isPublic is the tests' own judgement, kept apart from the guard under test.
func isPublic(a netip.Addr) bool {
	if a.Is4In6() || a.Zone() != "" {
		return false
	}
	for prefix := range strings.FieldsSeq(`0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24
		192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/3 168.63.129.16/32
		::/3 2001::/23 2001:db8::/32 2002::/16 3fff::/20 4000::/2 8000::/1`) {
		if netip.MustParsePrefix(prefix).Contains(a) {
			return false
		}
	}
	return a.IsGlobalUnicast() && !a.IsPrivate() && !a.IsLoopback()
}

// mapped starts a server on loopback and returns a reader for which every host
// is answered there.
func mapped(t *testing.T, handler http.Handler, opts Options) (*Reader, *httptest.Server) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	opts.Resolve = Resolve{"*": netip.MustParseAddrPort(server.Listener.Addr().String())}
	if opts.Lookup == nil {
		opts.Lookup = func(_ context.Context, host string) ([]netip.Addr, error) {
			t.Errorf("DNS was asked for %s, which has a fixed address", host)
			return nil, errors.New("no DNS in this test")
		}
	}
	r := NewReader(opts)
	t.Cleanup(r.Close)
	return r, server
}

func serveHTML(pages map[string]string) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		body, ok := pages[req.URL.Path]
		if !ok {
			http.NotFound(w, req)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write([]byte(body))
	}
}
