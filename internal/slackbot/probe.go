package slackbot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"github.com/docspace-invite-bot/bot/internal/remedy"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// Scopes are those that the bot token needs. The manifest asks for the same, and a test
// compares both with the methods that the code calls.
var Scopes = []string{
	"commands", "chat:write", "chat:write.public", "users:read", "users:read.email", "usergroups:read",
	"channels:read", "groups:read", "im:read", "mpim:read",
}

// Identity is whose bot token it is.
type Identity struct {
	Team, TeamID, User string
	// UserID is the bot's own user id.
	UserID string
	// Scopes are what the token may do; empty when Slack does not tell.
	Scopes []string
}

// Missing returns the scopes that the token lacks.
func (i Identity) Missing() []string {
	if len(i.Scopes) == 0 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(Scopes), func(s string) bool { return slices.Contains(i.Scopes, s) })
}

// WhoAmI asks Slack whose token the api carries: auth.test, whose answer's headers name the
// scopes (docs/facts/slack.md, "Rate limits"). ChatMisconfigured says that Slack refuses the token.
func WhoAmI(ctx context.Context, api *slack.Client) (Identity, error) {
	answer, err := api.AuthTestContext(ctx)
	if err != nil {
		return Identity{}, apiError("auth.test", err)
	}
	identity := Identity{Team: answer.Team, TeamID: answer.TeamID, User: answer.User, UserID: answer.UserID}
	for scope := range strings.SplitSeq(answer.Header.Get("X-OAuth-Scopes"), ",") {
		if scope = strings.TrimSpace(scope); scope != "" {
			identity.Scopes = append(identity.Scopes, scope)
		}
	}
	return identity, nil
}

// AppOf returns the id of the app that the bot belongs to; "" when Slack does not tell.
func AppOf(ctx context.Context, api *slack.Client, bot Identity) string {
	user, err := api.GetUserInfoContext(ctx, bot.UserID)
	if err != nil {
		return ""
	}
	return user.Profile.ApiAppID
}

// Place is a channel as far as it matters for invitations there.
type Place struct {
	Name string
	// Public says that everybody in the workspace can read it, Shared that people of other
	// organisations do, Member that the bot is in it.
	Public, Shared, Member bool
}

// CanPost tells whether the bot may post in a channel, and what the channel is. Reasons:
// CannotPost, ChannelArchived. Nothing is posted.
func CanPost(ctx context.Context, api *slack.Client, id tracker.Channel) (Place, error) {
	found, err := api.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: string(id)})
	if err != nil {
		return Place{}, apiError("conversations.info", err)
	}
	place := Place{Name: found.Name, Public: found.IsChannel && !found.IsPrivate, Shared: found.IsExtShared || found.IsPendingExtShared, Member: found.IsMember}
	if found.IsArchived {
		return place, remedy.Wrap(remedy.ChannelArchived, tracker.ChannelArchived)
	}
	return place, nil
}

// Admin tells who or what an id among ADMINS is, in words for an operator. The error tells the
// trouble with it: there is none of this id, or whoever it is may hand out nothing.
func Admin(ctx context.Context, api *slack.Client, bot Identity, id string) (string, error) {
	if strings.HasPrefix(id, "S") {
		members, err := api.GetUserGroupMembersContext(ctx, id)
		if err = apiError("usergroups.users.list", err); errors.Is(err, tracker.UnknownGroup) {
			err = remedy.Wrap(remedy.AdminGroupUnknown, err)
		}
		return fmt.Sprintf("a user group, members: %d", len(members)), err
	}
	user, err := api.GetUserInfoContext(ctx, id)
	if err = apiError("users.info", err); errors.Is(err, tracker.NotAPerson) {
		return "", remedy.Wrap(remedy.AdminUnknown, err)
	}
	if err != nil {
		return "", err
	}
	if ours := (&directory{team: bot.TeamID}).isOurs(user); !ours {
		err = remedy.Explain(remedy.AdminGone, nil)
	}
	return "@" + user.Name, err
}

// Greeting is how Slack greets a connection.
type Greeting struct {
	// App is the id of the app that the app-level token belongs to.
	App string
	// Connections is how many the app has, this one among them.
	Connections int
}

// Try opens one connection, waits until Slack greets it, and closes it. A running bot of the
// same app does not notice.
func (s *Sockets) Try(ctx context.Context) (Greeting, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	conn, err := s.connect(ctx, s.log)
	if err != nil {
		return Greeting{}, err
	}
	defer conn.close()
	_ = conn.ws.SetReadDeadline(time.Now().Add(10 * time.Second))
	var frame socketmode.Request
	if err := conn.ws.ReadJSON(&frame); err != nil {
		return Greeting{}, remedy.Wrap(remedy.SocketSilent, errors.New("slack took the connection and did not greet it"))
	}
	if frame.Type != typeHello {
		return Greeting{}, refusedConnection(cmp.Or(frame.Reason, frame.Type))
	}
	return Greeting{App: frame.ConnectionInfo.AppID, Connections: frame.NumConnections}, nil
}
