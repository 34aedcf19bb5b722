package docspace

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"math/rand/v2"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/reach"
	"github.com/docspace-invite-bot/bot/internal/remedy"
)

const (
	// busyFirst and busyLast bound the wait after a 429 that names none: a full window
	// frees itself within a minute (docs/facts/docspace.md, "Rate limits").
	busyFirst = 5 * time.Second
	busyLast  = time.Minute
	// waitMax and readWaitMax bound what is believed of a Retry-After. The longest window, a day, is one of
	// writes (docs/facts/docspace.md, "Rate limits"); to ask after some minutes costs the portal little, and not
	// to ask keeps everyone unconfirmed.
	waitMax     = 24 * time.Hour
	readWaitMax = 5 * time.Minute
	// detailMax bounds how much of the portal's message goes into an error, in runes.
	detailMax = 200
	// wordMax is how long a word of that message may be, in bytes; longer ones are keys or hashes.
	wordMax = 40
)

// read decides what an answer means: by its status, then its media type, then its envelope.
func (c *Client) read(k call, resp *http.Response, body []byte) (envelope, error) {
	isJSON := isJSON(resp.Header)
	var env envelope
	decoded := isJSON && json.Unmarshal(body, &env) == nil
	if resp.StatusCode != http.StatusOK {
		return envelope{}, c.refused(k, resp, env, isJSON, body)
	}
	switch {
	case !isJSON:
		return envelope{}, notDocSpace(k, "the answer is no json: "+reach.DescribePage(resp, body))
	case !decoded && !json.Valid(body):
		return envelope{}, &Error{Reason: invitation.PortalDown, Call: k.String(), Status: resp.StatusCode, Detail: "the answer is no whole json", trouble: remedy.PortalGarbled}
	case !decoded || env.StatusCode == 0:
		return envelope{}, notDocSpace(k, "the answer is json, and not DocSpace's")
	}
	return env, nil
}

// isJSON reports whether an answer says of itself that it is JSON.
func isJSON(header http.Header) bool {
	media, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	return err == nil && strings.Contains(media, "json")
}

// refused gives a refusal its reason (docs/facts/docspace.md, "Answers", "Rate limits" and
// "Settings and health"). Texts are translated by the portal, so only statuses and forms count. A
// refusal of another form than the portal's own comes from something in between, and says nothing
// of keys, people or rights.
func (c *Client) refused(k call, resp *http.Response, env envelope, isJSON bool, body []byte) *Error {
	status := resp.StatusCode
	e := &Error{Call: k.String(), Status: status, Detail: c.scrub(env.Error.Message), kind: k.kindOf(env)}
	thrown := env.Status == 1 && env.StatusCode == status // by the action itself
	problem := isJSON && env.Status == status             // by a filter before it
	// Validation within: the envelope says so, or until 3.6.1 that all is well.
	invalid := status == http.StatusBadRequest && env.StatusCode != 0 && len(env.Response) > 0
	switch {
	case status >= 300 && status < 400:
		e.Reason, e.trouble = invitation.NotDocSpace, remedy.PortalElsewhere
		e.Detail = reach.DescribePage(resp, body)
	case status == http.StatusProxyAuthRequired:
		e.Reason, e.trouble = invitation.NotDocSpace, remedy.ProxyPassword
		e.Detail = "a proxy in between answered: " + reach.DescribePage(resp, body)
	case reach.WantsTLS(resp, body):
		e.Reason, e.trouble = invitation.NotDocSpace, remedy.PortalEncrypted
		e.Detail = "it speaks TLS, and was asked in plain http"
	case status < 500 && status != http.StatusTooManyRequests && !thrown && !problem && !invalid && !mayBeBare(resp, isJSON, body):
		e.Reason, e.trouble = invitation.NotDocSpace, remedy.PortalMiddlebox
		e.Detail = "something in between answered: " + reach.DescribePage(resp, body)
	case status == http.StatusUnauthorized:
		e.Reason = invitation.KeyBroken
	case status == http.StatusPaymentRequired && thrown:
		e.Reason = invitation.SeatLimit
	case status == http.StatusPaymentRequired:
		e.Reason, e.Detail = invitation.PortalUnpaid, "the portal is not paid"
	case status == http.StatusForbidden && thrown:
		e.Reason = invitation.PortalDenied
	case status == http.StatusForbidden && (len(body) == 0 || problem):
		e.Reason, e.Detail = invitation.KeyBroken, "the key lacks a scope"
		e.filtered, e.trouble = problem, remedy.KeyScope
	case status == http.StatusForbidden:
		e.Reason, e.Detail = invitation.PortalDenied, "the portal restricts which addresses may call it"
		e.trouble = remedy.AddressBarred
	case status == http.StatusNotFound && thrown:
		e.Reason = invitation.UnknownMember
	case status == http.StatusNotFound && problem && k.public:
		e.Reason, e.Detail = invitation.NotDocSpace, "there is no portal of this name, or it is about to be removed"
		e.trouble = remedy.PortalUnknown
	case status == http.StatusNotFound && problem:
		e.Reason, e.Detail = invitation.PortalUnpaid, "the portal is suspended, or about to be removed"
		e.filtered, e.trouble = true, remedy.PortalSuspended
	case status == http.StatusTooManyRequests:
		e.Reason, e.Wait = invitation.PortalBusy, c.wait(k, resp.Header)
	case status >= 500:
		e.Reason, e.trouble = invitation.PortalDown, remedy.PortalFailing
		if reach.IsPage(resp.Header, body) {
			e.Detail = reach.DescribePage(resp, body)
		}
	case status == http.StatusBadRequest && (thrown || problem || invalid):
		e.Reason = invitation.Unexpected
		e.Detail = cmp.Or(e.Detail, "the portal does not understand the request")
	default:
		e.Reason, e.Detail = invitation.NotDocSpace, "nothing of DocSpace's answers there"
	}
	return e
}

