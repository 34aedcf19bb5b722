package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/docspace"
	"github.com/docspace-invite-bot/bot/internal/slackbot"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// checkTimeout bounds all of bot check.
const checkTimeout = 2 * time.Minute

// checkCommand is bot check: every setting is tried against the live Slack and the live
// portal. Nothing is posted and nobody is invited.
func checkCommand(ctx context.Context, env map[string]string, stdout, stderr io.Writer) int {
	s, err := readSettings(env)
	if err != nil {
		return misconfigured(stderr, err)
	}
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	c := checkup{out: stdout, settings: s}
	c.slack(ctx, s.network())
	c.portal(ctx, s.network())
	if c.failed > 0 {
		_, _ = fmt.Fprintf(stdout, "\n%d to mend before the bot works.\n", c.failed)
		return exitFailed
	}
	_, _ = fmt.Fprintln(stdout, "\nThe bot would work.")
	return exitDone
}

// checkup prints one line for each thing it tries.
type checkup struct {
	out      io.Writer
	settings settings
	failed   int
}

func (c *checkup) good(what, format string, args ...any) {
	_, _ = fmt.Fprintf(c.out, "✔ %-18s %s\n", what, fmt.Sprintf(format, args...))
}

// bad says what is wrong and, on a line of its own, how to mend it.
func (c *checkup) bad(what, wrong, remedy string) {
	c.failed++
	_, _ = fmt.Fprintf(c.out, "✘ %-18s %s\n", what, wrong)
	if remedy != "" {
		_, _ = fmt.Fprintf(c.out, "  %-18s → %s\n", "", remedy)
	}
}

// note is for what works and may surprise.
func (c *checkup) note(what, format string, args ...any) {
	_, _ = fmt.Fprintf(c.out, "! %-18s %s\n", what, fmt.Sprintf(format, args...))
}

func (c *checkup) slack(ctx context.Context, net network) {
	client := net.client()
	defer client.CloseIdleConnections()
	api := slackClient(c.settings, client)

	identity, err := slackbot.WhoAmI(ctx, api)
	if err != nil {
		c.bad("SLACK_BOT_TOKEN", err.Error(), "copy the Bot User OAuth Token, xoxb-…, from OAuth & Permissions; check SLACK_API_URL")
	} else {
		c.good("SLACK_BOT_TOKEN", "@%s in %s", identity.User, identity.Team)
		if missing := identity.Missing(); len(missing) > 0 {
			c.bad("Slack scopes", "missing: "+strings.Join(missing, ", "), "add them under OAuth & Permissions (bot manifest lists all), then reinstall the app")
		} else {
			c.good("Slack scopes", "all that the manifest asks for")
		}
		c.channels(ctx, api)
	}

	sockets := slackbot.NewSockets(api, slackbot.SocketOptions{Dialer: net.webSocket(), Log: slog.New(slog.DiscardHandler)}, nil)
	if err := sockets.Try(ctx); err != nil {
		c.bad("SLACK_APP_TOKEN", err.Error(), "it is made under Basic Information > App-Level Tokens, with the scope connections:write")
	} else {
		c.good("SLACK_APP_TOKEN", "Socket Mode greets the bot")
	}
}

// channels looks whether the bot is where the command is to work, and where approval is asked for.
func (c *checkup) channels(ctx context.Context, api *slack.Client) {
	wanted := [][2]string{}
	for _, id := range c.settings.Channels {
		wanted = append(wanted, [2]string{"CHANNELS", id})
	}
	if c.settings.Approval != "" {
		wanted = append(wanted, [2]string{"APPROVAL_CHANNEL", c.settings.Approval})
	}
	for _, place := range wanted {
		setting, id := place[0], place[1]
		name, err := slackbot.CanPost(ctx, api, tracker.Channel(id))
		switch {
		case errors.Is(err, tracker.ChannelArchived):
			c.bad(setting, id+" is archived", "take it out of "+setting+", or unarchive it")
		case errors.Is(err, tracker.CannotPost):
			c.bad(setting, "the bot is not in "+id, "type /invite @docspace there")
		case err != nil:
			c.bad(setting, id+": "+err.Error(), "")
		default:
			c.good(setting, "the bot is in #%s", name)
		}
	}
}

