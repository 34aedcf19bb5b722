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

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/slackapi"
)

// said is a message as Slack's history shows it.
func saidBy(user string, mark slack.SlackMetadata) map[string]any {
	return map[string]any{
		"type": "message", "user": user, "ts": "1790000000.000100",
		"metadata": map[string]any{"event_type": mark.EventType, "event_payload": mark.EventPayload},
	}
}

func TestFindMessageReadsThreadAndChannel(t *testing.T) {
	since := time.Unix(1_790_000_000, 0)
	bob := invitation.Invitee{ID: "U0BOB", Person: invitation.Person{ChatUser: "U0BOB"}, Since: since}
	inv := invitation.Invitation{ID: "inv1", Request: invitation.Request{Channel: "C1"}, Card: invitation.Card{Channel: "C1", Message: "1.1"}}
	card, confirmed := mark(inv, invitation.EffectCard, bob), mark(inv, invitation.EffectConfirmation, bob)
	removed := mark(inv, invitation.EffectRemoval, bob)
	later := bob
	later.Since = since.Add(time.Hour)
	another := invitation.Invitation{ID: "inv2"}

	page := func(next string, messages ...map[string]any) map[string]any {
		return map[string]any{"ok": true, "messages": messages, "response_metadata": map[string]any{"next_cursor": next}}
	}
	wrong := func(code string) map[string]any { return map[string]any{"ok": false, "error": code} }
	for name, tt := range map[string]struct {
		effect invitation.Effect
		who    invitation.Invitee
		pages  []map[string]any
		want   error
	}{
		"the card":                     {invitation.EffectCard, bob, []map[string]any{page("", saidBy("U0BOT", card))}, nil},
		"on the second page":           {invitation.EffectCard, bob, []map[string]any{page("next", saidBy("U0BOT", confirmed)), page("", saidBy("U0BOT", card))}, nil},
		"a confirmation":               {invitation.EffectConfirmation, bob, []map[string]any{page("", saidBy("U0BOT", removed), saidBy("U0BOT", confirmed))}, nil},
		"nothing":                      {invitation.EffectCard, bob, []map[string]any{page("")}, invitation.NotThere},
		"someone else's with the mark": {invitation.EffectCard, bob, []map[string]any{page("", saidBy("U0EVE", card))}, invitation.NotThere},
		"another invitation's":         {invitation.EffectCard, bob, []map[string]any{page("", saidBy("U0BOT", cardMark(another.ID)))}, invitation.NotThere},
		"what was said of them before": {invitation.EffectRemoval, later, []map[string]any{page("", saidBy("U0BOT", removed))}, invitation.NotThere},
		"no thread any more":           {invitation.EffectConfirmation, bob, []map[string]any{wrong("thread_not_found")}, invitation.NotThere},
		"no scope":                     {invitation.EffectCard, bob, []map[string]any{wrong("missing_scope")}, invitation.CannotTell},
		"not in the channel":           {invitation.EffectCard, bob, []map[string]any{wrong("not_in_channel")}, invitation.CannotTell},
		"slack fails":                  {invitation.EffectCard, bob, []map[string]any{wrong("internal_error")}, invitation.ChatDown},
		"too much was said":            {invitation.EffectCard, bob, repeatPage(page("next"), pagesMax), invitation.CannotTell},
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
			found, err := m.FindMessage(t.Context(), inv, tt.effect, []invitation.Invitee{tt.who}, since)
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

func TestMetadataHoldsNoAddress(t *testing.T) {
	inv := invitation.Invitation{ID: "inv1"}
	v := invitation.Invitee{ID: "mail-abc", Person: invitation.Person{Email: "carol@acme.test"}}
	for _, effect := range invitation.Effects() {
		for key, value := range mark(inv, effect, v).EventPayload {
			if key != "invitation" && key != "effect" || value == v.ID || value == v.Email {
				t.Errorf("the mark of a %s tells %s = %v", effect, key, value)
			}
		}
	}
}
