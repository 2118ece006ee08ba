package sim

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// slackPing is how often the server pings a socket; clients give up after 30 s
// without one.
const slackPing = 5 * time.Second

// slackAckLimit is the size from which Slack drops an acknowledgement unread.
const slackAckLimit = 20 << 10

type slackSocket struct {
	conn    *websocket.Conn
	gone    chan struct{} // closed when nothing more is read
	retired bool          // asked to reconnect: gets nothing new; under Slack.mu
	writing sync.Mutex
}

// slackAck is an acknowledgement, with the payload that takes the place of an
// HTTP answer's body.
type slackAck struct {
	EnvelopeID string          `json:"envelope_id"`
	Payload    json.RawMessage `json:"payload"`
}

func (c *slackSocket) write(value any) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	c.conn.SetWriteDeadline(time.Now().Add(5 * time.Second))
	return c.conn.WriteMessage(websocket.TextMessage, slackRaw(value))
}

func (s *Slack) openConnection(slackArgs, *slackRoom) (slackBody, *slackRefusal) {
	ticket := slackID("")
	s.tickets.Store(ticket, true)
	base := "ws" + strings.TrimPrefix(s.base, "http")
	return slackBody{"url": base + "/link?ticket=" + ticket + "&app_id=" + slackAppID}, nil
}

// serveSocket takes a ticket of apps.connections.open, once.
func (s *Slack) serveSocket(w http.ResponseWriter, r *http.Request) {
	if _, ok := s.tickets.LoadAndDelete(r.URL.Query().Get("ticket")); !ok {
		http.Error(w, "invalid ticket", http.StatusForbidden)
		return
	}
	// Clients of Socket Mode name Slack's own address as their origin.
	upgrader := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	socket := &slackSocket{conn: conn, gone: make(chan struct{})}
	defer conn.Close()
	if socket.write(slackBody{"type": "hello", "num_connections": s.Connections() + 1,
		"connection_info": slackBody{"app_id": slackAppID},
		"debug_info":      slackDebugInfo()}) != nil {
		return
	}
	s.change(func() {
		if s.stopped {
			conn.Close()
		}
		s.sockets = append(s.sockets, socket)
	})

	go s.pingSocket(socket)
	s.readSocket(socket)
	close(socket.gone)
	s.change(func() {
		s.sockets = slices.DeleteFunc(s.sockets, func(c *slackSocket) bool { return c == socket })
	})
}

func slackDebugInfo() slackBody {
	return slackBody{"host": "applink-1", "build_number": 1, "approximate_connection_time": 18060}
}

func (s *Slack) pingSocket(socket *slackSocket) {
	ticker := time.NewTicker(slackPing)
	defer ticker.Stop()
	for {
		if socket.conn.WriteControl(websocket.PingMessage, []byte("ping"), time.Now().Add(time.Second)) != nil {
			return
		}
		select {
		case <-ticker.C:
		case <-socket.gone:
			return
		case <-s.done:
			return
		}
	}
}

func (s *Slack) readSocket(socket *slackSocket) {
	for {
		_, raw, err := socket.conn.ReadMessage()
		if err != nil {
			return
		}
		var ack slackAck
		if len(raw) >= slackAckLimit || json.Unmarshal(raw, &ack) != nil {
			continue
		}
		if wait, ok := s.waiting.LoadAndDelete(ack.EnvelopeID); ok {
			wait.(chan slackAck) <- ack
		}
	}
}

// deliverBySocket sends an envelope over the newest connection.
func (s *Slack) deliverBySocket(ctx context.Context, d slackDelivery, answer *SlackAnswer) error {
	id := strings.ToLower(slackID("env-"))
	wait := make(chan slackAck, 1)
	connected := look(s, s.connected)
	if len(connected) == 0 {
		return errors.New("no app is connected by Socket Mode, and no app URL is set")
	}
	socket := connected[len(connected)-1]
	s.waiting.Store(id, wait)
	defer s.waiting.Delete(id)
	if err := socket.write(slackBody{"type": d.envelope, "envelope_id": id, "payload": d.payload,
		"accepts_response_payload": d.envelope != "events_api", "retry_attempt": d.retry, "retry_reason": ""}); err != nil {
		return err
	}
	select {
	case ack := <-wait:
		answer.Status = http.StatusOK
		if string(ack.Payload) != "null" {
			answer.Body = ack.Payload
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-socket.gone:
		return errors.New("the connection was closed before an acknowledgement")
	case <-s.done:
		return errors.New("the workspace was stopped")
	}
}

// Connections counts the open Socket Mode connections; Changed tells of a new one.
func (s *Slack) Connections() int { return look(s, func() int { return len(s.connected()) }) }

// connected are the sockets that get envelopes, oldest first. The lock is held.
func (s *Slack) connected() []*slackSocket {
	return slices.DeleteFunc(slices.Clone(s.sockets), func(c *slackSocket) bool { return c.retired })
}

// Disconnect asks every connected app to reconnect, as Slack does every few
// hours, and closes the connections; nothing new is sent over them.
func (s *Slack) Disconnect(reason string) {
	var sockets []*slackSocket
	s.change(func() {
		sockets = s.connected()
		for _, socket := range sockets {
			socket.retired = true
		}
	})
	for _, socket := range sockets {
		socket.write(slackBody{"type": "disconnect", "reason": reason, "debug_info": slackDebugInfo()})
		socket.conn.WriteControl(websocket.CloseMessage,
			websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(time.Second))
	}
}
