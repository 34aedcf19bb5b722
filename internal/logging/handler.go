// Package logging stands between the bot's log lines and the people who read them. It owns how a
// line gets the attributes of the work that it is about, how secrets, links and email addresses are
// recognized and hidden, and [Secret], which never shows its value. It must not know what is logged,
// nor what a secret opens. It is the last line of defense: callers log nothing that needs hiding.
package logging

import (
	"context"
	"encoding"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"time"
)

type key struct{}

// With returns a context whose lines have the attribute, in addition to those that they have already.
// A line that sets the same key itself keeps its own.
func With(ctx context.Context, attr slog.Attr) context.Context {
	return context.WithValue(ctx, key{}, append(slices.Clip(attributes(ctx)), attr))
}

func attributes(ctx context.Context) []slog.Attr {
	attrs, _ := ctx.Value(key{}).([]slog.Attr)
	return attrs
}

// NewHandler returns a handler that adds the attributes of a line's context, has the redactor hide
// what no one may read, in messages, values, groups in groups and the texts of errors, and hands the
// line on to next.
func NewHandler(next slog.Handler, redactor *Redactor) slog.Handler {
	return handler{next: next, Redactor: redactor}
}

type handler struct {
	next slog.Handler
	*Redactor
	own []string // the keys that all of its lines have
}

func (h handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

func (h handler) Handle(ctx context.Context, record slog.Record) error {
	clean := slog.NewRecord(record.Time, record.Level, h.Text(record.Message), record.PC)
	taken := slices.Clone(h.own)
	record.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(h.attr(a))
		taken = append(taken, a.Key)
		return true
	})
	for _, a := range attributes(ctx) {
		if !slices.Contains(taken, a.Key) {
			clean.AddAttrs(h.attr(a))
			taken = append(taken, a.Key)
		}
	}
	return h.next.Handle(ctx, clean)
}

func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	own := slices.Clone(h.own)
	for _, a := range attrs {
		own = append(own, a.Key)
	}
	return handler{h.next.WithAttrs(h.attrs(attrs)), h.Redactor, own}
}

func (h handler) WithGroup(name string) slog.Handler {
	return handler{h.next.WithGroup(h.Text(name)), h.Redactor, h.own}
}

func (r *Redactor) attrs(attrs []slog.Attr) []slog.Attr {
	clean := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		clean[i] = r.attr(a)
	}
	return clean
}

func (r *Redactor) attr(a slog.Attr) slog.Attr {
	return slog.Attr{Key: r.Text(a.Key), Value: r.value(a.Value)}
}

func (r *Redactor) value(v slog.Value) slog.Value {
	v = v.Resolve()
	switch v.Kind() {
	case slog.KindString:
		return slog.StringValue(r.Text(v.String()))
	case slog.KindGroup:
		return slog.GroupValue(r.attrs(v.Group())...)
	case slog.KindAny:
		return r.any(v)
	default: // numbers, times and truths
		return v
	}
}

// any is for a value of another type. It stays what it is, a list for instance, if nothing in it is
// hidden however it is written down, and becomes its text otherwise.
func (r *Redactor) any(v slog.Value) slog.Value {
	switch x := v.Any().(type) {
	case nil, *time.Location, *slog.Source:
		return v
	case error:
		return slog.StringValue(r.Text(x.Error()))
	case []byte:
		return slog.StringValue(r.Text(string(x)))
	case fmt.Stringer, json.Marshaler, encoding.TextMarshaler: // written in a way of its own
		return r.other(v)
	default:
		if text := reflect.ValueOf(x); text.Kind() == reflect.String { // an id, as a rule
			return slog.StringValue(r.Text(text.String()))
		}
		return r.other(v)
	}
}

func (r *Redactor) other(v slog.Value) slog.Value {
	x := v.Any()
	text := fmt.Sprintf("%+v", x)
	encoded, _ := json.Marshal(x) //nolint:errchkjson // what cannot be encoded is not written so either
	clean := r.Text(text)
	if clean == text && r.Text(string(encoded)) == string(encoded) {
		return v
	}
	if clean == text { // only the encoded form tells
		clean = r.Text(string(encoded))
	}
	return slog.StringValue(clean)
}
