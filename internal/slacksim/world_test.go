package slacksim_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"github.com/docspace-invite-bot/bot/internal/pipenet"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// world is a workspace that is served over pipes, in fake time, and an app that is written
// down here by hand, so that every frame and every answer can be looked at.
type world struct {
	t   *testing.T
	ctx context.Context
	*slacksim.Workspace
	net    pipenet.Network
	client *http.Client

	ann, bob, general string
}

const host = "127.0.0.1:8001"

// inWorld runs a test in fake time. Everything that the workspace started must have ended
// with it, or synctest fails.
func inWorld(t *testing.T, tell func(w *world), opts ...slacksim.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, ctx: t.Context(), Workspace: slacksim.New(opts...)}
		listener := w.net.Listen(host)
		server := &http.Server{Handler: w.Workspace}
		done := make(chan struct{})
		go func() { defer close(done); _ = server.Serve(listener) }()
		transport := &http.Transport{DialContext: w.net.DialContext}
		w.client = &http.Client{Transport: transport}
		t.Cleanup(func() {
			w.Close()
			transport.CloseIdleConnections()
			_ = server.Close()
			<-done
		})
		w.ann = w.AddUser(slacksim.User{Name: "ann", RealName: "Ann Archer", Email: "ann@acme.test"}).ID
		w.bob = w.AddUser(slacksim.User{Name: "bob", RealName: "Bob Baker", Email: "bob@acme.test"}).ID
		w.general = w.AddChannel(slacksim.Channel{Name: "general", Members: []string{w.ann, w.bob, w.BotUser()}}).ID
		tell(w)
	})
}

// m is a JSON object.
type m = map[string]any

// post calls a method with a JSON body and the bot token.
func (w *world) post(method string, args m) m {
	w.t.Helper()
	return w.postAs(w.BotToken(), method, args)
}

func (w *world) postAs(token, method string, args m) m {
	w.t.Helper()
	body, err := json.Marshal(args)
	if err != nil {
		w.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(w.ctx, http.MethodPost, "http://"+host+"/api/"+method, strings.NewReader(string(body)))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return w.do(req)
}

func (w *world) do(req *http.Request) m {
	w.t.Helper()
	resp, err := w.client.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer := m{}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		w.t.Fatalf("%s: %v", req.URL.Path, err)
	}
	answer["_status"] = resp.StatusCode
	answer["_retry"] = resp.Header.Get("Retry-After")
	answer["_accepts"] = resp.Header.Get("X-Accepted-OAuth-Scopes")
	answer["_granted"] = resp.Header.Get("X-OAuth-Scopes")
	return answer
}

// form calls a method as slack-go does: a form with the token among the fields.
func (w *world) form(method string, pairs ...string) m {
	w.t.Helper()
	values := url.Values{"token": {w.BotToken()}}
	for i := 0; i+1 < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	req, err := http.NewRequestWithContext(w.ctx, http.MethodPost, "http://"+host+"/api/"+method, strings.NewReader(values.Encode()))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return w.do(req)
}

// ok calls a method that must succeed.
func (w *world) ok(method string, args m) m {
	w.t.Helper()
	answer := w.post(method, args)
	if answer["ok"] != true {
		w.t.Fatalf("%s: %v", method, answer)
	}
	return answer
}

// wire is one connection of the app.
type wire struct {
	w      *world
	ws     *websocket.Conn
	frames chan m
	pings  atomic.Int64
	gone   chan struct{} // closed when the connection has ended
	err    error         // why it ended; read it after gone
}

// connect opens a connection, with more in the address if need be, and reads it on.
func (w *world) connect(more ...string) *wire {
	w.t.Helper()
	answer := w.postAs(w.AppToken(), "apps.connections.open", nil)
	if answer["ok"] != true {
		w.t.Fatalf("apps.connections.open: %v", answer)
	}
	dialer := websocket.Dialer{NetDialContext: w.net.DialContext}
	ws, _, err := dialer.DialContext(w.ctx, strings.Join(append([]string{answer["url"].(string)}, more...), "&"), http.Header{"Origin": {"https://api.slack.com"}})
	if err != nil {
		w.t.Fatal(err)
	}
	c := &wire{w: w, ws: ws, frames: make(chan m, 1000), gone: make(chan struct{})}
	pong := ws.PingHandler()
	ws.SetPingHandler(func(data string) error { c.pings.Add(1); return pong(data) })
	go func() {
		defer close(c.gone)
		defer func() { _ = ws.Close() }()
		for {
			_, data, err := ws.ReadMessage()
			if err != nil {
				c.err = err
				return
			}
			frame := m{}
			if json.Unmarshal(data, &frame) != nil {
				frame["raw"] = string(data)
			}
			c.frames <- frame
		}
	}()
	w.t.Cleanup(func() { _ = ws.Close() })
	return c
}

// hear returns the next frame, which must be of the type.
func (c *wire) hear(kind string) m {
	c.w.t.Helper()
	select {
	case frame := <-c.frames:
		if frame["type"] != kind {
			c.w.t.Fatalf("heard %v, want a frame of the type %s", frame, kind)
		}
		return frame
	case <-time.After(time.Minute):
		c.w.t.Fatalf("a minute passed without a frame of the type %s", kind)
	}
	return nil
}

// silent checks that nothing more comes soon.
func (c *wire) silent() {
	c.w.t.Helper()
	synctest.Wait()
	select {
	case frame := <-c.frames:
		c.w.t.Fatalf("heard %v, want nothing", frame)
	default:
	}
}

// ack acknowledges an envelope, with a payload unless that is nil.
func (c *wire) ack(envelope m, payload any) {
	c.w.t.Helper()
	answer := m{"envelope_id": envelope["envelope_id"]}
	if payload != nil {
		answer["payload"] = payload
	}
	if err := c.ws.WriteJSON(answer); err != nil {
		c.w.t.Fatal(err)
	}
}

// respond posts to a response_url.
func (w *world) respond(address string, payload m) m {
	w.t.Helper()
	body, _ := json.Marshal(payload)
	req := httptest.NewRequest(http.MethodPost, address, strings.NewReader(string(body)))
	req.RequestURI = ""
	req.Header.Set("Content-Type", "application/json")
	return w.do(req)
}

// wants checks what a delivery came to: "" is an acknowledgement in time.
func (w *world) wants(d *slacksim.Delivery, code string) {
	w.t.Helper()
	err := d.Wait(w.ctx)
	got := ""
	if e, ok := err.(*slacksim.DeliveryError); ok { //nolint:errorlint // Wait does not wrap it
		got = e.Code
	} else if err != nil {
		w.t.Fatal(err)
	}
	if got != code {
		w.t.Fatalf("the delivery came to %q (%v), want %q", got, err, code)
	}
}

// at follows a path of keys and indices into JSON.
func at(t *testing.T, v any, path ...any) any {
	t.Helper()
	for _, step := range path {
		switch step := step.(type) {
		case string:
			object, ok := v.(map[string]any)
			if !ok {
				t.Fatalf("no object at %v of %v", step, path)
			}
			v = object[step]
		case int:
			list, ok := v.([]any)
			if !ok || step >= len(list) {
				t.Fatalf("no item %v of %v", step, path)
			}
			v = list[step]
		}
	}
	return v
}

// equal compares two values of JSON or plain ones.
func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// newRequest is a request without a network, with a token and a JSON body.
func newRequest(method, address, token, body string) (*httptest.ResponseRecorder, *http.Request) {
	r := httptest.NewRequest(method, address, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	return httptest.NewRecorder(), r
}
