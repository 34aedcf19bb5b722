package secret

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReadFileSaysWhatIsWrong(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	if _, err := ReadFile(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	for name, content := range map[string]string{
		"empty": "", "blank": " \n\n", "two words": "a b", "two lines": "x-2\nx-3", "binary": "x-\x00\x01", "endless": "x-" + strings.Repeat("a", fileMax),
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := ReadFile(path)
		if held := strings.TrimSpace(content); err == nil || !strings.Contains(err.Error(), path) || held != "" && strings.Contains(err.Error(), held) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
