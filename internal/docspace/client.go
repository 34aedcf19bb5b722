package docspace

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/docspace-invite-bot/bot/internal/grace"
	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/logging"
	"github.com/docspace-invite-bot/bot/internal/reach"
	"github.com/docspace-invite-bot/bot/internal/remedy"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

const (
	// defaultTimeout bounds one call. Pages of a hundred people cost the portal several
	// database reads each (docs/facts/docspace.md, "Finding users").
	defaultTimeout = 30 * time.Second
	// bodyMax bounds what is read of an answer, in bytes: a page of a hundred full
	// accounts has about 200 KiB.
	bodyMax = 8 << 20
	// together is how many calls are under way at once. A portal grants 50 (docs/facts/docspace.md,
	// "Rate limits").
	together = 8
)

// Options are what a client needs.
type Options struct {
	// URL is the portal's public address, for example https://acme.onlyoffice.com. Links
	// are built on it. Plain http is for this machine only, unless it is allowed. A path is kept as a prefix, for
	// portals behind a proxy that gives them one.
	URL string
	// Key is sent in the Authorization header: as a bearer token if it starts with sk- or
	// is a JWT, as it is otherwise.
	Key logging.Secret
	// AllowHTTP takes plain http addresses of other machines too.
	AllowHTTP bool
	// WelcomeKey is the Key of sendcongratulations.
	WelcomeKey string
	// Managed has InviteLink return the portal's managed links, for roles that have them.
	Managed bool
	// Transport makes the calls; default: one like Go's own, which obeys the environment's proxy
	// settings.
	Transport http.RoundTripper
	// Rate is how many calls a minute the client allows itself; 0 is no limit.
	Rate int
	// Timeout bounds one call; default 30 s.
	Timeout   time.Duration
	UserAgent string
	// Metrics count the calls; default: some that are registered nowhere.
	Metrics *Metrics
	Log     *slog.Logger
}

// Client calls one portal. It is safe for concurrent use.
type Client struct {
	base       *url.URL
	key        logging.Secret
	welcomeKey string
	http       *http.Client
	timeout    time.Duration
	userAgent  string
	metrics    *Metrics
	log        *slog.Logger
	budget     budget
	resends    window
	managed    bool
	legacyGone atomic.Bool // the portal has given up the links of its old kind
	linkIDs    sync.Map    // the ids of managed links that the portal has shown, by role
	slots      chan struct{}
	selfID     atomic.Pointer[invitation.MemberID]
	busy       atomic.Int32 // 429s in a row that named no time
	heldUntil  atomic.Pointer[time.Time]
}

var _ tracker.Portal = (*Client)(nil)

