package demo

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestPageAnswersItselfOnly(t *testing.T) {
	s := NewServers("http://127.0.0.1:9")
	defer s.Close()
	page := s.Page()
	for name, tt := range map[string]struct {
		host, header, value string
		want                int
	}{
		"the page itself":      {"127.0.0.1:8090", "Sec-Fetch-Site", "same-origin", 204},
		"a program":            {"127.0.0.1:8090", "X", "y", 204},
		"localhost":            {"localhost:8090", "Sec-Fetch-Site", "same-origin", 204},
		"another site":         {"127.0.0.1:8090", "Sec-Fetch-Site", "cross-site", 403},
		"another port":         {"127.0.0.1:8090", "Sec-Fetch-Site", "same-site", 403},
		"another origin":       {"127.0.0.1:8090", "Origin", "https://evil.test", 403},
		"a name pointing here": {"evil.test:8090", "Sec-Fetch-Site", "same-origin", 403},
	} {
		r := httptest.NewRequest(http.MethodPost, "http://"+tt.host+"/api/act", strings.NewReader(`{"do":"type","as":"U0DEMOANN01","channel":"C0DEMOGEN01","text":"hello"}`))
		r.Header.Set(tt.header, tt.value)
		w := httptest.NewRecorder()
		page.ServeHTTP(w, r)
		if w.Code != tt.want {
			t.Errorf("%s: %d, want %d", name, w.Code, tt.want)
		}
	}
	if n := len(s.Workspace.Messages("C0DEMOGEN01")); n != 3 {
		t.Errorf("%d messages were posted, want those of the three who may", n)
	}
}

func TestPageAsksNobodyElse(t *testing.T) {
	s := NewServers("http://127.0.0.1:9")
	defer s.Close()
	server := httptest.NewServer(s.Page())
	defer server.Close()
	for _, path := range []string{"/", "/app.js", "/blocks.js", "/modal.js", "/tour.js", "/style.css"} {
		resp, err := http.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if policy := resp.Header.Get("Content-Security-Policy"); resp.StatusCode != http.StatusOK || !strings.Contains(policy, "default-src 'self'") {
			t.Errorf("%s: %d, policy %q", path, resp.StatusCode, policy)
		}
		for _, outside := range []string{"https://", "http://", "//cdn", ".innerHTML = "} {
			if strings.Contains(string(body), outside) {
				t.Errorf("%s holds %q", path, outside)
			}
		}
	}
}
