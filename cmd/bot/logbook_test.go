package main

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// logBook keeps what the bot logs.
type logBook struct {
	mu    sync.Mutex
	lines []string
}

func (l *logBook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, strings.TrimSpace(string(p)))
	return len(p), nil
}

// String returns the last lines.
func (l *logBook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := l.lines
	if len(lines) > 40 {
		lines = lines[len(lines)-40:]
	}
	return strings.Join(lines, "\n")
}

// text returns all lines.
func (l *logBook) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "\n")
}

// count returns how many lines hold the text.
func (l *logBook) count(text string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.lines {
		if strings.Contains(line, text) {
			n++
		}
	}
	return n
}

// logged returns the values of each line.
func (l *logBook) logged(t *testing.T) (lines []map[string]any) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.lines {
		var values map[string]any
		if err := json.Unmarshal([]byte(line), &values); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		lines = append(lines, values)
	}
	return lines
}

// linkOf returns the address behind a card's Join button.
func linkOf(t *testing.T, card slacksim.Message) string {
	t.Helper()
	var blocks []struct {
		Elements []struct {
			ActionID string `json:"action_id"`
			URL      string `json:"url"`
		} `json:"elements"`
	}
	// Elements of other blocks are other things; what is not a button has no url.
	if err := json.Unmarshal(card.Blocks, &blocks); err != nil {
		t.Fatalf("the card's blocks: %v", err)
	}
	for _, block := range blocks {
		for _, element := range block.Elements {
			if element.ActionID == "join" {
				return element.URL
			}
		}
	}
	t.Fatalf("the card has no Join button: %s", card.Blocks)
	return ""
}

func channelWith(w *world, name string, members ...string) slacksim.Channel {
	return slacksim.Channel{Name: name, Members: append(members, w.slack.BotUser())}
}

// bubble runs a test in a world in fake time without starting the bot.
func bubble(t *testing.T, tell func(w *world)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { tell(newWorld(t)) })
}

// formValues are what someone fills in; the channel stays as it was proposed.
func formValues(role string, people []string, emails, note string) map[string]map[string]any {
	return map[string]map[string]any{
		"role": {"form_role": role}, "people": {"value": people}, "emails": {"value": emails}, "note": {"value": note},
	}
}
