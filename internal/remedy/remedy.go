// Package remedy has the sentences that tell an operator what is wrong outside the bot and
// what to do about it: which page, which button, which scope. bot check prints them and the
// log of a running bot has them, so that both say the same.
//
// It owns the sentences, by kind of trouble. It must not know how a trouble is found out: that
// is up to the packages whose errors name one, by a method Trouble.
package remedy

import (
	"errors"
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

// sentence returns both.
func (t Trouble) sentence() string {
	s := sentences[t]
	return s.wrong + ": " + s.do
}

// All returns every trouble, in no order.
func All() []Trouble {
	all := make([]Trouble, 0, len(sentences))
	for t := range sentences {
		all = append(all, t)
	}
	return all
}

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
// about it besides what err says: for the last words of a program. A nil err is nothing more.
func Explain(t Trouble, err error) error {
	if err == nil {
		return &explained{trouble: t}
	}
	return &explained{t, err}
}

// explained is an error that says all that is known.
type explained struct {
	trouble Trouble
	err     error
}

func (e *explained) Error() string {
	if e.err == nil {
		return e.trouble.sentence()
	}
	return e.trouble.Wrong() + " (" + e.err.Error() + "): " + e.trouble.Remedy()
}
func (e *explained) Unwrap() error    { return e.err }
func (e *explained) Trouble() Trouble { return e.trouble }

// untold returns the trouble of an error that does not say itself what to do; "" when there is
// none.
func untold(err error) Trouble {
	if t := Of(err); t != "" && !strings.Contains(err.Error(), t.Remedy()) {
		return t
	}
	return ""
}

// Told splits what is known of an error into what is wrong, in one line, and what to do about it.
func Told(err error) (wrong, do string) {
	wrong, do = told(err)
	return strings.Join(strings.Fields(wrong), " "), do
}

func told(err error) (wrong, do string) {
	t := Of(err)
	if t == "" {
		return err.Error(), "nothing is known about this: look it up by these words, and with LOG_LEVEL=debug"
	}
	wrong = strings.TrimSuffix(err.Error(), ": "+t.Remedy())
	wrong = strings.TrimSuffix(wrong, ": "+t.Wrong()) // what it is comes before what it is seen by
	if !strings.Contains(wrong, t.Wrong()) {
		wrong = t.Wrong() + " (" + wrong + ")"
	}
	return wrong, t.Remedy()
}
