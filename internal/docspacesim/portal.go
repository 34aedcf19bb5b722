package docspacesim

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
)

// Values that the facts' samples show.
const (
	alias   = "acme"
	product = "3.7.2"
	culture = "en-US"
)

// keptCalls is how many calls are remembered at least.
const keptCalls = 100_000

// Mail is an email that the portal sent.
type Mail struct {
	To, Subject, Body string
	// Link is what the email asks to be opened; empty when it only tells.
	Link string
	At   time.Time
}

// Call is one request of the API.
type Call struct {
	Method, Path, Query string
	// Status is 0 as long as there is no answer, and for one that was cut off.
	Status int
	At     time.Time
}

// Portal is one DocSpace portal. Its methods are safe for concurrent use.
type Portal struct {
	zone  *time.Location
	cache time.Duration // how long portal/users/{id} may lag behind

	mu      sync.Mutex
	changed chan struct{} // closed and replaced at every change
	accounts
	rules
	founder       Person
	key           apiKey
	sessions      map[string]string // account ids by token
	links         links
	rooms         []*Room                 // by their ids, from firstRoom on
	groups        map[string]Group        // by their ids
	confirmations map[string]confirmation // by the key of the email's link
	reads         map[string]cachedRead   // by account id
	mails         []Mail
	calls         []*Call
	faults        []*fault
	limiter       limiter
}

// Option is a setting of a new portal.
type Option func(*Portal)

// WithZone sets the portal's time zone, in which it writes most of its dates; UTC by default.
func WithZone(zone *time.Location) Option { return func(p *Portal) { p.zone = zone } }

// CachedReads makes GET portal/users/{id} repeat what it answered less than d ago, as
// portals without Redis do for 20 minutes (docs/facts/docspace.md, "One user").
func CachedReads(d time.Duration) Option { return func(p *Portal) { p.cache = d } }

// WithOwner names the portal's owner, by name and address; Olga Owner by default. An address that is not
// confirmed is what the set-up wizard leaves (docs/facts/docspace.md, "Read again").
func WithOwner(person Person) Option { return func(p *Portal) { p.founder = person } }

// New returns a portal with an owner, a service account "Welcome Bot" that is a DocSpace
// admin, and that account's API key with full access. Members and guests may be invited.
func New(opts ...Option) *Portal {
	now := time.Now()
	p := &Portal{
		zone: time.UTC, changed: make(chan struct{}), accounts: newAccounts(), links: newLinks(),
		groups: map[string]Group{}, confirmations: map[string]confirmation{}, reads: map[string]cachedRead{}, sessions: map[string]string{},
		founder: Person{FirstName: "Olga", LastName: "Owner", Email: "owner@acme.example", Activation: activationDone},
		rules:   rules{members: true, guests: true, seats: unlimited, users: unlimited, since: now, version: product, allowance: allowance{most: unlimited}},
	}
	for _, opt := range opts {
		opt(p)
	}
	opened := now.Add(-365 * 24 * time.Hour)
	p.founder.Role, p.founder.Owner, p.founder.Registered = roleDocSpaceAdmin, true, opened
	p.add(p.founder)
	bot := p.add(Person{
		FirstName: "Welcome", LastName: "Bot", Email: "docspace-bot@acme.example", Role: roleDocSpaceAdmin,
		Activation: activationDone, Registered: opened.Add(time.Hour),
	})
	p.key = apiKey{value: "sk-" + randomHex(32), owner: bot.ID, created: bot.Registered, scopes: []string{scopeWrite}}
	return p
}

// APIKey returns the service account's key.
func (p *Portal) APIKey() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.key.value
}

// BotAccount returns the id of the account that owns the key.
func (p *Portal) BotAccount() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.key.owner
}

// Mails returns all emails sent, oldest first.
func (p *Portal) Mails() []Mail {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.mails)
}

func (p *Portal) mail(m Mail) {
	m.At = time.Now()
	p.mails = append(p.mails, m)
	p.notify()
}

// Calls returns the requests of the API, oldest first. Of more than 100 000 the oldest may
// be missing.
func (p *Portal) Calls() []Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	calls := make([]Call, len(p.calls))
	for i, c := range p.calls {
		calls[i] = *c
	}
	return calls
}

// CallCount returns how many of [Portal.Calls] had a path that starts so.
func (p *Portal) CallCount(pathPrefix string) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.calls {
		if strings.HasPrefix(c.Path, pathPrefix) {
			n++
		}
	}
	return n
}

// Changes returns a channel that is closed at the next change: an account, an email, a
// setting, or a call that came or was answered.
func (p *Portal) Changes() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.changed
}

// Await waits until ready returns true, which it asks at once and after every change. It
// returns the context's error when that ends first.
func (p *Portal) Await(ctx context.Context, ready func() bool) error {
	for {
		changed := p.Changes()
		if ready() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// notify wakes everyone who waits for a change.
func (p *Portal) notify() {
	close(p.changed)
	p.changed = make(chan struct{})
}
