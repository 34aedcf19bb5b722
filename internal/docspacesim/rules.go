package docspacesim

import (
	"fmt"
	"slices"
	"time"
)

// Values of TenantStatus.
const (
	tenantActive    = 0
	tenantSuspended = 1
	tenantRemoving  = 2
)

// unlimited is the number of seats or users of a portal without a limit.
const unlimited = -1

// roleOwner is what [Portal.SetKeyOwnerRole] calls the portal's owner.
const roleOwner = "owner"

// rules are the settings of a portal and the state that it is in.
type rules struct {
	members, guests bool
	since           time.Time // when members or guests changed last
	seats, users    int
	unpaid          bool
	tenant          int // TenantStatus
	barred          bool
	down            bool
	version         string
	allowance       allowance
	ahead           time.Duration
	welcomeKeyWorks bool
	sortIgnored     bool
}

// rule takes the lock.
func (p *Portal) rule(set func(*rules)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	set(&p.rules)
	p.notify()
}

// AllowInvitingMembers sets whether people may be invited at all (docs/facts/docspace.md, "Settings
// and health").
func (p *Portal) AllowInvitingMembers(on bool) {
	p.rule(func(r *rules) { r.members, r.since = on, time.Now() })
}

// AllowInvitingGuests sets whether people may be invited as guests (docs/facts/docspace.md,
// "Settings and health").
func (p *Portal) AllowInvitingGuests(on bool) {
	p.rule(func(r *rules) { r.guests, r.since = on, time.Now() })
}

// Seats sets how many paid seats are free; -1 is without limit.
func (p *Portal) Seats(n int) { p.rule(func(r *rules) { r.seats = n }) }

// UserLimit sets how many accounts the portal may have; -1 is without limit.
func (p *Portal) UserLimit(n int) { p.rule(func(r *rules) { r.users = n }) }

// Unpaid sets whether the portal waits to be paid for (docs/facts/docspace.md, "Answers").
func (p *Portal) Unpaid(on bool) { p.rule(func(r *rules) { r.unpaid = on }) }

// Suspended sets whether the portal is suspended (docs/facts/docspace.md, "Answers").
func (p *Portal) Suspended(on bool) {
	p.TenantStatus(map[bool]int{true: tenantSuspended, false: tenantActive}[on])
}

// TenantStatus sets the state that the portal is in (docs/facts/docspace.md, "Settings and
// health"): 0 active, 1 suspended, 2 about to be removed, 3 being transferred, 4 being restored, 5
// being migrated, 6 being encrypted.
func (p *Portal) TenantStatus(status int) { p.rule(func(r *rules) { r.tenant = status }) }

// BarAddress sets whether the portal's IP security shuts out where the callers with a key are
// (docs/facts/docspace.md, "Answers").
func (p *Portal) BarAddress(on bool) { p.rule(func(r *rules) { r.barred = on }) }

// Version sets which version of DocSpace it is; 3.7.2 at first. Older ones do not know all calls, answer some
// otherwise, and skip what newer ones refuse (docs/facts/docspace.md, "Version floor", "Answers", "One user" and "Rooms").
func (p *Portal) Version(version string) { p.rule(func(r *rules) { r.version = version }) }

// isBefore371 reports whether the portal is older than 3.7.1, which answers much otherwise.
func (p *Portal) isBefore371() bool { return p.isBefore(3, 7, 1) }

func (p *Portal) isBefore(version ...int) bool {
	own := make([]int, 3)
	_, _ = fmt.Sscanf(p.version, "%d.%d.%d", &own[0], &own[1], &own[2])
	return slices.Compare(own, version) < 0
}

// Clock sets how far the clock of its server is ahead, in what it answers about itself: the
// header Date.
func (p *Portal) Clock(ahead time.Duration) { p.rule(func(r *rules) { r.ahead = ahead }) }

// Down makes every answer the reverse proxy's own page, status 502 (docs/facts/docspace.md,
// "Answers").
func (p *Portal) Down(on bool) { p.rule(func(r *rules) { r.down = on }) }

// IgnoreSort makes lists of people come by first name, whatever they are to be sorted by, as a portal does
// that does not know the column (docs/facts/docspace.md, "Filters").
func (p *Portal) IgnoreSort(on bool) { p.rule(func(r *rules) { r.sortIgnored = on }) }

// WelcomeKeyWorks makes sendcongratulations take every key with a dot. A real portal takes
// only keys that no program can get (docs/facts/docspace.md, "Congratulations"), so this is off at
// first.
func (p *Portal) WelcomeKeyWorks(on bool) { p.rule(func(r *rules) { r.welcomeKeyWorks = on }) }

// apiKey is the key of the service account (docs/facts/docspace.md, "Authentication").
type apiKey struct {
	value    string
	owner    string // id of the account that it acts as
	scopes   []string
	created  time.Time
	used     time.Time
	expires  time.Time // zero is never
	disabled bool
}

// changeKey takes the lock.
func (p *Portal) changeKey(set func(*apiKey)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	set(&p.key)
	p.notify()
}

// SetKeyScopes sets what the key may do, e.g. "*:read"; none is full access
// (docs/facts/docspace.md, "Authentication").
func (p *Portal) SetKeyScopes(scopes ...string) { p.changeKey(func(k *apiKey) { k.scopes = scopes }) }

// DisableKey switches the key off for good.
func (p *Portal) DisableKey() { p.changeKey(func(k *apiKey) { k.disabled = true }) }

// RenewKey deletes the key and makes another one of the same account with the same scopes, which it
// returns.
func (p *Portal) RenewKey() string {
	value := "sk-" + randomHex(32)
	p.changeKey(func(k *apiKey) { k.value, k.created, k.disabled, k.expires = value, time.Now(), false, time.Time{} })
	return value
}

// KeyExpires sets when the key ends; the zero time is never.
func (p *Portal) KeyExpires(at time.Time) { p.changeKey(func(k *apiKey) { k.expires = at }) }

// ExpireKey ends the key now.
func (p *Portal) ExpireKey() { p.KeyExpires(time.Now()) }

// SetKeyOwnerRole changes the role of the account that the key acts as: Guest, User,
// RoomAdmin, DocSpaceAdmin, or "owner" to make it the portal's owner, of whom there is one.
func (p *Portal) SetKeyOwnerRole(role string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	owner := p.byID[p.key.owner]
	if owner == nil {
		return
	}
	if role == roleOwner {
		for _, a := range p.oldest {
			a.Owner = false
		}
		role = roleDocSpaceAdmin
		owner.Owner = true
	} else {
		owner.Owner = false
	}
	owner.Role = role
	p.notify()
}
