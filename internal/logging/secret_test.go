package logging

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestNoFormatShowsASecret(t *testing.T) {
	const value = "sk-0123456789abcdef"
	v := NewSecret(value)
	holder := struct {
		Public  Secret
		private Secret
	}{v, v}
	var shown []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T"} {
		shown = append(shown, fmt.Sprintf(verb, v), fmt.Sprintf(verb, holder), fmt.Sprintf(verb, &holder), fmt.Sprintf(verb, []Secret{v}))
	}
	encoded, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v, "holder", holder)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v, "holder", holder)
	for _, s := range append(shown, string(encoded), log.String()) {
		if strings.Contains(s, value) || strings.Contains(s, fmt.Sprintf("%x", value)) {
			t.Errorf("the value shows in %q", s)
		}
	}
	if v.Reveal() != value || (Secret{}).Reveal() != "" {
		t.Error("the secret does not hold its value")
	}
	var read Secret
	if err := read.UnmarshalText([]byte(value)); err != nil || read.Reveal() != value {
		t.Errorf("UnmarshalText: %v", err)
	}
}

func TestSecretsAreSentEncryptedOrNowhere(t *testing.T) {
	for address, want := range map[string]bool{
		"https://acme.test": true, "wss://acme.test/link": true, "https://10.0.0.1": true,
		"http://localhost:8090": true, "http://acme.localhost": true, "ws://127.0.0.1:1": true, "http://127.8.8.8": true, "http://[::1]:1": true,
		"http://acme.test": false, "ws://acme.test": false, "http://10.0.0.1": false, "http://localhost.test": false, "http://127.0.0.1.test": false,
		"http://127.0.0.1@acme.test": false, "http://notlocalhost": false, "ftp://acme.test": false,
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := MaySendSecrets(u); got != want {
			t.Errorf("%s: %v, want %v", address, got, want)
		}
	}
}

func TestReadSecretSaysWhatIsWrong(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	if _, err := ReadSecret(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	for name, content := range map[string]string{
		"empty": "", "blank": " \n\n", "two words": "a b", "two lines": "x-2\nx-3", "binary": "x-\x00\x01", "endless": "x-" + strings.Repeat("a", fileMax),
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := ReadSecret(path)
		if held := strings.TrimSpace(content); err == nil || !strings.Contains(err.Error(), path) || held != "" && strings.Contains(err.Error(), held) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

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
		value, err := ReadSecret(path)
		held := strings.TrimSpace(string(content))
		switch {
		case err == nil && (value.Reveal() != held || held == "" || len(strings.Fields(held)) != 1):
			t.Errorf("%q is taken for %q", content, value.Reveal())
		case err != nil && len(held) > 8 && strings.Contains(err.Error(), held):
			t.Errorf("the error tells what stands there: %v", err)
		}
	})
}
