package logging

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strings"
)

// Secret is a token, a key or a password. However it is printed, logged or encoded, it shows nothing: the value
// lies behind a pointer, which even a formatting verb for structs does not follow. The
// zero Secret is an empty secret. It is safe for concurrent use.
type Secret struct{ value *string }

// NewSecret returns the secret that holds s.
func NewSecret(s string) Secret { return Secret{&s} }

// Reveal returns the value itself. Call it where the value leaves the program, and nowhere else.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// Hide returns the text with the secret hidden wherever it stands.
func (s Secret) Hide(text string) string {
	if s.Reveal() == "" {
		return text
	}
	return strings.ReplaceAll(text, s.Reveal(), hidden)
}

// String hides the value.
func (s Secret) String() string { return hidden }

// Format hides the value from every verb of package fmt.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) }

// LogValue hides the value from package slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText hides the value from encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// UnmarshalText takes the value in, from the environment for instance.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = NewSecret(string(text))
	return nil
}

// fileMax is how long a file may be that holds a secret, in bytes: longer than any token.
const fileMax = 16 << 10

// ReadSecret returns the secret that the file holds, without the space around it. The error names the
// file, and nothing of what it holds.
func ReadSecret(path string) (Secret, error) {
	file, err := os.Open(path) //nolint:gosec // the operator names a file of their own
	if err != nil {
		return Secret{}, err
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, fileMax+1))
	value := strings.TrimSpace(string(content))
	switch {
	case err != nil:
		return Secret{}, err
	case len(content) > fileMax:
		return Secret{}, fmt.Errorf("%s is too long to hold a secret", path)
	case value == "":
		return Secret{}, fmt.Errorf("%s is empty", path)
	case strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' }):
		return Secret{}, fmt.Errorf("%s must hold the secret alone, on one line", path)
	}
	return NewSecret(value), nil
}

// MaySendSecrets reports whether no one on the network can read what is sent to the address: it is
// encrypted on its way, or does not leave this machine.
func MaySendSecrets(u *url.URL) bool {
	return u.Scheme == "https" || u.Scheme == "wss" || IsLoopback(u.Hostname())
}

// IsLoopback reports whether a host is this machine, by its name or address alone.
func IsLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}
