package slacksim

import (
	"net"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// methodResponseURL and methodSocket name posts to response_urls and the opening of WebSockets among
// the calls and faults.
const (
	methodResponseURL = "response_url"
	methodSocket      = "websocket"
)

// Fault is trouble that calls of the app run into. Of several that fit a call, the oldest
// acts.
type Fault struct {
	Method  string // a method of the Web API, "response_url", or with HTML "websocket"; any when empty
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
	// HTML answers with a page, as a proxy, a filter or a captive portal in front of Slack does,
	// without doing the call. Redirect is its Location, and makes the status 302 if Status is 0.
	HTML     bool
	Redirect string
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
		if method == methodSocket && !f.HTML || f.Method != "" && f.Method != method || f.Channel != "" && f.Channel != channel {
			continue
		}
		if f.left--; f.left == 0 {
			w.endFault(f)
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
	case f.Redirect != "":
		return http.StatusFound
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
		f.page(rw)
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

// page answers as nginx does where it stands in for the server behind it.
func (f Fault) page(rw http.ResponseWriter) {
	rw.Header().Set("Server", "nginx")
	rw.Header().Set("Content-Type", "text/html")
	if f.Redirect != "" {
		rw.Header().Set("Location", f.Redirect)
	}
	if f.status() == http.StatusProxyAuthRequired {
		rw.Header().Set("Proxy-Authenticate", `Basic realm="proxy"`)
	}
	title := strconv.Itoa(f.status()) + " " + http.StatusText(f.status())
	rw.WriteHeader(f.status())
	_, _ = rw.Write([]byte("<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n<center><h1>" + title +
		"</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"))
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
