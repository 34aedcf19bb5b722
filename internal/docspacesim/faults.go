package docspacesim

import (
	"context"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fault is trouble that requests of the API run into. Of several that fit a request, the
// oldest acts. A fault that only delays leaves the answer as it is; Reset, Truncate, Huge
// and an answer of the fault's own go in this order before each other.
type Fault struct {
	// Path is a part of the path of the requests that it befalls; any when empty.
	Path string
	// Delay passes before the request is done, or until the client has given up.
	Delay time.Duration
	// Reset cuts the connection instead of answering.
	Reset bool
	// Truncate cuts the connection in the middle of the right answer.
	Truncate bool
	// Huge answers with 64 MiB of JSON.
	Huge bool
	// Status, RetryAfter (in whole seconds, rounded up), Redirect (the Location), HTML and
	// Body make an answer without doing the request, when one of them is set. The status is
	// then 200, with RetryAfter 429 and with Redirect 302, if Status is 0. HTML makes it a page,
	// as a proxy, a filter or a captive portal in front of the portal sends it; Body is the page
	// if it is not empty.
	Status     int
	RetryAfter time.Duration
	Redirect   string
	HTML       bool
	Body       string
	// Times is how many requests it befalls; 0 is all until it is cleared.
	Times int
}

// fault is a Fault that is in force.
type fault struct {
	Fault
	left int
}

// Fault puts trouble in the way of requests. The function that it returns ends it.
func (p *Portal) Fault(f Fault) (clear func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	kept := &fault{f, f.Times}
	p.faults = append(p.faults, kept)
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.endFault(kept)
	}
}

func (p *Portal) endFault(f *fault) {
	p.faults = slices.DeleteFunc(p.faults, func(other *fault) bool { return other == f })
}

// troubleFor returns the fault that befalls a request, or one that does nothing.
func (p *Portal) troubleFor(path string) Fault {
	for _, f := range p.faults {
		if !strings.Contains(path, f.Path) {
			continue
		}
		if f.left--; f.left == 0 {
			p.endFault(f)
		}
		return f.Fault
	}
	return Fault{}
}

// wait lets the delay pass; it returns false when the client gave up. It expects no lock.
func (f Fault) wait(ctx context.Context) bool {
	if f.Delay <= 0 {
		return true
	}
	timer := time.NewTimer(f.Delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// reply returns the fault's own answer, if it has one.
func (f Fault) reply() (reply, bool) {
	if f.Status == 0 && f.RetryAfter <= 0 && f.Redirect == "" && !f.HTML && f.Body == "" {
		return reply{}, false
	}
	r := newReply(f.Status)
	switch {
	case f.Status != 0:
	case f.Redirect != "":
		r.status = http.StatusFound
	case f.RetryAfter > 0:
		r.status = http.StatusTooManyRequests
	default:
		r.status = http.StatusOK
	}
	if f.RetryAfter > 0 {
		r.header.Set("Retry-After", wholeSeconds(f.RetryAfter))
	}
	if f.Redirect != "" {
		r.header.Set("Location", f.Redirect)
	}
	r.body = []byte(f.Body)
	if f.HTML {
		r.header.Set("Server", "nginx")
		r.header.Set("Content-Type", "text/html")
		if r.status == http.StatusProxyAuthRequired {
			r.header.Set("Proxy-Authenticate", `Basic realm="proxy"`)
		}
		if f.Body == "" {
			r.body = proxyPage(r.status, "nginx")
		}
	} else if f.Body != "" {
		r.header.Set("Content-Type", mediaJSON)
	}
	return r, true
}

func wholeSeconds(d time.Duration) string { return strconv.Itoa(int(math.Ceil(d.Seconds()))) }
