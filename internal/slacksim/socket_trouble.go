package slacksim

import (
	"slices"

	"github.com/gorilla/websocket"
)

// Connections returns how many connections are open now, those on their way out included.
func (w *Workspace) Connections() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.open()
}

// Disconnect tells n connections, or all if n is negative, that Slack ends them. With the
// reason "warning" they live on for ten seconds; with "refresh_requested" as well, and get
// no new envelopes; with any other, such as "link_disabled" or "too_many_websockets", they
// end at once (docs/facts/slack.md, "disconnect").
func (w *Workspace) Disconnect(n int, reason string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.some(n) {
		w.end(s, reason)
	}
	w.notify()
}

// Drop cuts n connections that envelopes go to, or all connections if n is negative,
// without a word. When it returns they do not count any more.
func (w *Workspace) Drop(n int) {
	w.mu.Lock()
	chosen := w.some(n)
	if n < 0 {
		chosen = slices.Clone(w.sockets)
	}
	for _, s := range chosen {
		w.forget(s)
	}
	w.notify()
	w.mu.Unlock()
	for _, s := range chosen {
		s.cut()
	}
}

// Silence makes n connections deaf, or all if n is negative: nothing is sent or heard on
// them any more, while TCP stays. Slack does not notice and still sends envelopes there.
func (w *Workspace) Silence(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.some(n) {
		s.queue, s.deaf = nil, true
	}
}

// MaxConnections sets how many connections the app may have, 10 at first. One more is told
// too_many_websockets instead of hello, and closed.
func (w *Workspace) MaxConnections(n int) { w.set(func() { w.maxSockets = n }) }

// Duplicate has the envelope of every command and every click sent twice, with the same id; the
// second time on another connection if there is one.
func (w *Workspace) Duplicate(on bool) { w.set(func() { w.duplicate = on }) }

// Redeliver has every envelope sent again, with the same id, whose connection ended before
// it was acknowledged: on another connection, or on the next one. The time to acknowledge it
// then starts again. Slack is not known to do this for commands (docs/facts/slack.md, "Delivery and
// retries"), so it is off at first.
func (w *Workspace) Redeliver(on bool) { w.set(func() { w.redeliver = on }) }

// SendRaw sends a text frame as it is on one connection. Without a connection it is lost.
func (w *Workspace) SendRaw(frameText []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s := w.route(nil); s != nil {
		s.send(frame{kind: websocket.TextMessage, data: frameText})
	}
}

// Acked reports whether an acknowledgement came for an envelope of this id, be it one that
// was sent with SendRaw.
func (w *Workspace) Acked(envelopeID string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.acked[envelopeID]
}

// RefuseOpen has apps.connections.open answer with an error code; "" ends that.
func (w *Workspace) RefuseOpen(errorCode string) { w.set(func() { w.refuseOpen = errorCode }) }
