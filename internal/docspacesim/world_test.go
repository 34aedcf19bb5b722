package docspacesim

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const host = "https://acme.docspace.example"

// answered is an answer of the portal's API.
type answered struct {
	status int
	header http.Header
	body   string
}

// ask sends the portal a request such as "GET people/@self" with its own key. Headers come
// in pairs; an empty value takes the header away.
func ask(p *Portal, request, body string, headers ...string) answered {
	method, path, _ := strings.Cut(request, " ")
	r := httptest.NewRequest(method, host+apiPath+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+p.APIKey())
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
		if headers[i+1] == "" {
			r.Header.Del(headers[i])
		}
	}
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	content, _ := io.ReadAll(w.Result().Body)
	return answered{w.Code, w.Header(), string(content)}
}

// response decodes what the envelope holds.
func response[T any](t *testing.T, a answered) (v T) {
	t.Helper()
	var whole struct{ Response T }
	if err := json.Unmarshal([]byte(a.body), &whole); err != nil {
		t.Fatalf("%v in %d %s", err, a.status, a.body)
	}
	return whole.Response
}

// linkFor has the portal hand out a legacy link (docs/facts/docspace.md, "Legacy invitation link").
func linkFor(t *testing.T, p *Portal, role string) string {
	t.Helper()
	return response[string](t, ask(p, "GET portal/users/invite/"+role, ""))
}

// wantStatus checks the status and returns the answer.
func wantStatus(t *testing.T, p *Portal, want int, request, body string, headers ...string) answered {
	t.Helper()
	a := ask(p, request, body, headers...)
	if a.status != want {
		t.Errorf("%s %s = %d %s, want %d", request, body, a.status, a.body, want)
	}
	return a
}
