// Package logattr puts what a line of the log belongs to into the context, where the work begins that
// it is about, so that every line further down bears it without being told. It owns how such facts
// travel, and must not know what they are.
package logattr

import (
	"context"
	"log/slog"
	"slices"
)

type key struct{}

// With returns a context whose lines bear the attributes beside those that they bear already.
func With(ctx context.Context, attrs ...slog.Attr) context.Context {
	return context.WithValue(ctx, key{}, append(slices.Clip(of(ctx)), attrs...))
}

func of(ctx context.Context) []slog.Attr {
	attrs, _ := ctx.Value(key{}).([]slog.Attr)
	return attrs
}

// Handler returns a handler that hands lines on to next with the attributes of their context.
func Handler(next slog.Handler) slog.Handler { return handler{next} }

type handler struct{ slog.Handler }

func (h handler) Handle(ctx context.Context, record slog.Record) error {
	if attrs := of(ctx); len(attrs) > 0 {
		record = record.Clone()
		record.AddAttrs(attrs...)
	}
	return h.Handler.Handle(ctx, record)
}

func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(attrs)}
}

func (h handler) WithGroup(name string) slog.Handler { return handler{h.Handler.WithGroup(name)} }
