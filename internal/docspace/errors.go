package docspace

import (
	"cmp"
	"fmt"
	"net/http"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/reach"
	"github.com/docspace-invite-bot/bot/internal/remedy"
)

// Error is a call of the portal that did not do what was asked. It wraps its reason, so
// that errors.Is(err, tracker.PortalDenied) tells what kind it is.
type Error struct {
	Reason invitation.Reason
	// Call is the method and the path without ids and query, e.g. "GET people/filter".
	Call string
	// Status is the HTTP status; 0 when there was no answer.
	Status int
	// Detail is for the operator: the portal's own message, cut short, or what was wrong
	// with the answer. It holds no link, no address of a person, no key and no stack.
	Detail string
	// Wait is how long the portal asks to be left alone; 0 when it does not ask.
	Wait time.Duration

	trouble  remedy.Trouble // finer than Reason, where more is known
	cause    error          // the context's error, where that ended the call
	unsent   bool           // the request certainly never left
	severed  bool           // the connection was cut before there was an answer
	filtered bool           // refused by what stands before the portal's actions, with a reason to be found out
	kind     kind           // what else the refusal tells
}

// kind is what a refusal tells besides its status: nothing of its words is kept, as they may name people and keys.
type kind int

const (
	invalidOperation kind = iota + 1 // it isn't possible for anyone
	ofAccount                        // about the account with the address that was named
	ofAddress                        // about that address
	ofAllowance                      // about how many addresses may be invited
)

// notDocSpace is what an answer amounts to that says success and cannot be understood.
func notDocSpace(k call, detail string) *Error {
	return &Error{Reason: invitation.NotDocSpace, Call: k.String(), Status: http.StatusOK, Detail: detail}
}

func (e *Error) Error() string {
	text := fmt.Sprintf("%s: %s", e.Call, e.Reason)
	if e.Status != 0 {
		text += fmt.Sprintf(" (http %d)", e.Status)
	}
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	return text
}

// Unwrap returns the failure as the tracker knows it, with the context's error where that ended the call.
func (e *Error) Unwrap() error {
	return &invitation.Failure{Reason: e.Reason, RetryAfter: e.Wait, Unsure: e.unsure(), Err: e.cause}
}

// troubles are what a reason amounts to where nothing finer is known. That something is
// forbidden to the bot is no trouble by itself: portals refuse its welcome as a rule.
var troubles = map[invitation.Reason]remedy.Trouble{
	invitation.KeyBroken: remedy.KeyRefused, invitation.NoLink: remedy.KeyOwnerLow, invitation.SeatLimit: remedy.NoSeat,
	invitation.PortalUnpaid: remedy.PortalUnpaid, invitation.PortalBusy: remedy.PortalBusy, invitation.PortalDown: remedy.PortalSilent,
	invitation.NotDocSpace: remedy.NotDocSpace,
}

// onTheWay are what is wrong on the way to the portal.
var onTheWay = map[reach.Cause]remedy.Trouble{
	reach.NoHost: remedy.PortalNoHost, reach.NameServer: remedy.NameServer, reach.Refused: remedy.PortalRefused,
	reach.ProxyAway: remedy.ProxyAway, reach.ProxyRefused: remedy.PortalProxy, reach.ProxyPassword: remedy.ProxyPassword,
	reach.PlainHTTP: remedy.PortalPlain, reach.PlainTLS: remedy.PortalEncrypted, reach.NoTLS: remedy.PortalNoTLS,
	reach.Expired: remedy.PortalExpired, reach.WrongName: remedy.PortalWrongName, reach.Untrusted: remedy.PortalUntrusted,
}

// Trouble says what is wrong with the portal, the key or the way there; "" when nothing is.
func (e *Error) Trouble() remedy.Trouble { return cmp.Or(e.trouble, troubles[e.Reason]) }

// unsure reports whether the portal may have done what was asked although the call failed:
// the request was on its way, and no whole answer came, or an error of the portal's own.
func (e *Error) unsure() bool {
	return !e.unsent && (e.Reason == invitation.PortalDown || e.Reason == invitation.NotDocSpace)
}
