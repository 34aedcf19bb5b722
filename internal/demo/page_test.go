package demo_test

import (
	"bufio"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/demo"
)

const (
	general = "C0DEMOGEN01"
	ann     = "U0DEMOANN01"
	bob     = "U0DEMOBOB01"
)

// ask sends one request to the page's handler.
func ask(page http.Handler, method, target, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	page.ServeHTTP(w, r)
	return w
}

func TestPageAnswersItselfOnly(t *testing.T) {
	s := demo.NewServers("http://127.0.0.1:9")
	defer s.Close()
	page := s.Page()
	for name, tt := range map[string]struct {
		host, header, value string
		want                int
	}{
		"the page itself":      {"127.0.0.1:8090", "Sec-Fetch-Site", "same-origin", 204},
		"a program":            {"127.0.0.1:8090", "X", "y", 204},
		"localhost":            {"localhost:8090", "Sec-Fetch-Site", "same-origin", 204},
		"the other loopback":   {"[::1]:8090", "Origin", "http://[::1]:8090", 204},
		"without a port":       {"127.0.0.1", "Sec-Fetch-Site", "same-origin", 204},
		"another site":         {"127.0.0.1:8090", "Sec-Fetch-Site", "cross-site", 403},
		"another port":         {"127.0.0.1:8090", "Sec-Fetch-Site", "same-site", 403},
		"another origin":       {"127.0.0.1:8090", "Origin", "https://evil.test", 403},
		"a sandboxed frame":    {"127.0.0.1:8090", "Origin", "null", 403},
		"a name pointing here": {"evil.test:8090", "Sec-Fetch-Site", "same-origin", 403},
	} {
		before := len(s.Workspace.Messages(general))
		got := ask(page, http.MethodPost, "http://"+tt.host+"/api/act", `{"do":"type","as":"`+ann+`","channel":"`+general+`","text":"hello"}`, tt.header, tt.value).Code
		if got != tt.want {
			t.Errorf("%s: %d, want %d", name, got, tt.want)
		}
		if posted := len(s.Workspace.Messages(general)) - before; (posted == 1) != (tt.want == 204) {
			t.Errorf("%s: %d messages were posted", name, posted)
		}
	}
}

