package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// way is what a tap does with what goes through it.
type way int

const (
	flows    way = iota
	hangs        // nothing comes through, and no connection ends
	trickles     // every piece takes a while
	cuts         // every connection ends in the middle of what it carries
	refuses      // connections end at once
	misled       // what is behind shows another's certificate
)

// tap stands between the service and a far side, and does to their connections what
// networks do. It keeps what it holds back: after a while all of it comes through.
type tap struct {
	net.Listener
	to   func() string // where it leads
	tls  *authority    // nil: the service speaks plain TCP to it
	mu   sync.Mutex
	way  way
	turn chan struct{} // closed when the way changes
	open map[net.Conn]bool
}

func newTap(t testing.TB, to func() string) *tap {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &tap{Listener: l, to: to, turn: make(chan struct{}), open: map[net.Conn]bool{}}
	t.Cleanup(func() { p.Close(); p.set(refuses) })
	go p.serve()
	return p
}

// set changes what happens from now on, to open connections too.
func (p *tap) set(w way) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.way = w; w == refuses || w == misled {
		for c := range p.open {
			c.Close()
		}
	}
	close(p.turn)
	p.turn = make(chan struct{})
}

func (p *tap) now() (way, chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.way, p.turn
}

func (p *tap) serve() {
	for {
		near, err := p.Accept()
		if err != nil {
			return
		}
		if w, _ := p.now(); w == refuses {
			near.Close()
			continue
		}
		go p.join(near)
	}
}

func (p *tap) join(near net.Conn) {
	if p.tls != nil {
		near = tls.Server(near, &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			w, _ := p.now()
			if w == misled {
				return &p.tls.wrong, nil
			}
			return &p.tls.right, nil
		}})
	}
	far, err := net.DialTimeout("tcp", p.to(), time.Second)
	if err != nil {
		near.Close()
		return
	}
	p.mu.Lock()
	p.open[near], p.open[far] = true, true
	p.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { p.pour(far, near) })
	both.Go(func() { p.pour(near, far) })
	both.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, near)
	delete(p.open, far)
}

func (p *tap) pour(to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		w, turn := p.now()
		for w == hangs {
			<-turn
			w, turn = p.now()
		}
		switch w {
		case trickles:
			<-time.After(300 * time.Millisecond)
		case cuts:
			to.Write(buf[:n/2])
			return
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

// authority is whose certificates the service trusts, with a good one for 127.0.0.1 and
// one that it must not trust.
type authority struct {
	file         string // for SSL_CERT_FILE
	right, wrong tls.Certificate
}

func newAuthority(t testing.TB) *authority {
	made := func() (root *x509.Certificate, leaf tls.Certificate) {
		sign := func(c, by *x509.Certificate, key, with *ecdsa.PrivateKey) []byte {
			c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(240*time.Hour)
			der, err := x509.CreateCertificate(rand.Reader, c, by, &key.PublicKey, with)
			if err != nil {
				t.Fatal(err)
			}
			return der
		}
		key := func() *ecdsa.PrivateKey {
			k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			return k
		}
		rootKey, leafKey := key(), key()
		root = &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "root"}, IsCA: true, BasicConstraintsValid: true,
			KeyUsage: x509.KeyUsageCertSign}
		root, err := x509.ParseCertificate(sign(root, root, rootKey, rootKey))
		if err != nil {
			t.Fatal(err)
		}
		der := sign(&x509.Certificate{SerialNumber: big.NewInt(2), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}, root, leafKey, rootKey)
		return root, tls.Certificate{Certificate: [][]byte{der}, PrivateKey: leafKey}
	}
	root, right := made()
	_, wrong := made()
	a := &authority{file: filepath.Join(t.TempDir(), "root.pem"), right: right, wrong: wrong}
	if err := os.WriteFile(a.file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Raw}), 0o644); err != nil {
		t.Fatal(err)
	}
	return a
}
