package slacksim_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// BenchmarkCommand is the way of a command to an app over TCP and of its acknowledgement
// back: what the workspace itself adds to what is measured of the bot.
func BenchmarkCommand(b *testing.B) {
	w := slacksim.New()
	server := httptest.NewServer(w)
	defer server.Close()
	defer w.Close()
	ann := w.AddUser(slacksim.User{Name: "ann"}).ID
	general := w.AddChannel(slacksim.Channel{Name: "general", Members: []string{ann, w.BotUser()}}).ID

	rw, r := newRequest("POST", server.URL+"/api/apps.connections.open", w.AppToken(), "")
	w.ServeHTTP(rw, r)
	_, after, _ := strings.Cut(rw.Body.String(), `"url":"`)
	address, _, _ := strings.Cut(after, `"`)
	ws, _, err := websocket.DefaultDialer.DialContext(b.Context(), address, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = ws.Close() }()
	go func() {
		for {
			var frame struct {
				ID string `json:"envelope_id"`
			}
			if ws.ReadJSON(&frame) != nil {
				return
			}
			if frame.ID != "" && ws.WriteJSON(m{"envelope_id": frame.ID}) != nil {
				return
			}
		}
	}()
	if err := w.Await(b.Context(), func() bool { return w.Connections() == 1 }); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := w.Type(ann, general, "/docspace-invite guest").Wait(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
