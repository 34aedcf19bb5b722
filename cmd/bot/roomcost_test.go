package main

import (
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"
)

var crowd = flag.Int("crowd", 60, "how many people TestRoomForAThousandCostsFewRequests invites by email; for bench/README.md 1000")

// TestRoomForAThousandCostsFewRequests: the room is given to a hundred members in one request, and the portal's limits
// are kept. What it logs is in bench/README.md.
func TestRoomForAThousandCostsFewRequests(t *testing.T) {
	const perCard = 200
	for name, tt := range map[string]struct {
		people int
		member bool // of the portal, before they are invited
		most   int  // requests in all
	}{
		"members":  {1000, true, 200},
		"by email": {*crowd, false, 10 * *crowd},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(w *world) {
				room := w.annsRoom()
				w.portal.RateLimit(true)
				var list []string
				for i := range tt.people {
					email := fmt.Sprintf("p%03d@partner.test", i)
					list = append(list, email)
					if tt.member {
						w.member("Pia", fmt.Sprintf("Nr%03d", i), email, "User")
					}
					if len(list) == perCard || i == tt.people-1 {
						w.types(w.ann, w.general, `/docspace-invite user in "Q3 planning" `+strings.Join(list, " "))
						list = nil
					}
				}
				if !tt.member { // everyone opens the email, one a second
					w.await("the emails", func() bool { return len(w.portal.Mails()) == tt.people })
					for _, mail := range w.portal.Mails() {
						if _, err := w.portal.Join(mail.Link, "Pia", "Nr", mail.To); err != nil {
							t.Fatal(err)
						}
						time.Sleep(time.Second)
					}
				}
				w.await("the room", func() bool { return len(w.portal.Rooms()[0].Members) == tt.people+1 }) // and Ann
				calls, refused := map[string]int{}, 0
				for _, call := range w.portal.Calls() {
					calls[call.Method+" "+strings.ReplaceAll(strings.TrimPrefix(call.Path, "/api/2.0/"), fmt.Sprint(room.ID), "{id}")]++
					if call.Status == 429 {
						refused++
					}
				}
				all := len(w.portal.Calls())
				t.Logf("%d people, %d requests: %v", tt.people, all, calls)
				if all > tt.most || refused > 0 || tt.member && calls["PUT files/rooms/{id}/share"] != tt.people/100 {
					t.Errorf("%d requests, %d times 429, by %v; want %d at most", all, refused, calls, tt.most)
				}
			})
		})
	}
}
