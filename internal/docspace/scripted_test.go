package docspace

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// told is a request that a scripted portal got.
type told struct {
	call  string // e.g. "GET files/rooms/7"
	query url.Values
	body  string
}

// reply is one answer of a scripted portal: an envelope, unless it says otherwise.
type reply struct {
	status int    // 0 is 200
	body   string // a response for the envelope; of another status than 200 the whole body
	header map[string]string
}

// thrownBy is what an action of the portal's answers that threw.
func thrownBy(status int, class, message string) reply {
	said, _ := json.Marshal(map[string]any{
		"error":  map[string]any{"message": message, "type": class, "stack": "at ASC", "hresult": -1},
		"status": 1, "statusCode": status,
	})
	return reply{status: status, body: string(said)}
}

var (
	denied      = thrownBy(403, "System.Security.SecurityException", "Access denied")
	notThisRole = thrownBy(403, "System.InvalidOperationException", "Die Rolle ist nicht verfügbar")
	notFound    = thrownBy(404, "ASC.Common.Web.ItemNotFoundException", "Ordner nicht gefunden")
)

// script is a portal that answers each call with its replies in turn, the last one over and over; a call that isn't
// in it doesn't exist there.
type script map[string][]reply

// play returns a client of the portal over real HTTP, and what the portal was asked so far.
func (s script) play(t *testing.T) (*Client, func() []told) {
	t.Helper()
	var mu sync.Mutex
	var all []told
	c := answering(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		body, _ := io.ReadAll(r.Body)
		name := r.Method + " " + strings.TrimPrefix(r.URL.EscapedPath(), "/api/2.0/")
		all = append(all, told{name, r.URL.Query(), string(body)})
		replies := s[name]
		if len(body) > 0 && r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s has a body of the type %q", name, r.Header.Get("Content-Type"))
		}
		if len(replies) == 0 {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		next := replies[0]
		if len(replies) > 1 {
			s[name] = replies[1:]
		}
		for key, value := range next.header {
			w.Header().Set(key, value)
		}
		switch {
		case next.status == 0 && next.body == "":
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"count":0,"status":0,"statusCode":200}`)
		case next.status == 0:
			w.Header().Set("Content-Type", "application/json")
			total := strings.Count(next.body, `"access"`)
			if told := next.header["total"]; told != "" {
				_, _ = fmt.Sscan(told, &total)
			}
			_, _ = fmt.Fprintf(w, `{"response":%s,"count":1,"total":%d,"status":0,"statusCode":200}`, next.body, total)
		default:
			if next.body != "" && w.Header().Get("Content-Type") == "" {
				w.Header().Set("Content-Type", "application/json")
			}
			w.WriteHeader(next.status)
			_, _ = io.WriteString(w, next.body)
		}
	})
	return c, func() []told {
		mu.Lock()
		defer mu.Unlock()
		return all
	}
}

// calls are the names of the calls in turn.
func calls(all []told) string {
	var names []string
	for _, one := range all {
		names = append(names, one.call)
	}
	return strings.Join(names, ", ")
}
