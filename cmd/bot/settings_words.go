package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
)

// inPlainWords turns the env package's error into one that names the variable, what was found there and
// what is expected.
func inPlainWords(err error, environment map[string]string) error {
	if missing, ok := errors.AsType[env.VarIsNotSetError](err); ok {
		return fmt.Errorf("%s is not set", missing.Key)
	}
	if empty, ok := errors.AsType[env.EmptyVarError](err); ok {
		return fmt.Errorf("%s is empty", empty.Key)
	}
	parse, ok := errors.AsType[env.ParseError](err)
	if !ok {
		return err
	}
	name, found := variableOf(parse.Name), environment[variableOf(parse.Name)]
	switch parse.Type {
	case reflect.TypeFor[bool]():
		return fmt.Errorf("%s: %q is not true or false", name, found)
	case reflect.TypeFor[int]():
		return fmt.Errorf("%s: %q is not a whole number", name, found)
	case reflect.TypeFor[slog.Level]():
		return fmt.Errorf("%s: %q is not debug, info, warn or error", name, found)
	case reflect.TypeFor[time.Duration]():
		return fmt.Errorf("%s: %q is not a length of time: it must look like 90s, 15m, 12h or 7d", name, found)
	}
	return fmt.Errorf("%s: %w", name, parse.Err)
}

// variableOf returns the variable that fills a field of settings.
func variableOf(field string) string {
	if f, ok := reflect.TypeFor[settings]().FieldByName(field); ok {
		name, _, _ := strings.Cut(f.Tag.Get("env"), ",")
		return name
	}
	return field
}

// unreadable returns an error about a file without the name of the system's function.
func unreadable(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("%s cannot be read: %w", path.Path, path.Err)
	}
	return err
}

// daysMax is how many days a length of time may have. More do not fit into a [time.Duration].
const daysMax = 36_500

var days = regexp.MustCompile(`^(\d{1,9})d(.*)$`)

// parseDuration reads a length of time as package time does, and days before it: 7d, 1d12h.
func parseDuration(text string) (any, error) {
	of := days.FindStringSubmatch(text)
	if of == nil {
		return time.ParseDuration(text)
	}
	n, err := strconv.Atoi(of[1])
	if err != nil || n > daysMax {
		return nil, errors.New("too many days")
	}
	var rest time.Duration
	if of[2] != "" {
		rest, err = time.ParseDuration(of[2])
	}
	return time.Duration(n)*24*time.Hour + rest, err
}

// variable is the name of a setting where a complaint begins with it.
var variable = regexp.MustCompile(`^(?:[A-Z][A-Z_]+[A-Z]|https?_proxy)`)

// once leaves out complaints about variables that the earlier ones complain of: of a value that can't be
// read there is nothing more to say.
func once(earlier, more []error) (kept []error) {
	known := map[string]bool{}
	for _, err := range earlier {
		known[variable.FindString(err.Error())] = true
	}
	for _, err := range more {
		if !known[variable.FindString(err.Error())] {
			kept = append(kept, err)
		}
	}
	return kept
}
