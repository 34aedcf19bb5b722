package docspace

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// listing returns a client of a server that answers people/filter with pages of people,
// and has none for a page past the last. A total below zero is left out.
func listing(t *testing.T, total int, page func(start int) []map[string]any) *Client {
	t.Helper()
	return answering(t, func(w http.ResponseWriter, r *http.Request) {
		start, _ := strconv.Atoi(r.URL.Query().Get("startIndex"))
		answer := map[string]any{"response": page(start), "statusCode": 200}
		if total >= 0 {
			answer["total"] = total
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(answer)
	})
}

// person is an account registered so long after 2025.
func person(n int, after time.Duration) map[string]any {
	at := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).Add(after)
	return map[string]any{
		"id": fmt.Sprintf("00000000-0000-4000-8000-%012d", n), "email": fmt.Sprintf("p%d@x.test", n), "status": 1,
		"registrationDate": at.Format("2006-01-02T15:04:05.0000000Z"),
	}
}

func TestPeopleRegisteringDuringAScan(t *testing.T) {
	var late int
	watchedPortal(t, func(p *docspacesim.Portal, r *http.Request) func() {
		if strings.HasSuffix(r.URL.Path, "/people/filter") && r.URL.Query().Get("startIndex") != "0" {
			for range 7 { // they push everyone towards the later pages
				late++
				p.AddPerson(docspacesim.Person{FirstName: "Late", Email: fmt.Sprintf("late%d@x.test", late), Status: 1})
			}
		}
		return nil
	}, func(t *testing.T, p *docspacesim.Portal, c *Client) {
		time.Sleep(time.Hour)
		start := time.Now()
		for i := range 350 {
			p.AddPerson(docspacesim.Person{FirstName: "P", Email: fmt.Sprintf("p%03d@x.test", i), Status: 1})
		}
		members, err := c.Newcomers(t.Context(), start)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]int{}
		for _, m := range members {
			seen[m.Email]++
		}
		for i := range 350 {
			if n := seen[fmt.Sprintf("p%03d@x.test", i)]; n != 1 {
				t.Errorf("p%03d is there %d times, want once", i, n)
			}
		}
		if late == 0 {
			t.Error("nobody registered during the scan")
		}
	})
}

// Everyone of one second is found, also when since lies within it and they fill pages.
func TestTiesOfOneSecond(t *testing.T) {
	portal(t, func(t *testing.T, p *docspacesim.Portal, c *Client) {
		time.Sleep(time.Hour + 700*time.Millisecond)
		since := time.Now().Add(-200 * time.Millisecond)
		for i := range 250 {
			p.AddPerson(docspacesim.Person{FirstName: "P", Email: fmt.Sprintf("p%03d@x.test", i), Status: 1})
		}
		members, err := c.Newcomers(t.Context(), since)
		if err != nil || len(members) < 250 {
			t.Errorf("Newcomers = %d members, %v; want all 250 of the second", len(members), err)
		}
	})
}

