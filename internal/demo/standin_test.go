package demo_test

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/docspace-invite-bot/bot/internal/demo"
)

// m is a JSON object.
type m map[string]any

// stage is a demo on loopback, with an app that this file writes down by hand: the page must
// not depend on what the real bot says.
type stage struct {
	t       *testing.T
	servers *demo.Servers
	url     string
	apps    sync.WaitGroup
}

// newStage raises the curtain. A manifest, if one is given, is installed.
func newStage(t *testing.T, manifest ...string) *stage {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{t: t, servers: demo.NewServers("http://" + listener.Addr().String())}
	for _, each := range manifest {
		if err := s.servers.Install(each); err != nil {
			t.Fatal(err)
		}
	}
	portal := httptest.NewUnstartedServer(s.servers.Portal)
	_ = portal.Listener.Close()
	portal.Listener = listener
	portal.Start()
	page := httptest.NewServer(s.servers.Page())
	s.url = page.URL
	t.Cleanup(func() {
		s.servers.Close()
		s.apps.Wait()
		page.CloseClientConnections()
		page.Close()
		portal.CloseClientConnections()
		portal.Close()
	})
	return s
}

// call calls the Web API as the app, and returns the answer.
func (s *stage) call(method string, arguments m) m {
	s.t.Helper()
	token := s.servers.Workspace.BotToken()
	if method == "apps.connections.open" {
		token = s.servers.Workspace.AppToken()
	}
	body, _ := json.Marshal(arguments)
	r, _ := http.NewRequest(http.MethodPost, s.url+"/slack/api/"+method, strings.NewReader(string(body)))
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Error(err)
		return nil
	}
	defer resp.Body.Close()
	var answer m
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || answer["ok"] != true {
		s.t.Errorf("%s: %v, %v", method, err, answer)
	}
	return answer
}

// post posts as the app and returns the message's timestamp.
func (s *stage) post(channel, thread, text string, blocks ...m) string {
	s.t.Helper()
	arguments := m{"channel": channel, "text": text}
	if thread != "" {
		arguments["thread_ts"] = thread
	}
	if len(blocks) > 0 {
		arguments["blocks"] = blocks
	}
	ts, _ := s.call("chat.postMessage", arguments)["ts"].(string)
	return ts
}

// listen connects the app. It acknowledges every envelope with what heard returns for its
// payload, if that is not nil.
func (s *stage) listen(heard func(payload m) m) {
	s.t.Helper()
	address, _ := s.call("apps.connections.open", nil)["url"].(string)
	conn, resp, err := websocket.DefaultDialer.Dial(address, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	_ = resp.Body.Close()
	s.apps.Go(func() {
		defer conn.Close()
		for {
			var envelope struct {
				ID      string `json:"envelope_id"`
				Payload m      `json:"payload"`
			}
			if conn.ReadJSON(&envelope) != nil {
				return
			}
			if envelope.ID == "" {
				continue
			}
			ack := m{"envelope_id": envelope.ID}
			if answer := heard(envelope.Payload); answer != nil {
				ack["payload"] = answer
			}
			if conn.WriteJSON(ack) != nil {
				return
			}
		}
	})
}

// hear has the app put aside what it hears, after doing what it does for that. The channel
// holds more than a test makes it hear.
func (s *stage) hear(do func(payload m) m) <-chan m {
	heard := make(chan m, 100)
	s.listen(func(payload m) m {
		answer := do(payload)
		heard <- payload
		return answer
	})
	return heard
}

// dig returns what a JSON value holds at a path of keys and places in lists, or nil.
func dig(v any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			if o, ok := v.(m); ok {
				v = map[string]any(o)
			}
			o, _ := v.(map[string]any)
			v = o[step]
		case int:
			list, _ := v.([]any)
			if step >= len(list) {
				return nil
			}
			v = list[step]
		}
	}
	return v
}

// wants waits for the next thing that the app hears, and compares what it holds at a path.
func (s *stage) wants(heard <-chan m, want any, path ...any) m {
	s.t.Helper()
	select {
	case payload := <-heard:
		if got := dig(payload, path...); got != want {
			s.t.Errorf("the app heard %v at %v, want %v, in %v", got, path, want, payload)
		}
		return payload
	case <-time.After(20 * time.Second):
		s.t.Fatalf("the app heard nothing, want %v at %v", want, path)
		return nil
	}
}

// portal calls the portal's API as the bot does, and returns what it responds.
func (s *stage) portal(method, path string, sent m) any {
	s.t.Helper()
	var portal string
	for _, v := range s.servers.Env(s.url) {
		if v[0] == "DOCSPACE_URL" {
			portal = v[1]
		}
	}
	body, _ := json.Marshal(sent)
	r, _ := http.NewRequest(method, portal+"/api/2.0/"+path, strings.NewReader(string(body)))
	r.Header.Set("Authorization", "Bearer "+s.servers.Portal.APIKey())
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct{ Response any }
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || resp.StatusCode != http.StatusOK {
		s.t.Fatalf("%s: %d, %v", path, resp.StatusCode, err)
	}
	return answer.Response
}

// inviteLink asks the portal for a link, as the bot does.
func (s *stage) inviteLink() string {
	s.t.Helper()
	link, _ := s.portal(http.MethodGet, "portal/users/invite/User", nil).(string)
	if _, err := url.Parse(link); err != nil || link == "" {
		s.t.Fatalf("no link but %q", link)
	}
	return link
}

func text(kind, words string) m { return m{"type": kind, "text": words} }

// manifest is that of an app with all that the page can offer.
const manifest = `
features:
  app_home:
    home_tab_enabled: true
  shortcuts:
    - name: Invite people
      type: global
      callback_id: invite
      description: To DocSpace
    - name: Show invitations
      type: global
      callback_id: list
      description: Those that are open
    - name: Invite the writer
      type: message
      callback_id: invite_writer
      description: To DocSpace
`

func options(values ...string) []m {
	var list []m
	for _, v := range values {
		list = append(list, m{"text": text("plain_text", v), "value": v})
	}
	return list
}

func section(words string) m { return m{"type": "section", "text": text("mrkdwn", words)} }

// joinButton is an actions block with the button that leads to the portal.
func joinButton(link string) m {
	return m{"type": "actions", "elements": []m{
		{"type": "button", "action_id": "join", "text": text("plain_text", "Join DocSpace"), "url": link, "style": "primary"},
	}}
}
