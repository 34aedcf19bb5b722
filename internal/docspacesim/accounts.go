package docspacesim

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Roles of an account (EmployeeType).
const (
	roleGuest         = "Guest"
	roleUser          = "User"
	roleRoomAdmin     = "RoomAdmin"
	roleDocSpaceAdmin = "DocSpaceAdmin"
)

// Values of EmployeeStatus and EmployeeActivationStatus (docs/facts/docspace.md, "Enums").
const (
	statusActive     = 1
	statusTerminated = 2
	statusPending    = 4

	activationNone    = 0
	activationDone    = 1 // a bit: the email address is confirmed
	activationPending = 2
)

// Person is an account of the portal.
type Person struct {
	ID                         string
	FirstName, LastName, Email string
	// Role is Guest, User, RoomAdmin or DocSpaceAdmin.
	Role string
	// Owner is set for the portal's owner, whose role is DocSpaceAdmin.
	Owner bool
	// Status is 1 enabled, 2 disabled or 4 invited by email.
	Status int
	// Activation has bit 1 when the email address is confirmed.
	Activation int
	// Registered has whole seconds, in UTC. For someone invited by email it is when that
	// was done (docs/facts/docspace.md, "One user").
	Registered time.Time
	// CreatedBy is the id of the account whose link or invitation made this one, if any.
	CreatedBy string
	// Removed is set for someone who was deleted; the API does not know them any more.
	Removed bool
}

// Name is how the portal shows the person: by their address as long as they have no name.
func (p Person) Name() string {
	if name := strings.TrimSpace(p.FirstName + " " + p.LastName); name != "" {
		return name
	}
	return p.Email
}

// active reports whether the address is confirmed, which the API calls isActive.
func (p Person) active() bool { return p.Activation&activationDone != 0 }

// account is a person as the portal keeps them.
type account struct {
	Person
	started  time.Time // when they registered themselves; zero for someone invited
	modified time.Time
	// related are the ids of those who may see a guest because they invited them too.
	related map[string]bool
	// text is what filters search: first name, last name and address in lower case.
	text string
}

// relate lets the account with the id see this one.
func (a *account) relate(by string) {
	if a.related == nil {
		a.related = map[string]bool{}
	}
	a.related[by] = true
}

func (a *account) index() {
	a.text = strings.ToLower(a.FirstName + "\x00" + a.LastName + "\x00" + a.Email)
}

// accounts are the people of a portal, found by id, by address and by registration.
type accounts struct {
	byID    map[string]*account
	byEmail map[string]*account // by lower-case address
	// oldest is sorted by registration unless unsorted is set.
	oldest   []*account
	unsorted bool
	removed  map[string]Person // by lower-case address
}

func newAccounts() accounts {
	return accounts{byID: map[string]*account{}, byEmail: map[string]*account{}, removed: map[string]Person{}}
}

// AddPerson puts an account there, as an administrator or an import does. An id, a
// registration date (now), a role (User) and a status (enabled) are filled in where they are
// missing; the address must not be in use.
func (p *Portal) AddPerson(person Person) Person {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.add(person).Person
}

func (p *Portal) add(person Person) *account {
	now := time.Now()
	if person.ID == "" {
		person.ID = randomGUID()
	}
	if person.Registered.IsZero() {
		person.Registered = now
	}
	if person.Role == "" {
		person.Role = roleUser
	}
	if person.Status == 0 {
		person.Status = statusActive
	}
	person.Registered = person.Registered.UTC().Truncate(time.Second)
	a := &account{Person: person, modified: person.Registered}
	if a.Status != statusPending {
		a.started = person.Registered
	}
	a.index()
	p.byID[a.ID] = a
	p.byEmail[strings.ToLower(a.Email)] = a
	if last := len(p.oldest) - 1; last >= 0 && p.oldest[last].Registered.After(a.Registered) {
		p.unsorted = true
	}
	p.oldest = append(p.oldest, a)
	p.notify()
	return a
}

// byRegistration returns all accounts, oldest first. Within a second, which is as fine as
// the portal keeps it, their order is no one's promise.
func (p *accounts) byRegistration() []*account {
	if p.unsorted {
		slices.SortStableFunc(p.oldest, func(a, b *account) int { return a.Registered.Compare(b.Registered) })
		p.unsorted = false
	}
	return p.oldest
}

// email returns the account with the address, whatever its case, or nil.
func (p *accounts) email(address string) *account {
	return p.byEmail[strings.ToLower(strings.TrimSpace(address))]
}

// People returns all accounts that were not removed, newest first.
func (p *Portal) People() []Person {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make([]Person, 0, len(p.oldest))
	for _, a := range slices.Backward(p.byRegistration()) {
		all = append(all, a.Person)
	}
	return all
}

// PersonByEmail returns the account with the address; case does not count. It tells of a
// removed one too as long as no one else has the address.
func (p *Portal) PersonByEmail(email string) (Person, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if found := p.email(email); found != nil {
		return found.Person, true
	}
	person, ok := p.removed[strings.ToLower(email)]
	return person, ok
}

// change lets how change the account with the address. It takes the lock.
func (p *Portal) change(email string, how func(*account) error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.email(email)
	if a == nil {
		return ErrUnknown
	}
	if err := how(a); err != nil {
		return err
	}
	a.modified = time.Now().UTC()
	a.index()
	p.notify()
	return nil
}

func randomHex(bytes int) string {
	b := make([]byte, bytes)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

func randomGUID() string {
	h := randomHex(16)
	return fmt.Sprintf("%s-%s-4%s-a%s-%s", h[:8], h[8:12], h[13:16], h[17:20], h[20:32])
}
