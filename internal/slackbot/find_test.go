package slackbot

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/slackapi"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// said is a message as Slack's history shows it.
func saidBy(user string, mark slack.SlackMetadata) map[string]any {
	return map[string]any{
		"type": "message", "user": user, "ts": "1790000000.000100",
		"metadata": map[string]any{"event_type": mark.EventType, "event_payload": mark.EventPayload},
	}
}

func TestFind(t *testing.T) {
	since := time.Unix(1_790_000_000, 0)
	bob := tracker.Invitee{ID: "U0BOB", Person: tracker.Person{ChatUser: "U0BOB"}, Since: since}
	inv := tracker.Invitation{ID: "inv1", Request: tracker.Request{Channel: "C1"}, Card: tracker.Card{Channel: "C1", Message: "1.1"}}
	card, confirmed := mark(inv, tracker.EffectCard, bob), mark(inv, tracker.EffectConfirmation, bob)
	removed := mark(inv, tracker.EffectRemoval, bob)
	later := bob
	later.Since = since.Add(time.Hour)
	another := tracker.Invitation{ID: "inv2"}

	page := func(next string, messages ...map[string]any) map[string]any {
		return map[string]any{"ok": true, "messages": messages, "response_metadata": map[string]any{"next_cursor": next}}
	}
	wrong := func(code string) map[string]any { return map[string]any{"ok": false, "error": code} }
	for name, tt := range map[string]struct {
		effect tracker.Effect
		who    tracker.Invitee
		pages  []map[string]any
		want   error
	}{
		"the card":                      {tracker.EffectCard, bob, []map[string]any{page("", saidBy("U0BOT", card))}, nil},
		"on the second page":            {tracker.EffectCard, bob, []map[string]any{page("next", saidBy("U0BOT", confirmed)), page("", saidBy("U0BOT", card))}, nil},
		"a confirmation":                {tracker.EffectConfirmation, bob, []map[string]any{page("", saidBy("U0BOT", removed), saidBy("U0BOT", confirmed))}, nil},
		"nothing":                       {tracker.EffectCard, bob, []map[string]any{page("")}, tracker.NotThere},
		"somebody else's with the mark": {tracker.EffectCard, bob, []map[string]any{page("", saidBy("U0EVE", card))}, tracker.NotThere},
		"another invitation's":          {tracker.EffectCard, bob, []map[string]any{page("", saidBy("U0BOT", cardMark(another.ID)))}, tracker.NotThere},
		"what was said of them before":  {tracker.EffectRemoval, later, []map[string]any{page("", saidBy("U0BOT", removed))}, tracker.NotThere},
		"no thread any more":            {tracker.EffectConfirmation, bob, []map[string]any{wrong("thread_not_found")}, tracker.NotThere},
		"no scope":                      {tracker.EffectCard, bob, []map[string]any{wrong("missing_scope")}, tracker.CannotTell},
		"not in the channel":            {tracker.EffectCard, bob, []map[string]any{wrong("not_in_channel")}, tracker.CannotTell},
		"slack fails":                   {tracker.EffectCard, bob, []map[string]any{wrong("internal_error")}, tracker.ChatDown},
		"too much was said":             {tracker.EffectCard, bob, repeatPage(page("next"), pagesMax), tracker.CannotTell},
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if oldest := r.FormValue("oldest"); oldest != fmt.Sprint(since.Add(-clockSlack).Unix()) || r.FormValue("include_all_metadata") == "" {
					t.Errorf("asked with %v", r.Form)
				}
				_ = json.NewEncoder(rw).Encode(tt.pages[min(asked, len(tt.pages)-1)])
				asked++
			}))
			defer server.Close()
			m := NewMessenger(slackapi.New(slackapi.Options{URL: server.URL + "/", HTTP: slackapi.HTTPClient(http.DefaultTransport)}), MessengerOptions{BotUser: "U0BOT"})
			found, err := m.Find(t.Context(), inv, tt.effect, []tracker.Invitee{tt.who}, since)
			if !errors.Is(err, tt.want) || tt.want == nil && (err != nil || found.Message != "1790000000.000100") {
				t.Errorf("Find = %v, %v; want %v", found, err, tt.want)
			}
			if asked != len(tt.pages) {
				t.Errorf("%d pages were read, want %d", asked, len(tt.pages))
			}
		})
	}
}

func repeatPage(page map[string]any, n int) []map[string]any {
	pages := make([]map[string]any, n)
	for i := range pages {
		pages[i] = page
	}
	return pages
}

func TestMarksTellNoAddress(t *testing.T) {
	inv := tracker.Invitation{ID: "inv1"}
	v := tracker.Invitee{ID: "mail-abc", Person: tracker.Person{Email: "carol@acme.test"}}
	for _, effect := range tracker.Effects() {
		for key, value := range mark(inv, effect, v).EventPayload {
			if key != "invitation" && key != "effect" || value == v.ID || value == v.Email {
				t.Errorf("the mark of a %s tells %s = %v", effect, key, value)
			}
		}
	}
}