// mayBeBare reports whether a refusal that is neither an envelope nor problem JSON may be the
// portal's: those without a body, and the plain text with which it bars an address.
func mayBeBare(resp *http.Response, isJSON bool, body []byte) bool {
	if reach.IsPage(resp.Header, body) {
		return false
	}
	switch resp.StatusCode {
	case http.StatusForbidden:
		return len(body) == 0 || !isJSON || bytes.HasPrefix(body, []byte(`"`))
	case http.StatusUnauthorized, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusGone, http.StatusRequestURITooLong:
		return len(body) == 0
	}
	return false
}

// kindOf reads off a refusal what can be told without its words, which are translated: the class of what was thrown,
// an address that it ends with, and the names of what validation found wrong (docs/facts/docspace.md, "Answers" and
// "Email invitations").
func (k call) kindOf(env envelope) kind {
	said := env.Error
	switch {
	case strings.HasSuffix(said.Type, "InvalidOperationException"):
		return invalidOperation
	case slices.ContainsFunc(k.addresses, func(a string) bool { return strings.HasSuffix(strings.ToLower(said.Message), ": "+strings.ToLower(a)) }):
		return ofAccount
	case said.Message != "":
		return ofAddress
	}
	var problem struct {
		Errors map[string]json.RawMessage `json:"errors"`
	}
	_ = json.Unmarshal(env.Response, &problem) // what has no such names names nothing
	var found kind
	for path := range problem.Errors {
		switch name := path[strings.LastIndexByte(path, '.')+1:]; {
		case strings.EqualFold(name, "Invitations"):
			return ofAllowance
		case strings.EqualFold(name, "Email"):
			found = ofAddress
		}
	}
	return found
}

// explain asks the portal how it fares when a filter of its own refused a call: the bare
// 403 and 404 do not tell a key without a scope, or an address without a portal, from a
// portal that is suspended or being moved (docs/facts/docspace.md, "Answers" and "Settings and
// health"). GET settings answers then too, and where the portal is in service, a call that it may be without
// is one that it is without.
func (c *Client) explain(ctx context.Context, k call, err error) error {
	failed, ok := err.(*Error) //nolint:errorlint // exchange returns it bare
	if !ok || k.public {
		return err
	}
	missing := k.absent != "" && (failed.Status == http.StatusNotFound || failed.Status == http.StatusGone) &&
		failed.Reason != invitation.UnknownMember && failed.trouble != remedy.PortalMiddlebox
	if failed.filtered || missing {
		c.ask(ctx, k, failed, missing)
	}
	if k.feature && failed.trouble == remedy.KeyScope {
		failed.Reason = invitation.NotAvailable
	}
	return failed
}

// ask has the portal's settings say what a refusal means. missing is whether the portal may be without the call.
func (c *Client) ask(ctx context.Context, k call, failed *Error, missing bool) {
	switch about, err := c.Settings(ctx); {
	case remedy.Of(err) == remedy.PortalUnknown:
		failed.trouble = remedy.PortalUnknown
	case err != nil: // what the refusal itself suggests holds
	case about.Suspended != "":
		failed.Reason, failed.Detail, failed.trouble = invitation.PortalUnpaid, "the portal is "+about.Suspended, about.Trouble()
	case missing:
		failed.Reason, failed.Detail = invitation.NotAvailable, "the portal is in service and does not have this call"
		failed.trouble = k.absent
	case failed.Status == http.StatusNotFound:
		failed.Reason, failed.Detail = invitation.NotDocSpace, "the portal is in service and does not know this call"
		failed.trouble = remedy.NotDocSpace
	}
}

// wait reads how long a 429 asks to be left alone: Retry-After, in seconds or as a date, or else when the
// limit begins again. Without either it grows from call to call.
func (c *Client) wait(k call, header http.Header) time.Duration {
	most := waitMax
	if k.method == http.MethodGet {
		most = readWaitMax
	}
	asked := header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(asked, 10, 64); err == nil {
		return time.Duration(min(max(1, seconds), uint64(most/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(asked); err == nil {
		return min(max(time.Second, time.Until(at)), most)
	}
	if reset := untilReset(header); reset > 0 {
		return min(reset, most)
	}
	n := min(c.busy.Add(1)-1, 10)
	wait := min(busyLast, busyFirst<<n)
	return wait*3/4 + rand.N(wait/4+1)
}

// scrub makes a message of the portal's fit for a log: links, addresses of people, keys and
// whatever looks like one are taken out, for a portal may echo what it was asked.
func (c *Client) scrub(message string) string {
	message = c.key.Hide(message)
	words := strings.Fields(message)
	for i, word := range words {
		if len(word) > wordMax || strings.ContainsAny(word, "@/=") || strings.Contains(word, "sk-") {
			words[i] = "…"
		}
	}
	return cut(strings.Join(words, " "))
}

// cut shortens a text and takes line breaks out of it.
func cut(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > detailMax {
		return string(runes[:detailMax]) + "…"
	}
	return s
}
