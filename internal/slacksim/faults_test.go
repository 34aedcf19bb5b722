package slacksim_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

func TestFaultsHitTheCallsTheyName(t *testing.T) {
	inWorld(t, func(w *world) {
		say := func() m { return w.post("chat.postMessage", m{"channel": w.general, "text": "hi"}) }
		w.Fault(slacksim.Fault{Method: "chat.postMessage", Channel: w.general, Status: 429, RetryAfter: 1500 * time.Millisecond, Times: 1})
		w.Fault(slacksim.Fault{Method: "chat.postMessage", Channel: "C0ELSEWHERE", Error: "fatal_error"})
		limited := say()
		equal(t, "status", limited["_status"], 429)
		equal(t, "retry after", limited["_retry"], "2")
		equal(t, "error", limited["error"], "ratelimited")
		equal(t, "the second call", say()["ok"], true)

		end := w.Fault(slacksim.Fault{Error: "internal_error"})
		for range 3 {
			answer := say()
			equal(t, "error", answer["error"], "internal_error")
			equal(t, "status", answer["_status"], 200)
		}
		end()
		equal(t, "after the fault", say()["ok"], true)
		equal(t, "posted", len(w.Messages(w.general)), 2)

		w.Fault(slacksim.Fault{Method: "chat.postMessage", Delay: time.Minute, Times: 1})
		start := time.Now()
		equal(t, "a slow answer", say()["ok"], true)
		equal(t, "took", time.Since(start), time.Minute)
	})
}

func TestResetsBeforeAndAfter(t *testing.T) {
	inWorld(t, func(w *world) {
		try := func() error {
			req, err := http.NewRequestWithContext(w.ctx, http.MethodPost, "http://"+host+"/api/chat.postMessage",
				strings.NewReader(`{"channel":"`+w.general+`","text":"hi"}`))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", "Bearer "+w.BotToken())
			req.Header.Set("Content-Type", "application/json")
			resp, err := w.client.Do(req)
			if err == nil {
				_ = resp.Body.Close()
			}
			return err
		}
		w.Fault(slacksim.Fault{Reset: true, Times: 1})
		if try() == nil {
			t.Error("a call that was cut has an answer")
		}
		equal(t, "posted before the cut", len(w.Messages(w.general)), 0)
		w.Fault(slacksim.Fault{ResetAfter: true, Times: 1})
		if try() == nil {
			t.Error("a call that was cut has an answer")
		}
		equal(t, "posted after the cut", len(w.Messages(w.general)), 1)
		for _, call := range w.Calls() {
			equal(t, "status of a call that was cut", call.Status, 0)
		}
	})
}

// TestAPageInsteadOfAnAnswer: what stands before Slack answers as nginx does, also when a connection
// is asked for and at response_urls.
func TestAPageInsteadOfAnAnswer(t *testing.T) {
	for name, tt := range map[string]struct {
		fault        slacksim.Fault
		status       int
		header, with string
	}{
		"200":                 {slacksim.Fault{}, 200, "Server", "nginx"},
		"redirect":            {slacksim.Fault{Redirect: "https://login.hotel.test/"}, 302, "Location", "https://login.hotel.test/"},
		"permanent redirect":  {slacksim.Fault{Status: 301, Redirect: "https://login.hotel.test/"}, 301, "Location", "https://login.hotel.test/"},
		"proxy authorization": {slacksim.Fault{Status: 407}, 407, "Proxy-Authenticate", `Basic realm="proxy"`},
		"bad gateway":         {slacksim.Fault{Status: 502}, 502, "Content-Type", "text/html"},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				tt.fault.HTML = true
				w.Fault(tt.fault)
				w.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
				for _, path := range []string{"/api/auth.test", "/api/apps.connections.open", "/link", "/commands/1/2/3"} {
					resp, err := w.client.Post("http://"+host+path, "application/json", strings.NewReader("{}"))
					if err != nil {
						t.Fatal(err)
					}
					body, err := io.ReadAll(resp.Body)
					_ = resp.Body.Close()
					equal(t, path+": error", err, nil)
					equal(t, path+": status", resp.StatusCode, tt.status)
					equal(t, path+": "+tt.header, resp.Header.Get(tt.header), tt.with)
					equal(t, path+": a page", strings.HasPrefix(string(body), "<html>"), true)
				}
			})
		})
	}
}

func TestRateLimitsOfChannelsAndMethods(t *testing.T) {
	inWorld(t, func(w *world) {
		w.RateLimits(true)
		other := w.AddChannel(slacksim.Channel{Name: "other", Members: []string{w.BotUser()}}).ID
		accepted := 0
		var refused m
		for range 20 {
			answer := w.post("chat.postMessage", m{"channel": w.general, "text": "x"})
			if answer["ok"] == true {
				accepted++
			} else {
				refused = answer
			}
		}
		if accepted > 6 {
			t.Errorf("%d messages at once into one channel", accepted)
		}
		equal(t, "status", refused["_status"], 429)
		equal(t, "retry after", refused["_retry"], "1")
		equal(t, "another channel", w.post("chat.postMessage", m{"channel": other, "text": "x"})["ok"], true)
		time.Sleep(time.Second)
		equal(t, "a second later", w.post("chat.postMessage", m{"channel": w.general, "text": "x"})["ok"], true)

		looks := 0
		for w.post("users.info", m{"user": w.ann})["ok"] == true {
			looks++
		}
		equal(t, "calls of a method of tier 4 at once", looks, 100)
	})
}

func TestOpeningCanBeRefused(t *testing.T) {
	inWorld(t, func(w *world) {
		w.RefuseOpen("token_revoked")
		equal(t, "error", w.postAs(w.AppToken(), "apps.connections.open", nil)["error"], "token_revoked")
		w.RefuseOpen("")
		equal(t, "ok", w.postAs(w.AppToken(), "apps.connections.open", nil)["ok"], true)
		equal(t, "opened", w.CallCount("apps.connections.open"), 2)
	})
}
