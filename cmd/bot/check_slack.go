package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/remedy"
	"github.com/docspace-invite-bot/bot/internal/slackapi"
	"github.com/docspace-invite-bot/bot/internal/socketmode"
)

// socketsMax is how many connections Slack allows an app (docs/facts/slack.md, "Delivery and
// retries").
const socketsMax = 10

// slack tries the tokens, and what they open.
func (c *checkup) slack(ctx context.Context, net network) {
	client := net.client()
	defer client.CloseIdleConnections()
	api := slackClient(c.settings, client, nil)

	bot, err := api.WhoAmI(ctx)
	if err != nil {
		c.wrong("SLACK_BOT_TOKEN", fails, err)
	} else {
		c.good("SLACK_BOT_TOKEN", "@%s in %s", bot.User, bot.Team)
		c.scopes(bot)
	}
	greeting, refused := socketmode.New(api, socketmode.Options{Dialer: net.webSocket()}, nil).Try(ctx)
	switch {
	case refused != nil:
		c.wrong("SLACK_APP_TOKEN", fails, refused)
	case greeting.Connections-1+c.settings.SlackSockets > socketsMax:
		c.trouble("SLACK_APP_TOKEN", warns, remedy.TooManySockets,
			fmt.Sprintf("others have %d of the app's, and SLACK_SOCKETS is %d", greeting.Connections-1, c.settings.SlackSockets))
	default:
		c.good("SLACK_APP_TOKEN", "Socket Mode works; other connections of the app: %d", greeting.Connections-1)
	}
	if err == nil {
		c.workspace(ctx, net, api, bot, greeting.App)
	}
}

// workspace looks at what the settings name in Slack, and at Slack's clock.
func (c *checkup) workspace(ctx context.Context, net network, api *slackapi.Client, bot slackapi.Identity, app string) {
	c.sameApp(ctx, api, bot, app)
	c.places(ctx, api)
	c.openRoles()
	c.admins(ctx, api, bot)
	c.clock(ctx, "Slack's clock", net, c.settings.SlackAPIURL, remedy.SlackClock)
}

// scopes compares what Slack says the bot token may do with what the manifest asks for.
func (c *checkup) scopes(bot slackapi.Identity) {
	if len(bot.Scopes) == 0 {
		c.find("Slack scopes", warns, "Slack doesn't list them", "check that no proxy drops the X-OAuth-Scopes header, and compare "+
			"OAuth & Permissions at api.slack.com/apps with bot manifest")
		return
	}
	if missing := bot.Missing(slackapi.Scopes); len(missing) > 0 {
		c.trouble("Slack scopes", fails, remedy.BotScopeMissing, strings.Join(missing, ", "))
	} else {
		c.good("Slack scopes", "all that the manifest asks for")
	}
	switch missing := bot.Missing(slackapi.OptionalScopes); len(missing) {
	case 0:
		c.good("History scopes", "granted: no duplicate messages after a crash")
	case len(slackapi.OptionalScopes):
		c.good("History scopes", "not granted (optional): after a crash, one message may be sent twice")
	default:
		c.find("History scopes", warns, "granted in part; missing: "+strings.Join(missing, ", "),
			"add the others under OAuth & Permissions at api.slack.com/apps and reinstall the app, or remove all of them")
	}
}

// sameApp sees whether both tokens are of one app: commands come to the one that the app-level
// token belongs to, and the other one's bot would answer them.
func (c *checkup) sameApp(ctx context.Context, api *slackapi.Client, bot slackapi.Identity, app string) {
	if app == "" {
		return
	}
	if of := api.AppOf(ctx, bot); of != "" && of != app {
		c.trouble("SLACK_APP_TOKEN", fails, remedy.TwoApps, app+" and "+of)
	}
}

// places looks whether the bot is where the command is to work, and where approval is asked for.
func (c *checkup) places(ctx context.Context, api *slackapi.Client) {
	if len(c.settings.Channels) == 0 {
		c.good("CHANNELS", "not set: the command works in public channels, and in private ones that the bot is in")
	}
	for _, id := range c.settings.Channels {
		if place, ok := c.place(ctx, api, "CHANNELS", id); ok && place.Shared && !c.settings.Shared {
			c.trouble("CHANNELS", warns, remedy.ChannelShared, "#"+place.Name)
		}
	}
	if c.settings.Approval == "" {
		return
	}
	if place, ok := c.place(ctx, api, "APPROVAL_CHANNEL", c.settings.Approval); ok && place.Public {
		c.trouble("APPROVAL_CHANNEL", warns, remedy.ApprovalsPublic, "#"+place.Name)
	}
}

func (c *checkup) place(ctx context.Context, api *slackapi.Client, setting, id string) (slackapi.Place, bool) {
	place, err := api.CanPost(ctx, invitation.Channel(id))
	if err != nil {
		c.fault(setting, id, err)
		return place, false
	}
	if place.Public && !place.Member {
		c.good(setting, "#%s is public: the bot posts there without being in it", cmp.Or(place.Name, id))
	} else {
		c.good(setting, "the bot is in #%s", cmp.Or(place.Name, id))
	}
	return place, true
}

// openRoles tells when no role is open: that is rare, and looks like a setting that was forgotten.
func (c *checkup) openRoles() {
	if len(c.settings.OpenRoles) == 0 {
		c.good("OPEN_ROLES", "empty: only ADMINS and the workspace's admins and owners can give roles")
	}
}

// admins looks who they are. A group that does not exist has every command refused.
func (c *checkup) admins(ctx context.Context, api *slackapi.Client, bot slackapi.Identity) {
	if len(c.settings.Admins) == 0 {
		c.good("ADMINS", "not set: only admins and owners of the workspace")
	}
	for _, id := range c.settings.Admins {
		who, err := api.Admin(ctx, bot, id)
		switch {
		case remedy.Of(err) == remedy.AdminGone:
			c.trouble("ADMINS", warns, remedy.AdminGone, id)
		case err != nil:
			c.fault("ADMINS", id, err)
		default:
			c.good("ADMINS", "%s is %s", id, who)
		}
	}
}
