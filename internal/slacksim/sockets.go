package slacksim

import (
	"encoding/json"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const (
	// pingEvery is chosen here, Slack's period is not known: clients need one in ten seconds
	// (docs/facts/slack.md, "What the server must do").
	pingEvery = 5 * time.Second
	// writeTimeout bounds one frame; a client that does not read loses its connection.
	writeTimeout = 10 * time.Second
	// closeWait is how long a client may take to answer the closing handshake.
	closeWait = time.Second
	// leaveAfter is how long a connection lives after Slack has announced its end
	// (docs/facts/slack.md, "disconnect").
	leaveAfter = 10 * time.Second
	// connectionLife is how long Slack keeps a connection before it asks for a refresh (docs/facts/slack.md, "hello").
	connectionLife = 18060 * time.Second
	// debugLife is a connection's life with debug_reconnects=true (docs/facts/slack.md, "Opening").
	debugLife = 360 * time.Second
	// ackMax is the size, in bytes, from which Slack drops an acknowledgement (docs/facts/slack.md,
	// "Ack").
	ackMax = 20 << 10
	// frameMax bounds what is read of one frame, in bytes.
	frameMax = 1 << 20

	socketHost = "applink-0"
)

// Why Slack ends a connection (docs/facts/slack.md, "disconnect").
const (
	reasonWarning  = "warning"
	reasonRefresh  = "refresh_requested"
	reasonTooMany  = "too_many_websockets"
	reasonDisabled = "link_disabled"
)

// socket is one Socket Mode connection. Two goroutines serve it: the request's own reads,
// so that it never waits for a client to read; the other one writes.
type socket struct {
	ws   *websocket.Conn
	base string // http address under which the app reached the workspace
	life time.Duration
	// number counts the connections of the workspace, from 1.
	number int

	wake  chan struct{} // receives after something was queued
	ended chan struct{} // closed when nothing is read any more
	once  sync.Once

	// The lock of the workspace guards what follows.
	queue    []frame
	retiring bool // gets no new envelopes
	refused  bool // one too many, told so instead of greeted
	deaf     bool // nothing is sent or heard
	pending  map[*Delivery]struct{}
	alarm    *alarm // the end of its life, or of its last seconds
}

// frame is one frame to write. After the last one the connection is closed.
type frame struct {
	kind int
	data []byte
	last bool
}

// cut ends the connection at once, without a word. The lock need not be held.
func (s *socket) cut() { s.once.Do(func() { _ = s.ws.UnderlyingConn().Close() }) }

// send queues a frame. Nothing is queued for a deaf connection.
func (s *socket) send(f frame) {
	if s.deaf {
		return
	}
	s.queue = append(s.queue, f)
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *socket) sendJSON(v any) { s.send(frame{kind: websocket.TextMessage, data: encode(v)}) }

// sendDisconnect says why the connection ends.
func (s *socket) sendDisconnect(reason string) {
	s.sendJSON(object{"type": "disconnect", "reason": reason, "debug_info": object{"host": socketHost}})
}

// sendClose begins or answers the closing handshake, after which the connection ends.
func (s *socket) sendClose(code int) {
	s.send(frame{websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), true})
}

func (w *Workspace) connectionsOpen(c *call) (object, error) {
	if w.refuseOpen != "" {
		return nil, refuse(w.refuseOpen)
	}
	ticket := newUUID()
	w.issued = append(w.issued, ticket)
	w.tickets[ticket] = time.Now().Add(ticketLife)
	return object{"url": c.socket + "/link/?ticket=" + ticket + "&app_id=" + appID}, nil
}

// redeem uses a ticket up, and reports whether it was good. It takes the lock.
func (w *Workspace) redeem(ticket string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	until, ok := w.tickets[ticket]
	delete(w.tickets, ticket)
	return ok && time.Now().Before(until)
}

// upgrader takes any Origin: slack-go sends Slack's, Node sends none (docs/facts/slack.md, "What
// the server must do").
var upgrader = websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}

// serveSocket serves one connection until it ends.
func (w *Workspace) serveSocket(rw http.ResponseWriter, r *http.Request) {
	if trouble := w.troubleFor(methodSocket, ""); trouble.HTML {
		trouble.page(rw)
		return
	}
	if !w.redeem(r.URL.Query().Get("ticket")) {
		http.Error(rw, "the ticket is spent", http.StatusForbidden)
		return
	}
	ws, err := upgrader.Upgrade(rw, r, nil)
	if err != nil {
		return // answered by Upgrade
	}
	s := &socket{
		ws: ws, base: w.base(r, "http"), life: connectionLife,
		wake: make(chan struct{}, 1), ended: make(chan struct{}), pending: map[*Delivery]struct{}{},
	}
	if r.URL.Query().Get("debug_reconnects") == "true" {
		s.life = debugLife
	}
	if !w.greet(s) {
		s.cut()
		return
	}
	defer w.running.Done()
	go w.write(s)
	w.read(s)
	close(s.ended)
	w.lose(s)
}

// greet takes a connection on and says hello, or why not. It returns false when the
// workspace is closed; otherwise two goroutines are counted as running. It takes the lock.
func (w *Workspace) greet(s *socket) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return false
	}
	w.running.Add(2)
	defer w.notify()
	w.socketCount++
	s.number = w.socketCount
	w.sockets = append(w.sockets, s)
	if w.socketsOff || w.open() > w.maxSockets {
		s.retiring, s.refused = true, true
		s.sendDisconnect(map[bool]string{true: reasonDisabled, false: reasonTooMany}[w.socketsOff])
		s.sendClose(websocket.CloseNormalClosure)
		return true
	}
	s.sendJSON(object{
		"type": "hello", "num_connections": w.open(),
		"connection_info": object{"app_id": w.socketApp},
		"debug_info": object{
			"host": socketHost, "build_number": 999, "approximate_connection_time": int(s.life.Seconds()),
		},
	})
	s.alarm = w.after(s.life, func() { w.end(s, reasonRefresh) })
	waiting := w.homeless
	w.homeless = nil
	for _, d := range waiting {
		if !d.settled {
			w.hand(d, s)
		}
	}
	return true
}

