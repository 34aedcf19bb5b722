package slackbot

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// Scopes are those that the bot token needs. The manifest asks for the same, and a test
// compares both with the methods that the code calls.
var Scopes = []string{
	"commands", "chat:write", "users:read", "users:read.email", "usergroups:read",
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
// scopes (section 5 of the Slack facts). ChatMisconfigured says that Slack refuses the token.
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

// CanPost tells whether the bot may post in a channel, and its name. Reasons: CannotPost,
// ChannelArchived. Nothing is posted.
func CanPost(ctx context.Context, api *slack.Client, id tracker.Channel) (name string, err error) {
	place, err := api.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: string(id)})
	switch {
	case err != nil:
		return "", apiError("conversations.info", err)
	case place.IsArchived:
		return place.Name, tracker.ChannelArchived
	case place.IsChannel && !place.IsMember:
		return place.Name, tracker.CannotPost
	}
	return place.Name, nil
}

// Try opens one connection, waits until Slack greets it, and closes it. A running bot of the
// same app does not notice.
func (s *Sockets) Try(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	conn, err := s.connect(ctx, s.log)
	if err != nil {
		return err
	}
	defer conn.close()
	_ = conn.ws.SetReadDeadline(time.Now().Add(10 * time.Second))
	var greeting struct {
		Type   string `json:"type"`
		Reason string `json:"reason"`
	}
	if err := conn.ws.ReadJSON(&greeting); err != nil {
		return errors.New("slack took the connection and did not greet it")
	}
	if greeting.Type != typeHello {
		if advice := socketAdvice[greeting.Reason]; advice != "" {
			return errors.New(advice)
		}
		return errors.New("slack did not greet the connection: " + greeting.Type)
	}
	return nil
}
