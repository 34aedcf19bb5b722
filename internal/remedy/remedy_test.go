package remedy

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// TestEverySentenceSaysWhatToDo: each trouble has a sentence for what is wrong and one for what to
// do about it, neither ending in a full stop, because other words follow.
func TestEverySentenceSaysWhatToDo(t *testing.T) {
	for _, trouble := range All() {
		for what, text := range map[string]string{"what is wrong": trouble.Wrong(), "the remedy": trouble.Remedy()} {
			if len(text) < 6 || strings.HasSuffix(text, ".") || strings.Contains(text, "  ") {
				t.Errorf("%s: %s is %q", trouble, what, text)
			}
		}
	}
}

func TestLinesAboutATroubleSayWhatToDo(t *testing.T) {
	plain := errors.New("auth.test: invalid_auth")
	for name, tt := range map[string]struct {
		level slog.Level
		err   error
		says  int // how often the remedy is said
		key   bool
	}{
		"of a wrapped error":          {slog.LevelWarn, fmt.Errorf("start: %w", Wrap(BotTokenUnknown, plain)), 1, true},
		"once, where it says it":      {slog.LevelError, Explain(BotTokenUnknown, plain), 1, true},
		"not of others":               {slog.LevelError, plain, 0, false},
		"not where no one has to act": {slog.LevelInfo, Wrap(BotTokenUnknown, plain), 0, false},
		"nor where there is no err":   {slog.LevelError, nil, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			log := Logger(slog.New(slog.NewTextHandler(&out, nil))).With("socket", 1)
			log.Log(t.Context(), tt.level, "no connection", "err", tt.err)
			if n := strings.Count(out.String(), BotTokenUnknown.Remedy()); n != tt.says {
				t.Errorf("the remedy is said %d times, want %d:\n%s", n, tt.says, out.String())
			}
			if has := strings.Contains(out.String(), "trouble=bot_token_unknown"); has != tt.key {
				t.Errorf("the key trouble is there: %v, want %v:\n%s", has, tt.key, out.String())
			}
		})
	}
}
