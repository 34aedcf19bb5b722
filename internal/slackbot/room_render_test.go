package slackbot

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/slackapi"
)

// TestRoomsOpenOnlyOnTheWeb: what a portal says must not become a button to somewhere else.
func TestRoomsOpenOnlyOnTheWeb(t *testing.T) {
	for address, want := range map[string]bool{
		"https://acme.docspace.example/rooms/shared/11?a=b#c": true,
		"http://acme.test/rooms/shared/11":                    true,
		"":                                                    false,
		"javascript:alert(1)":                                 false,
		"slack://open":                                        false,
		"/rooms/shared/11":                                    false,
		"https://":                                            false,
		"https://acme.test@evil.test/":                        false,
		"https://acme.test/a b":                               false,
		"https://acme.test/<!channel>":                        false,
		"https://acme.test/\u202egnp":                         false,
		"https://acme.test/" + strings.Repeat("x", urlMax): false,
	} {
		if got := english.roomButton(invitation.Room{Title: "Q3", URL: address}) != nil; got != want {
			t.Errorf("a room at %.60q has a button: %v, want %v", address, got, want)
		}
	}
}

// TestRoomsCalledLikeIDs are named, and mention no one.
func TestRoomsCalledLikeIDs(t *testing.T) {
	for _, reason := range []invitation.Reason{
		invitation.RoomUnknown, invitation.RoomAmbiguous, invitation.RoomArchived, invitation.RoomDenied, invitation.RoomNotYours,
	} {
		if words := english.explain(invitation.Refusal{Reason: reason, About: "SALES"}, invitation.User, ""); !strings.Contains(words, "“SALES”") {
			t.Errorf("%s is explained by %q", reason, words)
		}
		inv := intoRoom(sample)
		if inv.Refusal.Reason = reason; !strings.Contains(english.renderRefusal(inv).Text, "“Q3 planning”") {
			t.Errorf("%s without a title is explained by %q", reason, english.renderRefusal(inv).Text)
		}
	}
}

// TestFindLooksInDirectMessages for why a room was not shared, and why there is no link.
func TestFindLooksInDirectMessages(t *testing.T) {
	for _, effect := range []invitation.Effect{invitation.EffectNotShared, invitation.EffectNotLinked} {
		t.Run(string(effect), func(t *testing.T) { findsDirectly(t, effect) })
	}
}

func findsDirectly(t *testing.T, effect invitation.Effect) {
	t.Helper()
	since := time.Unix(1_790_000_000, 0)
	inv := intoRoom(sample)
	var opened string
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/conversations.open":
			opened = r.FormValue("users")
			_, _ = rw.Write([]byte(`{"ok":true,"channel":{"id":"D0ANN"}}`))
		case "/conversations.history":
			if r.FormValue("channel") != "D0ANN" {
				t.Errorf("looked in %s", r.FormValue("channel"))
			}
			_ = json.NewEncoder(rw).Encode(map[string]any{"ok": true, "messages": []any{saidBy("U0BOT", mark(inv, effect))}})
		default:
			t.Errorf("asked %s", r.URL.Path)
		}
	}))
	defer server.Close()
	m := NewMessenger(slackapi.New(slackapi.Options{URL: server.URL + "/", HTTP: slackapi.HTTPClient(http.DefaultTransport)}), MessengerOptions{BotUser: "U0BOT"})
	found, err := m.FindMessage(t.Context(), inv, effect, nil, since)
	if err != nil || found.Channel != "D0ANN" || opened != string(inv.Inviter) {
		t.Errorf("FindMessage = %v, %v, in the conversation with %s", found, err, opened)
	}
	if _, err = m.FindMessage(t.Context(), invitation.Invitation{ID: "other", Request: inv.Request}, effect, nil, since); !errors.Is(err, invitation.NotThere) {
		t.Errorf("another invitation's is found: %v", err)
	}
}
