package socketmode

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"github.com/docspace-invite-bot/bot/internal/pipenet"
)

// connected runs a test in fake time with a connection whose other end is the test's.
func connected(t *testing.T, tell func(t *testing.T, near *connection, far *websocket.Conn)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var pipes pipenet.Network
		ends := make(chan *websocket.Conn, 1)
		upgrader := websocket.Upgrader{}
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if far, err := upgrader.Upgrade(w, r, nil); err == nil {
				ends <- far
			}
		})}
		listener := pipes.Listen("127.0.0.1:1")
		done := make(chan struct{})
		go func() { defer close(done); _ = server.Serve(listener) }()
		dialer := websocket.Dialer{NetDialContext: pipes.DialContext}
		ws, _, err := dialer.DialContext(t.Context(), "ws://127.0.0.1:1/", nil)
		if err != nil {
			t.Fatal(err)
		}
		near, far := newConnection(ws, NewMetrics(nil), slog.New(slog.DiscardHandler)), <-ends
		tell(t, near, far)
		near.close()
		_ = far.Close()
		_ = server.Close()
		<-done
	})
}

// TestQuietConnectionIsKept: Slack's own pings are not established; ours are answered.
func TestQuietConnectionIsKept(t *testing.T) {
	connected(t, func(t *testing.T, near *connection, far *websocket.Conn) {
		go near.serve(t.Context(), func(*Envelope) {})
		if err := far.WriteMessage(websocket.TextMessage, []byte(`{"type":"hello"}`)); err != nil {
			t.Fatal(err)
		}
		go func() {
			for { // answers pings, and says nothing
				if _, _, err := far.ReadMessage(); err != nil {
					return
				}
			}
		}()
		select {
		case <-near.done:
			t.Fatalf("a connection that answers pings was given up: %v", near.err)
		case <-time.After(10 * time.Minute):
		}
		near.close()
		<-near.done
	})
}

// TestConnectionWithoutHelloIsGivenUp: pings are answered by the WebSocket's end, which need not be what
// sends the envelopes.
func TestConnectionWithoutHelloIsGivenUp(t *testing.T) {
	connected(t, func(t *testing.T, near *connection, far *websocket.Conn) {
		go near.serve(t.Context(), func(*Envelope) {})
		go func() {
			for { // answers pings
				if _, _, err := far.ReadMessage(); err != nil {
					return
				}
			}
		}()
		began := time.Now()
		select {
		case <-near.done:
		case <-time.After(time.Hour):
			t.Fatal("an hour passed without a hello, and the connection is kept")
		}
		if took := time.Since(began); took != helloWithin {
			t.Errorf("it was given up after %v, want %v", took, helloWithin)
		}
	})
}

// TestShutdownSendsWhatIsOwed: an acknowledgement under way is written before the goodbye.
func TestShutdownSendsWhatIsOwed(t *testing.T) {
	connected(t, func(t *testing.T, near *connection, far *websocket.Conn) {
		ctx, cancel := context.WithCancel(t.Context())
		go near.serve(ctx, func(e *Envelope) {
			go func() {
				time.Sleep(300 * time.Millisecond) // the journal takes its time
				if err := e.Ack(nil); err != nil {
					t.Errorf("acknowledge: %v", err)
				}
			}()
		})
		frames := make(chan string, 10)
		go func() {
			defer close(frames)
			for {
				_, frame, err := far.ReadMessage()
				if err != nil {
					frames <- err.Error()
					return
				}
				frames <- string(frame)
			}
		}()
		if err := far.WriteMessage(websocket.TextMessage, []byte(`{"type":"slash_commands","envelope_id":"e1","payload":{}}`)); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		cancel()
		if first := <-frames; !strings.Contains(first, `"e1"`) {
			t.Errorf("first came %q, want the acknowledgement", first)
		}
		if last := <-frames; !strings.Contains(last, "1000") {
			t.Errorf("then came %q, want a close with code 1000", last)
		}
		<-near.done
	})
}

// TestAckThatSlackWouldDropIsSentWithoutItsPayload: the person gets no answer, and no error.
func TestAckThatSlackWouldDropIsSentWithoutItsPayload(t *testing.T) {
	connected(t, func(t *testing.T, near *connection, far *websocket.Conn) {
		sent := make(chan error, 1)
		go near.serve(t.Context(), func(e *Envelope) {
			sent <- e.Ack(map[string]string{"text": strings.Repeat("x", ackMax)})
			if err := e.Ack(nil); err != nil {
				t.Errorf("a second acknowledgement: %v", err)
			}
		})
		if err := far.WriteMessage(websocket.TextMessage, []byte(`{"type":"slash_commands","envelope_id":"e1","payload":{}}`)); err != nil {
			t.Fatal(err)
		}
		_, frame, err := far.ReadMessage()
		if err != nil || !json.Valid(frame) || len(frame) > 100 || !strings.Contains(string(frame), "e1") {
			t.Errorf("sent %d bytes, %v", len(frame), err)
		}
		if err := <-sent; err == nil {
			t.Error("the operator is not told")
		}
		near.close()
		<-near.done
	})
}
