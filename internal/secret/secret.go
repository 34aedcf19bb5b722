// Package secret holds values that must not be seen: tokens and keys. It owns how they are
// hidden, how a file that holds one is read again, and what addresses one may be sent to, and must
// not know what they open.
package secret

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/docspace-invite-bot/bot/internal/grace"
)

// hidden is what everybody sees of a secret.
const hidden = "[hidden]"

// Value is a secret. However it is printed, logged or encoded, it shows nothing: the value
// lies behind a pointer, which even a formatting verb for structs does not follow. The
// zero Value is an empty secret. Copies of a Value are the same secret: where its file
// changes, all of them change. It is safe for concurrent use.
type Value struct{ source *source }

// New returns the secret that holds s.
func New(s string) Value {
	kept := new(source)
	kept.current.Store(&s)
	return Value{kept}
}

// Reveal returns the value itself. Call it where the value leaves the program, at each use,
// and nowhere else: a secret of a file may be another one a moment later.
func (v Value) Reveal() string {
	if v.source == nil {
		return ""
	}
	v.source.refresh()
	return *v.source.current.Load()
}

// Empty tells whether there is nothing to hide.
func (v Value) Empty() bool { return v.Reveal() == "" }

// Path is the file that the secret is read from, or "" for one that does not change.
func (v Value) Path() string {
	if v.source == nil {
		return ""
	}
	return v.source.path
}

// Renewed is for whoever was refused with the value used: it tells whether there is another
// one by now. It reads the file at once, and where something new stands there waits until that
// has settled, which takes about a second.
func (v Value) Renewed(ctx context.Context, used string) bool {
	return v.source != nil && v.source.renewed(ctx, used)
}

// OnChange has f called whenever the file has changed: with nil when its value has been taken up,
// with the reason when it has not. The error holds nothing of the value. Call it before the secret
// is in use.
func (v Value) OnChange(f func(error)) {
	if v.source != nil {
		v.source.changed = f
	}
}

// Hide returns the text with everything hidden that the secret is, or has been.
func (v Value) Hide(text string) string {
	if v.source == nil {
		return text
	}
	if now := *v.source.current.Load(); now != "" {
		text = strings.ReplaceAll(text, now, hidden)
	}
	v.source.mu.Lock()
	defer v.source.mu.Unlock()
	for _, old := range v.source.former {
		text = strings.ReplaceAll(text, old, hidden)
	}
	return text
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

// Await waits until there is another value than the one used, at most for d, and tells whether
// there is.
func (v Value) Await(ctx context.Context, used string, d time.Duration) bool {
	for end := time.Now().Add(d); v.Reveal() == used; {
		if !time.Now().Before(end) || !grace.Sleep(ctx, min(time.Second, d)) {
			return false
		}
	}
	return true
}
