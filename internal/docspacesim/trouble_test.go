package docspacesim

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/docspace-invite-bot/bot/internal/pipenet"
)

// online serves the portal over pipes in fake time.
func online(t *testing.T, tell func(t *testing.T, p *Portal, get func(ctx context.Context, path string) (*http.Response, error))) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := New()
		var pipes pipenet.Network
		listener := pipes.Listen("acme:80")
		server := &http.Server{Handler: p}
		done := make(chan struct{})
		go func() { defer close(done); _ = server.Serve(listener) }()
		client := &http.Client{
			Transport:     &http.Transport{DialContext: pipes.DialContext},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
		tell(t, p, func(ctx context.Context, path string) (*http.Response, error) {
			r, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://acme"+apiPath+path, nil)
			r.Header.Set("Authorization", "Bearer "+p.APIKey())
			return client.Do(r)
		})
		client.CloseIdleConnections()
		_ = server.Close()
		<-done
	})
}

func TestFaultsOverAConnection(t *testing.T) {
	online(t, func(t *testing.T, p *Portal, get func(context.Context, string) (*http.Response, error)) {
		read := func(path string) (status, size int, err error) {
			resp, err := get(t.Context(), path)
			if err != nil {
				return 0, 0, err
			}
			defer func() { _ = resp.Body.Close() }()
			n, err := io.Copy(io.Discard, resp.Body)
			return resp.StatusCode, int(n), err
		}
		_, right, err := read("settings")
		if err != nil {
			t.Fatal(err)
		}
		p.Fault(Fault{Truncate: true, Times: 1})
		if status, n, err := read("settings"); status != 200 || err == nil || n != right/2 {
			t.Errorf("truncated: %d, %d bytes of %d, %v", status, n, right, err)
		}
		p.Fault(Fault{Huge: true, Times: 1})
		if status, n, err := read("settings"); status != 200 || err != nil || n < 64<<20 {
			t.Errorf("huge: %d, %d bytes, %v", status, n, err)
		}
		clear := p.Fault(Fault{Reset: true}) // without Times, as the transport may try again
		if status, _, err := read("settings"); err == nil {
			t.Errorf("reset: %d", status)
		}
		clear()
		p.Fault(Fault{Delay: time.Minute, Times: 1})
		begin := time.Now()
		if status, _, err := read("settings"); status != 200 || err != nil || time.Since(begin) != time.Minute {
			t.Errorf("slow: %d, %v after %v", status, err, time.Since(begin))
		}
		p.Fault(Fault{Delay: time.Hour, Times: 1})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := get(ctx, "settings"); err == nil {
			t.Error("an answer after an hour came within a second")
		}
		synctest.Wait()
		calls := p.Calls()
		if last := calls[len(calls)-1]; last.Status != 0 || last.Path != apiPath+"settings" {
			t.Errorf("a call that nobody waited for is told as %+v", last)
		}
		// What is delayed holds no one else up, and sees what became of the key meanwhile.
		p.Fault(Fault{Path: "@self", Delay: time.Minute, Times: 1})
		answer := make(chan int)
		go func() { status, _, _ := read("keys/@self"); answer <- status }()
		synctest.Wait()
		if status, _, err := read("settings"); status != 200 || err != nil {
			t.Errorf("beside a slow call: %d, %v", status, err)
		}
		p.DisableKey()
		if status := <-answer; status != 401 {
			t.Errorf("a slow call with a key that was disabled meanwhile: %d", status)
		}
	})
}

func TestFaultsThatAnswer(t *testing.T) {
	for name, tt := range map[string]struct {
		fault        Fault
		status       int
		header, with string
		body         string
	}{
		"status":      {Fault{Status: 503}, 503, "Content-Type", "", ""},
		"retry after": {Fault{RetryAfter: 1500 * time.Millisecond}, 429, "Retry-After", "2", ""},
		"503 later":   {Fault{RetryAfter: time.Hour, Status: 503}, 503, "Retry-After", "3600", ""},
		"redirect":    {Fault{Redirect: "https://evil.example/"}, 302, "Location", "https://evil.example/", ""},
		"page":        {Fault{HTML: true}, 200, "Content-Type", "text/html", "<html>"},
		"redirected":  {Fault{HTML: true, Redirect: "https://evil.example/"}, 302, "Location", "https://evil.example/", "<html>"},
		"proxy":       {Fault{HTML: true, Status: 407}, 407, "Proxy-Authenticate", `Basic realm="proxy"`, "<html>"},
		"filter":      {Fault{HTML: true, Status: 403}, 403, "Server", "nginx", "<html>"},
		"own page":    {Fault{HTML: true, Status: 502, Body: "<p>x"}, 502, "Content-Type", "text/html", "<p>x"},
		"own body":    {Fault{Body: "{"}, 200, "Content-Type", mediaJSON, "{"},
	} {
		p := New()
		tt.fault.Path, tt.fault.Times = "people/", 2
		p.Fault(tt.fault)
		wantStatus(t, p, 200, "GET settings", "")
		for range 2 {
			a := wantStatus(t, p, tt.status, "GET people/@self", "")
			if a.header.Get(tt.header) != tt.with || !strings.HasPrefix(a.body, tt.body) || tt.body == "" && a.body != "" {
				t.Errorf("%s: %v %q", name, a.header, a.body)
			}
		}
		if a := wantStatus(t, p, 200, "GET people/@self", ""); !strings.Contains(a.body, "response") {
			t.Errorf("%s goes on: %s", name, a.body)
		}
	}
}

