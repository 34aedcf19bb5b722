package slackbot

import (
	"errors"
	"net"
	"slices"
	"strings"
	"time"
)

// Observer is told how the bot and Slack get on, for those who measure it. Its methods return at once
// and are safe for concurrent use. The words that it gets are of closed sets, and none names anybody.
type Observer interface {
	// Called is told of a call of the Web API that has ended: "ok" or one of [CallOutcomes].
	Called(method, outcome string, took time.Duration)
	// Acknowledged is told how long after it had come an envelope was acknowledged; kind is one of
	// [EnvelopeKinds].
	Acknowledged(kind string, took time.Duration)
	// Commanded is told what became of a command, a submitted dialog or a press on Try again; see
	// [OutcomeAccepted] and those beside it.
	Commanded(command, outcome string)
	// Joined is told what became of a press on Join: "ok", or a [tracker.Reason].
	Joined(outcome string)
	// Reconnects is told why another connection is opened, or tried again: one of
	// [ReconnectReasons].
	Reconnects(reason string)
}

// What became of a command; a [tracker.Reason] where it was refused.
const (
	OutcomeAccepted      = "accepted"      // it is an invitation
	OutcomeAnswered      = "answered"      // help, status, and the dialog that opens
	OutcomeMisunderstood = "misunderstood" // its author was told which word was not understood
	OutcomeUnreadable    = "unreadable"    // what came from Slack has another form than expected
)

const (
	outcomeOK    = "ok"
	outcomeOther = "other"
	// outcomeNoAnswer is a call that Slack did not answer, or not in its own manner.
	outcomeNoAnswer = "no_answer"
	// OutcomeLimited is a call of the Web API that was refused with HTTP 429, or with a code that means the same.
	OutcomeLimited = "ratelimited"
)

// Why a connection is opened beside the reasons that Slack gives.
const (
	lostDeaf        = "deaf"        // nothing was heard on the last one for 25 seconds
	lostBroken      = "broken"      // the last one ended without a word
	lostUnwelcome   = "no_hello"    // the last one was closed before its greeting
	lostUnreachable = "unreachable" // Slack did not answer the last try
	lostRefused     = "refused"     // Slack refused the last try
)

// ReconnectReasons returns every reason that an [Observer] is told.
func ReconnectReasons() []string {
	return []string{
		lostDeaf, lostBroken, lostUnwelcome, lostUnreachable, lostRefused,
		reasonWarning, reasonRefresh, reasonLinkDisabled, reasonTooMany, outcomeOther,
	}
}

// EnvelopeKinds returns every kind of envelope that an [Observer] is told.
func EnvelopeKinds() []string { return []string{typeCommand, typeInteractive, typeEvent, outcomeOther} }

func kindOf(envelope string) string {
	if slices.Contains(EnvelopeKinds(), envelope) {
		return envelope
	}
	return outcomeOther
}

// CallOutcomes returns what a failed call is told as: Slack's codes as far as the bot knows them,
// http_… for a status, no_answer, and other.
func CallOutcomes() []string {
	known := []string{OutcomeLimited, outcomeNoAnswer, outcomeOther, "http_4xx", "http_5xx", "http_other"}
	for code := range reasons {
		known = append(known, code)
	}
	for code := range appTroubles {
		known = append(known, code)
	}
	slices.Sort(known)
	return slices.Compact(known)
}

var callOutcomes = CallOutcomes()

// outcomeOf names what came of a call whose error was translated.
func outcomeOf(err error) string {
	failed, ok := errors.AsType[*apiFailure](err)
	switch {
	case err == nil:
		return outcomeOK
	case !ok:
		return outcomeOther
	case failed.wait > 0:
		return OutcomeLimited
	case failed.code == codeNoAnswer:
		return outcomeNoAnswer
	}
	if status, ok := strings.CutPrefix(failed.code, "http "); ok {
		switch status[0] {
		case '4', '5':
			return "http_" + status[:1] + "xx"
		}
		return "http_other"
	}
	if _, known := slices.BinarySearch(callOutcomes, failed.code); known {
		return failed.code
	}
	return outcomeOther
}

// lossOf names why a connection could not be opened.
func lossOf(err error) string {
	hopeless := new(hopelessError)
	failed, answered := errors.AsType[*apiFailure](err)
	if errors.As(err, &hopeless) || answered && failed.code != codeNoAnswer && !strings.HasPrefix(failed.code, "http ") {
		return lostRefused
	}
	return lostUnreachable
}

// disconnectReason returns the reason that Slack gives, as far as it is a known one.
func disconnectReason(reason string) string {
	if slices.Contains(ReconnectReasons(), reason) {
		return reason
	}
	return outcomeOther
}

// isDeaf tells whether a connection ended because nothing was heard on it.
func isDeaf(err error) bool {
	late, ok := errors.AsType[net.Error](err)
	return ok && late.Timeout()
}

// blind is the observer of a bot that nobody observes.
type blind struct{}

func (blind) Called(string, string, time.Duration) {}
func (blind) Acknowledged(string, time.Duration)   {}
func (blind) Commanded(string, string)             {}
func (blind) Joined(string)                        {}
func (blind) Reconnects(string)                    {}
