package slacksim

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// bodyMax bounds what is read of a request, in bytes.
const bodyMax = 4 << 20

// ServeHTTP serves what an app reaches of Slack: /api/{method}, the WebSocket at /link, and
// the response_urls.
func (w *Workspace) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	rw.Header().Set("Date", w.now().UTC().Format(http.TimeFormat))
	select {
	case <-w.closing:
		http.Error(rw, "closed", http.StatusServiceUnavailable)
		return
	default:
	}
	if w.prefix != "" {
		http.StripPrefix(w.prefix, w.mux).ServeHTTP(rw, r)
		return
	}
	w.mux.ServeHTTP(rw, r)
}

func (w *Workspace) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("/api/{method}", w.serveMethod)
	mux.HandleFunc("/link/", w.serveSocket)
	mux.HandleFunc("/link", w.serveSocket)
	for _, kind := range []string{"commands", "actions", "app"} {
		mux.HandleFunc("POST /"+kind+"/", w.serveResponse)
	}
	return mux
}

// base returns the address under which the request reached the workspace, with the scheme
// "http" or "ws", which follow the request in being encrypted.
func (w *Workspace) base(r *http.Request, scheme string) string {
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme += "s"
	}
	return scheme + "://" + r.Host + w.prefix
}

// Call is one call of the Web API, or one post to a response_url.
type Call struct {
	Method  string // "response_url" for a post to one
	Channel string // that it spoke of, if any
	User    string // that it spoke of, if any
	Status  int    // of the HTTP answer; 0 when the connection was cut instead
	Error   string // Slack's code, if the answer bore one
	At      time.Time
}

// callsMax bounds how many calls are remembered one by one; all are counted.
const callsMax = 100_000

// Calls returns the calls of the app, oldest first.
func (w *Workspace) Calls() []Call {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.calls)
}

// CallCount returns how often a method was called, answered or not.
func (w *Workspace) CallCount(method string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.counts[method]
}

func (w *Workspace) note(c Call) {
	if len(w.calls) >= callsMax {
		w.calls = slices.Delete(w.calls, 0, callsMax/10)
	}
	w.calls = append(w.calls, c)
	w.counts[c.Method]++
	w.notify()
}

// call is one request of the app under way.
type call struct {
	method string
	token  string
	args   map[string]json.RawMessage
	base   string // http address of the workspace, as the app reached it
	socket string // the same with the WebSocket scheme
}

// str returns an argument that is text, or "".
func (c *call) str(name string) string {
	raw := c.args[name]
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	return strings.Trim(string(raw), `"`) // a number or a boolean in a JSON body
}

func (c *call) has(name string) bool {
	raw, ok := c.args[name]
	return ok && string(raw) != "null" && string(raw) != `""`
}

func (c *call) bool(name string) bool {
	on, _ := strconv.ParseBool(c.str(name))
	return on
}

func (c *call) int(name string, otherwise int) int {
	if n, err := strconv.Atoi(c.str(name)); err == nil {
		return n
	}
	return otherwise
}

// json returns an argument that is an object or a list: as such, or as text that holds one.
// It is nil when there is none.
func (c *call) json(name string) json.RawMessage {
	if !c.has(name) {
		return nil
	}
	raw := c.args[name]
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return json.RawMessage(text)
	}
	return raw
}

// readCall takes a request apart: arguments come in the address, as a form or as JSON, and
// the token in the header or in a form (docs/facts/slack.md, "Where the token goes").
func readCall(r *http.Request, method string) (*call, error) {
	c := &call{method: method, args: map[string]json.RawMessage{}}
	body, err := io.ReadAll(io.LimitReader(r.Body, bodyMax))
	if err != nil {
		return nil, err
	}
	values := r.URL.Query()
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case kind == "application/json":
		var args map[string]json.RawMessage // nil for null
		if len(bytes.TrimSpace(body)) > 0 && json.Unmarshal(body, &args) != nil {
			return c, refuse("invalid_json")
		}
		maps.Copy(c.args, args)
	case kind == "multipart/form-data":
		r.Body = io.NopCloser(bytes.NewReader(body))
		if r.ParseMultipartForm(bodyMax) != nil { //nolint:gosec // the body was bounded above
			return c, refuse("invalid_form_data")
		}
		maps.Copy(values, r.MultipartForm.Value)
		c.token = r.PostForm.Get("token")
	case len(body) > 0:
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return c, refuse("invalid_form_data")
		}
		maps.Copy(values, form)
		c.token = form.Get("token")
	}
	for name, all := range values {
		c.args[name] = encode(all[0])
	}
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		c.token = strings.TrimSpace(token)
	}
	return c, nil
}

// refusal is an error that Slack answers with.
type refusal struct {
	code   string
	more   object // what the answer says beside it
	status int    // of the HTTP answer; 0 is 200
}

func (r *refusal) Error() string { return r.code }

func refuse(code string) error { return &refusal{code: code} }

// serveMethod answers one call of the Web API.
func (w *Workspace) serveMethod(rw http.ResponseWriter, r *http.Request) {
	c, err := readCall(r, r.PathValue("method"))
	if c == nil {
		return // the app went away in the middle of it
	}
	if w.headerTokens && r.Header.Get("Authorization") == "" {
		c.token = ""
	}
	c.base, c.socket = w.base(r, "http"), w.base(r, "ws")
	noted := Call{Method: c.method, Channel: c.str("channel"), User: c.str("user"), At: time.Now()}
	w.answer(rw, noted, func() (object, error) {
		if err != nil {
			return nil, err
		}
		return w.perform(c, rw.Header())
	})
}

// answer has a call done, in the way that the faults in force want it, and notes it. The
// lock must not be held; do is called with it.
func (w *Workspace) answer(rw http.ResponseWriter, noted Call, do func() (object, error)) {
	trouble := w.troubleFor(noted.Method, noted.Channel)
	if !w.pause(trouble.Delay) {
		cutRequest(rw)
		return
	}
	if trouble.Reset || trouble.Status != 0 || trouble.Error != "" || trouble.HTML {
		w.mu.Lock()
		noted.Status, noted.Error = trouble.status(), trouble.Error
		w.note(noted)
		w.mu.Unlock()
		trouble.answer(rw)
		return
	}

	status, body := w.do(&noted, rw.Header(), do, trouble.ResetAfter)
	if trouble.ResetAfter {
		cutRequest(rw)
		return
	}
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	rw.WriteHeader(status)
	_, _ = rw.Write(body)
}

// do does a call, unless it comes too fast, and notes it. It takes the lock.
func (w *Workspace) do(noted *Call, header http.Header, do func() (object, error), unheard bool) (status int, body []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var result object
	var err error
	if wait := w.tooFast(noted.Method, noted.Channel); wait > 0 {
		header.Set("Retry-After", strconv.Itoa(wait))
		err = &refusal{"ratelimited", nil, http.StatusTooManyRequests}
	} else {
		result, err = do()
	}
	status = http.StatusOK
	if refused := new(refusal); errors.As(err, &refused) {
		result = object{"ok": false, "error": refused.code}
		maps.Copy(result, refused.more)
		noted.Error = refused.code
		status = cmp.Or(refused.status, status)
	} else {
		if result == nil {
			result = object{}
		}
		result["ok"] = true
	}
	if !unheard {
		noted.Status = status
	}
	w.note(*noted)
	return status, encode(result)
}

// pause waits, and reports whether the workspace is still open. What the app asked for is
// done afterwards even if the app has gone: Slack does not notice. The lock must not be held.
func (w *Workspace) pause(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-w.closing:
		return false
	}
}