func (c *checkup) portal(ctx context.Context, net network) {
	client, err := newPortal(c.settings, nil, slog.New(slog.DiscardHandler), net)
	if err != nil {
		c.bad("DOCSPACE_URL", err.Error(), "")
		return
	}
	defer client.Close()

	about, err := client.Settings(ctx)
	switch {
	case err != nil:
		c.bad("DOCSPACE_URL", err.Error(), remedy(err))
		return
	case about.Suspended != "":
		c.bad("DOCSPACE_URL", "the portal is "+about.Suspended, "ask the portal's owner")
		return
	}
	c.good("DOCSPACE_URL", "DocSpace %s", about.Version)
	if safe, err := checkAddress(c.settings.DocSpaceURL); err == nil && !safe {
		c.note("DOCSPACE_URL", "called without encryption: whoever sees the network sees the API key and every invite link")
	}

	key, err := client.KeyInfo(ctx)
	if err != nil {
		c.bad("DOCSPACE_API_KEY", err.Error(), remedy(err))
		return
	}
	owner, err := client.Self(ctx)
	if err != nil {
		c.bad("DOCSPACE_API_KEY", err.Error(), remedy(err))
		return
	}
	if !key.Full {
		c.bad("DOCSPACE_API_KEY", "its scopes are "+strings.Join(key.Scopes, ", "), "make a key with full access, or with *:write")
	} else {
		c.good("DOCSPACE_API_KEY", "%q of %s (%s)", key.Name, cmp.Or(owner.Name, "an account without a name"), owner.Role)
	}
	if !key.Expires.IsZero() {
		if left := time.Until(key.Expires); left < 14*24*time.Hour {
			c.note("DOCSPACE_API_KEY", "expires on %s", key.Expires.Format(time.DateOnly))
		}
	}
	c.links(ctx, client)

	if _, err := client.Find(ctx, []string{owner.Email}); err != nil {
		c.bad("People list", err.Error(), remedy(err))
	} else {
		c.good("People list", "readable")
	}
}

// links asks for a link for every role that is handed out; a link by itself invites nobody.
func (c *checkup) links(ctx context.Context, client *docspace.Client) {
	if members, guests, err := client.InvitationSettings(ctx); err == nil && members && !guests &&
		slices.Contains(append(roles(c.settings.OpenRoles), tracker.Role(c.settings.DefaultRole)), tracker.Guest) {
		c.note("Guests", "the portal gives links for guests and lets none in: Settings > Security > Invitations")
	}
	for _, role := range tracker.Roles() {
		open := role == tracker.Role(c.settings.DefaultRole) || slices.Contains(roles(c.settings.OpenRoles), role)
		_, err := client.InviteLink(ctx, role)
		switch {
		case err == nil:
			c.good("Link for "+string(role), "given")
		case open:
			c.bad("Link for "+string(role), err.Error(), remedy(err))
		default: // admins only, so perhaps not meant to work
			c.note("Link for "+string(role), "not given to this key's account (%v)", reasonOf(err))
		}
	}
}

func reasonOf(err error) tracker.Reason {
	reason, _ := errors.AsType[tracker.Reason](err)
	return reason
}

// remedy says where to mend what the portal refuses.
func remedy(err error) string {
	switch reasonOf(err) {
	case tracker.KeyBroken:
		return "make a new key under Developer Tools > API keys, with full access, as a DocSpace admin"
	case tracker.NoLink:
		return "the key's account may not invite for this role: it must be a DocSpace admin (for DocSpaceAdmin links the owner)"
	case tracker.PortalDenied:
		return "switch inviting on under Settings > Security > Invitations, and see that no IP restriction shuts the bot out"
	case tracker.SeatLimit:
		return "free a seat or extend the plan"
	case tracker.PortalUnpaid:
		return "ask the portal's owner: it is unpaid, suspended, or has another address"
	case tracker.PortalBusy:
		return "wait a minute and try again"
	case tracker.PortalDown:
		return "see that the address is right and reachable from this machine"
	case tracker.NotDocSpace:
		return "DOCSPACE_URL must be the portal's own address, as in the browser, without a path"
	}
	return ""
}
