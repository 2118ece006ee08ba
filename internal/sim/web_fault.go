package sim

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"io"
	"net/http"
	"strconv"
	"time"
)

// WebFaultKind is a way in which a page is not what one hopes for.
type WebFaultKind string

const (
	WebSlow         WebFaultKind = "slow"          // answers after Delay; 0: never
	WebDrip         WebFaultKind = "drip"          // one byte every Delay, without end
	WebError        WebFaultKind = "error"         // Status; 0: 500
	WebRedirect     WebFaultKind = "redirect"      // to Location, with Status; 0: 302
	WebHuge         WebFaultKind = "huge"          // Bytes of HTML; 0: 50 MiB
	WebGzipBomb     WebFaultKind = "gzip_bomb"     // a small answer that unpacks to Bytes; 0: 200 MiB
	WebWrongCharset WebFaultKind = "wrong_charset" // says UTF-8 and sends Latin-1
	WebNotHTML      WebFaultKind = "not_html"      // a PDF's first bytes
	WebCut          WebFaultKind = "cut"           // the connection ends inside the body
)

// WebFault is what happens to one page, or to all of a site.
type WebFault struct {
	Kind     WebFaultKind
	Delay    time.Duration
	Status   int
	Location string
	Bytes    int64
}

// Fail lets a page fail from now on; an empty path means the whole site, which
// need not exist.
func (w *Web) Fail(host, path string, f WebFault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults[host+path] = f
}

// Heal takes back what Fail set.
func (w *Web) Heal(host, path string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.faults, host+path)
}

func (f *WebFault) status() int {
	switch {
	case f.Kind == WebError && f.Status == 0:
		return http.StatusInternalServerError
	case f.Kind == WebRedirect && f.Status == 0:
		return http.StatusFound
	case f.Status == 0:
		return http.StatusOK
	}
	return f.Status
}

func (f *WebFault) serve(w http.ResponseWriter, r *http.Request, body string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	switch f.Kind {
	case WebSlow:
		if pause(r, f.Delay) {
			_, _ = io.WriteString(w, body)
		}
	case WebDrip:
		for {
			_, err := io.WriteString(w, ".")
			_ = http.NewResponseController(w).Flush()
			if err != nil || !pause(r, f.Delay) {
				return
			}
		}
	case WebError:
		w.WriteHeader(f.status())
		_, _ = io.WriteString(w, "<h1>Something went wrong</h1>")
	case WebRedirect:
		w.Header().Set("Location", f.Location)
		w.WriteHeader(f.status())
	case WebHuge:
		_, _ = io.WriteString(w, "<!doctype html><title>Huge</title><body>")
		_, _ = io.CopyN(w, repeated("<p>We have a great many things to say. "), cmp.Or(f.Bytes, 50<<20))
	case WebGzipBomb:
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = io.CopyN(z, repeated("0"), cmp.Or(f.Bytes, 200<<20))
		_ = z.Close()
	case WebWrongCharset:
		_, _ = w.Write(latin1(body))
	case WebNotHTML:
		w.Header().Set("Content-Type", "application/pdf")
		_, _ = io.WriteString(w, "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	case WebCut:
		w.Header().Set("Content-Length", strconv.Itoa(2*len(body)+100))
		_, _ = io.WriteString(w, body)
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

// pause waits, without end for 0; false: the visitor went away.
func pause(r *http.Request, d time.Duration) bool {
	if d == 0 {
		<-r.Context().Done()
		return false
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// repeated reads as the same text again and again.
type repeated string

func (s repeated) Read(p []byte) (int, error) {
	whole := bytes.Repeat([]byte(s), len(p)/len(s)+1)
	return copy(p, whole), nil
}

// latin1 encodes what fits into ISO 8859-1, a question mark for the rest.
func latin1(s string) []byte {
	var b []byte
	for _, r := range s {
		if r > 0xff {
			r = '?'
		}
		b = append(b, byte(r))
	}
	return b
}
