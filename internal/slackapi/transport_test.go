package slackapi

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/logging"
	"github.com/docspace-invite-bot/bot/internal/remedy"
)

// apiAt is the API at a server, with tokens that are easy to find.
func apiAt(server *httptest.Server) *Client {
	return New(Options{
		URL: server.URL + "/api/", Bot: logging.NewSecret("xoxb-bot+token"), App: logging.NewSecret("xapp-app-token"), HTTP: HTTPClient(http.DefaultTransport),
	})
}

// TestTokensGoWhereTheyBelong looks at what arrives, of forms and of JSON, and at what people have
// written that looks like a field.
func TestTokensGoWhereTheyBelong(t *testing.T) {
	var mu sync.Mutex
	arrived := map[string]string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		form, _ := url.ParseQuery(string(body))
		mu.Lock()
		defer mu.Unlock()
		field := "no field"
		if form.Has("token") {
			field = "a field"
		}
		arrived[r.URL.Path] = r.Header.Get("Authorization") + "|" + field + "|" + form.Get("text")
		_, _ = w.Write([]byte(`{"ok":true,"channel":"C1","ts":"1.2","url":"ws://127.0.0.1"}`))
	}))
	defer server.Close()
	api := apiAt(server)
	const text = "&token=& token="
	if _, _, err := api.PostMessageContext(t.Context(), "C1", slack.MsgOptionText(text, false)); err != nil {
		t.Fatal(err)
	}
	if _, err := api.OpenViewContext(t.Context(), "1", slack.ModalViewRequest{}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := api.StartSocketModeContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := api.Respond(t.Context(), server.URL+"/commands/1", &slack.WebhookMessage{Text: "x"}); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/api/chat.postMessage": "Bearer xoxb-bot+token|no field|" + text, "/api/views.open": "Bearer xoxb-bot+token|no field|",
		"/api/apps.connections.open": "Bearer xapp-app-token|no field|", "/commands/1": "|no field|",
	} {
		if arrived[path] != want {
			t.Errorf("at %s arrives %q, want %q", path, arrived[path], want)
		}
	}
}

// TestNoRedirectIsFollowed: a redirect, which repeats the body, would take the token, or what is said
// to one person, to another host.
func TestNoRedirectIsFollowed(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		reached := 0
		other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached++ }))
		server := httptest.NewServer(http.RedirectHandler(other.URL, status))
		api := apiAt(server)
		_, err := api.WhoAmI(t.Context())
		if !errors.Is(err, invitation.ChatDown) || remedy.Of(err) != remedy.SlackMiddlebox || !strings.Contains(err.Error(), "redirects to 127.0.0.1") {
			t.Errorf("%d: %v", status, err)
		}
		if _, err := api.OpenSocket(t.Context()); err == nil {
			t.Errorf("%d: connected", status)
		}
		if err := api.Respond(t.Context(), server.URL, &slack.WebhookMessage{Text: "x"}); err == nil {
			t.Errorf("%d: answered", status)
		}
		if reached > 0 {
			t.Errorf("%d: %d redirects were followed", status, reached)
		}
		server.Close()
		other.Close()
	}
}