// open returns how many connections are open, without those that were refused.
func (w *Workspace) open() int {
	n := 0
	for _, s := range w.sockets {
		if !s.refused {
			n++
		}
	}
	return n
}

// read reads until the connection ends. The lock must not be held.
func (w *Workspace) read(s *socket) {
	s.ws.SetReadLimit(frameMax)
	reply := func(f frame) {
		w.mu.Lock()
		defer w.mu.Unlock()
		s.send(f)
	}
	s.ws.SetPingHandler(func(data string) error {
		reply(frame{kind: websocket.PongMessage, data: []byte(data)})
		return nil
	})
	s.ws.SetCloseHandler(func(code int, _ string) error {
		if code == websocket.CloseNoStatusReceived {
			code = websocket.CloseNormalClosure
		}
		reply(frame{websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), true})
		return nil
	})
	for {
		kind, data, err := s.ws.ReadMessage()
		if err != nil {
			return
		}
		if kind == websocket.TextMessage && len(data) < ackMax {
			w.hear(s, data)
		}
	}
}

// hear takes in an acknowledgement. Other frames are left out. It takes the lock.
func (w *Workspace) hear(s *socket, data []byte) {
	var ack struct {
		EnvelopeID string          `json:"envelope_id"`
		Payload    json.RawMessage `json:"payload"`
	}
	if json.Unmarshal(data, &ack) != nil || ack.EnvelopeID == "" {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if s.deaf {
		return
	}
	w.acked[ack.EnvelopeID] = true
	if d := w.deliveries[ack.EnvelopeID]; d != nil {
		w.acknowledge(d, s, ack.Payload)
	}
	w.notify()
}

// write writes what is queued, and pings, until the connection ends. The lock must not be held.
func (w *Workspace) write(s *socket) {
	defer w.running.Done()
	defer s.cut()
	pings := time.NewTicker(pingEvery)
	defer pings.Stop()
	for ended := false; !ended; {
		select {
		case <-s.wake:
		case <-pings.C:
			w.mu.Lock()
			s.send(frame{kind: websocket.PingMessage, data: []byte("Ping from " + socketHost)})
			w.mu.Unlock()
		case <-s.ended:
			ended = true // what is queued, such as the answer to a goodbye, still goes out
		}
		for _, f := range w.drain(s) {
			_ = s.ws.SetWriteDeadline(time.Now().Add(writeTimeout))
			if s.ws.WriteMessage(f.kind, f.data) != nil {
				return
			}
			if f.last {
				s.awaitEnd()
				return
			}
		}
	}
}

// awaitEnd gives the client a moment to answer a goodbye.
func (s *socket) awaitEnd() {
	timer := time.NewTimer(closeWait)
	defer timer.Stop()
	select {
	case <-s.ended:
	case <-timer.C:
	}
}

// drain takes what is queued for a connection. It takes the lock.
func (w *Workspace) drain(s *socket) []frame {
	w.mu.Lock()
	defer w.mu.Unlock()
	queue := s.queue
	s.queue = nil
	return queue
}

// lose forgets a connection that has ended, and sends again what it took with it if the
// workspace is told to. It takes the lock.
func (w *Workspace) lose(s *socket) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.forget(s)
	for d := range s.pending {
		if w.redeliver && !w.closed && !d.settled {
			w.sendAgain(d)
		}
	}
	s.pending = nil
	w.notify()
}

func (w *Workspace) forget(s *socket) {
	w.sockets = slices.DeleteFunc(w.sockets, func(other *socket) bool { return other == s })
	if s.alarm != nil {
		w.cancel(s.alarm)
	}
}

// end announces the end of a connection and brings it about: at once, or after some
// seconds for the reasons that give notice.
func (w *Workspace) end(s *socket, reason string) {
	s.sendDisconnect(reason)
	if s.alarm != nil {
		w.cancel(s.alarm)
	}
	switch reason {
	case reasonRefresh:
		s.retiring = true
		fallthrough
	case reasonWarning:
		s.alarm = w.after(leaveAfter, func() { s.retiring = true; s.sendClose(websocket.CloseNormalClosure) })
	default:
		s.retiring = true
		s.sendClose(websocket.CloseNormalClosure)
	}
}

// route returns a connection for an envelope, one other than avoid if there is one, or nil.
func (w *Workspace) route(avoid *socket) *socket {
	var open []*socket
	for _, s := range w.sockets {
		if !s.retiring && s != avoid {
			open = append(open, s)
		}
	}
	if len(open) == 0 {
		if avoid != nil && !avoid.retiring && slices.Contains(w.sockets, avoid) {
			return avoid
		}
		return nil
	}
	return open[w.random.IntN(len(open))]
}

// some returns n of the connections that envelopes go to, at random; all if n is negative.
func (w *Workspace) some(n int) []*socket {
	var chosen []*socket
	for _, s := range w.sockets {
		if !s.retiring && !s.deaf {
			chosen = append(chosen, s)
		}
	}
	w.random.Shuffle(len(chosen), func(i, j int) { chosen[i], chosen[j] = chosen[j], chosen[i] })
	if n >= 0 && n < len(chosen) {
		chosen = chosen[:n]
	}
	return chosen
}
