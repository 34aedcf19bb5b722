package docspace

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/sync/errgroup"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/remedy"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

const (
	// pageSize is the most that people/filter gives at once (docs/facts/docspace.md, "Finding
	// users").
	pageSize = 100
	// scanMax bounds a scan, and a look-up: 10 000 accounts newer than the last look are an import.
	scanMax = 10_000
	// olderEnough is how many accounts in a row must be older than a scan reaches back, so that no single
	// one that stands too far up ends it.
	olderEnough = 5
	// batchAddresses and batchBytes bound one look-up by email: a request line may have
	// 8 KiB (docs/facts/docspace.md, "Finding users").
	batchAddresses = 50
	batchBytes     = 4 << 10
	// addressMax is how long an address can be, in bytes (64 before the @, 255 after it).
	addressMax = 320
	// lookupsTogether is how many look-ups are under way at once (docs/facts/docspace.md, "Finding
	// users" advises 4).
	lookupsTogether = 4
	// fields trims an account to what is read of it (docs/facts/docspace.md, "Answers").
	fields = "id,firstName,lastName,displayName,email,status,activationStatus," +
		"isOwner,isAdmin,isRoomAdmin,isVisitor,isCollaborator,registrationDate,createdBy"
)

// Newcomers returns the accounts registered since, newest first: people/filter sorted by
// registration, docs/facts/docspace.md, "Cheapest correct way", method A. New arrivals during the
// scan push known ones onto later pages, so that accounts may come twice; here each is there once.
// Removals pull accounts onto earlier pages, so that one may be missing: the next scan reaches as
// far.
//
// Members tell ByLink when the account behind the key has made them: by its links, or by hand
// (docs/facts/docspace.md, "Attribution").
//
// A scan reads on until several accounts in a row are older than since, or the list ends. Where the list
// cannot be in order, those read so far come with tracker.ErrUnsound.
//
// A scan ends after 10 000 accounts, with a warning: what lies beyond is left to look-ups by
// address, since an error would make every later scan as long again.
func (c *Client) Newcomers(ctx context.Context, since time.Time) ([]invitation.Member, error) {
	since = since.Truncate(time.Second) // registrations have full seconds
	self := c.self(ctx)
	var members []invitation.Member
	seen := map[invitation.MemberID]bool{}
	var last time.Time // the registration of the last one in the list
	older := 0         // how many of the last ones are older than since
	for start := 0; start < scanMax && len(members) < scanMax; {
		users, total, err := c.filter(ctx, url.Values{
			"sortBy": {"registrationdate"}, "sortOrder": {"descending"},
			"count": {strconv.Itoa(pageSize)}, "startIndex": {strconv.Itoa(start)},
		})
		if err != nil {
			return nil, err
		}
		// A date that is not told is the oldest of all: it may only stand at the end.
		disorder := start > 0 && len(users) > 0 && last.IsZero()
		known := len(seen)
		for _, u := range users {
			m := u.member()
			if m.ID == "" || seen[m.ID] {
				continue
			}
			seen[m.ID] = true
			m.ByLink = self != "" && invitation.MemberID(u.CreatedBy) == self && m.Standing != invitation.Invited
			members = append(members, m)
			disorder = disorder || len(seen) > 1 && m.Registered.After(last)
			if last = m.Registered; !last.IsZero() && last.Before(since) {
				older++
			} else {
				older = 0
			}
		}
		start += len(users)
		switch {
		case disorder, len(users) > 0 && len(seen) == known: // an unknown sortBy is ignored without a word
			return members, &Error{
				Reason: invitation.NotDocSpace, Call: filterCall(nil).String(), Status: http.StatusOK, cause: tracker.ErrUnsound,
				Detail: "people do not come newest first, or without a date", trouble: remedy.PortalUnsorted,
			}
		case older >= olderEnough, isEnd(len(users), start, total):
			return members, nil
		}
	}
	c.log.WarnContext(ctx, "more people registered at the portal than one scan looks at", "count", scanMax)
	return members, nil
}

// self returns the id of the account behind the key, asked for once; "" while the portal does not
// tell.
func (c *Client) self(ctx context.Context) invitation.MemberID {
	if known := c.selfID.Load(); known != nil {
		return *known
	}
	account, err := c.Self(ctx)
	if err != nil {
		c.log.InfoContext(ctx, "the key's account isn't known yet, so no one can be recognized as joining through a link", "err", err)
		return ""
	}
	c.selfID.Store(&account.ID)
	return account.ID
}

// isEnd reports whether nothing comes after a page with so many, when so many were read and so many are
// told to be there. Unless length and total agree, an empty page alone is the end.
func isEnd(got, read, total int) bool { return got == 0 || got < pageSize && read == total }

