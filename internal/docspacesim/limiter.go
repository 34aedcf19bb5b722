package docspacesim

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// The limits of docs/facts/docspace.md, "Rate limits", which hold for each account, or address
// without an account.
const (
	window      = time.Minute
	windowCalls = 1500
	readsAtOnce = 50
	writesOnce  = 15
	day         = 24 * time.Hour
	dailyWrites = 10_000
	pause       = 15 * time.Minute
	pauseCalls  = 5
)

// limiter counts requests while it is on.
type limiter struct {
	on, told bool
	by       map[string]*usage
	// sensitive are the calls lately, by account and path.
	sensitive map[string][]time.Time
	emails    emailLimit
}

// emailLimit counts the addresses that were invited on a day.
type emailLimit struct {
	most, today int // no limit when most is 0
	dayEnds     time.Time
}

// usage is what one account has used.
type usage struct {
	lately        []time.Time // calls within the sliding window
	reads, writes int         // under way
	today         int         // writes
	dayEnds       time.Time
}

// RateLimit switches the limits on or off (docs/facts/docspace.md, "Rate limits"): 1 500 calls in a
// sliding minute, 50 reads and 15 writes at once, 10 000 writes in a day, 5 calls in 15 minutes of what is sensitive.
// It is off at first, as in the published configuration; switching it forgets what was counted.
func (p *Portal) RateLimit(on bool) {
	p.limit(on, false)
}

// RateLimitTold switches the limits on, and has every answer tell how much of the sliding minute is left, as
// the API's description says (docs/facts/docspace.md, "Read again"). Versions up to 3.7.2 tell with a 429 alone.
// What it calls the reset, when the window is empty, was chosen here.
func (p *Portal) RateLimitTold() {
	p.limit(true, true)
}

// limit takes the lock.
func (p *Portal) limit(on, told bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.limiter = limiter{on: on, told: told, by: map[string]*usage{}, sensitive: map[string][]time.Time{}, emails: p.limiter.emails}
}

// tell adds to an answer how much who has left.
func (l *limiter) tell(who string, rep reply) {
	if !l.told || rep.header == nil {
		return
	}
	rep.header.Set("X-RateLimit-Limit", strconv.Itoa(windowCalls))
	rep.header.Set("X-RateLimit-Remaining", strconv.Itoa(windowCalls-len(l.by[who].lately)))
	rep.header.Set("X-RateLimit-Reset", strconv.FormatInt(time.Now().Add(window).Unix(), 10))
}

// admit counts a request of who in, or refuses it. When it was admitted leave must be
// called, with the lock held, once it is done.
func (l *limiter) admit(who string, write bool) (leave func(), refusal *reply) {
	if !l.on {
		return func() {}, nil
	}
	u := l.by[who]
	if u == nil {
		u = &usage{}
		l.by[who] = u
	}
	now := time.Now()
	for len(u.lately) > 0 && now.Sub(u.lately[0]) >= window {
		u.lately = u.lately[1:]
	}
	if !now.Before(u.dayEnds) {
		u.today, u.dayEnds = 0, now.Add(day)
	}
	under, most := &u.reads, readsAtOnce
	if write {
		under, most = &u.writes, writesOnce
	}
	switch {
	case len(u.lately) >= windowCalls:
		return nil, tooMany(windowCalls)
	case *under >= most:
		return nil, tooMany(most)
	case write && u.today >= dailyWrites:
		refusal := tooMany(dailyWrites)
		refusal.header.Set("Retry-After", wholeSeconds(u.dayEnds.Sub(now)))
		refusal.header.Set("X-RateLimit-Reset", strconv.FormatInt(u.dayEnds.Unix(), 10))
		return nil, refusal
	}
	u.lately = append(u.lately, now)
	if write {
		u.today++
	}
	*under++
	return func() { *under-- }, nil
}

func tooMany(limit int) *reply {
	r := newReply(http.StatusTooManyRequests)
	r.header.Set("X-RateLimit-Limit", strconv.Itoa(limit))
	r.header.Set("X-RateLimit-Remaining", "0")
	return &r
}

// DailyEmails sets how many addresses the portal invites in a day before it answers 429 (docs/facts/docspace.md,
// "Rate limits"); 0, as it is at first, is without limit.
func (p *Portal) DailyEmails(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.limiter.emails = emailLimit{most: n}
}

// admitTo counts a call of an endpoint that has a limit of its own, or refuses it.
func (l *limiter) admitTo(e endpoint, who string, body []byte) *reply {
	now := time.Now()
	if l.on && e.sensitive {
		key := who + " " + e.path
		lately := l.sensitive[key]
		for len(lately) > 0 && now.Sub(lately[0]) >= pause {
			lately = lately[1:]
		}
		if l.sensitive[key] = lately; len(lately) >= pauseCalls {
			return tooMany(pauseCalls)
		}
		l.sensitive[key] = append(lately, now)
	}
	if l.emails.most > 0 && e.emails {
		return l.emails.admit(now, body)
	}
	return nil
}

// admit counts the addresses in the body of a call, whether or not anything comes of them.
func (l *emailLimit) admit(now time.Time, body []byte) *reply {
	var sent struct{ Invitations []struct{ Email string } }
	_ = json.Unmarshal(body, &sent) // what is not JSON invites no one
	if !now.Before(l.dayEnds) {
		l.today, l.dayEnds = 0, now.Add(day)
	}
	count := 0
	for _, in := range sent.Invitations {
		if in.Email != "" {
			count++
		}
	}
	if count == 0 || l.today+count <= l.most {
		l.today += count
		return nil
	}
	refusal := tooMany(l.most)
	refusal.header.Set("Retry-After", wholeSeconds(l.dayEnds.Sub(now)))
	refusal.header.Set("X-RateLimit-Reset", strconv.FormatInt(l.dayEnds.Unix(), 10))
	return refusal
}
