package slackapi

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/logging"
)

// canned is a Slack that gives one answer to everything.
type canned struct {
	status int
	after  string
	body   string
}

func (s canned) RoundTrip(*http.Request) (*http.Response, error) {
	header := http.Header{"Content-Type": {"application/json"}, "X-Oauth-Scopes": {"commands,chat:write"}}
	if s.after != "" {
		header["Retry-After"] = []string{s.after}
	}
	return &http.Response{StatusCode: s.status, Status: http.StatusText(s.status), Header: header, Body: io.NopCloser(strings.NewReader(s.body))}, nil
}

// FuzzSlackAnswer: whatever Slack answers becomes an error with a reason, or an identity; a wait that
// can be waited for; and no token in its text.
func FuzzSlackAnswer(f *testing.F) {
	f.Add(200, "", `{"ok":true,"team_id":"T1","user_id":"U1"}`)
	f.Add(200, "", `{"ok":false,"error":"missing_scope","needed":"chat:write","response_metadata":{"messages":["[ERROR] x"]}}`)
	f.Add(429, "30", ``)
	f.Add(429, "-9223372036854775808", `{"ok":false,"error":"ratelimited"}`)
	f.Add(200, "", `{"ok":false,"error":"Bearer xoxb-hunter22","errors":[{"pointer":"/a","message":"b"},"c",null]}`)
	f.Add(503, "x", `<html>`)
	f.Fuzz(func(t *testing.T, status int, after, body string) {
		_, err := New(Options{
			URL: "https://slack.test/api/", Bot: logging.NewSecret("xoxb-hunter22"), App: logging.NewSecret("xapp-hunter22"), HTTP: HTTPClient(canned{status, after, body}),
		}).WhoAmI(t.Context())
		if err == nil {
			return
		}
		if _, ok := errors.AsType[invitation.Reason](err); !ok {
			t.Error("no reason")
		}
		if wait := invitation.FailureOf(err).RetryAfter; wait < 0 || wait > waitMax {
			t.Errorf("it is to be tried again in %v", wait)
		}
		if strings.Contains(err.Error(), "xoxb-hunter22") && !strings.Contains(body+after, "xoxb-hunter22") {
			t.Errorf("the token is in %v", err)
		}
	})
}
