package secret

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzFile: whatever a file holds, it is one word or an error that tells nothing of it.
func FuzzFile(f *testing.F) {
	for _, seed := range []string{"xoxb-1-2-abc\n", "", "\xef\xbb\xbfsk-1", "a b", "a\r\n", "\x00", strings.Repeat("a", fileMax+1), "é"} {
		f.Add([]byte(seed))
	}
	path := filepath.Join(f.TempDir(), "token")
	f.Fuzz(func(t *testing.T, content []byte) {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		value, err := ReadFile(path)
		held := strings.TrimSpace(string(content))
		switch {
		case err == nil && (value.Reveal() != held || held == "" || len(strings.Fields(held)) != 1):
			t.Errorf("%q is taken for %q", content, value.Reveal())
		case err != nil && len(held) > 8 && strings.Contains(err.Error(), held):
			t.Errorf("the error tells what stands there: %v", err)
		}
	})
}
