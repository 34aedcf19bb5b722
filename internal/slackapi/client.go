package slackapi

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/logging"
)

// callTimeout bounds one call of the Web API.
const callTimeout = 20 * time.Second

// Client calls Slack's Web API. It is safe for concurrent use.
type Client struct {
	*slack.Client
	answers *http.Client // posts to response_urls, without a token
	metrics *Metrics

	mu     sync.Mutex
	closed map[gateKey]time.Time // until when Slack wants calls left alone
}

// gateKey is what Slack's limits hold for: a method, and for messages a channel (docs/facts/slack.md,
// "Rate limits").
type gateKey struct{ method, channel string }

// Options are what a [Client] calls with.
type Options struct {
	// URL is the base of the methods, with a slash at its end. Tokens go there and nowhere else.
	URL string
	// Bot is the bot token, App the app-level one.
	Bot, App logging.Secret
	// HTTP makes the calls: see [HTTPClient].
	HTTP *http.Client
	// Metrics count the calls; default: some that are registered nowhere.
	Metrics *Metrics
}

// New returns a client. slack-go is given no token: it would put it into the body of its forms.
func New(opts Options) *Client {
	if opts.Metrics == nil {
		opts.Metrics = NewMetrics(nil)
	}
	client := *opts.HTTP
	client.Transport = echoless{withTokens{next: methodsOnly{client.Transport}, opts: opts}}
	return &Client{
		Client:  slack.New("", slack.OptionAPIURL(opts.URL), slack.OptionHTTPClient(&client)),
		answers: opts.HTTP, metrics: opts.Metrics, closed: map[gateKey]time.Time{},
	}
}

// Call makes a call of the Web API, and translates its error: see [Failure]. While Slack wants the method
// left alone, for messages in that channel, it fails at once: a burst of retries would provoke the next
// refusal.
func (c *Client) Call(ctx context.Context, method, channel string, do func(context.Context) error) error {
	key := gateKey{method, channel}
	if wait := c.wait(key); wait > 0 {
		return &Failure{method: method, Code: "held back", Failure: invitation.Failure{Reason: invitation.ChatDown, RetryAfter: wait}}
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	start := time.Now()
	err := translate(method, do(ctx))
	c.metrics.called(method, start, err)
	if wait := invitation.FailureOf(err).RetryAfter; wait > 0 {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.closed[key] = time.Now().Add(wait)
	}
	return err
}

func (c *Client) wait(key gateKey) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	until, ok := c.closed[key]
	if !ok {
		return 0
	}
	wait := time.Until(until)
	if wait <= 0 {
		delete(c.closed, key)
	}
	return wait
}

// Respond tells the one person whose action the response_url came with. A response_url works for 30 minutes and
// five times, also where the bot is not a member (docs/facts/slack.md, "response_url").
func (c *Client) Respond(ctx context.Context, responseURL string, words *slack.WebhookMessage) error {
	if !private(responseURL) {
		return &Failure{method: "response_url", Code: errInTheClear.Error(), Failure: invitation.Failure{Reason: invitation.Unexpected}}
	}
	return c.Call(ctx, "response_url", responseURL, func(ctx context.Context) error {
		return slack.PostWebhookCustomHTTPContext(ctx, responseURL, c.answers, words)
	})
}

// OpenSocket asks for the address of one Socket Mode connection, which is a secret (docs/facts/slack.md,
// "Opening").
func (c *Client) OpenSocket(ctx context.Context) (address string, err error) {
	start := time.Now()
	_, address, err = c.StartSocketModeContext(ctx)
	err = translate("apps.connections.open", err)
	c.metrics.called("apps.connections.open", start, err)
	if err == nil && !private(address) {
		err = errInTheClear
	}
	return address, err
}
