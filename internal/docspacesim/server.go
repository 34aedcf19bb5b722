package docspacesim

import (
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	apiPath = "/api/2.0/"
	// requestLineMax is what the portal's server takes of method, address and version.
	requestLineMax = 8 << 10
	bodyMax        = 64 << 10
)

// ServeHTTP answers the API, the links and the pages for people.
func (p *Portal) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Date", p.now().UTC().Format(http.TimeFormat))
	if !isAPI(r) {
		p.servePages(w, r)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyMax))
	if err != nil {
		newReply(http.StatusRequestEntityTooLarge).send(w)
		return
	}
	p.do(r, body).send(w)
}

// now is what the server's clock shows. It takes the lock.
func (p *Portal) now() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Now().Add(p.ahead)
}

func isAPI(r *http.Request) bool {
	return len(r.URL.Path) >= len(apiPath) && strings.EqualFold(r.URL.Path[:len(apiPath)], apiPath)
}

// do carries one request of the API out, notes it, and returns what is to be sent.
func (p *Portal) do(r *http.Request, body []byte) reply {
	p.mu.Lock()
	defer p.mu.Unlock()
	noted := p.note(r)
	rep := p.answer(r, body)
	if rep.ending != reset {
		noted.Status = rep.status
	}
	p.notify()
	return rep
}

// note remembers that the request came.
func (p *Portal) note(r *http.Request) *Call {
	if len(p.calls) >= 2*keptCalls {
		p.calls = slices.Clone(p.calls[len(p.calls)-keptCalls:])
	}
	noted := &Call{Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, At: time.Now()}
	p.calls = append(p.calls, noted)
	p.notify()
	return noted
}

// answer finds out what to send, as the layers of a portal do: the proxy, the rate limiter,
// the filters, the action. A fault lies between the limiter and the filters, so that what it
// delays counts as under way.
func (p *Portal) answer(r *http.Request, body []byte) (rep reply) {
	if p.down {
		return proxyError(http.StatusBadGateway)
	}
	if len(r.Method)+len(r.RequestURI)+len("  HTTP/1.1\r\n") > requestLineMax {
		return newReply(http.StatusRequestURITooLong)
	}
	by := p.caller(r)
	who := by.ID
	if !by.known() {
		who, _, _ = net.SplitHostPort(r.RemoteAddr)
	}
	leave, refusal := p.limiter.admit(who, r.Method != http.MethodGet)
	if refusal != nil {
		return *refusal
	}
	defer func() {
		leave()
		p.limiter.tell(who, rep)
	}()

	trouble := p.troubleFor(r.URL.Path)
	if trouble.Delay > 0 {
		p.mu.Unlock()
		stayed := trouble.wait(r.Context())
		p.mu.Lock()
		if !stayed {
			return reply{ending: reset}
		}
		by = p.caller(r) // much may have changed
	}
	switch {
	case trouble.Reset:
		return reply{ending: reset}
	case trouble.Truncate:
		rep := p.act(r, body, by)
		rep.ending = truncated
		return rep
	case trouble.Huge:
		rep := newReply(http.StatusOK)
		rep.header.Set("Content-Type", mediaJSON)
		rep.ending = endless
		return rep
	}
	if rep, ok := trouble.reply(); ok {
		return rep
	}
	return p.act(r, body, by)
}

// proxyError is the reverse proxy's own answer (docs/facts/docspace.md, "Answers").
func proxyError(status int) reply {
	rep := newReply(status)
	rep.header.Set("Content-Type", "text/html")
	rep.body = proxyPage(status, "openresty")
	return rep
}

func proxyPage(status int, server string) []byte {
	title := strconv.Itoa(status) + " " + http.StatusText(status)
	return []byte("<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n<center><h1>" + title +
		"</h1></center>\r\n<hr><center>" + server + "</center>\r\n</body>\r\n</html>\r\n")
}

// ending is how an answer ends.
type ending int

const (
	whole     ending = iota
	truncated        // the connection is cut after half of it
	endless          // far more comes than anyone wants
	reset            // the connection is cut before it
)

// reply is an answer as it is sent.
type reply struct {
	status int
	header http.Header
	body   []byte
	ending ending
}

func newReply(status int) reply { return reply{status: status, header: http.Header{}} }

// send expects no lock.
func (r reply) send(w http.ResponseWriter) {
	if r.ending == reset {
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), r.header)
	switch r.ending {
	case truncated:
		w.Header().Set("Content-Length", strconv.Itoa(len(r.body)))
		w.WriteHeader(r.status)
		_, _ = w.Write(r.body[:len(r.body)/2])
		_ = http.NewResponseController(w).Flush() // so that half of it arrives
		panic(http.ErrAbortHandler)
	case endless:
		w.WriteHeader(r.status)
		writeEndless(w)
	default:
		w.WriteHeader(r.status)
		_, _ = w.Write(r.body)
	}
}

// writeEndless writes 64 MiB of what begins like an envelope, or until no one reads on.
func writeEndless(w io.Writer) {
	_, _ = io.WriteString(w, `{"response":"`)
	chunk := []byte(strings.Repeat("x", 64<<10))
	for range 1024 {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
}