func TestAScanWithoutATotalGoesOn(t *testing.T) {
	c := listing(t, -1, func(start int) (people []map[string]any) {
		for n := start; n < min(start+pageSize, 230); n++ {
			people = append(people, person(n, time.Duration(1000-n)*time.Hour))
		}
		return append([]map[string]any{}, people...)
	})
	members, err := c.Newcomers(t.Context(), time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil || len(members) != 230 {
		t.Errorf("Newcomers = %d members, %v; want 230 of a portal that tells no total", len(members), err)
	}
}

// undated is an account of whose registration the portal does not know.
func undated() map[string]any {
	return map[string]any{"id": someMember, "email": "u@x.test", "registrationDate": "0001-01-01T00:00:00.0000000Z"}
}

func TestAnIgnoredSortIsNoticed(t *testing.T) {
	for name, people := range map[string][]map[string]any{
		"side by side":    {person(1, time.Hour), person(2, 2*time.Hour)},
		"around no date":  {person(1, time.Hour), undated(), person(2, 2*time.Hour)},
		"before all":      {undated(), person(1, time.Hour)},
		"oldest of three": {person(1, 3*time.Hour), person(2, time.Hour), person(3, 2*time.Hour)},
	} {
		c := listing(t, len(people), func(int) []map[string]any { return people })
		if members, err := c.Newcomers(t.Context(), time.Now()); !errors.Is(err, tracker.ErrUnsound) || len(members) != len(people) {
			t.Errorf("%s: Newcomers = %d members, %v; want all, and an error: the scan would miss people", name, len(members), err)
		}
	}
}

func TestUndatedAccountsMayStandAtTheEnd(t *testing.T) {
	c := listing(t, 3, func(int) []map[string]any {
		return []map[string]any{person(1, 2*time.Hour), person(2, time.Hour), undated()}
	})
	if members, err := c.Newcomers(t.Context(), time.Time{}); err != nil || len(members) != 3 {
		t.Errorf("Newcomers = %d members, %v; want 3", len(members), err)
	}
}

func TestAScanHasAnEnd(t *testing.T) {
	var calls atomic.Int32
	c := listing(t, 1_000_000, func(start int) (people []map[string]any) {
		calls.Add(1)
		for n := start; n < start+pageSize; n++ {
			people = append(people, person(n, time.Duration(100_000-n)*time.Second))
		}
		return people
	})
	var log bytes.Buffer
	c.log = slog.New(slog.NewTextHandler(&log, nil))
	members, err := c.Newcomers(t.Context(), time.Time{})
	if err != nil || len(members) != scanMax || calls.Load() != scanMax/pageSize+1 { // one asks whose key it is
		t.Errorf("Newcomers = %d members after %d calls, %v; want %d pages", len(members), calls.Load(), err, scanMax/pageSize)
	}
	if !strings.Contains(log.String(), "level=WARN") {
		t.Error("nobody is told that the scan was not complete")
	}
}

func TestFindAsksAloneForAddressesThatWouldFallApart(t *testing.T) {
	var filtered []string
	watchedPortal(t, func(_ *docspacesim.Portal, r *http.Request) func() {
		if strings.HasSuffix(r.URL.Path, "/people/filter") {
			filtered = append(filtered, r.URL.Query().Get("filterValue"))
		}
		return nil
	}, func(t *testing.T, p *docspacesim.Portal, c *Client) {
		p.AddPerson(docspacesim.Person{FirstName: "Odd", Email: `"a;b"@x.org`, Status: 1})
		p.AddPerson(docspacesim.Person{FirstName: "Ann", Email: "ann@x.org", Status: 1})
		members, err := c.FindAccounts(t.Context(), []string{`"A;b"@x.org`, `"nobody;"@x.org`, "not;valid@x.org", "no body@x.org", "ann@x.org"})
		if err != nil || len(members) != 2 {
			t.Errorf("Find = %+v, %v; want both, and nobody for the three without an account", members, err)
		}
		if len(filtered) != 1 || filtered[0] != "ann@x.org" {
			t.Errorf("the filters were %q, want ann@x.org alone", filtered)
		}
	})
}

func TestFindKeepsWithinThePortalsLimits(t *testing.T) {
	var under, most, longest atomic.Int64
	watchedPortal(t, func(_ *docspacesim.Portal, r *http.Request) func() {
		raise(&most, under.Add(1))
		raise(&longest, int64(len(r.RequestURI)))
		return func() { under.Add(-1) }
	}, func(t *testing.T, p *docspacesim.Portal, c *Client) {
		p.Fault(docspacesim.Fault{Delay: time.Second})
		var addresses []string
		for i := range 1000 {
			addresses = append(addresses, fmt.Sprintf("%s%d+ä@x.org", strings.Repeat("long", 60), i))
		}
		if _, err := c.FindAccounts(t.Context(), addresses); err != nil {
			t.Fatal(err)
		}
		if most.Load() != lookupsTogether || longest.Load() > 6<<10 {
			t.Errorf("%d look-ups at once, want %d; the longest request line has %d bytes", most.Load(), lookupsTogether, longest.Load())
		}
	})
}

// TestAnOldPortalRefusesOneAddress: up to 3.6.1 the envelope of a validation error says that all is well. The
// one address that the portal does not take hides none of the others.
func TestAnOldPortalRefusesOneAddress(t *testing.T) {
	portal(t, func(t *testing.T, p *docspacesim.Portal, c *Client) {
		p.AddPerson(docspacesim.Person{FirstName: "Ann", Email: "ann@x.org", Status: 1})
		for _, version := range []string{"3.2.1", "3.6.1", "3.7.2"} {
			p.Version(version)
			if members, err := c.FindAccounts(t.Context(), []string{"not;valid@x.org", "ann@x.org"}); err != nil || len(members) != 1 {
				t.Errorf("%s: Find = %+v, %v; want Ann", version, members, err)
			}
		}
	})
}

func raise(most *atomic.Int64, to int64) {
	for was := most.Load(); to > was && !most.CompareAndSwap(was, to); was = most.Load() {
	}
}

func TestASubstringOfManyIsFoundOnLaterPages(t *testing.T) {
	portal(t, func(t *testing.T, p *docspacesim.Portal, c *Client) {
		for i := range 320 {
			p.AddPerson(docspacesim.Person{FirstName: "Same", LastName: "Name", Email: fmt.Sprintf("%03dann@x.org", i), Status: 1})
		}
		p.AddPerson(docspacesim.Person{FirstName: "Same", LastName: "Name", Email: "ann@x.org", Status: 1})
		if members, err := c.FindAccounts(t.Context(), []string{"ANN@x.org"}); err != nil || len(members) != 1 || members[0].Email != "ann@x.org" {
			t.Errorf("Find = %+v, %v; want Ann, who is the last of 321", members, err)
		}
	})
}
