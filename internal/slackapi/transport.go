package slackapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/docspace-invite-bot/bot/internal/logging"
	"github.com/docspace-invite-bot/bot/internal/reach"
)

const (
	// httpTimeout bounds one call of Slack's, whatever its context allows.
	httpTimeout = 30 * time.Second
	// answerMax bounds what is read of an answer, in bytes. The longest is a hundred messages of
	// a channel's history.
	answerMax = 8 << 20
)

// HTTPClient returns a client for Slack. It follows no redirect, which would carry the token, or
// what was to be said to one person, to wherever the redirect points; and it reads no answer
// without end.
func HTTPClient(transport http.RoundTripper) *http.Client {
	return &http.Client{
		Timeout: httpTimeout, Transport: bounded{transport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// bounded is a transport whose answers end with an error when they are longer than any of Slack's,
// and that takes no page of a proxy's for an answer of Slack's.
type bounded struct{ http.RoundTripper }

func (t bounded) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.RoundTripper.RoundTrip(req)
	if err != nil {
		return resp, err
	}
	resp.Body = http.MaxBytesReader(nil, resp.Body, answerMax)
	start, _ := peek(resp)
	if resp.StatusCode != http.StatusTooManyRequests && (isForeign(resp.StatusCode) || reach.IsPage(resp.Header, start)) {
		return nil, interceptedBy(resp, start)
	}
	return resp, nil
}

// isForeign reports whether Slack never answers with the status, at a method or at a response_url.
func isForeign(status int) bool {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired, http.StatusRequestEntityTooLarge:
		return true
	}
	return status >= 300 && status < 400
}

// Intercepted is an answer that something between the bot and Slack gave in Slack's place. Whether
// what was asked reached Slack is not known.
type Intercepted struct {
	status int
	what   string
}

func (i *Intercepted) Error() string { return fmt.Sprintf("http %d: %s", i.status, i.what) }

func interceptedBy(resp *http.Response, start []byte) *Intercepted {
	_ = resp.Body.Close()
	return &Intercepted{resp.StatusCode, reach.DescribePage(resp, start)}
}

// methodsOnly is a transport for methods of the Web API alone. Slack answers them with JSON that has
// the field ok, and refuses with status 200, or 429; its failures have a status from 500 on
// (docs/facts/slack.md, "HTTP side" and "Web API methods").
type methodsOnly struct{ http.RoundTripper }

func (t methodsOnly) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.RoundTripper.RoundTrip(req)
	if err != nil || resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= 500 {
		return resp, err
	}
	start, broken := peek(resp)
	if resp.StatusCode != http.StatusOK || broken == nil && !mayBeSlacks(start) {
		return nil, interceptedBy(resp, start)
	}
	return resp, nil
}

// mayBeSlacks reports whether what begins so may be an answer of the Web API.
func mayBeSlacks(start []byte) bool {
	var answer struct {
		OK *bool `json:"ok"`
	}
	if json.Unmarshal(start, &answer) != nil { // it goes on, or came in part
		return bytes.HasPrefix(bytes.TrimSpace(start), []byte("{"))
	}
	return answer.OK != nil
}

// CloseIdleConnections lets go of connections that are not in use.
func (t bounded) CloseIdleConnections() {
	if idle, ok := t.RoundTripper.(interface{ CloseIdleConnections() }); ok {
		idle.CloseIdleConnections()
	}
}

// withTokens is a transport that sends the token in the header of every call, never in a body.
type withTokens struct {
	next http.RoundTripper
	opts Options
}

func (t withTokens) RoundTrip(req *http.Request) (*http.Response, error) {
	token := t.opts.Bot
	if strings.HasSuffix(req.URL.Path, "/apps.connections.open") {
		token = t.opts.App
	}
	req = req.Clone(req.Context())
	req.Header.Set("Authorization", "Bearer "+token.Reveal())
	if req.Header.Get("Content-Type") == "application/x-www-form-urlencoded" && req.Body != nil {
		if err := dropTokenField(req); err != nil {
			return nil, err
		}
	}
	return t.next.RoundTrip(req)
}

// dropTokenField takes out of a form the empty field that slack-go has for the token. No value looks
// like the field: its = would be escaped.
func dropTokenField(req *http.Request) error {
	body, err := io.ReadAll(req.Body)
	_ = req.Body.Close()
	if err != nil {
		return err
	}
	form := strings.Join(slices.DeleteFunc(strings.Split(string(body), "&"), func(field string) bool { return field == "token=" }), "&")
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(form)), nil }
	req.Body, _ = req.GetBody()
	req.ContentLength = int64(len(form))
	return nil
}

// peekMax is how much of an answer is looked at before it is handed on, in bytes.
const peekMax = 4 << 10

// peek returns how the answer begins, or as much of it as came, and leaves it to be read.
func peek(resp *http.Response) (start []byte, err error) {
	start, err = io.ReadAll(io.LimitReader(resp.Body, peekMax))
	restore(resp, start, err)
	return start, err
}

// restore puts what was read of an answer back before the rest of it, or before the error that ended it.
func restore(resp *http.Response, start []byte, err error) {
	rest := []io.Reader{bytes.NewReader(start), resp.Body}
	if err != nil {
		rest[1] = brokenBody{err}
	}
	resp.Body = restoredBody{io.MultiReader(rest...), resp.Body}
}

type restoredBody struct {
	io.Reader
	io.Closer
}

type brokenBody struct{ err error }

func (b brokenBody) Read([]byte) (int, error) { return 0, b.err }

// errInTheClear is an address to which nothing secret may be sent.
var errInTheClear = errors.New("the address that slack gave is neither encrypted nor of this machine")

// private reports whether what is sent to the address stays between the two ends.
func private(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return false
	}
	return logging.MaySendSecrets(u)
}
