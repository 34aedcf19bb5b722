// Package skew compares this machine's clock with those of the servers that answer it, by the
// header Date of their answers. It owns what a difference may be; it must not know whose servers
// they are.
package skew

import (
	"net/http"
	"sync"
	"time"
)

const (
	// Noticeable is a difference that people may come to notice: whoever joins the portal sooner
	// than that after being invited may pass for somebody who was there before.
	Noticeable = 10 * time.Second
	// Harmful is a difference with which people are missed: the first look at the portal after a
	// restart reaches back five minutes further than it should have to, and no more.
	Harmful = 5 * time.Minute

	// quick is how long an answer may take that is good for a comparison: where in that time the
	// server looked at its clock is not known.
	quick = 5 * time.Second
	// sayEvery is how often a difference is told that stays.
	sayEvery = time.Hour
)

// Meter keeps the last comparison with one server's clock. It is safe for concurrent use; a nil
// Meter compares nothing.
type Meter struct {
	tell func(ahead time.Duration)

	mu       sync.Mutex
	ahead    time.Duration
	measured bool
	told     time.Time
}

// NewMeter returns a meter. tell, if it is not nil, is called with a difference of Noticeable or
// more: at once, and every hour while it stays. It is positive when this machine's clock is
// ahead.
func NewMeter(tell func(ahead time.Duration)) *Meter { return &Meter{tell: tell} }

// Ahead returns how far this machine's clock is ahead, to about a second, and whether anything
// was compared yet.
func (m *Meter) Ahead() (ahead time.Duration, measured bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ahead, m.measured
}

// Over returns a transport that compares with every answer that comes by next.
func (m *Meter) Over(next http.RoundTripper) http.RoundTripper {
	if m == nil {
		return next
	}
	return transport{next, m}
}

type transport struct {
	next  http.RoundTripper
	meter *Meter
}

func (t transport) RoundTrip(req *http.Request) (*http.Response, error) {
	sent := time.Now()
	resp, err := t.next.RoundTrip(req)
	if err == nil {
		t.meter.heard(resp.Header, sent, time.Now())
	}
	return resp, err
}

// CloseIdleConnections lets go of connections that are not in use.
func (t transport) CloseIdleConnections() {
	if idle, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		idle.CloseIdleConnections()
	}
}

// heard compares with an answer. One of a cache, which has an Age, bears the date of another time.
func (m *Meter) heard(header http.Header, sent, heard time.Time) {
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil || header.Get("Age") != "" || heard.Sub(sent) > quick {
		return
	}
	// The date has full seconds, cut off: what is left after the point is no difference.
	ahead := sent.Add(heard.Sub(sent) / 2).Round(0).Sub(date).Truncate(time.Second)
	m.mu.Lock()
	m.ahead, m.measured = ahead, true
	tell := ahead.Abs() >= Noticeable && heard.Sub(m.told) >= sayEvery && m.tell != nil
	if tell {
		m.told = heard
	}
	m.mu.Unlock()
	if tell {
		m.tell(ahead)
	}
}
