package docspacesim

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What can keep a person from joining (docs/facts/docspace.md, "Legacy invitation link").
var (
	ErrLinkInvalid = errors.New("this link is not valid (any more)")
	ErrLinkExpired = errors.New("this link has expired")
	ErrMembersOff  = errors.New("this portal does not let people be invited")
	ErrGuestsOff   = errors.New("this portal does not let guests be invited")
	ErrUserLimit   = errors.New("this portal has reached its number of users")
	ErrEmailExists = errors.New("an account with this email address exists already")
	ErrBadEmail    = errors.New("this is not an email address")
)

// linkLife is how long an invite link and an email's link are good: 7 days (docs/facts/docspace.md,
// "Legacy invitation link").
const linkLife = 7 * 24 * time.Hour

// openedLife is how long the link of an invitation's email is good once its page was seen
// (docs/facts/docspace.md, "Email invitations").
const openedLife = 15 * time.Minute

// link is an address by which people can join.
type link struct {
	code   string // of the short form, /s/{code}
	long   string // the long form, which the short one leads to
	role   string
	by     string // id of the account that fetched it
	issued time.Time
	// managed is the managed link that this is the address of; nil for a legacy one
	// (docs/facts/docspace.md, "Managed links" and "Legacy invitation link").
	managed *managedLink
	// email is the only address that it lets in, if it is the link of an invitation's email, room where that
	// leads to, if anywhere, and opened when its page was first seen (docs/facts/docspace.md, "Email invitations").
	email  string
	room   *Room
	opened time.Time
}

// managedLink is one for each role, with a limit and a count (docs/facts/docspace.md, "Managed links").
type managedLink struct {
	id         string
	role       string
	expiration time.Time // zero is never
	maxUses    int       // 0 is without limit
	uses       int
	deleted    bool
	addresses  map[string]*link // by the id of the account that fetched it
}

func (m *managedLink) expired() bool {
	return !m.expiration.IsZero() && !time.Now().Before(m.expiration)
}

// links are all that were handed out.
type links struct {
	byCode  map[string]*link
	byKey   map[string]*link // by the key in the long form
	managed map[string]*managedLink
}

func newLinks() links {
	return links{byCode: map[string]*link{}, byKey: map[string]*link{}, managed: map[string]*managedLink{}}
}

// issue makes a new address on the base, e.g. https://acme.onlyoffice.com.
func (ls *links) issue(base, role, by string) *link {
	key := emailKey()
	l := &link{code: randomHex(8)[:15], role: role, by: by, issued: time.Now()}
	l.long = base + "/confirm/LinkInvite?type=LinkInvite&key=" + key + "&uid=" + by +
		"&emplType=" + strconv.Itoa(roleNumbers[role])
	ls.byCode[l.code], ls.byKey[key] = l, l
	return l
}

// issueTo makes the address by which one person takes up an invitation, to a room if there is one.
func (ls *links) issueTo(base, role, by, email string, r *Room) *link {
	l := ls.issue(base, role, by)
	l.email, l.room = email, r
	l.long += "&email=" + url.QueryEscape(email)
	if r != nil {
		l.long += "&roomId=" + strconv.Itoa(r.ID)
	}
	return l
}

// emailKey is what DocSpace puts into the links of emails and invitations: milliseconds
// since 2010 and a hash (docs/facts/docspace.md, "Legacy invitation link"). Here the second part is
// random and looked up.
func emailKey() string {
	epoch := time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC)
	return fmt.Sprintf("%d.%s", time.Since(epoch).Milliseconds(), randomHex(16))
}

// find returns the link with the short or the long address. Who invites, and to what, is
// covered by the key: a long address in which they were swapped is none.
func (ls *links) find(address string) (l *link, base string, err error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, "", ErrLinkInvalid
	}
	code, short := strings.CutPrefix(u.Path, "/s/")
	if short {
		l = ls.byCode[code]
	} else if q := u.Query(); ls.byKey[q.Get("key")] != nil {
		l = ls.byKey[q.Get("key")]
		if q.Get("uid") != l.by || q.Get("emplType") != strconv.Itoa(roleNumbers[l.role]) ||
			l.email != "" && !strings.EqualFold(q.Get("email"), l.email) {
			l = nil
		}
	}
	if l == nil {
		return nil, "", ErrLinkInvalid
	}
	return l, u.Scheme + "://" + u.Host, nil
}

// LinkSecrets returns the part that lets a person in of every link that was ever handed out, in its short
// and its long form, and of every link in an email.
func (p *Portal) LinkSecrets() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Concat(slices.Collect(maps.Keys(p.links.byCode)), slices.Collect(maps.Keys(p.links.byKey)), slices.Collect(maps.Keys(p.confirmations)))
}

// admits returns why the link lets no one in now, or nil. A legacy link is used with the rights that
// its owner has now (docs/facts/docspace.md, "Legacy invitation link"). The switches are not looked at
// for those who sign up with an account elsewhere.
func (p *Portal) admits(l *link, social bool) error {
	by := p.byID[l.by]
	switch {
	case by == nil || by.Status != statusActive || !mayInvite(by.Person, l.role):
		return ErrLinkInvalid
	case l.email != "" && !p.waits(l.email):
		return ErrLinkInvalid
	case l.managed == nil && time.Since(l.issued) > linkLife:
		return ErrLinkExpired
	case !l.opened.IsZero() && time.Since(l.opened) > openedLife:
		return ErrLinkExpired
	case l.managed != nil && l.managed.deleted:
		return ErrLinkInvalid
	case l.managed != nil && (l.managed.expired() || l.managed.maxUses > 0 && l.managed.uses >= l.managed.maxUses):
		return ErrLinkExpired
	case l.role != roleGuest && !p.members && !social:
		return ErrMembersOff
	case l.role == roleGuest && !p.guests && !social:
		return ErrGuestsOff
	case l.email == "" && p.crowded():
		return ErrUserLimit
	}
	return nil
}

// waits reports whether someone was invited at the address and has not registered.
func (p *Portal) waits(email string) bool {
	a := p.email(email)
	return a != nil && a.Status == statusPending
}

// mayInvite reports whether the account may hand out the role (docs/facts/docspace.md, "Legacy invitation link").
func mayInvite(by Person, role string) bool {
	switch role {
	case roleDocSpaceAdmin:
		return by.Owner
	case roleRoomAdmin:
		return by.Role == roleDocSpaceAdmin
	}
	return by.Role == roleDocSpaceAdmin || by.Role == roleRoomAdmin
}
