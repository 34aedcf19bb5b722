package slacksim

import (
	"context"
	"encoding/json"
	"slices"
	"time"
)

// ackWait is how long the app may take to acknowledge an envelope (docs/facts/slack.md,
// "Surprises", 9).
const ackWait = 3 * time.Second

// retryPauses are after how long an event that was not acknowledged comes again
// (docs/facts/slack.md, "Delivery and retries").
var retryPauses = []time.Duration{0, time.Minute, 5 * time.Minute}

// The types of envelopes (docs/facts/slack.md, "Envelopes").
const (
	typeEvents      = "events_api"
	typeCommand     = "slash_commands"
	typeInteractive = "interactive"
)

// DeliveryError is why an act of a person did not reach the app, or was not acknowledged.
type DeliveryError struct {
	// Code is "operation_timeout" after three seconds without an acknowledgement,
	// "dispatch_failed" without a connection, and otherwise why Slack would not have let the
	// person do it: "unknown_command", "not_in_channel", "message_not_found",
	// "action_not_found", "view_not_found", "invalid_input", "user_not_found", "closed". It is
	// "invalid_options" for suggestions that Slack does not take.
	Code string
	// About is what the code is about, where that is not plain.
	About string
}

func (e *DeliveryError) Error() string {
	if e.About != "" {
		return e.Code + ": " + e.About
	}
	return e.Code
}

// Ack is one acknowledgement that arrived, be it late or a second one.
type Ack struct {
	At         time.Time
	Payload    json.RawMessage // nil when there was none
	Connection int             // the number of the one it came by, counted from 1
}

// Delivery is what became of something a person did.
type Delivery struct {
	w    *Workspace
	id   string
	done chan struct{} // closed once settled

	kind    string
	answers bool                     // the acknowledgement may carry a payload
	payload func(base string) object // made for each connection: addresses in it begin with base
	onAck   func(payload json.RawMessage)
	onLate  func(code string) // when it was not acknowledged or not sent

	// The lock of the workspace guards what follows.
	acks    []Ack
	err     error
	settled bool
	attempt int // of an event
	alarm   *alarm
	options []Suggestion // of an acknowledged Suggest
}

// EnvelopeID returns the id of the envelope, or "" when there was none to send.
func (d *Delivery) EnvelopeID() string { return d.id }

// Wait returns nil once the envelope was acknowledged in time, a *DeliveryError if it was
// not, or the context's error. For an act that sends nothing to the app it returns at once.
func (d *Delivery) Wait(ctx context.Context) error {
	select {
	case <-d.done:
	case <-ctx.Done():
		return ctx.Err()
	case <-d.w.closing:
		select {
		case <-d.done: // before the end
		default:
			return errClosed
		}
	}
	d.w.mu.Lock()
	defer d.w.mu.Unlock()
	return d.err
}

// Acks returns the acknowledgements that came so far, late ones and repetitions too.
func (d *Delivery) Acks() []Ack {
	d.w.mu.Lock()
	defer d.w.mu.Unlock()
	return slices.Clone(d.acks)
}

// nothing returns a delivery of nothing: an act that the app does not hear of, or, with an
// error code, that Slack does not let happen.
func (w *Workspace) nothing(code, about string) *Delivery {
	d := &Delivery{w: w, done: make(chan struct{}), settled: true}
	if code != "" {
		d.err = &DeliveryError{code, about}
	}
	close(d.done)
	return d
}

// deliver sends an envelope to one of the connections.
func (w *Workspace) deliver(d *Delivery) *Delivery {
	d.w, d.id, d.done = w, newUUID(), make(chan struct{})
	w.deliveries[d.id] = d
	w.dispatch(d)
	w.notify()
	return d
}

func (w *Workspace) dispatch(d *Delivery) {
	s := w.route(nil)
	if s == nil {
		w.fail(d, "dispatch_failed")
		return
	}
	w.hand(d, s)
	if w.duplicate && d.kind != typeEvents { // with one connection, twice on that
		w.transmit(d, w.route(s))
	}
}

// hand gives an envelope to a connection and starts the time for its acknowledgement.
func (w *Workspace) hand(d *Delivery, s *socket) {
	s.pending[d] = struct{}{}
	w.transmit(d, s)
	w.startClock(d)
}

func (w *Workspace) startClock(d *Delivery) {
	if d.alarm != nil {
		w.cancel(d.alarm)
	}
	d.alarm = w.after(ackWait, func() { w.fail(d, "operation_timeout") })
}

func (w *Workspace) transmit(d *Delivery, s *socket) {
	envelope := object{
		"envelope_id": d.id, "type": d.kind, "payload": d.payload(s.base), "accepts_response_payload": d.answers,
	}
	if d.kind == typeEvents {
		reason := ""
		if d.attempt > 0 {
			reason = "timeout"
		}
		envelope["retry_attempt"], envelope["retry_reason"] = d.attempt, reason
	}
	s.sendJSON(envelope)
}

// sendAgain sends an envelope that a connection took with it on another one, now or when
// there is one.
func (w *Workspace) sendAgain(d *Delivery) {
	if s := w.route(nil); s != nil {
		w.hand(d, s)
		return
	}
	w.homeless = append(w.homeless, d)
	w.startClock(d)
}

// acknowledge takes in an acknowledgement. Only the first within the time counts, whatever it holds
// and whichever copy of a duplicated envelope it answers: chosen here, as what Slack makes of a second
// one is not known.
func (w *Workspace) acknowledge(d *Delivery, s *socket, payload json.RawMessage) {
	if string(payload) == "null" || string(payload) == "{}" { // Bolt says nothing with {} (docs/facts/slack.md, "Ack")
		payload = nil
	}
	d.acks = append(d.acks, Ack{time.Now(), payload, s.number})
	for _, s := range w.sockets {
		delete(s.pending, d)
	}
	if d.settled {
		return // too late, or a second one
	}
	w.settle(d, nil)
	if !d.answers {
		payload = nil
	}
	if d.onAck != nil {
		d.onAck(payload)
	}
}

func (w *Workspace) settle(d *Delivery, err error) {
	d.settled, d.err = true, err
	if d.alarm != nil {
		w.cancel(d.alarm)
	}
	if d.kind != typeEvents {
		d.payload = nil // it is not sent again
	}
	close(d.done)
	w.notify()
}

// fail gives an envelope up. Events come again some times all the same.
func (w *Workspace) fail(d *Delivery, code string) {
	if !d.settled {
		w.settle(d, &DeliveryError{Code: code})
		if d.onLate != nil {
			d.onLate(code)
		}
	}
	if d.kind == typeEvents && d.attempt < len(retryPauses) && len(d.acks) == 0 {
		w.after(retryPauses[d.attempt], func() {
			d.attempt++
			if s := w.route(nil); s != nil {
				w.transmit(d, s)
			}
			w.after(ackWait, func() { w.fail(d, code) })
		})
	}
}
