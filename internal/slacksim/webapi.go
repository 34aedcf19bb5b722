package slacksim

import (
	"net/http"
	"slices"
	"strings"
)

// method is one method of the Web API.
type method struct {
	// scopes are those of which the token needs one, if any.
	scopes []string
	// reads is the access to a conversation that the method needs, read or history. Which scope
	// that is depends on the kind of the conversation, so the method itself asks for it.
	reads string
	tier  int
	// open methods need no token, those for the app take the app-level token alone.
	open, forApp bool
	run          func(*Workspace, *call) (object, error)
}

// methods are those that the workspace knows; others answer unknown_method.
var methods = map[string]method{
	"apps.connections.open": {tier: 3, forApp: true, scopes: []string{"connections:write"}, run: (*Workspace).connectionsOpen},
	"auth.test":             {run: (*Workspace).authTest},
	"blocks.validate":       {open: true, run: (*Workspace).blocksValidate},

	"chat.postMessage":   {scopes: []string{"chat:write"}, run: (*Workspace).chatPostMessage},
	"chat.postEphemeral": {tier: 4, scopes: []string{"chat:write"}, run: (*Workspace).chatPostEphemeral},
	"chat.update":        {tier: 3, scopes: []string{"chat:write"}, run: (*Workspace).chatUpdate},

	"conversations.info":    {tier: 3, reads: "read", run: (*Workspace).conversationsInfo},
	"conversations.members": {tier: 4, reads: "read", run: (*Workspace).conversationsMembers},
	"conversations.history": {tier: 3, reads: "history", run: (*Workspace).conversationsHistory},
	"conversations.replies": {tier: 3, reads: "history", run: (*Workspace).conversationsReplies},
	"conversations.open":    {tier: 3, scopes: []string{"im:write", "mpim:write"}, run: (*Workspace).conversationsOpen},

	"users.info":            {tier: 4, scopes: []string{"users:read"}, run: (*Workspace).usersInfo},
	"users.lookupByEmail":   {tier: 3, scopes: []string{"users:read.email"}, run: (*Workspace).usersLookupByEmail},
	"usergroups.users.list": {tier: 2, scopes: []string{"usergroups:read"}, run: (*Workspace).usergroupsUsersList},

	"views.open":    {tier: 4, run: (*Workspace).viewsOpen},
	"views.push":    {tier: 4, run: (*Workspace).viewsPush},
	"views.update":  {tier: 4, run: (*Workspace).viewsUpdate},
	"views.publish": {tier: 4, run: (*Workspace).viewsPublish},
}

// defaultAppScopes are those that the app-level token bears (docs/facts/slack.md, "Rate limits").
var defaultAppScopes = []string{"connections:write", "authorizations:read"}

// perform does a call whose token is good, and sets the headers that tell of scopes.
func (w *Workspace) perform(c *call, header http.Header) (object, error) {
	m, known := methods[c.method]
	if !known {
		return nil, &refusal{code: "unknown_method", more: object{"req_method": c.method}}
	}
	if m.open {
		return m.run(w, c)
	}
	granted := w.scopes
	switch c.token {
	case "":
		return nil, refuse("not_authed")
	case w.botToken:
		if m.forApp {
			return nil, refuse("not_allowed_token_type")
		}
		if w.refuseBot != "" {
			return nil, refuse(w.refuseBot)
		}
	case w.appToken:
		if !m.forApp {
			return nil, refuse("not_allowed_token_type")
		}
		granted = w.appScopes
	default:
		if slices.Contains(w.revoked, c.token) {
			return nil, refuse("token_revoked")
		}
		return nil, refuse("invalid_auth")
	}
	header.Set("X-OAuth-Scopes", strings.Join(granted, ","))
	header.Set("X-Accepted-OAuth-Scopes", strings.Join(m.accepts(), ","))
	if err := need(granted, m.scopes...); err != nil {
		return nil, err
	}
	return m.run(w, c)
}

// accepts returns the scopes that the method takes.
func (m method) accepts() []string {
	if m.reads == "" {
		return m.scopes
	}
	return scopesTo(m.reads)
}

// scopesTo returns the scopes for an access to conversations, one for each kind.
func scopesTo(access string) []string {
	return []string{"channels:" + access, "groups:" + access, "im:" + access, "mpim:" + access}
}

// need refuses a call for which a token has none of the scopes.
func need(granted []string, scopes ...string) error {
	if len(scopes) == 0 || slices.ContainsFunc(scopes, func(s string) bool { return slices.Contains(granted, s) }) {
		return nil
	}
	return &refusal{code: "missing_scope", more: object{
		"needed": strings.Join(scopes, ","), "provided": strings.Join(granted, ","),
	}}
}

// missing refuses a call that lacks an argument.
func missing(name string) error {
	return &refusal{code: "invalid_arguments", more: object{
		"response_metadata": object{"messages": []string{"[ERROR] missing required field: " + name}},
	}}
}

func (w *Workspace) authTest(*call) (object, error) {
	return object{
		"url": "https://" + teamDomain + ".slack.com/", "team": teamName, "team_id": teamID,
		"user": botName, "user_id": botUser, "bot_id": botID, "is_enterprise_install": false,
	}, nil
}

// blocksValidate checks blocks, a view or a message without posting them. It needs no token.
func (w *Workspace) blocksValidate(c *call) (object, error) {
	var code string
	var wrong problems
	switch {
	case c.has("blocks"):
		code = "invalid_blocks"
		_, wrong = checkBlocks(c.json("blocks"), inMessage)
	case c.has("message"):
		code = "invalid_message"
		var message struct {
			Blocks rawJSON `json:"blocks"`
		}
		if decode(c.json("message"), &message) != nil {
			return nil, refuse(code)
		}
		_, wrong = checkBlocks(message.Blocks, inMessage)
	case c.has("view"):
		code = "invalid_view"
		_, wrong = checkView(c.json("view"))
	default:
		return nil, missing("blocks")
	}
	if len(wrong) == 0 {
		return nil, nil
	}
	errors := make([]object, len(wrong))
	for i, p := range wrong {
		errors[i] = object{"pointer": p.pointer, "message": p.message, "code": code}
	}
	return nil, &refusal{code: code, more: object{"errors": errors}}
}