// TestAnswersThatAreNotSlacksAreWaitedOut: Slack refuses with status 200 and JSON. Everything else
// comes from something in between, or passes: it decides nothing.
func TestAnswersThatAreNotSlacksAreWaitedOut(t *testing.T) {
	const page = "<html><head><title>Blocked for xoxb-bot+token</title></head>"
	var status int
	var media, body string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", media)
		w.Header().Set("Server", "nginx/1.24.0")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	defer server.Close()
	api := apiAt(server)
	calls := map[string]func() error{
		"auth.test":             func() error { _, err := api.WhoAmI(t.Context()); return err },
		"apps.connections.open": func() error { _, err := api.OpenSocket(t.Context()); return err },
		"chat.postMessage":      func() error { return post(t.Context(), api) },
		"response_url": func() error {
			return api.Respond(t.Context(), server.URL+"/commands/1", &slack.WebhookMessage{Text: "x"})
		},
	}
	for _, tt := range []struct {
		status      int
		media, body string
		methods     remedy.Trouble // of the Web API
		response    remedy.Trouble // of a response_url; "" for a final no
	}{
		{200, "text/html", page, remedy.SlackMiddlebox, remedy.SlackMiddlebox},
		{200, "application/json", page, remedy.SlackMiddlebox, remedy.SlackMiddlebox},
		{302, "text/html", page, remedy.SlackMiddlebox, remedy.SlackMiddlebox},
		{307, "", "", remedy.SlackMiddlebox, remedy.SlackMiddlebox},
		{400, "text/html", page, remedy.SlackMiddlebox, remedy.SlackMiddlebox},
		{401, "", "", remedy.SlackMiddlebox, remedy.SlackMiddlebox},
		{403, "application/json", `{"message":"blocked"}`, remedy.SlackMiddlebox, remedy.SlackMiddlebox},
		{404, "text/html", page, remedy.SlackMiddlebox, remedy.SlackMiddlebox},
		{407, "text/html", page, remedy.ProxyPassword, remedy.ProxyPassword},
		{413, "text/html", page, remedy.SlackMiddlebox, remedy.SlackMiddlebox},
		{502, "text/html", page, remedy.SlackDown, remedy.SlackDown},
		{503, "application/json", `{"ok":false,"error":"service_unavailable"}`, remedy.SlackDown, remedy.SlackDown},
		{404, "application/json", `{"ok":false,"error":"used_url"}`, remedy.SlackMiddlebox, ""},
		{404, "text/plain", "expired_url", remedy.SlackMiddlebox, ""},
		{410, "", "", remedy.SlackMiddlebox, ""},
		{400, "text/plain", "invalid_payload", remedy.SlackMiddlebox, ""},
	} {
		status, media, body = tt.status, tt.media, tt.body
		for method, call := range calls {
			want := tt.methods
			if method == "response_url" {
				want = tt.response
			}
			err := call()
			if failed := new(Failure); !errors.As(err, &failed) || errors.Is(err, invitation.ChatDown) != (want != "") ||
				failed.Unsure != (want != "") || remedy.Of(err) != want {
				t.Errorf("%s answered with %d, %s: %v (%s), want %q", method, status, body, err, remedy.Of(err), want)
			}
			if media == "text/html" && !strings.Contains(err.Error(), `nginx, "Blocked for …"`) {
				t.Errorf("%s does not say what answered: %v", method, err)
			}
		}
	}
	// JSON that says neither yes nor no is not Slack's, whatever its status; nor is nothing at all.
	for _, body = range []string{`{"status":"log in first"}`, `[]`, `null`, ``, `ok`} {
		status, media = 200, "application/json"
		for _, method := range []string{"auth.test", "apps.connections.open", "chat.postMessage"} {
			if err := calls[method](); remedy.Of(err) != remedy.SlackMiddlebox {
				t.Errorf("%s answered with %s: %v", method, body, err)
			}
		}
	}
}

// TestEndlessAnswersAreNotRead: something that answers for Slack must not fill the memory.
func TestEndlessAnswersAreNotRead(t *testing.T) {
	written := make(chan int, 2)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		sent := 0
		for block := []byte(strings.Repeat(" ", 1<<16)); sent < 1<<30; {
			n, err := w.Write(block)
			sent += n
			if err != nil {
				break
			}
		}
		written <- sent
	}))
	defer server.Close()
	api := apiAt(server)
	if _, err := api.WhoAmI(t.Context()); !errors.Is(err, invitation.ChatDown) {
		t.Errorf("auth.test: %v", err)
	}
	if err := api.Respond(t.Context(), server.URL, &slack.WebhookMessage{Text: "x"}); err != nil {
		t.Errorf("an answer that no one reads: %v", err)
	}
	for range 2 {
		if sent := <-written; sent > 4*answerMax {
			t.Errorf("%d bytes were taken", sent)
		}
	}
}

// TestNothingIsSentInTheClear: neither an answer for one person nor the ticket of a connection goes
// to an address that Slack would never give.
func TestNothingIsSentInTheClear(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"ok":true,"url":"ws://192.0.2.1/link/?ticket=hunter2"}`))
	}))
	defer server.Close()
	api := apiAt(server)
	_, err := api.OpenSocket(t.Context())
	if !errors.Is(err, errInTheClear) {
		t.Errorf("dialled: %v", err)
	}
	for _, address := range []string{"http://192.0.2.1/x", "ftp://192.0.2.1", "x", "//192.0.2.1/x"} {
		if err := api.Respond(t.Context(), address, &slack.WebhookMessage{Text: "x"}); err == nil || !strings.Contains(err.Error(), errInTheClear.Error()) {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// TestLongWaitsAreNotBelieved: a Retry-After of a thousand years is no one's limit.
func TestLongWaitsAreNotBelieved(t *testing.T) {
	for header, want := range map[string]time.Duration{"5": 5 * time.Second, "0": time.Second, "-1": time.Second, "9999999": time.Hour, "9223372036": time.Hour} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", header)
			w.WriteHeader(http.StatusTooManyRequests)
		}))
		_, err := apiAt(server).WhoAmI(t.Context())
		if got := invitation.FailureOf(err).RetryAfter; got != want {
			t.Errorf("Retry-After %s: %v, want %v", header, got, want)
		}
		server.Close()
	}
}
