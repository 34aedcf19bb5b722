package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/docspace-invite-bot/bot/internal/docspace"
	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/remedy"
	"github.com/docspace-invite-bot/bot/internal/slackbot"
)

// expiresSoon is how long before the end of a key its operator hears of it.
const expiresSoon = 14 * 24 * time.Hour

// docspace tries the portal, the key, and what it opens.
func (c *checkup) docspace(ctx context.Context, net network) {
	client, err := newPortal(c.settings, nil, slog.New(slog.DiscardHandler), net)
	if err != nil {
		c.wrong("DOCSPACE_URL", fails, err)
		return
	}
	defer client.Close()
	if owner, useful := c.portal(ctx, client); useful {
		c.links(ctx, client)
		c.people(ctx, client, owner)
		if c.settings.Rooms != slackbot.RoomsOff {
			c.rooms(ctx, client)
		}
		if c.settings.EmailInvites {
			c.emails(ctx, client, owner)
		}
	}
	c.clock(ctx, "Portal's clock", net, c.settings.DocSpaceURL, remedy.PortalClock)
}

// portal looks how the portal and the key are, without asking for links or people. useful is false
// when that would be no use.
func (c *checkup) portal(ctx context.Context, client *docspace.Client) (owner docspace.Account, useful bool) {
	if safe, err := checkAddress(c.settings.DocSpaceURL); err == nil && !safe {
		c.trouble("DOCSPACE_URL", warns, remedy.PortalInClear, "DOCSPACE_ALLOW_HTTP")
	}
	about, err := client.Settings(ctx)
	switch {
	case err != nil:
		c.wrong("DOCSPACE_URL", fails, err)
		return owner, false
	case about.Suspended != "":
		c.trouble("DOCSPACE_URL", fails, about.Trouble(), "it is "+about.Suspended)
		return owner, false
	case !about.Supported():
		c.trouble("DOCSPACE_URL", fails, remedy.PortalTooOld, about.Version)
	case !about.Known():
		c.find("DOCSPACE_URL", warns, fmt.Sprintf("DocSpace with an unknown version (%.40q)", about.Version), "check that it is 3.2.1 or later")
	default:
		c.good("DOCSPACE_URL", "DocSpace %s", about.Version)
	}
	if owner, useful = c.key(ctx, client); useful {
		c.inviting(ctx, client)
	}
	return owner, useful
}

// key looks at the key and at the account that it acts as.
func (c *checkup) key(ctx context.Context, client *docspace.Client) (owner docspace.Account, ok bool) {
	key, err := client.KeyInfo(ctx)
	if err == nil && !key.Full { // it may not even ask whose it is
		c.trouble("DOCSPACE_API_KEY", fails, remedy.KeyScope, "its scopes are "+strings.Join(key.Scopes, ", "))
		return owner, false
	}
	if err == nil {
		owner, err = client.Self(ctx)
	}
	if err != nil {
		c.wrong("DOCSPACE_API_KEY", fails, err)
		return owner, false
	}
	left := time.Until(key.Expires)
	switch {
	case !key.Active:
		c.trouble("DOCSPACE_API_KEY", fails, remedy.KeyRefused, "the portal says that it is switched off")
	case !key.Expires.IsZero() && left < expiresSoon:
		c.trouble("DOCSPACE_API_KEY", warns, remedy.KeyExpiring, "on "+key.Expires.Format(time.DateOnly))
	case !key.Expires.IsZero():
		c.good("DOCSPACE_API_KEY", "%q, valid until %s", key.Name, key.Expires.Format(time.DateOnly))
	default:
		c.good("DOCSPACE_API_KEY", "%q, never expires", key.Name)
	}
	c.owner(owner)
	return owner, true
}

// owner looks whether the account that the key acts as may do what is asked of it.
func (c *checkup) owner(owner docspace.Account) {
	role := string(owner.Role)
	if owner.Owner {
		role = "the portal's owner"
	}
	var barred []string
	for _, r := range c.open() {
		if !mayInvite(owner, r) {
			barred = append(barred, string(r))
		}
	}
	if len(barred) > 0 {
		c.trouble("Key's account", fails, remedy.KeyOwnerLow, "it is "+role+", which can't invite for "+strings.Join(barred, ", "))
		return
	}
	c.good("Key's account", "%s (%s)", cmp.Or(owner.Name, "an account without a name"), role)
}

// mayInvite reports whether the account gets links for the role (docs/facts/docspace.md, "Legacy
// invitation link").
func mayInvite(account docspace.Account, role invitation.Role) bool {
	switch role {
	case invitation.DocSpaceAdmin:
		return account.Owner
	case invitation.RoomAdmin:
		return account.Owner || account.Role == invitation.DocSpaceAdmin
	}
	return account.Owner || account.Role == invitation.DocSpaceAdmin || account.Role == invitation.RoomAdmin
}

