package redact

import (
	"context"
	"encoding"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"time"
)

// Handler returns a handler of package slog that hands on to next what is logged without what
// nobody may read: messages, values, groups in groups, and the texts of errors.
func (r *Redactor) Handler(next slog.Handler) slog.Handler { return handler{next, r} }

type handler struct {
	next slog.Handler
	*Redactor
}

func (h handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

func (h handler) Handle(ctx context.Context, record slog.Record) error {
	clean := slog.NewRecord(record.Time, record.Level, h.Text(record.Message), record.PC)
	record.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(h.attr(a))
		return true
	})
	return h.next.Handle(ctx, clean)
}

func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.next.WithAttrs(h.attrs(attrs)), h.Redactor}
}

func (h handler) WithGroup(name string) slog.Handler {
	return handler{h.next.WithGroup(h.Text(name)), h.Redactor}
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
