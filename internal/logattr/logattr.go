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

// With returns a context whose lines bear the attribute beside those that they bear already. A line
// that says something else under the same key itself keeps that.
func With(ctx context.Context, attr slog.Attr) context.Context {
	return context.WithValue(ctx, key{}, append(slices.Clip(of(ctx)), attr))
}

func of(ctx context.Context) []slog.Attr {
	attrs, _ := ctx.Value(key{}).([]slog.Attr)
	return attrs
}

// Handler returns a handler that hands lines on to next with the attributes of their context.
func Handler(next slog.Handler) slog.Handler { return handler{next: next} }

type handler struct {
	next slog.Handler
	own  []string // the keys that all of its lines have
}

func (h handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

func (h handler) Handle(ctx context.Context, record slog.Record) error {
	attrs := of(ctx)
	if len(attrs) == 0 {
		return h.next.Handle(ctx, record)
	}
	taken := slices.Clone(h.own)
	record.Attrs(func(a slog.Attr) bool { taken = append(taken, a.Key); return true })
	record = record.Clone()
	for _, a := range attrs {
		if !slices.Contains(taken, a.Key) {
			record.AddAttrs(a)
			taken = append(taken, a.Key)
		}
	}
	return h.next.Handle(ctx, record)
}

func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	own := slices.Clone(h.own)
	for _, a := range attrs {
		own = append(own, a.Key)
	}
	return handler{h.next.WithAttrs(attrs), own}
}

func (h handler) WithGroup(name string) slog.Handler { return handler{h.next.WithGroup(name), h.own} }
