package invitation

import (
	"cmp"
	"errors"
	"time"
)

// Failure is why something did not come to be, as far as the tracker and the people concerned need to
// know: errors.Is(err, invitation.NoLink) tells the reason. The edges wrap one in what an operator needs.
type Failure struct {
	Reason Reason
	// About names whom or what it is about: an id of the chat's, or plain text; often empty.
	About string
	// Each is one failure for each of several people.
	Each []error
	// Rooms are those to choose from.
	Rooms []Room
	// RetryAfter is how long the outside asks to be left alone; 0 when it doesn't.
	RetryAfter time.Duration
	// Unsure says that it may have taken place all the same: the request was on its way, and no usable
	// answer came.
	Unsure bool
	// Err is the cause, for the operator; often nil.
	Err error
}

func (f *Failure) Error() string {
	text := string(f.Reason)
	if f.About != "" && !f.Reason.IsAboutRoom() { // errors go to the log, which names no one and nothing
		text += ": " + f.About
	}
	if err := cmp.Or(f.Err, errors.Join(f.Each...)); err != nil {
		text += " (" + err.Error() + ")"
	}
	return text
}

// Unwrap returns the reason and the cause.
func (f *Failure) Unwrap() []error {
	if f.Err != nil {
		return []error{f.Reason, f.Err}
	}
	return []error{f.Reason}
}

// FailureOf returns the failure that an error wraps. Of any other error it tells the reason, if the error
// wraps one, and otherwise that it is unexpected.
func FailureOf(err error) Failure {
	if f, ok := errors.AsType[*Failure](err); ok {
		return *f
	}
	reason, _ := errors.AsType[Reason](err)
	return Failure{Reason: cmp.Or(reason, Unexpected), Err: err}
}

// RefusalOf returns what the inviter can be told of an error.
func RefusalOf(err error, now time.Time) Refusal {
	f := FailureOf(err)
	refusal := Refusal{Reason: f.Reason, About: f.About, Rooms: f.Rooms}
	for _, one := range f.Each {
		refusal.Each = append(refusal.Each, RefusalOf(one, now))
	}
	if f.RetryAfter > 0 {
		refusal.Again = now.Add(f.RetryAfter)
	}
	return refusal
}
