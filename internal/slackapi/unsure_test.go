package slackapi

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/slack-go/slack"
)

func post(ctx context.Context, api *Client) error {
	return api.Call(ctx, "chat.postMessage", "C1", func(ctx context.Context) error {
		_, _, err := api.PostMessageContext(ctx, "C1", slack.MsgOptionText("x", false))
		return err
	})
}

// TestAnswersAfterWhichAMessageMayBeThere, although it was not confirmed.
func TestAnswersAfterWhichAMessageMayBeThere(t *testing.T) {
	answer := func(status int, body string) http.HandlerFunc {
		return func(rw http.ResponseWriter, _ *http.Request) {
			rw.WriteHeader(status)
			_, _ = rw.Write([]byte(body))
		}
	}
	cut := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	for name, tt := range map[string]struct {
		handler http.HandlerFunc
		unsure  bool
	}{
		"refused":              {answer(200, `{"ok":false,"error":"channel_not_found"}`), false},
		"rate limited":         {answer(429, `{"ok":false,"error":"ratelimited"}`), false},
		"partly done":          {answer(200, `{"ok":false,"error":"internal_error"}`), true},
		"an error of Slack's":  {answer(502, `bad gateway`), true},
		"nonsense":             {answer(200, `<html>`), true},
		"cut before an answer": {cut, true},
		"no one listens":       {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(tt.handler)
			defer server.Close()
			if tt.handler == nil {
				server.Close()
			}
			api := apiAt(server)
			err := post(t.Context(), api)
			if failed := new(Failure); !errors.As(err, &failed) || failed.Unsure != tt.unsure {
				t.Errorf("after %v the bot is unsure: %v, want %v", err, !tt.unsure, tt.unsure)
			}
			err = post(t.Context(), api)
			if failed := new(Failure); name == "rate limited" && (!errors.As(err, &failed) || failed.Unsure) {
				t.Errorf("held back by the bot itself, and unsure: %v", err)
			}
		})
	}
	t.Run("given up while waiting", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { cancel() }))
		defer server.Close()
		err := post(ctx, apiAt(server))
		if failed := new(Failure); !errors.As(err, &failed) || !failed.Unsure {
			t.Errorf("after %v the bot is sure", err)
		}
	})
}
