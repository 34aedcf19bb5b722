package secret

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// fileMax bounds a file, in bytes. It is longer than any token.
const fileMax = 16 << 10

// ReadFile returns the secret that the file holds, without the space around it. The error names the
// file, and nothing of what it holds.
func ReadFile(path string) (Value, error) {
	file, err := os.Open(path) //nolint:gosec // the operator names a file of their own
	if err != nil {
		return Value{}, err
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, fileMax+1))
	value := strings.TrimSpace(string(content))
	switch {
	case err != nil:
		return Value{}, err
	case len(content) > fileMax:
		return Value{}, fmt.Errorf("%s is too long to hold a secret", path)
	case value == "":
		return Value{}, fmt.Errorf("%s is empty", path)
	case strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' }):
		return Value{}, fmt.Errorf("%s must hold the secret alone, on one line", path)
	}
	return New(value), nil
}