func TestOldestFaultActsUntilCleared(t *testing.T) {
	p := New()
	clear := p.Fault(Fault{Status: 500})
	p.Fault(Fault{Status: 503})
	wantStatus(t, p, 500, "GET settings", "")
	clear()
	clear()
	wantStatus(t, p, 503, "GET settings", "")
}

func TestDownIsTheProxysPage(t *testing.T) {
	p := New()
	p.Down(true)
	for _, path := range []string{apiPath + "settings", "/s/x", "/", "/confirm/LinkInvite"} {
		w := httptest.NewRecorder()
		p.ServeHTTP(w, httptest.NewRequest(http.MethodGet, host+path, nil))
		if w.Code != 502 || w.Header().Get("Content-Type") != "text/html" || !strings.Contains(w.Body.String(), "502 Bad Gateway") {
			t.Errorf("%s: %d %v %s", path, w.Code, w.Header(), w.Body)
		}
	}
	p.Down(false)
	wantStatus(t, p, 200, "GET settings", "")
	if n := p.CallCount(apiPath + "settings"); n != 2 {
		t.Errorf("%d calls of the API, want 2", n)
	}
	if calls := p.Calls(); len(calls) != 2 || calls[0].Status != 502 || calls[1].Status != 200 || calls[0].Method != http.MethodGet {
		t.Errorf("calls %+v", calls)
	}
}

// TestLimitsOfCallsInAMinuteAndADay is docs/facts/docspace.md, "Rate limits".
func TestLimitsOfCallsInAMinuteAndADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New()
		limited := func(a answered, limit int) {
			t.Helper()
			if a.status != 429 || a.body != "" || a.header.Get("X-RateLimit-Limit") != strconv.Itoa(limit) || a.header.Get("X-RateLimit-Remaining") != "0" {
				t.Errorf("%d %q %v, want a 429 with an empty body, of the limit %d", a.status, a.body, a.header, limit)
			}
		}
		for range 2000 { // off at first
			wantStatus(t, p, 200, "GET keys/@self", "")
		}
		p.RateLimit(true)
		for i := range windowCalls {
			if i == 500 {
				time.Sleep(30 * time.Second)
			}
			if a := wantStatus(t, p, 200, "GET keys/@self", ""); a.header.Get("X-RateLimit-Limit") != "" {
				t.Fatal("an answer that is no 429 tells of limits")
			}
		}
		a := ask(p, "GET keys/@self", "")
		limited(a, windowCalls)
		if a.header.Get("Retry-After") != "" {
			t.Error("a sliding window does not tell when to come again")
		}
		wantStatus(t, p, 200, "GET settings", "", "Authorization", "") // someone else
		time.Sleep(30 * time.Second)
		for range 500 { // the first 500 have left the window
			wantStatus(t, p, 200, "GET keys/@self", "")
		}
		limited(ask(p, "GET keys/@self", ""), windowCalls)

		time.Sleep(time.Hour)
		for i := range dailyWrites {
			if i%1000 == 999 {
				time.Sleep(2 * time.Minute)
			}
			wantStatus(t, p, 400, "POST "+managed, "")
		}
		time.Sleep(time.Hour)
		a = ask(p, "POST "+managed, "")
		limited(a, dailyWrites)
		seconds, _ := strconv.Atoi(a.header.Get("Retry-After"))
		reset, _ := strconv.ParseInt(a.header.Get("X-RateLimit-Reset"), 10, 64)
		if seconds < 3600 || seconds > 86400 || reset != time.Now().Add(time.Duration(seconds)*time.Second).Unix() {
			t.Errorf("Retry-After %d, reset at %d", seconds, reset)
		}
		wantStatus(t, p, 200, "GET keys/@self", "")
		time.Sleep(time.Duration(seconds) * time.Second)
		wantStatus(t, p, 400, "POST "+managed, "")
		p.RateLimit(false)
	})
}

func TestLimitsOfCallsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New()
		p.RateLimit(true)
		for request, most := range map[string]int{"GET keys/@self": readsAtOnce, "POST " + managed: writesOnce} {
			clear := p.Fault(Fault{Delay: time.Second})
			statuses := make(chan int, most+1)
			for range most + 1 {
				go func() { statuses <- ask(p, request, "").status }()
			}
			synctest.Wait()
			if first := <-statuses; first != 429 {
				t.Errorf("%s: %d, want one too many", request, first)
			}
			for range most {
				if status := <-statuses; status == 429 {
					t.Errorf("%s: more than one of %d refused", request, most+1)
				}
			}
			clear()
			if a := ask(p, request, ""); a.status == 429 {
				t.Errorf("%s: %d with nothing under way", request, a.status)
			}
		}
	})
}

func TestCallsAreForgottenInTheEnd(t *testing.T) {
	p := New()
	r := httptest.NewRequest(http.MethodGet, host+apiPath+"settings", nil)
	for range 2*keptCalls + 1 {
		p.mu.Lock()
		p.note(r)
		p.mu.Unlock()
	}
	if n := len(p.Calls()); n != keptCalls+1 {
		t.Errorf("%d calls are kept", n)
	}
}
