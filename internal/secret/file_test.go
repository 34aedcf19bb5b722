package secret

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// holder is a secret of a real file, in fake time.
type holder struct {
	t       *testing.T
	path    string
	value   Value
	changes []error
}

var errKind = errors.New("those start with x-")

func hold(t *testing.T, content string) *holder {
	t.Helper()
	h := &holder{t: t, path: filepath.Join(t.TempDir(), "token")}
	h.write(content)
	value, err := File(h.path, func(v string) error {
		if !strings.HasPrefix(v, "x-") {
			return errKind
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	h.value = value
	h.value.OnChange(func(err error) { h.changes = append(h.changes, err) })
	return h
}

func (h *holder) write(content string) {
	h.t.Helper()
	if err := os.WriteFile(h.path, []byte(content), 0o600); err != nil {
		h.t.Fatal(err)
	}
}

// reads has the secret in use for a while, and wants to see a value at its end.
func (h *holder) reads(d time.Duration, want string) {
	h.t.Helper()
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		h.value.Reveal()
	}
	if got := h.value.Reveal(); got != want {
		h.t.Errorf("the secret is %q, want %q", got, want)
	}
}

func TestARewrittenFileIsTakenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hold(t, "x-1\n")
		h.reads(time.Minute, "x-1")
		h.write("x-2\n")
		h.reads(5*time.Second, "x-2")
		if len(h.changes) != 1 || h.changes[0] != nil {
			t.Errorf("told of %v", h.changes)
		}
		if got := h.value.Hide("x-1 and x-2"); got != "[hidden] and [hidden]" {
			t.Errorf("Hide: %q", got)
		}
	})
}

// TestASwappedLinkIsTakenUp: Kubernetes and agents make a directory and turn a symbolic link to it.
func TestASwappedLinkIsTakenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		put := func(name, content string) {
			if err := os.MkdirAll(filepath.Join(dir, name), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, name, "token"), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(name, filepath.Join(dir, "new")); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(filepath.Join(dir, "new"), filepath.Join(dir, "..data")); err != nil {
				t.Fatal(err)
			}
		}
		put("one", "x-1")
		value, err := File(filepath.Join(dir, "..data", "token"), nil)
		if err != nil {
			t.Fatal(err)
		}
		put("two", "x-2")
		if err := os.RemoveAll(filepath.Join(dir, "one")); err != nil {
			t.Fatal(err)
		}
		if !value.Await(t.Context(), "x-1", 10*time.Second) || value.Reveal() != "x-2" {
			t.Errorf("the secret is %q", value.Reveal())
		}
	})
}

// TestNothingBadReplacesAGoodValue writes all that a file can be on its way to a new secret.
func TestNothingBadReplacesAGoodValue(t *testing.T) {
	for name, bad := range map[string]string{
		"empty": "", "blank": " \n\n", "another kind": "y-2", "two lines": "x-2\nx-3", "binary": "x-\x00\x01", "endless": "x-" + strings.Repeat("a", fileMax),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := hold(t, "x-1")
				h.write(bad)
				h.reads(time.Minute, "x-1")
				if len(h.changes) != 1 || h.changes[0] == nil {
					t.Errorf("told of %v, want one complaint", h.changes)
				}
				if len(h.changes) == 1 && strings.TrimSpace(bad) != "" && strings.Contains(h.changes[0].Error(), strings.TrimSpace(bad)) {
					t.Errorf("the complaint tells what stands in the file: %v", h.changes[0])
				}
				h.write("x-2")
				h.reads(5*time.Second, "x-2")
			})
		})
	}
	t.Run("gone", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := hold(t, "x-1")
			if err := os.Remove(h.path); err != nil {
				t.Fatal(err)
			}
			h.reads(time.Minute, "x-1")
		})
	})
	t.Run("half written", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := hold(t, "x-1")
			for n := range 40 { // a slow writer, seen at every step
				h.write("x-2345678901234567890123456789012345678901234567890"[:3+n])
				h.reads(200*time.Millisecond, "x-1")
				if h.value.Renewed(canceled(t), "x-1") {
					t.Fatal("a half-written value was taken")
				}
			}
		})
	})
}

// canceled is a context in which nobody waits.
func canceled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// TestRefused: who was refused learns at once that there is nothing new, and within two seconds
// that there is.
func TestRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hold(t, "x-1")
		start := time.Now()
		if h.value.Renewed(t.Context(), "x-1") || time.Since(start) != 0 {
			t.Errorf("renewed, after %v, and nothing has changed", time.Since(start))
		}
		h.write("x-2")
		if !h.value.Renewed(t.Context(), "x-1") || time.Since(start) > 2*time.Second {
			t.Errorf("not renewed after %v", time.Since(start))
		}
		if !h.value.Renewed(t.Context(), "x-1") || h.value.Renewed(t.Context(), "x-2") {
			t.Error("it is x-2 that is current")
		}
		if fixed := New("x-1"); fixed.Renewed(t.Context(), "x-1") || fixed.Path() != "" || (Value{}).Renewed(t.Context(), "") {
			t.Error("a fixed secret changed")
		}
	})
}

func TestFileSaysWhatIsWrong(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	if _, err := File(path, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	for _, content := range []string{"", "a b"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := File(path, nil); err == nil || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "a b") {
			t.Errorf("%q: %v", content, err)
		}
	}
}
