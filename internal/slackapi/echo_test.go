package slackapi

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/slack-go/slack"
)

func TestEchoIsNotRead(t *testing.T) {
	long := `{"ok":true,"x":"` + strings.Repeat("x", echoMax) + `"}`
	for path, tt := range map[string]struct{ sent, want string }{
		"/chat.postMessage":        {`{"ok":true,"ts":"1.2","message":{"blocks":[{"type":"unheard_of","elements":5}]}}`, `{"ok":true,"ts":"1.2"}`},
		"/chat.update":             {`{"message":{},"ok":false,"error":"x"}`, `{"error":"x","ok":false}`},
		"/a/chat.postMessage":      {"<html>", "<html>"},
		"/b/chat.postMessage":      {long, long},
		"/conversations.history":   {`{"ok":true,"message":1}`, `{"ok":true,"message":1}`},
		"/chat.postMessage/others": {`{"message":1}`, `{"message":1}`},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, tt.sent) }))
		client := http.Client{Transport: echoless{http.DefaultTransport}}
		resp, err := client.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		server.Close()
		if err != nil || string(got) != tt.want {
			t.Errorf("%s: %.100q, %v; want %.100q", path, got, err, tt.want)
		}
	}
}

// A block in the echo that slack-go does not know must not make a post look undone: it would
// be posted again.
func TestPostWithUnreadableEchoIsDone(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"ok":true,"channel":"C1","ts":"1.2","message":{"blocks":[{"type":"section","text":5}]}}`)
	}))
	defer server.Close()
	api := slack.New("xoxb-1", slack.OptionAPIURL(server.URL+"/"), slack.OptionHTTPClient(&http.Client{Transport: echoless{http.DefaultTransport}}))
	_, ts, err := api.PostMessage("C1", slack.MsgOptionText("hello", false))
	if err != nil || ts != "1.2" {
		t.Errorf("posted at %q, %v", ts, err)
	}
}

func TestBrokenAnswerStaysBroken(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, `{"ok":true}`)
	}))
	defer server.Close()
	client := http.Client{Transport: echoless{http.DefaultTransport}}
	resp, err := client.Get(server.URL + "/chat.postMessage")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if got, err := io.ReadAll(resp.Body); err == nil {
		t.Errorf("a cut answer was read as %q", got)
	}
}
