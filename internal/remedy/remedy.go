// Package remedy has the sentences that tell an operator what is wrong outside the bot and
// what to do about it: which page, which button, which scope. bot check prints them and the
// log of a running bot has them, so that both say the same.
//
// It owns the sentences, by kind of trouble. It must not know how a trouble is found out: that
// is up to the packages whose errors name one, by a method Trouble.
package remedy

import (
	"errors"
	"maps"
	"slices"
	"strings"
)

// Trouble is one thing that can be wrong, finer than what people in Slack are told. It stands
// in the log under the key "trouble", and alerts may rest on it.
type Trouble string

// sentence is what a trouble is and what to do about it.
type sentence struct{ wrong, do string }

// Wrong returns what is wrong, without a full stop; "" for no trouble.
func (t Trouble) Wrong() string { return sentences[t].wrong }

// Remedy returns what to do, without a full stop; "" for no trouble.
func (t Trouble) Remedy() string { return sentences[t].do }

// All returns every trouble, in no order.
func All() []Trouble { return slices.Collect(maps.Keys(sentences)) }

// troubled is an error that tells what is wrong.
type troubled interface {
	error
	Trouble() Trouble
}

// Of returns the trouble that an error, or one that it wraps, tells; "" when none does.
func Of(err error) Trouble {
	if found, ok := errors.AsType[troubled](err); ok {
		return found.Trouble()
	}
	return ""
}

// wrapped gives an error its trouble.
type wrapped struct {
	trouble Trouble
	err     error
}

// Wrap returns err as an error that tells the trouble, and says what err says.
func Wrap(t Trouble, err error) error { return &wrapped{t, err} }

func (w *wrapped) Error() string    { return w.err.Error() }
func (w *wrapped) Unwrap() error    { return w.err }
func (w *wrapped) Trouble() Trouble { return w.trouble }

// Explain returns err as an error that tells the trouble, and says what it is and what to do
// about it besides what err says: for the last words of a program. err may be nil.
func Explain(t Trouble, err error) error { return &explained{wrapped{t, err}} }

// explained is an error that says all that is known.
type explained struct{ wrapped }

func (e *explained) Error() string {
	wrong := e.trouble.Wrong()
	if e.err != nil {
		wrong += " (" + e.err.Error() + ")"
	}
	return wrong + ": " + e.trouble.Remedy()
}

// Told splits what is known of an error into what is wrong, in one line, and what to do about it.
func Told(err error) (wrong, do string) {
	wrong = strings.Join(strings.Fields(err.Error()), " ")
	t := Of(err)
	if t == "" {
		return wrong, "nothing is known about this: look it up by these words, and with LOG_LEVEL=debug"
	}
	wrong = strings.TrimSuffix(wrong, ": "+t.Remedy())
	wrong = strings.TrimSuffix(wrong, ": "+t.Wrong()) // what it is comes before what it is seen by
	if !strings.Contains(wrong, t.Wrong()) {
		wrong = t.Wrong() + " (" + wrong + ")"
	}
	return wrong, t.Remedy()
}
