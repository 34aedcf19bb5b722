package logging

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
)

func TestLinesCarryTheirContextsAttributes(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(NewHandler(slog.NewTextHandler(&out, nil), NewRedactor(RedactorOptions{})))
	outer := With(t.Context(), slog.String("envelope", "e1"))
	one, two := With(outer, slog.String("n", "1")), With(outer, slog.String("n", "2"))
	log.With("socket", 1).InfoContext(one, "a", "k", "v")
	log.InfoContext(two, "b")
	log.InfoContext(context.Background(), "c")
	log.InfoContext(two, "d", "n", "its own")
	log.With("n", "all of its").InfoContext(one, "e")
	lines := strings.Split(out.String(), "\n")
	for i, want := range []string{
		"msg=a socket=1 k=v envelope=e1 n=1", "msg=b envelope=e1 n=2", "msg=c", `msg=d n="its own" envelope=e1`, `msg=e n="all of its" envelope=e1`,
	} {
		if !strings.HasSuffix(lines[i], want) {
			t.Errorf("line %q, want %q", lines[i], want)
		}
	}
}
