package slackapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/reach"
	"github.com/docspace-invite-bot/bot/internal/remedy"
)

// unnamedWait is how long a rate limit is respected that does not say how long it holds.
const unnamedWait = 10 * time.Second

// waitMax bounds what is believed of a Retry-After: Slack's own limits are per minute.
const waitMax = time.Hour

// Failure is a call of Slack's Web API that did not do what was asked.
type Failure struct {
	invitation.Failure
	// Code is Slack's error code, or the kind of failure.
	Code   string
	method string
	detail string // what an operator needs beyond the code
	// trouble is what an operator has to fix, if anything.
	trouble remedy.Trouble
}

func (f *Failure) Error() string {
	text := f.method + ": " + f.Code
	if f.detail != "" {
		text += " (" + f.detail + ")"
	}
	return text
}

// Unwrap returns the failure as the tracker knows it, with a cause where the context ended or something else
// answered.
func (f *Failure) Unwrap() error { return &f.Failure }

// Trouble returns what is wrong with the tokens, the app, its places or the way to Slack; "" when
// nothing is.
func (f *Failure) Trouble() remedy.Trouble { return f.trouble }

// Refused reports whether Slack itself said no.
func (f *Failure) Refused() bool {
	return f.Code != codeNoAnswer && !strings.HasPrefix(f.Code, "http ")
}

// partlyDone are errors after which part of the work may have been done (docs/facts/slack.md, "Web
// API methods").
var partlyDone = []string{"internal_error", "fatal_error", "request_timeout", "service_unavailable"}

// reasons tells what Slack's error codes mean for an invitation (docs/facts/slack.md, "Web API
// methods"). What is not here is unexpected.
var reasons = map[string]invitation.Reason{
	"channel_not_found":                        invitation.CannotPost,
	"not_in_channel":                           invitation.CannotPost,
	"restricted_action":                        invitation.ChannelRestricted,
	"restricted_action_read_only_channel":      invitation.ChannelRestricted,
	"restricted_action_thread_only_channel":    invitation.ChannelRestricted,
	"restricted_action_non_threadable_channel": invitation.ChannelRestricted,
	"user_not_in_channel":                      invitation.CannotPost,
	"messages_tab_disabled":                    invitation.CannotPost,
	"cannot_reply_to_message":                  invitation.CannotPost,
	"is_archived":                              invitation.ChannelArchived,
	"is_inactive":                              invitation.ChannelArchived,
	"message_not_found":                        invitation.CardGone,
	"user_not_found":                           invitation.NotAPerson,
	"users_not_found":                          invitation.NotAPerson,
	"user_not_visible":                         invitation.NotAPerson,
	"user_disabled":                            invitation.NotAPerson,
	"no_such_subteam":                          invitation.UnknownGroup,
	"subteam_not_found":                        invitation.UnknownGroup,
	"plan_upgrade_required":                    invitation.UnknownGroup,
	"invalid_auth":                             invitation.ChatMisconfigured,
	"not_authed":                               invitation.ChatMisconfigured,
	"account_inactive":                         invitation.ChatMisconfigured,
	"token_revoked":                            invitation.ChatMisconfigured,
	"token_expired":                            invitation.ChatMisconfigured,
	"missing_scope":                            invitation.ChatMisconfigured,
	"not_allowed_token_type":                   invitation.ChatMisconfigured,
	"no_permission":                            invitation.ChatMisconfigured,
	"team_access_not_granted":                  invitation.ChatMisconfigured,
	"org_login_required":                       invitation.ChatMisconfigured,
	"ekm_access_denied":                        invitation.ChatMisconfigured,
	"internal_error":                           invitation.ChatDown,
	"fatal_error":                              invitation.ChatDown,
	"service_unavailable":                      invitation.ChatDown,
	"team_added_to_org":                        invitation.ChatDown,
	"request_timeout":                          invitation.ChatDown,
	"fetch_members_failed":                     invitation.ChatDown,
}

