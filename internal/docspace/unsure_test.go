package docspace

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
	"github.com/docspace-invite-bot/bot/internal/logging"
)

// TestFailedWelcomeMayHaveBeenSent, depending on how it failed.
func TestFailedWelcomeMayHaveBeenSent(t *testing.T) {
	for name, tt := range map[string]struct {
		fault  docspacesim.Fault
		unsure bool
	}{
		"forbidden":         {docspacesim.Fault{Status: 403}, false},
		"too many requests": {docspacesim.Fault{Status: 429}, false},
		"an error":          {docspacesim.Fault{Status: 500}, true},
		"a bad gateway":     {docspacesim.Fault{Status: 502, HTML: true}, true},
		"nonsense":          {docspacesim.Fault{Status: 200, HTML: true}, true},
		"cut":               {docspacesim.Fault{Reset: true}, true},
		"silent":            {docspacesim.Fault{Delay: time.Hour}, true},
	} {
		t.Run(name, func(t *testing.T) {
			watchedPortal(t, func(*docspacesim.Portal, *http.Request) func() { return nil },
				func(t *testing.T, p *docspacesim.Portal, c *Client) {
					p.Fault(tt.fault)
					err := c.CongratulateMember(t.Context(), someMember)
					if failed := new(Error); !errors.As(err, &failed) || failed.unsure() != tt.unsure {
						t.Errorf("after %v the client is unsure: %v, want %v", err, !tt.unsure, tt.unsure)
					}
				})
		})
	}
	t.Run("nobody listens", func(t *testing.T) {
		server := httptest.NewServer(nil)
		server.Close()
		c, err := New(Options{URL: server.URL, Key: logging.NewSecret("sk-1")})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		err = c.CongratulateMember(t.Context(), someMember)
		if failed := new(Error); !errors.As(err, &failed) || failed.unsure() {
			t.Errorf("after %v the client is unsure", err)
		}
	})
}
