package docspace

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/remedy"
)

// InviteByEmail has the portal invite addresses by email, as members with a role: POST people/invite,
// docs/facts/docspace.md, "Email invitations". The portal carries them out in their order and stops at the first
// that it refuses, with those before it invited. Guests can't be invited this way; InviteToRoom does it.
//
// An account that is there already gets no email, and a higher role without a word: that there is none is for the
// caller to see to, by FindAccounts. So it does after a failure. EmailRefused is a portal before 3.7.1, which skips
// whom it does not invite.
func (c *Client) InviteByEmail(ctx context.Context, addresses []string, role invitation.Role) error {
	type entry struct {
		Email string          `json:"email"`
		Type  invitation.Role `json:"type"` // without one the account would be a paid one
	}
	k := call{
		method: http.MethodPost, path: "people/invite", absent: remedy.CallMissing, feature: true,
		query: url.Values{"fields": {"displayName"}},
	}
	var invited []user // everyone who has not registered yet; they have no names, and are called by their addresses
	k.stream = func(dec *json.Decoder) (bool, error) { return readList(dec, scanMax, &invited) }
	if role == invitation.Guest || !slices.Contains(invitation.Roles(), role) {
		return &Error{Reason: invitation.Unexpected, Call: k.String(), Detail: "the portal invites no one by email for this role", unsent: true}
	}
	var entries []entry
	for _, address := range addresses {
		if !isAddress(address) {
			return notAnAddress(k)
		}
		entries = append(entries, entry{strings.TrimSpace(address), role})
		k.addresses = append(k.addresses, strings.TrimSpace(address))
	}
	k.body = struct {
		Invitations []entry `json:"invitations"`
	}{entries}
	_, _, err := c.do(ctx, k, nil)
	if failed, ok := errors.AsType[*Error](err); ok {
		failed.ofInvitation()
		c.whyDenied(ctx, failed)
	}
	if err != nil || len(invited) == scanMax { // of so many the rest was not kept
		return err
	}
	listed := map[string]bool{}
	for _, u := range invited {
		listed[invitation.FoldEmail(u.name())] = true
	}
	if slices.ContainsFunc(addresses, func(a string) bool { return !listed[invitation.FoldEmail(a)] }) {
		return &Error{Reason: invitation.EmailRefused, Call: k.String(), Status: http.StatusOK, Detail: "the portal does not list the address among those it has invited"}
	}
	return nil
}

// notAnAddress refuses what the portal isn't asked to invite.
func notAnAddress(k call) error {
	return &Error{Reason: invitation.BadAddress, Call: k.String(), Detail: "this is no email address", unsent: true}
}

// isAddress reports whether the portal may be asked about an address. What it takes is for it to say
// (docs/facts/docspace.md, "Addresses that a portal takes").
func isAddress(address string) bool {
	address = strings.TrimSpace(address)
	return strings.Contains(address, "@") && len(address) <= addressMax && !strings.ContainsFunc(address, unicode.IsControl)
}

// ofInvitation gives a refused invitation its reason. The portal refuses a disabled account and a bad address alike
// (docs/facts/docspace.md, "Email invitations").
func (e *Error) ofInvitation() {
	if e.Status != http.StatusBadRequest || e.Reason != invitation.Unexpected {
		return
	}
	switch e.kind {
	case ofAllowance:
		e.Reason, e.trouble = invitation.EmailsUsedUp, remedy.EmailsUsedUp
	case ofAccount:
		e.Reason, e.Detail = invitation.AccountDisabled, ""
	case ofAddress:
		e.Reason = invitation.BadAddress
	}
}

// whyDenied finds out whether a 403 is the portal's switch for invitations, or the role.
func (c *Client) whyDenied(ctx context.Context, failed *Error) {
	if failed.Reason != invitation.PortalDenied || failed.trouble != "" {
		return
	}
	failed.trouble = remedy.InvitingOff
	if members, _, err := c.InvitationSettings(ctx); err == nil && members {
		failed.Reason, failed.trouble = invitation.NoLink, remedy.KeyOwnerLow
	}
}

const (
	// resendCalls in resendWindow are what the portal grants an account (docs/facts/docspace.md, "Rate limits").
	resendCalls  = 5
	resendWindow = 15 * time.Minute
)

