package secret

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/docspace-invite-bot/bot/internal/grace"
)

const (
	// lookEvery is how often a file is read again while its secret is in use.
	lookEvery = 2 * time.Second
	// settle is how long a new value must have stood in the file, unchanged, before it is taken
	// up: whoever writes it may be in the middle of it.
	settle = time.Second
	// fileMax bounds a file, in bytes. It is longer than any token.
	fileMax = 16 << 10
	// formerMax is how many earlier values are remembered, to be hidden.
	formerMax = 8
)

// source is where a value comes from.
type source struct {
	current atomic.Pointer[string]
	path    string             // "" for a value that stays
	check   func(string) error // whether what stands there can be the secret
	changed func(error)

	// looking is held by whoever reads the file. Nobody waits for it: a value that was good a
	// moment ago does.
	looking   sync.Mutex
	looked    time.Time // when the file was read last
	candidate string    // what stood there then, if it is not the current value
	since     time.Time // how long the candidate has stood there
	refused   string    // the last content that was told of as no secret

	mu     sync.Mutex
	former []string
}

// File returns the secret that the file holds, without space around it, and keeps to what the
// file holds later: whoever renews it rewrites the file, or puts another in its place. What
// check refuses, an empty file and one that cannot be read never replace a value that was good.
// The error names the file, and nothing of what it holds.
func File(path string, check func(string) error) (Value, error) {
	kept := &source{path: path, check: check, looked: time.Now()}
	value, err := kept.read()
	if err != nil {
		return Value{}, err
	}
	kept.current.Store(&value)
	return Value{kept}, nil
}

// read reads the file. The value is what stands there also where the error says that it is no
// secret.
func (s *source) read() (string, error) {
	file, err := os.Open(s.path)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, fileMax+1))
	value := strings.TrimSpace(string(content))
	switch {
	case err != nil:
		return "", err
	case len(content) > fileMax:
		return "", fmt.Errorf("%s is too long to hold a secret", s.path)
	case value == "":
		return "", fmt.Errorf("%s is empty", s.path)
	case strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' }):
		return "", fmt.Errorf("%s must hold the secret alone, on one line", s.path)
	}
	if s.check != nil {
		if err := s.check(value); err != nil {
			return value, fmt.Errorf("%s: %w", s.path, err)
		}
	}
	return value, nil
}

// refresh reads the file if that was not done lately.
func (s *source) refresh() {
	if s.path == "" || !s.looking.TryLock() {
		return
	}
	defer s.looking.Unlock()
	if time.Since(s.looked) >= lookEvery {
		s.look()
	}
}

// look reads the file and takes up what has settled there. Call it with looking held.
func (s *source) look() {
	now := time.Now()
	s.looked = now
	value, err := s.read()
	switch {
	case err != nil:
		s.candidate = ""
		if problem := err.Error() + value; problem != s.refused {
			s.refused = problem
			s.tell(fmt.Errorf("the value from before stays in use: %w", err))
		}
		return
	case value == *s.current.Load():
		s.candidate, s.refused = "", ""
		return
	case value != s.candidate:
		s.candidate, s.since = value, now
		return
	case now.Sub(s.since) < settle:
		return
	}
	s.take(value)
}

// take puts a new value in the place of the current one, which is remembered to be hidden.
func (s *source) take(value string) {
	old := s.current.Swap(&value)
	s.candidate, s.refused = "", ""
	s.mu.Lock()
	s.former = append(s.former, *old)
	if len(s.former) > formerMax {
		s.former = s.former[1:]
	}
	s.mu.Unlock()
	s.tell(nil)
}

func (s *source) tell(err error) {
	if s.changed != nil {
		s.changed(err)
	}
}

// renewed tells whether there is another value than the one that was refused. See [Value.Renewed].
func (s *source) renewed(ctx context.Context, used string) bool {
	for {
		if *s.current.Load() != used {
			return true
		}
		if s.path == "" {
			return false
		}
		s.looking.Lock()
		s.look()
		pending := s.candidate != ""
		s.looking.Unlock()
		switch {
		case *s.current.Load() != used:
			return true
		case !pending || !grace.Sleep(ctx, settle):
			return false
		}
	}
}
