package slacksim_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// FuzzRequests sends the Web API whatever bodies: it answers JSON, whatever they say.
func FuzzRequests(f *testing.F) {
	f.Add("chat.postMessage", "application/json", `{"channel":"C0DEMO00002","text":7,"blocks":"[{}]","metadata":{"event_type":"x","event_payload":{"a":[1]}}}`)
	f.Add("chat.postMessage", "application/x-www-form-urlencoded", `channel=C0DEMO00002&text=hi&blocks=%5B%5D&thread_ts=1.2`)
	f.Add("chat.update", "application/json", `{"channel":"C0DEMO00002","ts":"1","blocks":null}`)
	f.Add("views.publish", "application/json", `{"user_id":"U0DEMOBOT01","view":{"type":"home","blocks":[]}}`)
	f.Add("conversations.members", "application/json", `{"channel":"C0DEMO00002","cursor":"bmV4dDox","limit":1}`)
	f.Add("users.info", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"user\"\r\n\r\nU1\r\n--x--")
	f.Add("chat.postMessage", "application/json", `[]`)
	f.Fuzz(func(t *testing.T, method, kind, body string) {
		if strings.ContainsAny(method, "/?#% \x7f") || strings.ContainsFunc(method, func(r rune) bool { return r < ' ' }) || method == "" || strings.Trim(method, ".") == "" {
			t.Skip()
		}
		w := slacksim.New()
		defer w.Close()
		w.AddChannel(slacksim.Channel{Name: "general", Members: []string{w.BotUser()}})
		r := httptest.NewRequest(http.MethodPost, "/api/method", strings.NewReader(body))
		r.URL.Path = "/api/" + method
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Authorization", "Bearer "+w.BotToken())
		rw := httptest.NewRecorder()
		w.ServeHTTP(rw, r)
		var answer struct {
			OK    *bool
			Error string
		}
		if err := json.Unmarshal(rw.Body.Bytes(), &answer); err != nil || answer.OK == nil || !*answer.OK && answer.Error == "" {
			t.Errorf("%s: %d %q: %v", method, rw.Code, rw.Body, err)
		}
	})
}

// FuzzTypedText checks that whatever people type reaches the app as text in which angle
// brackets stand around markup alone.
func FuzzTypedText(f *testing.F) {
	for _, text := range []string{
		"guest @bob <@U1> & #general", `"https://x.test/<a>" a@b.test`, "@here@bob@", "#", "@-._", "http://", "\x80@bob",
	} {
		f.Add(text)
	}
	markup := regexp.MustCompile(`<[^<>]*>`)
	f.Fuzz(func(t *testing.T, typed string) {
		w := slacksim.New()
		defer w.Close()
		bob := w.AddUser(slacksim.User{Name: "bob"}).ID
		general := w.AddChannel(slacksim.Channel{Name: "general", Members: []string{bob}}).ID
		if strings.HasPrefix(typed, "/") {
			t.Skip()
		}
		w.Type(bob, general, typed) // a line that is posted is written like a command's text
		text := w.Messages(general)[0].Text
		if rest := markup.ReplaceAllString(text, ""); strings.ContainsAny(rest, "<>") {
			t.Errorf("%q became %q", typed, text)
		}
	})
}
