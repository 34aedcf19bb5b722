package docspace

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/logging"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// oddPortal is a portal whose list of people is out of the ordinary in one way or several.
type oddPortal struct {
	people []map[string]any // as they are listed, newest first at first
	short  int              // the most that it gives at once; 0 is as many as it was asked for
	total  func(page int) int
	stuck  bool // it gives the first page whatever it is asked for
	calls  int
}

// oddities are what can be odd about a list of people.
var oddities = map[string]func(*oddPortal, *rand.Rand){
	// One that stands too far down is not for a scan to find, which does not read all: it is looked up by
	// address once an hour.
	"one too far up": func(p *oddPortal, random *rand.Rand) {
		from := random.IntN(len(p.people))
		to := random.IntN(from + 1)
		if random.IntN(2) == 0 {
			to = min(from, pageSize-1) // the last of a page
		}
		moved := p.people[from]
		p.people = slices.Insert(slices.Delete(p.people, from, from+1), to, moved)
	},
	"shuffled": func(p *oddPortal, random *rand.Rand) {
		random.Shuffle(len(p.people), func(i, j int) { p.people[i], p.people[j] = p.people[j], p.people[i] })
	},
	"oldest first": func(p *oddPortal, _ *rand.Rand) { slices.Reverse(p.people) },
	"by name": func(p *oddPortal, _ *rand.Rand) {
		slices.SortFunc(p.people, func(a, b map[string]any) int { return strings.Compare(a["email"].(string), b["email"].(string)) })
	},
	"some undated": func(p *oddPortal, random *rand.Rand) {
		for range 1 + random.IntN(3) {
			i := random.IntN(len(p.people))
			p.people[i] = redated(p.people[i], "0001-01-01T00:00:00.0000000Z")
		}
	},
	"all undated": func(p *oddPortal, _ *rand.Rand) {
		for i := range p.people {
			p.people[i] = redated(p.people[i], "some day")
		}
	},
	"duplicated": func(p *oddPortal, random *rand.Rand) {
		for range 1 + random.IntN(150) {
			i := random.IntN(len(p.people))
			p.people = slices.Insert(p.people, i, p.people[i])
		}
	},
	"without ids": func(p *oddPortal, random *rand.Rand) {
		for range 1 + random.IntN(5) {
			p.people = slices.Insert(p.people, random.IntN(len(p.people)), map[string]any{"email": "x@x.test"})
		}
	},
	"short pages":   func(p *oddPortal, random *rand.Rand) { p.short = 7 + random.IntN(60) },
	"total of page": func(p *oddPortal, _ *rand.Rand) { p.total = func(page int) int { return page } },
	"no total":      func(p *oddPortal, _ *rand.Rand) { p.total = func(int) int { return 0 } },
	"wild totals":   func(p *oddPortal, random *rand.Rand) { p.total = func(int) int { return random.IntN(1000) - 100 } },
	"stuck":         func(p *oddPortal, _ *rand.Rand) { p.stuck = true },
}

func redated(person map[string]any, date string) map[string]any {
	copied := maps.Clone(person)
	copied["registrationDate"] = date
	return copied
}

func (p *oddPortal) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.calls++
	q := r.URL.Query()
	start, _ := strconv.Atoi(q.Get("startIndex"))
	count, _ := strconv.Atoi(q.Get("count"))
	if p.short > 0 {
		count = min(count, p.short)
	}
	if p.stuck {
		start = 0
	}
	start = min(start, len(p.people))
	page := p.people[start:min(start+count, len(p.people))]
	total := len(p.people)
	if p.total != nil {
		total = p.total(len(page))
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"response": page, "total": total, "statusCode": 200})
}

// lists returns a client of the portal that knows whose key it has.
func (p *oddPortal) lists(t *testing.T) *Client {
	t.Helper()
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	c, err := New(Options{URL: server.URL, Key: logging.NewSecret(testKey)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	id := invitation.MemberID("me")
	c.selfID.Store(&id)
	return c
}

// become makes another portal of it: n people, listed in up to three odd ways, or none where they would look
// like a small portal's: length and total of its pages lie alike.
func (p *oddPortal) become(n int, random *rand.Rand) (odd []string) {
	*p = oddPortal{}
	for i := range n {
		person := person(i, time.Duration(n-i)*time.Hour)
		person["email"] = fmt.Sprintf("%x-%d@x.test", random.Uint32(), i) // its order is no date's
		p.people = append(p.people, person)
	}
	names := slices.Sorted(maps.Keys(oddities))
	random.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	odd = names[:1+random.IntN(3)]
	if slices.Contains(odd, "short pages") && slices.Contains(odd, "total of page") {
		return nil
	}
	return odd
}

// TestOddPagesMissNoOne feeds scans lists of people that are odd in one, two or three ways. Everyone who
// registered since is among the newcomers, or the scan says that it is unsound.
func TestOddPagesMissNoOne(t *testing.T) {
	p := &oddPortal{}
	c := p.lists(t)
	unsound, sound := map[string]int{}, map[string]int{}
	for seed := range uint64(400) {
		random := rand.New(rand.NewPCG(seed, 9))
		n := 2 + random.IntN(420)
		odd := p.become(n, random)
		newest := random.IntN(min(n, 130))
		since := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(n-newest) * time.Hour)
		wanted := slices.Clone(p.people[:newest])
		for _, name := range odd {
			oddities[name](p, random)
		}
		members, err := c.Newcomers(t.Context(), since)
		counted := sound
		if errors.Is(err, tracker.ErrUnsound) {
			counted = unsound
		} else if err != nil {
			t.Errorf("seed %d, %v: %v", seed, odd, err)
		}
		for _, name := range odd {
			counted[name]++
		}
		seen := map[invitation.MemberID]int{}
		for _, m := range members {
			if seen[m.ID]++; seen[m.ID] > 1 || m.ID == "" {
				t.Errorf("seed %d, %v: %q is there %d times", seed, odd, m.ID, seen[m.ID])
			}
		}
		for _, person := range wanted {
			if id := invitation.MemberID(person["id"].(string)); err == nil && seen[id] == 0 {
				t.Errorf("seed %d, %v: %s of %d newcomers among %d is missed, and the scan says that it is sound", seed, odd, id, newest, n)
				break
			}
		}
		if p.calls > 2*n/7+3 {
			t.Errorf("seed %d, %v: %d calls for %d people", seed, odd, p.calls, n)
		}
	}
	t.Logf("unsound %v, sound %v", unsound, sound)
	for _, name := range []string{"duplicated", "short pages", "no total", "wild totals", "total of page", "without ids"} {
		if sound[name] == 0 {
			t.Errorf("%s is never taken: no one is hidden by it", name)
		}
	}
}

// TestOddPagesHideNoOneWhoIsLookedUp has each look-up match everyone, on several pages.
func TestOddPagesHideNoOneWhoIsLookedUp(t *testing.T) {
	p := &oddPortal{}
	c := p.lists(t)
	for seed := range uint64(150) {
		random := rand.New(rand.NewPCG(seed, 10))
		odd := p.become(2+random.IntN(420), random)
		wanted := p.people[random.IntN(len(p.people))]["email"].(string)
		if slices.Contains(odd, "stuck") {
			continue // it never shows the others
		}
		for _, name := range odd {
			oddities[name](p, random)
		}
		if members, err := c.FindAccounts(t.Context(), []string{wanted}); err != nil || len(members) != 1 {
			t.Errorf("seed %d, %v: Find = %d members, %v; want one", seed, odd, len(members), err)
		}
	}
}
