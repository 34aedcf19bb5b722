package slacksim

import (
	"net"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// methodResponseURL names posts to response_urls among the calls and faults.
const methodResponseURL = "response_url"

// Fault is trouble that calls of the app run into. Of several that fit a call, the oldest
// acts.
type Fault struct {
	Method  string // a method of the Web API, or "response_url"; any when empty
	Channel string // the call's argument channel, or where the response_url leads; any when empty

	// Delay passes before the call is done. It is done even if the app did not wait.
	Delay time.Duration
	// Status answers with this HTTP status instead of doing the call, with Retry-After
	// unless that is 0.
	Status     int
	RetryAfter time.Duration
	// Error answers {"ok":false,"error":…} instead of doing the call, with status 200 if
	// Status is 0.
	Error string
	// HTML answers with a page instead of JSON, without doing the call.
	HTML bool
	// Reset cuts the connection before doing the call; ResetAfter does it and cuts the
	// connection before answering.
	Reset, ResetAfter bool
	// Times is how many calls the fault befalls; 0 is all until it is cleared.
	Times int
}

type fault struct {
	Fault
	left int
}

// Fault puts trouble in the way of the app's calls. The function that it returns ends it.
func (w *Workspace) Fault(f Fault) (clear func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	kept := &fault{f, f.Times}
	w.faults = append(w.faults, kept)
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.endFault(kept)
	}
}

func (w *Workspace) endFault(f *fault) {
	w.faults = slices.DeleteFunc(w.faults, func(other *fault) bool { return other == f })
}

// troubleFor returns the fault that befalls a call, or one that does nothing. It takes the lock.
func (w *Workspace) troubleFor(method, channel string) Fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.faults {
		if f.Method != "" && f.Method != method || f.Channel != "" && f.Channel != channel {
			continue
		}
		if f.Times > 0 {
			if f.left--; f.left == 0 {
				w.endFault(f)
			}
		}
		return f.Fault
	}
	return Fault{}
}

// status is that of the HTTP answer; 0 when the connection is cut instead.
func (f Fault) status() int {
	switch {
	case f.Reset:
		return 0
	case f.Status != 0:
		return f.Status
	}
	return http.StatusOK
}

// answer answers a call that is not done.
func (f Fault) answer(rw http.ResponseWriter) {
	if f.Reset {
		cutRequest(rw)
		return
	}
	if f.RetryAfter > 0 {
		rw.Header().Set("Retry-After", strconv.Itoa(int((f.RetryAfter+time.Second-1)/time.Second)))
	}
	if f.HTML {
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		rw.WriteHeader(f.status())
		_, _ = rw.Write([]byte("<!DOCTYPE html><title>Slack</title><h1>Something went wrong</h1>"))
		return
	}
	code := f.Error
	switch {
	case code != "":
	case f.Status == http.StatusTooManyRequests:
		code = "ratelimited"
	case f.Status == http.StatusServiceUnavailable:
		code = "service_unavailable"
	default:
		code = "internal_error"
	}
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	rw.WriteHeader(f.status())
	_, _ = rw.Write(encode(object{"ok": false, "error": code}))
}

// cutRequest ends a request without an answer.
func cutRequest(rw http.ResponseWriter) {
	conn, _, err := http.NewResponseController(rw).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // HTTP/2 has nothing to hijack; net/http resets the stream
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // a reset instead of an orderly end
	}
	_ = conn.Close()
}
