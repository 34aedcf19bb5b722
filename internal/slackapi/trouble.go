package slackapi

import (
	"cmp"

	"github.com/docspace-invite-bot/bot/internal/reach"
	"github.com/docspace-invite-bot/bot/internal/remedy"
)

// botTroubles tell what Slack's error codes say of the bot token, the app and its places
// (docs/facts/slack.md, "Web API methods").
var botTroubles = map[string]remedy.Trouble{
	"invalid_auth":            remedy.BotTokenUnknown,
	"not_authed":              remedy.BotTokenMissing,
	"token_revoked":           remedy.BotTokenRevoked,
	"token_expired":           remedy.BotTokenExpired,
	"not_allowed_token_type":  remedy.BotTokenWrongKind,
	"account_inactive":        remedy.BotTokenDeactivated,
	"missing_scope":           remedy.BotScopeMissing,
	"no_permission":           remedy.WorkspaceForbidden,
	"team_access_not_granted": remedy.WorkspaceForbidden,
	"org_login_required":      remedy.WorkspaceForbidden,
	"ekm_access_denied":       remedy.WorkspaceForbidden,
	"team_disabled":           remedy.WorkspaceDisabled,

	"channel_not_found":                        remedy.BotNotInChannel,
	"not_in_channel":                           remedy.BotNotInChannel,
	"is_archived":                              remedy.ChannelArchived,
	"is_inactive":                              remedy.ChannelArchived,
	"restricted_action":                        remedy.ChannelRestricted,
	"restricted_action_read_only_channel":      remedy.ChannelRestricted,
	"restricted_action_thread_only_channel":    remedy.ChannelRestricted,
	"restricted_action_non_threadable_channel": remedy.ChannelRestricted,
	"messages_tab_disabled":                    remedy.MessagesTabOff,
	"not_enabled":                              remedy.HomeTabOff,

	"ratelimited":            remedy.SlackBusy,
	"rate_limited":           remedy.SlackBusy,
	"message_limit_exceeded": remedy.SlackBusy,
	"internal_error":         remedy.SlackDown,
	"fatal_error":            remedy.SlackDown,
	"service_unavailable":    remedy.SlackDown,
	"request_timeout":        remedy.SlackDown,
}

// AppTrouble returns what a refusal of a Socket Mode connection is about: a code of apps.connections.open,
// or the reason of a disconnect; "" for others (docs/facts/slack.md, "Opening", "disconnect" and "Run and
// shutdown"). None of them heals while the program runs, except too many connections.
func AppTrouble(code string) remedy.Trouble { return appTroubles[code] }

var appTroubles = map[string]remedy.Trouble{
	"too_many_websockets":     remedy.TooManySockets,
	"link_disabled":           remedy.SocketModeOff,
	"invalid_auth":            remedy.AppTokenUnknown,
	"not_authed":              remedy.AppTokenMissing,
	"missing_args":            remedy.AppTokenMissing,
	"account_inactive":        remedy.AppTokenDeactivated,
	"token_revoked":           remedy.AppTokenRevoked,
	"token_expired":           remedy.AppTokenExpired,
	"not_allowed_token_type":  remedy.AppTokenWrongKind,
	"missing_scope":           remedy.AppScopeMissing,
	"user_removed_from_team":  remedy.InstallerLeft,
	"team_disabled":           remedy.WorkspaceDisabled,
	"forbidden_team":          remedy.WorkspaceForbidden,
	"team_access_not_granted": remedy.WorkspaceForbidden,
}

// onTheWay are what is wrong on the way to Slack when no answer of Slack's came.
var onTheWay = map[reach.Cause]remedy.Trouble{
	reach.NoHost: remedy.SlackUnknownHost, reach.NameServer: remedy.NameServer, reach.Refused: remedy.SlackRefused,
	reach.ProxyAway: remedy.ProxyAway, reach.ProxyRefused: remedy.SlackProxy, reach.ProxyPassword: remedy.ProxyPassword,
	reach.PlainHTTP: remedy.SlackNoTLS, reach.PlainTLS: remedy.SlackNoTLS, reach.NoTLS: remedy.SlackNoTLS,
	reach.Expired: remedy.SlackExpired, reach.WrongName: remedy.SlackCertificate, reach.Untrusted: remedy.SlackCertificate,
}

// OnTheWay returns what is wrong on the way to Slack when no answer of Slack's came.
func OnTheWay(err error) remedy.Trouble {
	cause, _ := reach.Why(err)
	return cmp.Or(onTheWay[cause], remedy.SlackSilent)
}