// New returns a client, without calling the portal. The error names DOCSPACE_URL.
func New(opts Options) (*Client, error) {
	base, err := url.Parse(strings.TrimRight(opts.URL, "/"))
	if err != nil || base.Host == "" || base.User != nil || base.RawQuery != "" || base.Fragment != "" {
		return nil, errors.New("DOCSPACE_URL must be the portal's bare address, like https://acme.onlyoffice.com")
	}
	if base.Scheme != "https" && base.Scheme != "http" || !logging.MaySendSecrets(base) && !opts.AllowHTTP {
		return nil, errors.New("DOCSPACE_URL must start with https:// (http:// is for this machine, or with DOCSPACE_ALLOW_HTTP=true)")
	}
	c := &Client{
		base: base.JoinPath("/api/2.0/"), key: opts.Key, welcomeKey: opts.WelcomeKey, managed: opts.Managed,
		timeout: cmp.Or(opts.Timeout, defaultTimeout), userAgent: cmp.Or(opts.UserAgent, "docspace-invite-bot"),
		log: cmp.Or(opts.Log, slog.New(slog.DiscardHandler)), budget: newBudget(opts.Rate), slots: make(chan struct{}, together),
	}
	if c.metrics = opts.Metrics; c.metrics == nil {
		c.metrics = NewMetrics(nil)
	}
	if opts.Transport == nil {
		opts.Transport = http.DefaultTransport.(*http.Transport).Clone()
	}
	c.http = &http.Client{
		Transport:     opts.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

// Close lets go of idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// jwt is the form of a JSON web token: three parts of base64url.
var jwt = regexp.MustCompile(`^[\w-]+\.[\w-]+\.[\w-]+$`)

// authorization returns the header's value. A portal takes keys as bearer tokens only; a
// raw value is a session token to it (docs/facts/docspace.md, "Authentication").
func authorization(key string) string {
	if strings.HasPrefix(key, "sk-") || jwt.MatchString(key) {
		return "Bearer " + key
	}
	return key
}

// call is one call of the API.
type call struct {
	method string
	// path is relative to /api/2.0/. name is what errors and the log call it: the path with
	// ids left out.
	path, name string
	query      url.Values
	// public calls carry no credentials: a key without the scope would be refused where an anonymous
	// caller is not (docs/facts/docspace.md, "Authentication").
	public bool
	// background calls are those that no user waits for.
	background bool
	// body is sent as JSON, if it isn't nil.
	body any
	// addresses are those that the call is about, if any.
	addresses []string
	// stream reads the response of a long answer as it arrives, and reports whether there is one; nil for all
	// other answers. A repeated call calls it again.
	stream func(*json.Decoder) (found bool, err error)
	// absent is what is wrong where a portal in service is without this call; "" for those that every portal
	// has.
	absent remedy.Trouble
	// feature calls are for what the bot can do without: a key without the scope for them isn't broken.
	feature bool
}

func (k call) String() string { return k.method + " " + cmp.Or(k.name, k.path) }

// do makes the call and decodes the envelope's response into it. found is false when the
// portal's answer has no response, which is a refusal wherever a value is expected.
func (c *Client) do(ctx context.Context, k call, into any) (found bool, env envelope, err error) {
	env, err = c.exchange(ctx, k)
	if err != nil {
		return false, envelope{}, c.explain(ctx, k, err)
	}
	if k.stream != nil {
		return env.streamed, env, nil
	}
	if len(env.Response) == 0 || string(env.Response) == "null" {
		return false, env, nil
	}
	if into == nil {
		return true, env, nil
	}
	if err := json.Unmarshal(env.Response, into); err != nil {
		return false, env, notDocSpace(k, "the answer has another form than expected")
	}
	return true, env, nil
}

// exchange makes the call when one of the slots is free, a second time where that is
// harmless and may help.
func (c *Client) exchange(ctx context.Context, k call) (envelope, error) {
	if err := c.turn(ctx, k); err != nil {
		return envelope{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return envelope{}, &Error{Reason: invitation.PortalDown, Call: k.String(), Detail: "too many calls are under way", cause: ctx.Err(), unsent: true}
	}
	env, err := c.once(ctx, k)
	if k.method == http.MethodGet && worthRepeating(err) && grace.Sleep(ctx, 200*time.Millisecond+rand.N(300*time.Millisecond)) {
		env, err = c.once(ctx, k)
	}
	return env, err
}

// turn waits until the portal's limit and the budget have room for the call.
func (c *Client) turn(ctx context.Context, k call) error {
	background := k.background && !tracker.IsUrgent(ctx)
	if wait := c.held(); background && wait > turnMax {
		return &Error{Reason: invitation.PortalBusy, Call: k.String(), Detail: "what the portal grants the key's account is nearly used", Wait: wait, unsent: true}
	} else if background && wait > 0 {
		_ = grace.Sleep(ctx, wait)
	}
	waiting, cancel := context.WithTimeout(ctx, turnMax)
	defer cancel()
	if c.budget.wait(waiting, background) == nil {
		return nil
	}
	return &Error{
		Reason: invitation.PortalBusy, Call: k.String(), Detail: "the bot's own budget of calls is spent", Wait: busyFirst, cause: ctx.Err(), unsent: true,
		trouble: remedy.BudgetSpent,
	}
}

// worthRepeating reports whether a failed GET may do better at once: a portal's service is
// being restarted, something in between answered, or the connection was cut. After a timeout the portal has work
// enough.
func worthRepeating(err error) bool {
	failed, ok := errors.AsType[*Error](err)
	if !ok {
		return false
	}
	if failed.trouble == remedy.PortalMiddlebox {
		return true
	}
	switch failed.Status {
	case 0:
		return failed.severed
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return failed.cause == nil
	}
	return false
}

// once makes the call and reads the envelope.
func (c *Client) once(ctx context.Context, k call) (envelope, error) {
	address := c.base.JoinPath(k.path)
	address.RawQuery = k.query.Encode()
	var content io.Reader // a nil interface: a request without a body
	if k.body != nil {
		sent, err := json.Marshal(k.body)
		if err != nil {
			return envelope{}, &Error{Reason: invitation.Unexpected, Call: k.String(), Detail: "the request cannot be made", unsent: true}
		}
		content = bytes.NewReader(sent)
	}
	req, err := http.NewRequestWithContext(ctx, k.method, address.String(), content)
	if err != nil {
		return envelope{}, &Error{Reason: invitation.Unexpected, Call: k.String(), Detail: "the request cannot be made"}
	}
	if k.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.userAgent)
	if !k.public {
		req.Header.Set("Authorization", authorization(c.key.Reveal()))
	}
	start := time.Now()
	tracker.CountCall(ctx)
	resp, err := c.http.Do(req)
	if err != nil {
		c.metrics.called(k.String(), 0, time.Since(start))
		return envelope{}, c.noAnswer(ctx, k, err)
	}
	defer func() { _ = resp.Body.Close() }()
	limited := &io.LimitedReader{R: resp.Body, N: bodyMax + 1}
	var body []byte
	var page envelope
	paged := k.stream != nil && resp.StatusCode == http.StatusOK && isJSON(resp.Header)
	if paged {
		page, err = readStream(limited, k.stream)
	} else {
		body, err = io.ReadAll(limited)
	}
	c.metrics.called(k.String(), resp.StatusCode, time.Since(start))
	c.log.DebugContext(ctx, "portal call", "call", k.String(), "status", resp.StatusCode, "bytes", bodyMax+1-limited.N,
		"took", time.Since(start).Round(time.Millisecond))
	switch {
	case limited.N == 0:
		return envelope{}, &Error{Reason: invitation.PortalDown, Call: k.String(), Status: resp.StatusCode, Detail: "the answer is too large", trouble: remedy.PortalGarbled}
	case paged && isOtherForm(err), paged && err == nil && page.StatusCode == 0:
		return envelope{}, notDocSpace(k, "the answer has another form than expected")
	case err != nil:
		failed := c.noAnswer(ctx, k, err)
		failed.Status, failed.Detail, failed.trouble = resp.StatusCode, "the answer was cut short: "+failed.Detail, remedy.PortalGarbled
		return envelope{}, failed
	}
	if resp.StatusCode != http.StatusTooManyRequests {
		c.busy.Store(0)
		c.heed(k, resp.Header)
	}
	if paged {
		return page, nil
	}
	return c.read(k, resp, body)
}

// noAnswer says why the portal was not reached, without its address.
func (c *Client) noAnswer(ctx context.Context, k call, err error) *Error {
	cause, words := reach.Why(err)
	failed := &Error{
		Reason: invitation.PortalDown, Call: k.String(), Detail: cut(c.key.Hide(words)), trouble: onTheWay[cause],
		unsent: cause.Unsent(), severed: cause == reach.Cut,
	}
	if dial, ok := errors.AsType[*net.OpError](err); ok && dial.Op == "dial" {
		failed.unsent = true
	}
	switch {
	case ctx.Err() != nil:
		failed.cause = ctx.Err()
		failed.Detail, failed.severed = "no answer", false
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			failed.Detail = fmt.Sprintf("no answer within %v", c.timeout)
			if failed.unsent {
				failed.Detail += ": no connection came about"
			}
		}
	case cause == reach.Unknown:
		failed.Detail = "no answer: " + c.scrub(words) // a server may have chosen some of them
	}
	return failed
}
