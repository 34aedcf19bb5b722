package tracker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
	"golang.org/x/time/rate"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

const (
	// linkRate is how many calls for a link are made in a second. Beyond that, a link that is younger than
	// linkLife serves further invitations for its role: it stays good for days (docs/facts/docspace.md,
	// "Legacy invitation link"), and a burst of commands must not become a burst of calls.
	linkRate = 5
	linkLife = 10 * time.Second
	// preflightWait is how long a card waits for what the portal knows of those it names. The
	// sweep catches up on what comes too late.
	preflightWait = 3 * time.Second
)

// links are the invite links that the portal gave lately. Those who want the same role at the same time
// share a call: a slow portal must not be asked once per command.
type links struct {
	portal Portal
	calls  *rate.Limiter
	flight singleflight.Group

	mu     sync.Mutex
	recent map[invitation.Role]fetchedLink
	// revoked counts the revocations of each role's link.
	revoked map[invitation.Role]int
}

// fetchedLink is a link and when the portal gave it.
type fetchedLink struct {
	address string
	at      time.Time
}

func newLinks(portal Portal) *links {
	return &links{portal: portal, calls: rate.NewLimiter(linkRate, linkRate), recent: map[invitation.Role]fetchedLink{}, revoked: map[invitation.Role]int{}}
}

// fetch returns a link for the role. Its errors are those of [Portal.InviteLink].
func (l *links) fetch(ctx context.Context, role invitation.Role) (string, error) {
	l.mu.Lock()
	known, revoked := l.recent[role], l.revoked[role]
	l.mu.Unlock()
	if time.Since(known.at) < linkLife && !l.calls.Allow() {
		return known.address, nil
	}
	link, err, _ := l.flight.Do(fmt.Sprint(role, revoked), func() (any, error) {
		link, err := l.portal.InviteLink(ctx, role)
		l.mu.Lock()
		defer l.mu.Unlock()
		if err == nil && l.revoked[role] == revoked {
			l.recent[role] = fetchedLink{link, time.Now()}
		}
		return link, err
	})
	return link.(string), err
}

// revoke has the next one who wants the role ask the portal: the link it gave was revoked.
func (l *links) revoke(role invitation.Role) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.recent, role)
	l.revoked[role]++
}

// errRevoked says that a link was revoked between the portal's answer and the note of it.
var errRevoked = errors.New("the link was revoked")

// stands reports whether the link, which was fetched for the role, is still to be given out.
func (l *links) stands(role invitation.Role, link string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.revoked[role] == 0 || l.recent[role].address == link
}

// fetchLink asks the portal for the invitation's link, and meanwhile for its people, so that the card starts
// with how far they are.
func (w *worker) fetchLink(ctx context.Context, inv invitation.Invitation) (invitation.Entry, error) {
	var lookUp sync.WaitGroup
	lookUp.Go(func() { w.lookUp(ctx, inv) })
	defer lookUp.Wait()
	link, err := w.t.links.fetch(ctx, inv.Role)
	return invitation.Entry{Kind: invitation.KindLinked, Link: link}, err
}

// note notes what came of a step. A link that was revoked since it was fetched is not noted: then err wraps
// errRevoked.
func (w *worker) note(inv invitation.Invitation, e invitation.Entry) error {
	if e.Kind != invitation.KindLinked {
		return w.t.ledger.note(e)
	}
	return w.t.ledger.decide(inv.ID, func() ([]invitation.Entry, error) {
		if !w.t.links.stands(inv.Role, e.Link) {
			return nil, errRevoked
		}
		return []invitation.Entry{e}, nil
	})
}

// lookUp notes what the portal knows of the invitation's people.
func (w *worker) lookUp(ctx context.Context, inv invitation.Invitation) {
	var addresses []string
	for i := range inv.Invitees {
		addresses = slices.AppendSeq(addresses, inv.Invitees[i].Addresses())
	}
	if len(addresses) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(Urgent(ctx), preflightWait)
	defer cancel()
	members, err := w.t.portal.FindAccounts(ctx, addresses)
	if seen := inv.Preflight(members, time.Now()); err == nil && len(seen) > 0 {
		err = w.t.ledger.note(seen...)
	}
	if err != nil {
		w.t.log.InfoContext(ctx, "the card is posted without what the portal knows of its people", "err", err)
	}
}
