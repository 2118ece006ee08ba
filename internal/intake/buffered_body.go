package intake

import (
	"bytes"
	"io"
	"sync"
)

// bufferedBody reads a body into memory while its first lines are still being worked
// on. A client that sends all before it reads would else wait for us, and we for
// it, as soon as the results of what was read fill the connection.
type bufferedBody struct {
	idle func() // called before waiting for more

	mu   sync.Mutex
	more sync.Cond
	text bytes.Buffer
	err  error // set at the end
}

func bufferBody(body io.Reader, idle func()) *bufferedBody {
	a := &bufferedBody{idle: idle}
	a.more.L = &a.mu
	go a.fill(body)
	return a
}

func (a *bufferedBody) fill(body io.Reader) {
	part := make([]byte, 64<<10)
	for {
		n, err := body.Read(part)
		a.mu.Lock()
		a.text.Write(part[:n])
		a.err = err
		a.more.Signal()
		a.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (a *bufferedBody) Read(p []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.text.Len() == 0 && a.err == nil {
		a.mu.Unlock()
		a.idle()
		a.mu.Lock()
	}
	for a.text.Len() == 0 && a.err == nil {
		a.more.Wait()
	}
	if a.text.Len() > 0 {
		return a.text.Read(p)
	}
	return 0, a.err
}

// wait returns when the body is read to its end, or cannot be read any more.
func (a *bufferedBody) wait() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for a.err == nil {
		a.more.Wait()
	}
}
