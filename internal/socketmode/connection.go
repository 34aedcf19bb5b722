package socketmode

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack/socketmode"
)

const (
	// pingEvery and deafAfter bound how long a dead connection is mistaken for a quiet one:
	// Slack answers pings, and sends its own (docs/facts/slack.md, "Keep-alive").
	pingEvery = 10 * time.Second
	deafAfter = 25 * time.Second
	// quietAfter is when a connection is no longer relied on: a ping went unanswered for five seconds.
	quietAfter = pingEvery + 5*time.Second
	// helloWithin is how long Slack's hello may take. It comes at once as a rule.
	helloWithin = 20 * time.Second
	// leaveAfter is how long a connection that Slack is about to end is still read. Slack
	// gives ten seconds' warning.
	leaveAfter = 15 * time.Second
	// writeTimeout bounds one frame.
	writeTimeout = 5 * time.Second
	// frameMax bounds what is read of one frame, in bytes.
	frameMax = 1 << 20
	// ackMax is the size, in bytes, at which Slack drops an acknowledgement without a word
	// (docs/facts/slack.md, "Ack").
	ackMax = 20 << 10
)

// connection is one Socket Mode connection.
type connection struct {
	ws  *websocket.Conn
	log *slog.Logger
	// writing has room for one writer. It is a channel and not a mutex because a frame may
	// take its time.
	writing chan struct{}
	unacked sync.WaitGroup

	metrics    *Metrics
	heard      atomic.Int64 // when something was last heard, in nanoseconds since 1970
	hello      atomic.Bool
	onHello    func(app string) (routine bool)
	disconnect chan string   // the reason, once, when Slack says that it ends the connection
	done       chan struct{} // closed when serve has ended
	err        error         // why serve ended; read it after done
}

func newConnection(ws *websocket.Conn, metrics *Metrics, log *slog.Logger) *connection {
	return &connection{
		ws: ws, metrics: metrics, log: log,
		writing:    make(chan struct{}, 1),
		disconnect: make(chan string, 1),
		done:       make(chan struct{}),
	}
}

// lastHeard returns when something was last heard on the connection.
func (c *connection) lastHeard() time.Time { return time.Unix(0, c.heard.Load()) }

// greeted reports whether Slack has taken the connection on.
func (c *connection) greeted() bool { return c.hello.Load() }

// close cuts the connection; serve then ends.
func (c *connection) close() { _ = c.ws.Close() }

// serve reads the connection and hands every envelope to dispatch, until it breaks, Slack
// has ended it, or the context ends. Then it gives acknowledgements under way a moment
// and closes the connection.
func (c *connection) serve(ctx context.Context, dispatch func(*Envelope)) {
	defer close(c.done)
	stopped := context.AfterFunc(ctx, func() { _ = c.ws.SetReadDeadline(time.Now()) })
	defer stopped()

	var pings sync.WaitGroup
	stop := make(chan struct{})
	pings.Go(func() { c.ping(stop) })
	c.err = c.read(ctx, dispatch)
	if ctx.Err() != nil {
		c.finish()
	}
	c.close() // Slack does not close TCP itself (docs/facts/slack.md, "disconnect")
	close(stop)
	pings.Wait()
}

// read reads frames until one cannot be read.
func (c *connection) read(ctx context.Context, dispatch func(*Envelope)) error {
	leaveAt := time.Now().Add(helloWithin) // when the connection is given up: without a hello, or once Slack has announced its end
	alive := func() {
		now := time.Now()
		c.heard.Store(now.UnixNano())
		if ctx.Err() == nil {
			deadline := now.Add(deafAfter)
			if !leaveAt.IsZero() && leaveAt.Before(deadline) {
				deadline = leaveAt
			}
			_ = c.ws.SetReadDeadline(deadline)
		}
	}
	c.ws.SetReadLimit(frameMax)
	c.ws.SetPongHandler(func(string) error { alive(); return nil })
	c.ws.SetPingHandler(func(data string) error {
		alive()
		err := c.ws.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(writeTimeout))
		if errors.Is(err, websocket.ErrCloseSent) {
			return nil
		}
		return err
	})
	for {
		alive()
		_, frame, err := c.ws.ReadMessage()
		if err != nil {
			return err
		}
		var request socketmode.Request
		if err := json.Unmarshal(frame, &request); err != nil {
			c.log.WarnContext(ctx, "frame dropped: not json", "bytes", len(frame))
			continue
		}
		switch request.Type {
		case socketmode.RequestTypeHello:
			leaveAt = time.Time{}
			level := slog.LevelInfo
			if !c.hello.Swap(true) && c.onHello != nil && c.onHello(request.ConnectionInfo.AppID) {
				level = slog.LevelDebug
			}
			c.log.Log(ctx, level, "connected to slack", "connections", request.NumConnections,
				"life_seconds", request.DebugInfo.ApproximateConnectionTime)
		case socketmode.RequestTypeDisconnect:
			leaveAt = time.Now().Add(leaveAfter)
			select {
			case c.disconnect <- request.Reason:
			default:
			}
		default:
			if request.EnvelopeID == "" {
				c.log.DebugContext(ctx, "frame dropped: no envelope", "type", request.Type)
				continue
			}
			c.unacked.Add(1)
			received := time.Now()
			dispatch(NewEnvelope(request.EnvelopeID, request.Type, request.Payload, func(payload any) error {
				defer c.unacked.Done()
				defer func() { c.metrics.acknowledged(request.Type, time.Since(received)) }()
				return c.acknowledge(request.EnvelopeID, payload)
			}))
		}
	}
}

// ping asks Slack for a sign of life now and then. A failure shows as a failed read.
func (c *connection) ping(stop <-chan struct{}) {
	ticker := time.NewTicker(pingEvery)
	defer ticker.Stop()
	for {
		select {
		case <-stop:
			return
		case <-ticker.C:
			_ = c.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeTimeout))
		}
	}
}

// finish says goodbye once the acknowledgements under way are sent.
func (c *connection) finish() {
	acked := make(chan struct{})
	go func() { c.unacked.Wait(); close(acked) }()
	select {
	case <-acked:
	case <-time.After(time.Second):
	}
	goodbye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
	_ = c.ws.WriteControl(websocket.CloseMessage, goodbye, time.Now().Add(time.Second))
}

func (c *connection) write(frame []byte) error {
	c.writing <- struct{}{}
	defer func() { <-c.writing }()
	_ = c.ws.SetWriteDeadline(time.Now().Add(writeTimeout))
	return c.ws.WriteMessage(websocket.TextMessage, frame)
}

// acknowledge writes an acknowledgement, without the payload where Slack would drop it for its size.
func (c *connection) acknowledge(id string, payload any) error {
	frame, err := json.Marshal(socketmode.Response{EnvelopeID: id, Payload: payload})
	if err == nil && len(frame) >= ackMax {
		err = fmt.Errorf("an acknowledgement of %d bytes would be dropped by slack", len(frame))
		frame, _ = json.Marshal(socketmode.Response{EnvelopeID: id})
		return errors.Join(err, c.write(frame))
	}
	if err == nil {
		err = c.write(frame)
	}
	if err != nil {
		return fmt.Errorf("acknowledge: %w", err)
	}
	return nil
}