// open are the roles that are handed out to others than admins.
func (c *checkup) open() []invitation.Role {
	return slices.DeleteFunc(invitation.Roles(), func(r invitation.Role) bool {
		return r != invitation.Role(c.settings.DefaultRole) && !slices.Contains(roles(c.settings.OpenRoles), r)
	})
}

// inviting looks at the portal's two switches. With the one for guests off it gives links all the
// same, by which no one gets in.
func (c *checkup) inviting(ctx context.Context, client *docspace.Client) {
	members, guests, err := client.InvitationSettings(ctx)
	switch {
	case err != nil:
		c.wrong("Inviting", fails, err)
	case !members:
		c.trouble("Inviting", fails, remedy.InvitingOff, "")
	case !guests && slices.Contains(c.open(), invitation.Guest):
		c.trouble("Inviting", fails, remedy.GuestsOff, "")
	case !guests:
		c.good("Inviting", "switched on for members; off for guests, a role that no one gives out")
	default:
		c.good("Inviting", "switched on for members and guests")
	}
}

// links asks for a link for every role; a link by itself invites no one. With LINKS=managed the portal makes its one
// link for a role where it has none yet.
func (c *checkup) links(ctx context.Context, client *docspace.Client) {
	open := c.open()
	for _, role := range invitation.Roles() {
		check := "Link for " + string(role)
		_, err := client.InviteLink(ctx, role)
		switch {
		case err == nil && c.settings.Links != linksManaged:
			c.good(check, "given")
		case err == nil && role == invitation.Guest:
			c.good(check, "given; it can't be revoked, as the portal has no managed links for guests")
		case err == nil:
			c.good(check, "given; it can be revoked")
		case slices.Contains(open, role):
			c.wrong(check, fails, err)
		case errors.Is(err, invitation.NoLink): // for admins alone, so perhaps not meant to work
			c.trouble(check, warns, remedy.KeyOwnerLow, "only admins could give it")
		default:
			c.wrong(check, warns, err)
		}
	}
}

// people looks someone up who is there: the account of the key itself.
func (c *checkup) people(ctx context.Context, client *docspace.Client, owner docspace.Account) {
	if _, err := client.FindAccounts(ctx, []string{owner.Email}); err != nil {
		c.wrong("People list", fails, err)
		return
	}
	c.good("People list", "readable")
}

// What is off while something is missing.
const (
	noRooms  = "no one can be invited into a room"
	noEmails = "inviters have to pass on the link to people who aren't on Slack"
)

// rooms looks whether there is a room that the bot can invite into. Being a DocSpace admin is not enough for that
// (docs/facts/docspace.md, "Who may share a room"), and without one everything else works.
func (c *checkup) rooms(ctx context.Context, client *docspace.Client) {
	rooms, err := client.Rooms(ctx, "")
	if err != nil {
		c.off("Rooms", noRooms, err)
		return
	}
	shared := 0
	for _, room := range rooms {
		if room.MayInvite {
			shared++
		}
	}
	seen := fmt.Sprintf("%d rooms that it sees", len(rooms))
	if len(rooms) == docspace.RoomsMax {
		seen = fmt.Sprintf("latest %d rooms that it sees", len(rooms))
	}
	if shared == 0 {
		c.findings = append(c.findings, finding{
			"Rooms", warns, fmt.Sprintf("the key's account can't share any of the %s: %s", seen, noRooms),
			remedy.RoomNotShared.Remedy(), remedy.RoomNotShared,
		})
		return
	}
	c.good("Rooms", "the key's account can share %d of the %s", shared, seen)
}

// emails looks whether the portal would invite people by email. No call tells without inviting someone, so these are
// its switches and its allowance.
func (c *checkup) emails(ctx context.Context, client *docspace.Client, owner docspace.Account) {
	const check = "Invitations by email"
	members, guests, err := client.InvitationSettings(ctx)
	var left int
	var limited bool
	if err == nil {
		left, limited, err = client.EmailsLeft(ctx)
	}
	switch {
	case err != nil:
		c.off(check, noEmails, err)
	case !members:
		c.trouble(check, warns, remedy.InvitingOff, noEmails)
	case limited && left == 0:
		c.trouble(check, warns, remedy.EmailsUsedUp, noEmails)
	case !owner.Owner && owner.Role != invitation.DocSpaceAdmin: // docs/facts/docspace.md, "Finding users"
		c.findings = append(c.findings, finding{
			check, warns, "the key's account is " + string(owner.Role) + ", which doesn't see every guest: one whom it doesn't see gets the invitation's role",
			remedy.KeyOwnerLow.Remedy(), remedy.KeyOwnerLow,
		})
	case !guests:
		c.good(check, "the portal sends them to members; not to guests, whom it doesn't let in")
	case limited:
		c.good(check, "the portal sends them, %d more for now", left)
	default:
		c.good(check, "the portal sends them")
	}
}

// off warns that something can't be done that the bot works without.
func (c *checkup) off(check, without string, err error) {
	detail, do := remedy.Told(err)
	c.findings = append(c.findings, finding{check, warns, detail + ": " + without, do, remedy.Of(err)})
}
