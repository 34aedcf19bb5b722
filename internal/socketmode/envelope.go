package socketmode

import (
	"encoding/json"
	"sync/atomic"
)

// Envelope is one thing that Slack wants handled and acknowledged within three seconds.
type Envelope struct {
	ID      string
	Type    string
	Payload json.RawMessage
	// OnAck, if set, is told of the acknowledgement before it is written.
	OnAck func(payload any)

	send  func(payload any) error
	acked atomic.Bool
}

// NewEnvelope returns an envelope whose acknowledgement is written by send, once.
func NewEnvelope(id, kind string, payload json.RawMessage, send func(payload any) error) *Envelope {
	return &Envelope{ID: id, Type: kind, Payload: payload, send: send}
}

// Ack acknowledges the envelope, with a payload where its type takes one. It returns once
// the frame is written. A second call does nothing.
func (e *Envelope) Ack(payload any) error {
	if e.acked.Swap(true) {
		return nil
	}
	if e.OnAck != nil {
		e.OnAck(payload)
	}
	return e.send(payload)
}
