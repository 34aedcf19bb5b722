package slackapi

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/remedy"
)

// Scopes are those that the bot token needs. The manifest asks for the same, and a test
// compares both with the methods that the code calls.
var Scopes = []string{
	"commands", "chat:write", "chat:write.public", "users:read", "users:read.email", "usergroups:read",
	"channels:read", "groups:read", "im:read", "mpim:read",
}

// OptionalScopes let the bot find out, after it was killed between a message and the note of
// it, whether the message is there (docs/facts/slack.md, "Conversations" and "Web API methods").
// Without them it says it again.
var OptionalScopes = []string{"channels:history", "groups:history", "im:history", "mpim:history", "im:write"}

// Identity is whose bot token it is.
type Identity struct {
	Team, TeamID, User string
	// URL is the workspace's address, with a slash at its end.
	URL string
	// UserID is the bot's own user id.
	UserID string
	// Scopes are what the token may do; empty when Slack does not tell.
	Scopes []string
}

// Missing returns which of the scopes the token lacks; none when Slack does not tell.
func (i Identity) Missing(wanted []string) []string {
	if len(i.Scopes) == 0 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(wanted), func(s string) bool { return slices.Contains(i.Scopes, s) })
}

// WhoAmI asks Slack whose bot token it is: auth.test, whose answer's headers name the
// scopes (docs/facts/slack.md, "Rate limits"). ChatMisconfigured says that Slack refuses the token.
func (c *Client) WhoAmI(ctx context.Context) (Identity, error) {
	answer, err := c.AuthTestContext(ctx)
	if err != nil {
		return Identity{}, translate("auth.test", err)
	}
	identity := Identity{Team: answer.Team, TeamID: answer.TeamID, User: answer.User, UserID: answer.UserID, URL: answer.URL}
	for scope := range strings.SplitSeq(answer.Header.Get("X-OAuth-Scopes"), ",") {
		if scope = strings.TrimSpace(scope); scope != "" {
			identity.Scopes = append(identity.Scopes, scope)
		}
	}
	return identity, nil
}

// AppOf returns the id of the app that the bot belongs to; "" when Slack does not tell.
func (c *Client) AppOf(ctx context.Context, bot Identity) string {
	user, err := c.GetUserInfoContext(ctx, bot.UserID)
	if err != nil {
		return ""
	}
	return user.Profile.ApiAppID
}

// Place is a channel as far as it matters for invitations there.
type Place struct {
	Name string
	// Public says that everyone in the workspace can read it, Shared that people of other
	// organizations do, Member that the bot is in it.
	Public, Shared, Member bool
}

// CanPost reports whether the bot may post in a channel, and what the channel is. Reasons:
// CannotPost, ChannelArchived. Nothing is posted.
func (c *Client) CanPost(ctx context.Context, id invitation.Channel) (Place, error) {
	found, err := c.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: string(id)})
	if err != nil {
		return Place{}, translate("conversations.info", err)
	}
	place := Place{Name: found.Name, Public: found.IsChannel && !found.IsPrivate, Shared: IsSharedOutside(found), Member: found.IsMember}
	if found.IsArchived {
		return place, remedy.Wrap(remedy.ChannelArchived, invitation.ChannelArchived)
	}
	return place, nil
}

// Admin returns who or what an id among ADMINS is, in words for an operator. The error tells the
// trouble with it: there is none of this id, or that person may hand out nothing.
func (c *Client) Admin(ctx context.Context, bot Identity, id string) (string, error) {
	if strings.HasPrefix(id, "S") {
		members, err := c.GetUserGroupMembersContext(ctx, id)
		if err = translate("usergroups.users.list", err); errors.Is(err, invitation.UnknownGroup) {
			err = remedy.Wrap(remedy.AdminGroupUnknown, err)
		}
		return fmt.Sprintf("a user group, members: %d", len(members)), err
	}
	user, err := c.GetUserInfoContext(ctx, id)
	if err = translate("users.info", err); errors.Is(err, invitation.NotAPerson) {
		return "", remedy.Wrap(remedy.AdminUnknown, err)
	}
	if err != nil {
		return "", err
	}
	if ours := (&Directory{team: bot.TeamID}).IsOurs(user); !ours {
		err = remedy.Explain(remedy.AdminGone, nil)
	}
	return "@" + user.Name, err
}
