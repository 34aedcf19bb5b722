package secret

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestNothingShowsTheValue(t *testing.T) {
	const value = "sk-0123456789abcdef"
	v := New(value)
	holder := struct {
		Public  Value
		private Value
	}{v, v}
	var shown []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T"} {
		shown = append(shown, fmt.Sprintf(verb, v), fmt.Sprintf(verb, holder), fmt.Sprintf(verb, &holder), fmt.Sprintf(verb, []Value{v}))
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
	if v.Reveal() != value || v.Empty() || !(Value{}).Empty() {
		t.Error("the secret does not hold its value")
	}
	var read Value
	if err := read.UnmarshalText([]byte(value)); err != nil || read.Reveal() != value {
		t.Errorf("UnmarshalText: %v", err)
	}
}