// The page must work without a network, and must not take data for HTML.
func TestPageAsksNobodyElse(t *testing.T) {
	s := demo.NewServers("http://127.0.0.1:9")
	defer s.Close()
	page := s.Page()
	err := fs.WalkDir(os.DirFS("web"), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		answer := ask(page, http.MethodGet, "http://127.0.0.1:8090/"+strings.TrimSuffix(path, "index.html"), "")
		policy := answer.Header().Get("Content-Security-Policy")
		if answer.Code != http.StatusOK || !strings.HasPrefix(policy, "default-src 'self';") || !strings.HasSuffix(policy, "frame-src http://127.0.0.1:9") {
			t.Errorf("%s: %d, policy %q", path, answer.Code, policy)
		}
		body := strings.ReplaceAll(answer.Body.String(), "http://www.w3.org/2000/svg", "")
		for _, bad := range []string{"https://", "http://", "//cdn", ".innerHTML", "insertAdjacentHTML", "document.write", "eval("} {
			if strings.Contains(body, bad) {
				t.Errorf("%s holds %q", path, bad)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What cannot be done is told as people would read it.
func TestActsThatCannotBeDone(t *testing.T) {
	s := demo.NewServers("http://127.0.0.1:9")
	defer s.Close()
	page := s.Page()
	for name, tt := range map[string]struct {
		act  string
		code int
		says string
	}{
		"an archived channel":   {`{"do":"type","as":"U0DEMOANN01","channel":"C0DEMOOLD01","text":"hi"}`, 409, "archived"},
		"somebody outside":      {`{"do":"type","as":"U0DEMOEVE01","channel":"C0DEMOGEN01","text":"hi"}`, 409, "not in that channel"},
		"no such message":       {`{"do":"press","as":"U0DEMOANN01","channel":"C0DEMOGEN01","ts":"1.2","action":"join"}`, 409, "not there any more"},
		"no such dialog":        {`{"do":"submit","as":"U0DEMOANN01","view":"V1"}`, 409, "not open"},
		"no dialog to press in": {`{"do":"press","as":"U0DEMOANN01","view":"V1","action":"more","chosen":["a"]}`, 409, "not open"},
		"a shortcut in vain":    {`{"do":"shortcut","as":"U0DEMOANN01","action":"invite"}`, 409, "no bot is connected"},
		"from no message":       {`{"do":"shortcut","as":"U0DEMOANN01","channel":"C0DEMOGEN01","ts":"1.2","action":"invite"}`, 409, "not there any more"},
		"a Home in vain":        {`{"do":"home","as":"U0NOBODY"}`, 409, "user_not_found"},
		"nobody to disable":     {`{"do":"disable","email":"nobody@acme.example"}`, 409, "no such account"},
		"to invite no one":      {`{"do":"type","as":"U0DEMOANN01","channel":"C0DEMOSEC01","text":"/invite"}`, 409, "/invite @docspace"},
		"to invite a stranger":  {`{"do":"type","as":"U0DEMOANN01","channel":"C0DEMOSEC01","text":"/invite @nobody"}`, 409, "no one called @nobody"},
		"to invite elsewhere":   {`{"do":"type","as":"U0DEMOBOB01","channel":"C0DEMOSEC01","text":"/invite @docspace"}`, 409, "not in that channel"},
		"to an archived place":  {`{"do":"type","as":"U0DEMOANN01","channel":"C0DEMOOLD01","text":"/invite @docspace"}`, 409, "archived"},
		"unknown trouble":       {`{"do":"trouble","action":"earthquake","on":true}`, 400, "not understood"},
		"an unknown act":        {`{"do":"dance"}`, 400, "not understood"},
		"no JSON":               {`{`, 400, "not understood"},
		"too much":              {`{"text":"` + strings.Repeat("x", 70<<10) + `"}`, 400, "not understood"},
		// Without a bot Slackbot tells who typed: the page has nothing to add.
		"a command without a bot": {`{"do":"type","as":"U0DEMOANN01","channel":"C0DEMOGEN01","text":"/docspace-invite"}`, 204, ""},
		"an unknown command":      {`{"do":"type","as":"U0DEMOANN01","channel":"C0DEMOGEN01","text":"/dance"}`, 204, ""},
	} {
		answer := ask(page, http.MethodPost, "http://127.0.0.1/api/act", tt.act)
		if answer.Code != tt.code || !strings.Contains(answer.Body.String(), tt.says) {
			t.Errorf("%s: %d %q, want %d and %q", name, answer.Code, answer.Body, tt.code, tt.says)
		}
	}
	if notes := s.Workspace.Ephemerals(ann); len(notes) != 2 {
		t.Errorf("Slackbot said %d things, want 2", len(notes))
	}
}

func TestTroubleComesAndGoes(t *testing.T) {
	st := newStage(t)
	portalAnswers := func() int {
		resp, err := http.Get(st.servers.Env(st.url)[3][1])
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	trouble := func(name string, on string) {
		t.Helper()
		if got := ask(st.servers.Page(), http.MethodPost, "http://127.0.0.1/api/act", `{"do":"trouble","action":"`+name+`","on":`+on+`}`).Code; got != 204 {
			t.Fatalf("%s %s: %d", name, on, got)
		}
	}
	listed := func() string {
		body := ask(st.servers.Page(), http.MethodGet, "http://127.0.0.1/api/state?as="+ann, "").Body.String()
		_, list, _ := strings.Cut(body, `"trouble":`)
		return strings.TrimRight(list, "}\n")
	}
	trouble("portal-down", "true")
	trouble("portal-down", "true") // twice on is once on
	trouble("twice", "true")
	trouble("refresh", "true") // is over at once
	if got := portalAnswers(); got != http.StatusBadGateway {
		t.Errorf("the portal that is down answers %d", got)
	}
	if got := listed(); got != `["portal-down","twice"]` {
		t.Errorf("trouble is %s", got)
	}
	trouble("portal-down", "false")
	trouble("twice", "false")
	if got := portalAnswers(); got != http.StatusOK {
		t.Errorf("the portal that is up again answers %d", got)
	}
	if got := listed(); got != `[]` {
		t.Errorf("trouble is %s", got)
	}
}

// The stream tells of changes on both sides, and ends with the servers.
func TestStreamTellsOfChanges(t *testing.T) {
	st := newStage(t)
	resp, err := http.Get(st.url + "/api/changes")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	events := make(chan string)
	go func() {
		defer close(events)
		for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				events <- data
			}
		}
	}()
	next := func(what string) {
		t.Helper()
		select {
		case <-events:
		case <-time.After(10 * time.Second):
			t.Fatalf("nothing was told of %s", what)
		}
	}
	next("the beginning")
	st.servers.Workspace.Type(ann, general, "hello")
	next("a message")
	st.servers.Portal.InviteByEmail("dora@acme.example", "User")
	next("an account")
	st.servers.Close()
	for range events { // until the stream ends
	}
	if _, err := io.ReadAll(resp.Body); err != nil {
		t.Errorf("the stream was cut: %v", err)
	}
}
