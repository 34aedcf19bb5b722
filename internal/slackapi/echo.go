package slackapi

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
)

// echoless is a transport that takes out of Slack's answers to chat.postMessage and chat.update the
// message as it was posted, which Slack sends back whole. No one here reads it. slack-go would
// spend a fifth of a command's work on it; and if the echo has a block that slack-go doesn't know,
// it takes the whole answer for unreadable, and the post for undone.
type echoless struct{ next http.RoundTripper }

// echoMax is more than any answer to a post has; a longer one is handed on as it is.
const echoMax = 1 << 20

func (t echoless) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(req)
	if err != nil || !strings.HasSuffix(req.URL.Path, "/chat.postMessage") && !strings.HasSuffix(req.URL.Path, "/chat.update") {
		return resp, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, echoMax))
	var answer map[string]json.RawMessage
	if err == nil && len(body) < echoMax && json.Unmarshal(body, &answer) == nil {
		delete(answer, "message")
		if short, err := json.Marshal(answer); err == nil {
			body = short
		}
	}
	restore(resp, body, err)
	resp.ContentLength = -1
	return resp, nil
}