// FindAccounts returns the accounts with one of the addresses: people/filter with filterValue and
// filterSeparator, docs/facts/docspace.md, "Cheapest correct way", method B, many addresses a
// request. The portal looks for substrings, also in names; only equal addresses are returned.
func (c *Client) FindAccounts(ctx context.Context, addresses []string) ([]invitation.Member, error) {
	wanted := map[string]bool{}
	var together, alone []string
	for _, address := range addresses {
		address = strings.TrimSpace(address)
		folded := invitation.FoldEmail(address)
		// An empty part of a filter would match everyone, and what is no address would match
		// too many or make the portal refuse those beside it.
		if !strings.Contains(folded, "@") || len(folded) > addressMax || strings.ContainsFunc(folded, unicode.IsControl) || wanted[folded] {
			continue
		}
		wanted[folded] = true
		if strings.Contains(folded, ";") || strings.ContainsFunc(folded, unicode.IsSpace) {
			alone = append(alone, address)
		} else {
			together = append(together, folded)
		}
	}
	batches := batches(together)
	results := make([][]user, len(batches)+len(alone))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(lookupsTogether)
	for i := range results {
		group.Go(func() (err error) {
			if i < len(batches) {
				results[i], err = c.matches(ctx, batches[i])
			} else {
				results[i], err = c.byAddress(ctx, alone[i-len(batches)])
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var members []invitation.Member
	seen := map[invitation.MemberID]bool{}
	for _, u := range slices.Concat(results...) {
		if m := u.member(); m.ID != "" && wanted[invitation.FoldEmail(m.Email)] && !seen[m.ID] {
			seen[m.ID] = true
			members = append(members, m)
		}
	}
	return members, nil
}

// matches pages through everyone in whom one of the addresses occurs.
func (c *Client) matches(ctx context.Context, batch []string) ([]user, error) {
	found, all, err := c.everyone(ctx, url.Values{"filterValue": {strings.Join(batch, ";")}, "filterSeparator": {";"}})
	if err == nil && !all {
		c.log.WarnContext(ctx, "more people match a look-up than are looked at", "count", scanMax)
	}
	return found, err
}

// everyone pages through the people of a query, and reports whether these are all. They are sorted by email, which
// no two share: with ties a person could fall between two pages.
func (c *Client) everyone(ctx context.Context, query url.Values) (found []user, all bool, err error) {
	query.Set("sortBy", "email")
	query.Set("count", strconv.Itoa(pageSize))
	for len(found) < scanMax {
		query.Set("startIndex", strconv.Itoa(len(found)))
		users, total, err := c.filter(ctx, query)
		if err != nil {
			return nil, false, err
		}
		found = append(found, users...)
		if isEnd(len(users), len(found), total) {
			return found, true, nil
		}
	}
	return found, false, nil
}

// byAddress looks up an address that would fall apart in a filter: GET people/email,
// docs/facts/docspace.md, "Finding users". People whom the key's account may not see are missing from
// filters too, and a text that the portal does not accept as an address is no one's.
func (c *Client) byAddress(ctx context.Context, address string) ([]user, error) {
	var u user
	_, _, err := c.do(ctx, call{method: http.MethodGet, path: "people/email", query: url.Values{"email": {address}}, background: true}, &u)
	for _, noOne := range []invitation.Reason{invitation.UnknownMember, invitation.PortalDenied, invitation.Unexpected} {
		if errors.Is(err, noOne) {
			return nil, nil
		}
	}
	return []user{u}, err
}

// batches splits addresses so that each batch fits into a request line.
func batches(addresses []string) [][]string {
	var all [][]string
	var batch []string
	size := 0
	for _, address := range addresses {
		length := len(url.QueryEscape(address + ";"))
		if len(batch) == batchAddresses || len(batch) > 0 && size+length > batchBytes {
			all = append(all, batch)
			batch, size = nil, 0
		}
		batch = append(batch, address)
		size += length
	}
	if len(batch) > 0 {
		all = append(all, batch)
	}
	return all
}

func filterCall(query url.Values) call {
	return call{method: http.MethodGet, path: "people/filter", query: query, background: true}
}

// filter asks for one page of people. total is how many there are in all, 0 when the
// portal does not tell.
func (c *Client) filter(ctx context.Context, query url.Values) (users []user, total int, err error) {
	query.Set("fields", fields)
	k := filterCall(query)
	k.stream = func(dec *json.Decoder) (bool, error) { return readList(dec, scanMax, &users) }
	found, env, err := c.do(ctx, k, nil)
	if failed, ok := errors.AsType[*Error](err); ok && failed.Reason == invitation.PortalDenied {
		failed.trouble = cmp.Or(failed.trouble, remedy.PortalUnreadable)
	}
	if err == nil && !found {
		err = notDocSpace(k, "the answer holds no list of people")
	}
	return users, env.Total, err
}
