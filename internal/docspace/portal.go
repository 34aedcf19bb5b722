package docspace

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/remedy"
)

// linkMax is how long a link may be, in bytes; a Slack button takes 3000 (docs/facts/slack.md,
// "Numbers").
const linkMax = 2000

// InviteLink returns a link for the role: GET portal/users/invite/{employeeType},
// docs/facts/docspace.md, "Legacy invitation link". NoLink is a portal that answers and gives none,
// PortalDenied one where inviting is switched off, NotAvailable one that has given up this call. Each call gives
// another link; all are good for the portal's period, 7 days by default.
//
// For roles that have managed links it is one of those (ManagedLink) if Options.Managed says so, or the portal has
// given up the others. Where it has neither kind, it is the old one that is missed.
func (c *Client) InviteLink(ctx context.Context, role invitation.Role) (string, error) {
	if !slices.Contains(invitation.Roles(), role) { // All, for one, would make a paid account
		return "", &Error{Reason: invitation.Unexpected, Call: "GET portal/users/invite", Detail: "there is no such role"}
	}
	if checkManaged(role) == nil && (c.managed || c.legacyGone.Load()) {
		link, _, err := c.ManagedLink(ctx, role)
		return link, err
	}
	k := call{method: http.MethodGet, path: "portal/users/invite/" + string(role), absent: remedy.LegacyLinksGone}
	var link string
	found, _, err := c.do(ctx, k, &link)
	if failed, ok := errors.AsType[*Error](err); ok && failed.Reason == invitation.PortalDenied {
		failed.trouble = cmp.Or(failed.trouble, remedy.InvitingOff) // the first that the portal looks at (docs/facts/docspace.md, "Legacy invitation link")
	}
	switch {
	case remedy.Of(err) == remedy.LegacyLinksGone && checkManaged(role) == nil:
		c.legacyGone.Store(true)
		link, _, failed := c.ManagedLink(ctx, role)
		if errors.Is(failed, invitation.NotAvailable) {
			return "", err
		}
		return link, failed
	case err != nil:
		return "", err
	case !found || link == "":
		return "", &Error{Reason: invitation.NoLink, Call: k.String(), Status: http.StatusOK, Detail: "the key's account can't invite for this role"}
	case !isLink(link):
		return "", notDocSpace(k, "what it gave is no link")
	}
	return link, nil
}

// isLink reports whether people may be sent there: a portal, or what answers in its stead,
// must not get another scheme or markup onto a button. The host is not compared: a portal
// may shorten its links with a service (docs/facts/docspace.md, "Legacy invitation link"). Nor is
// https insisted on: a portal behind a proxy that does not forward the scheme writes http.
func isLink(link string) bool {
	u, err := url.Parse(link)
	return err == nil && len(link) <= linkMax && u.Host != "" && u.User == nil &&
		(u.Scheme == "https" || u.Scheme == "http") &&
		!strings.ContainsFunc(link, func(r rune) bool {
			return r <= ' ' || r > unicode.MaxASCII || strings.ContainsRune(`<>|"\^`+"`", r)
		})
}

// accountID is what an account's id may look like, a GUID as a rule. Nothing else gets into
// a path.
var accountID = regexp.MustCompile(`^[\w-]{1,64}$`)

// Member returns one account: GET portal/users/{id}, docs/facts/docspace.md, "One user". It does
// not tell the role. UnknownMember is an unknown or removed account; until 3.6.1 a portal answers with
// another account for those.
func (c *Client) Member(ctx context.Context, id invitation.MemberID) (invitation.Member, error) {
	k := call{method: http.MethodGet, path: "portal/users/" + string(id), name: "portal/users/{id}", background: true}
	if !accountID.MatchString(string(id)) {
		return invitation.Member{}, &Error{Reason: invitation.UnknownMember, Call: k.String(), Detail: "this is no portal's id"}
	}
	var u user
	found, _, err := c.do(ctx, k, &u)
	switch {
	case err != nil:
		return invitation.Member{}, err
	case !found || !strings.EqualFold(u.ID, string(id)) || u.Removed:
		return invitation.Member{}, &Error{Reason: invitation.UnknownMember, Call: k.String(), Status: http.StatusOK}
	}
	return u.member(), nil
}

// CongratulateMember asks the portal to congratulate a member: POST portal/sendcongratulations,
// docs/facts/docspace.md, "Congratulations". PortalDenied is the ordinary answer. The call is not
// repeated, because the email would be sent twice.
func (c *Client) CongratulateMember(ctx context.Context, id invitation.MemberID) error {
	_, _, err := c.do(ctx, call{
		method: http.MethodPost, path: "portal/sendcongratulations",
		query: url.Values{"Userid": {string(id)}, "Key": {c.welcomeKey}},
	}, nil)
	if failed, ok := errors.AsType[*Error](err); ok && failed.Status == http.StatusForbidden && failed.Reason == invitation.KeyBroken {
		failed.Reason = invitation.PortalDenied // a key that may not welcome is no broken one
	}
	return err
}
