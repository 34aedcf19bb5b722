// Package secret holds values that must not be seen: tokens and keys. It owns how they are
// hidden, how a file that holds one is read, and what addresses one may be sent to, and must
// not know what they open.
package secret

import (
	"fmt"
	"log/slog"
	"strings"
)

// hidden is what everybody sees of a secret.
const hidden = "[hidden]"

// Value is a secret. However it is printed, logged or encoded, it shows nothing: the value
// lies behind a pointer, which even a formatting verb for structs does not follow. The
// zero Value is an empty secret. It is safe for concurrent use.
type Value struct{ value *string }

// New returns the secret that holds s.
func New(s string) Value { return Value{&s} }

// Reveal returns the value itself. Call it where the value leaves the program, and nowhere else.
func (v Value) Reveal() string {
	if v.value == nil {
		return ""
	}
	return *v.value
}

// Empty tells whether there is nothing to hide.
func (v Value) Empty() bool { return v.Reveal() == "" }

// Hide returns the text with the secret hidden wherever it stands.
func (v Value) Hide(text string) string {
	if v.Empty() {
		return text
	}
	return strings.ReplaceAll(text, v.Reveal(), hidden)
}

// String hides the value.
func (v Value) String() string { return hidden }

// Format hides the value from every verb of package fmt.
func (v Value) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) }

// LogValue hides the value from package slog.
func (v Value) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText hides the value from encoders.
func (v Value) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// UnmarshalText takes the value in, from the environment for instance.
func (v *Value) UnmarshalText(text []byte) error {
	*v = New(string(text))
	return nil
}