// ResendInvitations has the portal send its email again: the invitation to accounts that have not registered, the
// confirmation to those that have and did not confirm. PUT people/invite, docs/facts/docspace.md, "Email
// invitations"; the portal passes over all others. As it grants five calls in a quarter of an hour, all who are
// due belong into one. PortalBusy with a time, and no call, is a sixth.
func (c *Client) ResendInvitations(ctx context.Context, ids []invitation.MemberID) error {
	k := call{
		method: http.MethodPut, path: "people/invite", query: url.Values{"fields": {"id"}}, stream: skipAll, absent: remedy.CallMissing, feature: true,
	}
	ids = slices.DeleteFunc(slices.Clone(ids), func(id invitation.MemberID) bool { return !accountID.MatchString(string(id)) })
	if len(ids) == 0 {
		return nil
	}
	if wait := c.resends.take(time.Now()); wait > 0 {
		return &Error{
			Reason: invitation.PortalBusy, Call: k.String(), Detail: "the portal grants five such calls in a quarter of an hour", Wait: wait,
			unsent: true, trouble: remedy.PortalBusy,
		}
	}
	k.body = struct {
		UserIDs   []invitation.MemberID `json:"userIds"`
		ResendAll bool                  `json:"resendAll"`
	}{ids, false}
	_, _, err := c.do(ctx, k, nil)
	if failed, ok := errors.AsType[*Error](err); ok && failed.Reason == invitation.PortalBusy && !failed.unsent {
		failed.Wait = max(failed.Wait, resendWindow/resendCalls) // this limit names no time, and is no minute's
	}
	return err
}

const (
	// managedLife is how long a managed link is good for: as long as the portal's own links are by default.
	managedLife = 7 * 24 * time.Hour
	// managedUses is how many people may join by one: more than an invitation has, and a quarter of what the
	// portal allows (docs/facts/docspace.md, "Managed links").
	managedUses = 250
	// usesMax is the most that the portal allows.
	usesMax = 1000
)

// managedLink is a link that the portal keeps.
type managedLink struct {
	ID        string `json:"id"`
	URL       string `json:"url"`
	Expires   date   `json:"expiration"`
	IsExpired bool   `json:"isExpired"`
	Max       *int   `json:"maxUseCount"`
	Used      int    `json:"currentUseCount"`
}

// spent reports whether no one can join by the link any more.
func (l managedLink) spent() bool {
	return l.IsExpired || !l.Expires.IsZero() && !time.Now().Before(l.Expires.Time) || l.Max != nil && l.Used >= *l.Max
}

const managedPath = "portal/users/invitationlink"

// managedCall is a call about managed links.
func managedCall(method, about string, body any) call {
	return call{method: method, path: managedPath + about, body: body, absent: remedy.NoManagedLinks, feature: true}
}

// checkManaged refuses the roles for which there are no managed links.
func checkManaged(role invitation.Role) error {
	if slices.Contains([]invitation.Role{invitation.User, invitation.RoomAdmin, invitation.DocSpaceAdmin}, role) {
		return nil
	}
	return &Error{Reason: invitation.NotAvailable, Call: "GET " + managedPath, Detail: "there are no managed links for this role", unsent: true}
}

// ManagedLink returns the portal's one link for a role, and when it expires; zero is never. Where there is none it
// is made; one that has expired, or by which no one more may join, is replaced; one that is good for less than a new
// one is renewed, which leaves its address as it is. GET, POST, PUT and DELETE
// portal/users/invitationlink, docs/facts/docspace.md, "Managed links". It is the same for all until it is
// replaced or revoked. NotAvailable is a portal before 3.7, and a role without such links, as Guest is.
func (c *Client) ManagedLink(ctx context.Context, role invitation.Role) (link string, expires time.Time, err error) {
	if err := checkManaged(role); err != nil {
		return "", time.Time{}, err
	}
	found, err := c.findManaged(ctx, role)
	if err == nil && found.ID != "" && found.spent() {
		err = c.deleteManaged(ctx, found)
		found = managedLink{}
	}
	switch {
	case err != nil:
	case found.ID == "":
		found, err = c.makeManaged(ctx, role)
	case !found.Expires.IsZero() && time.Until(found.Expires.Time) < managedLife-time.Hour, found.Max != nil && *found.Max-found.Used < managedUses/2:
		found, err = c.renewManaged(ctx, found)
	}
	if failed, ok := errors.AsType[*Error](err); ok {
		c.whyDenied(ctx, failed)
	}
	if err == nil && !isLink(found.URL) {
		err = notDocSpace(managedCall(http.MethodGet, "/"+string(role), nil), "what it gave is no link")
	}
	if err != nil {
		return "", time.Time{}, err
	}
	return found.URL, found.Expires.Time, nil
}

