package docspace

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/logging"
)

// TestPagesOf8MegabytesFitTheUnitsMemory: deploy/ grants the bot 256 MB. All calls that are under way at once may
// read the largest page there is, and fit though nothing were collected meanwhile: what is allocated in all is
// counted, and no clock.
func TestPagesOf8MegabytesFitTheUnitsMemory(t *testing.T) {
	trimmed := person(1, 0)
	full := person(1, 0)
	for key := range strings.SplitSeq("userName,contacts,notes,location,cultureName,avatar,avatarOriginal,avatarMax,avatarMedium,avatarSmall,profileUrl", ",") {
		full[key] = strings.Repeat("x", 150)
	}
	for name, account := range map[string]map[string]any{"trimmed": trimmed, "full": full, "empty": {}} {
		t.Run(name, func(t *testing.T) {
			one, err := json.Marshal(account)
			if err != nil {
				t.Fatal(err)
			}
			n := (bodyMax - 1000) / (len(one) + 13)
			var body strings.Builder
			body.WriteString(`{"response":[`)
			for i := range n {
				if i > 0 {
					body.WriteByte(',')
				}
				body.WriteString(strings.Replace(string(one), "-000000000001", fmt.Sprintf("-%012d", i), 1))
			}
			fmt.Fprintf(&body, `],"count":%d,"total":%d,"statusCode":200}`, n, n)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				if strings.HasSuffix(r.URL.Path, "@self") {
					_, _ = w.Write([]byte(sample(t, "people-self")))
					return
				}
				_, _ = io.WriteString(w, body.String())
			}))
			defer server.Close()
			c, err := New(Options{URL: server.URL, Key: logging.NewSecret(testKey)})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			fits(t, map[string]func() error{
				"Newcomers":    func() error { _, err := c.Newcomers(t.Context(), time.Now()); return err },
				"FindAccounts": func() error { _, err := c.FindAccounts(context.Background(), []string{"ann@x.test"}); return err },
			})
		})
	}
}

// fits fails for calls that allocate more than the units grant when as many as may are under way.
func fits(t *testing.T, calls map[string]func() error) {
	t.Helper()
	const memory, idle = 256 << 20, 30 << 20
	for call, do := range calls {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := do()
		runtime.ReadMemStats(&after)
		t.Logf("%s: %d MB, %v", call, (after.TotalAlloc-before.TotalAlloc)>>20, err)
		if all := after.TotalAlloc - before.TotalAlloc; all*together > memory-idle {
			t.Errorf("%s allocates %d MB, %d times that are more than the units allow", call, all>>20, together)
		}
	}
}

// TestRoomsOf8MegabytesFitTheUnitsMemory is the same for lists of rooms, of their members and of those invited by
// email, all of them endless.
func TestRoomsOf8MegabytesFitTheUnitsMemory(t *testing.T) {
	filled := func(head, one, tail string) string {
		return `{"response":` + head + strings.Repeat(one+",", (bodyMax-10_000)/(len(one)+1)) + one + tail + `,"total":0,"statusCode":200}`
	}
	bodies := map[string]string{
		"GET rooms": filled(`{"folders":[`, aRoom(7, "R", nil), `]}`), "GET share": filled(`[`, aShare("m1", 2, map[string]any{"isOwner": true}), `]`),
		"PUT share":   filled(`{"members":[`, aShare("m1", 2, nil), `]}`),
		"POST invite": filled(`[`, `{"id":"m1"}`, `]`), "PUT invite": filled(`[`, aShare("m1", 2, nil), `]`),
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, bodies[r.Method+" "+path.Base(r.URL.Path)])
	}))
	defer server.Close()
	c, err := New(Options{URL: server.URL, Key: logging.NewSecret(testKey)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fits(t, map[string]func() error{
		"Rooms":      func() error { return second(c.Rooms(t.Context(), "r")) },
		"RoomRights": func() error { return second(c.RoomRights(t.Context(), "7", "")) },
		"ShareRoom": func() error {
			return second(c.ShareRoom(t.Context(), "7", invitation.ReadRight, []invitation.MemberID{"m1"}))
		},
		"InviteByEmail":     func() error { return c.InviteByEmail(t.Context(), []string{"a@x.test"}, invitation.User) },
		"ResendInvitations": func() error { return c.ResendInvitations(t.Context(), []invitation.MemberID{"m1"}) },
	})
}
