package tracker

import (
	"cmp"
	"context"
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
	// relinkWait is how long a card that shows a revoked link waits for a new one, before the link is taken off it.
	relinkWait = 5 * time.Second
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

// fetch returns a link for the role, if the portal gives one within that time. Its errors are those of
// [Portal.InviteLink].
func (l *links) fetch(ctx context.Context, role invitation.Role, within time.Duration) (string, error) {
	l.mu.Lock()
	known, revoked := l.recent[role], l.revoked[role]
	l.mu.Unlock()
	if time.Since(known.at) < linkLife && !l.calls.Allow() {
		return known.address, nil
	}
	link, err, _ := l.flight.Do(fmt.Sprint(role, revoked, within), func() (any, error) {
		ctx, cancel := context.WithTimeout(ctx, within)
		defer cancel()
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

// revoke has the next one who wants a link for the role ask the portal: the one it gave was revoked.
func (l *links) revoke(role invitation.Role) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.recent, role)
	l.revoked[role]++
}

// RevokeLink ends the role's link at the portal, and has every invitation for the role ask for a new one. It returns
// the open ones: none of them gives out the old link any more. It wraps the reasons of [Portal.RevokeLink], and
// NotKept. Where the portal may have ended the link although the call failed, the invitations ask it as well.
func (t *Tracker) RevokeLink(ctx context.Context, role invitation.Role, by invitation.ChatUser) ([]invitation.Invitation, error) {
	failed := t.portal.RevokeLink(ctx, role)
	if failed != nil && !invitation.FailureOf(failed).Unsure {
		return nil, fmt.Errorf("revoke the link: %w", failed)
	}
	t.links.revoke(role)
	var entries []invitation.Entry
	var open []invitation.Invitation
	t.mu.Lock()
	for id, inv := range t.mem.invitations {
		e := inv.Revoke(by)
		if inv.Role != role || e.Kind == "" {
			continue
		}
		e.At, e.Invitation = time.Now(), id
		entries = append(entries, e)
		if inv.Open() || inv.Stage == invitation.Linked {
			open = append(open, inv.Clone())
		}
	}
	t.mu.Unlock()
	if err := cmp.Or(t.ledger.note(entries...), failed); err != nil {
		return nil, fmt.Errorf("revoke the link: %w", err)
	}
	for _, inv := range open {
		Decision{Action: "revoke_link", Verdict: Allowed, By: by, Invitation: inv}.Log(ctx, t.log)
	}
	return open, nil
}

// fetchLink asks the portal for the invitation's link, and before there is a card, meanwhile for its people, so that
// the card starts with how far they are.
func (w *worker) fetchLink(ctx context.Context, inv invitation.Invitation) (invitation.Entry, error) {
	var lookUp sync.WaitGroup
	if inv.Stage == invitation.Admitted {
		lookUp.Go(func() { w.lookUp(ctx, inv) })
	}
	defer lookUp.Wait()
	within := stepTimeout
	if inv.ShowsRevoked() {
		within = relinkWait
	}
	link, err := w.t.links.fetch(ctx, inv.Role, within)
	return invitation.Entry{Kind: invitation.KindLinked, Link: link}, err
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