// RevokeLink deletes the portal's managed link for a role, so that no one can join by it; the next ManagedLink is
// another one. That there is none is no failure. NotManaged is a role, or a setting, for which InviteLink gives out
// links that nothing can revoke. SeatLimit is a link that the portal hides while no seat is free, and has not shown
// since the start: one that it has shown is deleted all the same (docs/facts/docspace.md, "Managed links").
func (c *Client) RevokeLink(ctx context.Context, role invitation.Role) error {
	gives := func() bool { return checkManaged(role) == nil && (c.managed || c.legacyGone.Load()) }
	if checkManaged(role) == nil && !gives() { // since the start, no one may have asked which kind the portal gives out
		if _, err := c.InviteLink(ctx, role); err != nil && !gives() {
			return notDeleted(err)
		}
	}
	if !gives() {
		return &Error{Reason: invitation.NotManaged, Call: "DELETE " + managedPath, Detail: "the links given out for this role are none that the portal can revoke", unsent: true}
	}
	found, err := c.findManaged(ctx, role)
	if id, shown := c.linkIDs.Load(role); shown && errors.Is(err, invitation.SeatLimit) {
		found, err = managedLink{ID: id.(string)}, nil
	}
	switch {
	case err != nil:
		err = notDeleted(err)
	case found.ID != "":
		err = c.deleteManaged(ctx, found)
	}
	if failed, ok := errors.AsType[*Error](err); ok {
		c.whyDenied(ctx, failed)
	}
	return err
}

// notDeleted marks a failure after which a link was certainly not deleted: no one had asked for that.
func notDeleted(err error) error {
	if failed, ok := errors.AsType[*Error](err); ok {
		failed.unsent = true
	}
	return err
}

// findManaged returns the role's link; its ID is empty where there is none.
func (c *Client) findManaged(ctx context.Context, role invitation.Role) (link managedLink, err error) {
	k := managedCall(http.MethodGet, "/"+string(role), nil)
	found, _, err := c.do(ctx, k, &link)
	switch {
	case err == nil && link.ID != "":
		c.linkIDs.Store(role, link.ID)
	case err == nil && found:
		err = notDocSpace(k, "the answer is no managed link")
	}
	return link, err
}

// makeManaged makes the role's link. The portal refuses a second one, with the words for any bad request: then
// someone else has just made it.
func (c *Client) makeManaged(ctx context.Context, role invitation.Role) (link managedLink, err error) {
	k := managedCall(http.MethodPost, "", struct {
		Role    invitation.Role `json:"employeeType"`
		Expires time.Time       `json:"expiration"` // in UTC: another zone's offset would be misread
		Max     int             `json:"maxUseCount"`
	}{role, time.Now().UTC().Add(managedLife).Truncate(time.Second), managedUses})
	found, _, err := c.do(ctx, k, &link)
	if failed, ok := errors.AsType[*Error](err); ok && failed.Status == http.StatusBadRequest {
		if other, again := c.findManaged(ctx, role); again == nil && other.ID != "" && !other.spent() {
			return other, nil
		}
	}
	switch {
	case err == nil && found && link.ID != "":
		c.linkIDs.Store(role, link.ID)
	case err == nil:
		err = notDocSpace(k, "the answer is no managed link")
	}
	return link, err
}

// renewManaged makes a link good for as long, and for as many people, as a new one. What is left out would be
// without limit (docs/facts/docspace.md, "Managed links").
func (c *Client) renewManaged(ctx context.Context, link managedLink) (renewed managedLink, err error) {
	k := managedCall(http.MethodPut, "", struct {
		ID      string    `json:"id"`
		Expires time.Time `json:"expiration"`
		Max     int       `json:"maxUseCount"`
	}{link.ID, time.Now().UTC().Add(managedLife).Truncate(time.Second), min(link.Used+managedUses, usesMax)})
	found, _, err := c.do(ctx, k, &renewed)
	if err == nil && (!found || renewed.ID == "") {
		err = notDocSpace(k, "the answer is no managed link")
	}
	return renewed, err
}

// deleteManaged deletes a link; that it is gone already is no failure.
func (c *Client) deleteManaged(ctx context.Context, link managedLink) error {
	_, _, err := c.do(ctx, managedCall(http.MethodDelete, "", struct {
		ID string `json:"id"`
	}{link.ID}), nil)
	if errors.Is(err, invitation.UnknownMember) {
		return nil
	}
	return err
}
