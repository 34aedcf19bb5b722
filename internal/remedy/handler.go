package remedy

import (
	"context"
	"log/slog"
	"strings"
)

// Logger returns a logger like log that says what to do: a line from level warn up about an error with a
// trouble, under the key "err", gets the attributes "trouble" and "remedy".
func Logger(log *slog.Logger) *slog.Logger { return slog.New(handler{log.Handler()}) }

// handler adds to a line about an error what to do about it.
type handler struct{ slog.Handler }

// Handle hands a line on, with the remedy where there is one.
func (h handler) Handle(ctx context.Context, line slog.Record) error {
	if line.Level < slog.LevelWarn {
		return h.Handler.Handle(ctx, line)
	}
	var found error
	line.Attrs(func(a slog.Attr) bool {
		if err, ok := a.Value.Any().(error); ok && a.Key == "err" {
			found = err
		}
		return found == nil
	})
	if t := Of(found); t != "" {
		line = line.Clone()
		line.AddAttrs(slog.String("trouble", string(t)))
		if !strings.Contains(found.Error(), t.Remedy()) { // it doesn't say so itself
			line.AddAttrs(slog.String("remedy", t.Remedy()))
		}
	}
	return h.Handler.Handle(ctx, line)
}

// WithAttrs keeps the handler in the way of a logger with attributes.
func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(attrs)}
}

// WithGroup keeps the handler in the way of a logger with a group.
func (h handler) WithGroup(name string) slog.Handler { return handler{h.Handler.WithGroup(name)} }