// codeNoAnswer is the code of a call that Slack did not answer.
const codeNoAnswer = "no usable answer"

// translate translates what slack-go returns. It never carries an address: a response_url
// and the Socket Mode address are secrets, and *url.Error prints them.
func translate(method string, err error) error {
	if err == nil {
		return nil
	}
	if failure, ok := errors.AsType[*Failure](err); ok {
		return failure
	}
	f := &Failure{method: method, Failure: invitation.Failure{Reason: invitation.Unexpected}}
	if limited, ok := errors.AsType[*slack.RateLimitedError](err); ok {
		f.Code, f.Reason, f.RetryAfter = "ratelimited", invitation.ChatDown, min(max(limited.RetryAfter, time.Second), waitMax)
		f.trouble = remedy.SlackBusy
		return f
	}
	if answer, ok := errors.AsType[slack.SlackErrorResponse](err); ok {
		f.Code, f.detail = codeOf(answer), strings.Join(answer.ResponseMetadata.Messages, "; ")
		if answer.Needed != "" {
			f.detail = "needs the scope " + answer.Needed
		}
		if answer.Err == "ratelimited" || answer.Err == "rate_limited" || answer.Err == "message_limit_exceeded" {
			f.Reason, f.RetryAfter = invitation.ChatDown, unnamedWait
		} else if reason, ok := reasons[answer.Err]; ok {
			f.Reason = reason
		}
		f.Unsure, f.trouble = slices.Contains(partlyDone, answer.Err), botTroubles[answer.Err]
		return f
	}
	if page, ok := errors.AsType[*Intercepted](err); ok {
		f.Code, f.detail, f.Err = httpCode(page.status), "answered by something other than Slack: "+page.what, page
		f.Reason, f.Unsure, f.trouble = invitation.ChatDown, true, remedy.SlackMiddlebox
		switch {
		case page.status >= 500:
			f.detail, f.trouble = page.what, remedy.SlackDown // Slack's own failures come as pages too
		case page.status == http.StatusProxyAuthRequired:
			f.trouble = remedy.ProxyPassword
		}
		return f
	}
	if status, ok := errors.AsType[slack.StatusCodeError](err); ok {
		f.Code = httpCode(status.Code)
		switch {
		case status.Code == http.StatusTooManyRequests:
			f.Reason, f.RetryAfter, f.trouble = invitation.ChatDown, unnamedWait, remedy.SlackBusy
		case status.Code >= 500:
			f.Reason, f.Unsure, f.trouble = invitation.ChatDown, true, remedy.SlackDown
		}
		return f // what else there is, is a response_url that is spent (docs/facts/slack.md, "response_url")
	}
	// No answer at all, or one that is not Slack's.
	f.Code, f.detail, f.Reason = codeNoAnswer, WithoutURL(err).Error(), invitation.ChatDown
	dial, isDial := errors.AsType[*net.OpError](err)
	cause, words := reach.Why(err)
	f.Unsure, f.trouble = (!isDial || dial.Op != "dial") && !cause.Unsent(), OnTheWay(err)
	if f.trouble == remedy.SlackNoTLS {
		f.detail = words
	}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok { // a page where Slack's answer should be
		f.detail, f.trouble = "the answer is no json: "+syntax.Error(), remedy.SlackMiddlebox
	}
	for _, over := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, over) {
			f.Err = over
		}
	}
	return f
}

func httpCode(status int) string { return fmt.Sprintf("http %d", status) }

// codeForm is the form of Slack's error codes.
var codeForm = regexp.MustCompile(`^[a-z0-9_]{1,80}$`)

// codeOf returns Slack's error code. What has not its form, and may say back anything, is left out.
func codeOf(answer slack.SlackErrorResponse) string {
	if codeForm.MatchString(answer.Err) {
		return answer.Err
	}
	return "an error without a code"
}

// WithoutURL strips the address, which may be a secret, off a transport error.
func WithoutURL(err error) error {
	if transport, ok := errors.AsType[*url.Error](err); ok {
		return transport.Err
	}
	return err
}
