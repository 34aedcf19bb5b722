package remedy

// What can be wrong with the tokens and the app in Slack.
//
//nolint:gosec // names of troubles with tokens, and no token
const (
	BotTokenUnknown     Trouble = "bot_token_unknown"
	BotTokenMissing     Trouble = "bot_token_missing"
	BotTokenRevoked     Trouble = "bot_token_revoked"
	BotTokenExpired     Trouble = "bot_token_expired"
	BotTokenWrongKind   Trouble = "bot_token_wrong_kind"
	BotTokenDeactivated Trouble = "bot_token_deactivated"
	BotScopeMissing     Trouble = "bot_scope_missing"
	AppTokenUnknown     Trouble = "app_token_unknown"
	AppTokenMissing     Trouble = "app_token_missing"
	AppTokenRevoked     Trouble = "app_token_revoked"
	AppTokenExpired     Trouble = "app_token_expired"
	AppTokenWrongKind   Trouble = "app_token_wrong_kind"
	AppTokenDeactivated Trouble = "app_token_deactivated"
	AppScopeMissing     Trouble = "app_scope_missing"
	InstallerLeft       Trouble = "installer_left"
	TwoApps             Trouble = "two_apps"
	WorkspaceDisabled   Trouble = "workspace_disabled"
	WorkspaceForbidden  Trouble = "workspace_forbidden"
	SocketModeOff       Trouble = "socket_mode_off"
	TooManySockets      Trouble = "too_many_websockets"
	SocketBlocked       Trouble = "socket_blocked"
	SocketSilent        Trouble = "socket_silent"
	MessagesTabOff      Trouble = "messages_tab_off"
	HomeTabOff          Trouble = "home_tab_off"
)

// What can be wrong with places and people in Slack.
const (
	BotNotInChannel   Trouble = "bot_not_in_channel"
	ChannelArchived   Trouble = "channel_archived"
	ChannelRestricted Trouble = "channel_restricted"
	ChannelShared     Trouble = "channel_shared"
	ApprovalsPublic   Trouble = "approvals_public"
	AdminUnknown      Trouble = "admin_unknown"
	AdminGroupUnknown Trouble = "admin_group_unknown"
	AdminGone         Trouble = "admin_gone"
)

// What can be wrong on the way to Slack.
const (
	SlackMiddlebox   Trouble = "slack_middlebox"
	SlackDown        Trouble = "slack_down"
	SlackBusy        Trouble = "slack_busy"
	SlackRefused     Trouble = "slack_refused"
	SlackUnknownHost Trouble = "slack_unknown_host"
	SlackCertificate Trouble = "slack_certificate"
	SlackSilent      Trouble = "slack_silent"
	SlackClock       Trouble = "slack_clock"
	SlackProxy       Trouble = "slack_proxy"
	SlackNoTLS       Trouble = "slack_no_tls"
	SlackExpired     Trouble = "slack_certificate_expired"
)

// What can be wrong on the way to Slack and to the portal alike.
const (
	ProxyPassword Trouble = "proxy_password"
	ProxyAway     Trouble = "proxy_away"
	NameServer    Trouble = "name_server"
)

// What can be wrong with the portal and the key.
const (
	KeyRefused       Trouble = "key_refused"
	KeyScope         Trouble = "key_scope"
	KeyOwnerLow      Trouble = "key_owner_low"
	KeyExpiring      Trouble = "key_expiring"
	InvitingOff      Trouble = "inviting_off"
	GuestsOff        Trouble = "guests_off"
	NoSeat           Trouble = "no_seat"
	AddressBarred    Trouble = "address_barred"
	PortalUnpaid     Trouble = "portal_unpaid"
	PortalSuspended  Trouble = "portal_suspended"
	PortalMoving     Trouble = "portal_moving"
	PortalUnknown    Trouble = "portal_unknown"
	PortalTooOld     Trouble = "portal_too_old"
	PortalBusy       Trouble = "portal_busy"
	BudgetSpent      Trouble = "budget_spent"
	PortalFailing    Trouble = "portal_failing"
	PortalGarbled    Trouble = "portal_garbled"
	PortalRefused    Trouble = "portal_refused"
	PortalNoHost     Trouble = "portal_unknown_host"
	PortalUntrusted  Trouble = "portal_certificate"
	PortalSilent     Trouble = "portal_silent"
	PortalElsewhere  Trouble = "portal_elsewhere"
	PortalMiddlebox  Trouble = "portal_middlebox"
	NotDocSpace      Trouble = "not_docspace"
	PortalClock      Trouble = "portal_clock"
	PortalInClear    Trouble = "portal_in_clear"
	PortalUnreadable Trouble = "portal_people"
	PortalUnsorted   Trouble = "portal_unsorted"
	PortalProxy      Trouble = "portal_proxy"
	PortalPlain      Trouble = "portal_plain_http"
	PortalEncrypted  Trouble = "portal_wants_https"
	PortalNoTLS      Trouble = "portal_no_tls"
	PortalExpired    Trouble = "portal_certificate_expired"
	PortalWrongName  Trouble = "portal_certificate_name"
	RoomNotShared    Trouble = "room_not_shared"
	EmailsUsedUp     Trouble = "emails_used_up"
	LegacyLinksGone  Trouble = "legacy_links_gone"
	NoManagedLinks   Trouble = "no_managed_links"
	CallMissing      Trouble = "call_missing"
)

// What can be wrong on this machine.
const (
	StateNoDirectory Trouble = "state_no_directory"
	StateReadOnly    Trouble = "state_read_only"
	StateFull        Trouble = "state_full"
	StateScarce      Trouble = "state_scarce"
	StateFailing     Trouble = "state_failing"
	StateDamaged     Trouble = "state_damaged"
	StateForeign     Trouble = "state_foreign"
	StateNewer       Trouble = "state_newer"
	StateInUse       Trouble = "state_in_use"
	StateLocked      Trouble = "state_locked"
	StateNoFile      Trouble = "state_no_file"
	StateGone        Trouble = "state_gone"
	StateForgets     Trouble = "state_forgets"
	DatabaseAway     Trouble = "database_away"
	DatabasePassword Trouble = "database_password"
	DatabaseUser     Trouble = "database_user"
	DatabaseMissing  Trouble = "database_missing"
	DatabaseRights   Trouble = "database_rights"
	DatabaseFull     Trouble = "database_full"
	DatabaseCrowded  Trouble = "database_crowded"
	DatabaseStandby  Trouble = "database_standby"
	DatabaseForeign  Trouble = "database_foreign"
	DatabaseChanged  Trouble = "database_changed"
	DatabasePooled   Trouble = "database_pooled"
	DatabaseInClear  Trouble = "database_in_clear"
	DatabasePooler   Trouble = "database_pooler"
	DatabaseNoHost   Trouble = "database_unknown_host"
	DatabaseRefused  Trouble = "database_refused"
	DatabaseNoTLS    Trouble = "database_no_tls"
	DatabaseCert     Trouble = "database_certificate"
	AddressInUse     Trouble = "address_in_use"
	AddressNotOurs   Trouble = "address_not_ours"
)

const (
	oauthPage   = "OAuth & Permissions at api.slack.com/apps"
	appPage     = "Basic Information > App-Level Tokens at api.slack.com/apps"
	keysPage    = "Developer Tools > API keys"
	useKey      = "restart the bot with it"
	copyBot     = "copy the Bot User OAuth Token, xoxb-…, from " + oauthPage
	reinstall   = "reinstall it under Install App at api.slack.com/apps, and copy the new Bot User OAuth Token, xoxb-…"
	renewApp    = "generate a new one, with the scope connections:write, under " + appPage
	copyApp     = "copy the app-level token, xapp-…, from " + appPage
	inMachine   = "from this machine: check its name server, its firewall and HTTPS_PROXY"
	ownClock    = "synchronize this machine's clock (timedatectl set-ntp true); if it is right, the other one is wrong"
	invitePage  = "Settings > Security > Invitations at the portal"
	askTheOwner = "ask the portal's owner"
)

// sentences are what operators read of each trouble.
var sentences = map[Trouble]sentence{
	BotTokenUnknown:     {"slack doesn't recognize SLACK_BOT_TOKEN", copyBot + "; check SLACK_API_URL"},
	BotTokenMissing:     {"slack received no SLACK_BOT_TOKEN", copyBot + "; check that no proxy drops the Authorization header"},
	BotTokenRevoked:     {"SLACK_BOT_TOKEN was revoked, or the app was removed from the workspace", reinstall},
	BotTokenExpired:     {"SLACK_BOT_TOKEN has expired: token rotation is on", "create a new app from bot manifest, because rotation can't be switched off, and " + copyBot},
	BotTokenWrongKind:   {"SLACK_BOT_TOKEN is the wrong kind of token", copyBot + "; a user token, xoxp-…, or an app-level token, xapp-…, doesn't work"},
	BotTokenDeactivated: {"the bot's account, or its workspace, was deactivated", "check that the workspace is active and has approved the app; then " + reinstall},
	BotScopeMissing: {
		"the bot token lacks scopes", "add them under OAuth & Permissions > Bot Token Scopes at api.slack.com/apps (bot manifest lists them all), then press Reinstall to Workspace there",
	},
	AppTokenUnknown:     {"slack doesn't recognize SLACK_APP_TOKEN", copyApp},
	AppTokenMissing:     {"slack received no SLACK_APP_TOKEN", copyApp + "; check that no proxy drops the Authorization header"},
	AppTokenRevoked:     {"SLACK_APP_TOKEN was revoked", renewApp},
	AppTokenExpired:     {"SLACK_APP_TOKEN has expired", renewApp},
	AppTokenWrongKind:   {"SLACK_APP_TOKEN is the wrong kind of token", copyApp},
	AppTokenDeactivated: {"the app or its workspace was deactivated", "check that the workspace is active, reinstall the app under Install App at api.slack.com/apps, and replace both tokens"},
	AppScopeMissing:     {"SLACK_APP_TOKEN lacks the scope connections:write", "an existing token can't get more scopes: " + renewApp},
	InstallerLeft:       {"the person who installed the app left the workspace", "have someone else reinstall it under Install App at api.slack.com/apps, then replace both tokens"},
	TwoApps:             {"SLACK_APP_TOKEN and SLACK_BOT_TOKEN belong to two apps: one would receive commands, and the other would answer", "take both tokens from the same app at api.slack.com/apps"},
	WorkspaceDisabled:   {"the workspace is disabled", "ask the workspace's owner"},
	WorkspaceForbidden:  {"the app isn't allowed in this workspace", "have a workspace admin approve it under Manage apps"},
	SocketModeOff:       {"Socket Mode is switched off for the app", "switch it on under Settings > Socket Mode at api.slack.com/apps and start the bot again"},
	TooManySockets:      {"slack refuses another connection: an app can have ten", "stop other programs that use the same app-level token, or lower SLACK_SOCKETS"},
	SocketBlocked:       {"the WebSocket address from Slack can't be reached", "let WebSockets to wss-primary.slack.com and wss-backup.slack.com, port 443, through the firewall and the proxy"},
	SocketSilent:        {"slack accepts the WebSocket and says nothing on it", "wait a minute, and look at slack-status.com; if it lasts, a proxy in between blocks WebSockets"},
	MessagesTabOff:      {"the bot can't send direct messages", "switch the Messages Tab on under App Home at api.slack.com/apps"},
	HomeTabOff:          {"the bot can't show the app's Home", "switch the Home Tab on under App Home at api.slack.com/apps"},

	BotNotInChannel:   {"the bot is not in the channel, or there is none with this id", "type /invite @docspace there; if there is no such channel, correct the id"},
	ChannelArchived:   {"the channel is archived", "unarchive it, or remove it from the settings"},
	ChannelRestricted: {"only some people can post in the channel", "let the app post, in the channel's settings > Posting permissions, or use another channel"},
	ChannelShared:     {"people from other organizations read the channel, so invitations are refused there", "remove it from CHANNELS, or set SHARED_CHANNELS=true"},
	ApprovalsPublic:   {"everyone in the workspace can read the requests, with full email addresses", "use a private channel"},
	AdminUnknown:      {"there is no user with this id in Slack", "correct ADMINS: a user's id is in their profile, under … > Copy member ID"},
	AdminGroupUnknown: {"there is no user group with this id in Slack", "correct ADMINS: a group's id is in its address under People > User groups; until then, commands are refused"},
	AdminGone:         {"this id can't give out any role: it is deactivated, a guest, an app, or from another organization", "remove the id from ADMINS"},

	SlackMiddlebox:   {"something between the bot and Slack answered instead of Slack", "check the proxy, filter or captive portal: it must let this machine reach slack.com, wss-primary.slack.com and wss-backup.slack.com on port 443; if SLACK_API_URL is set, check that too. The bot keeps trying"},
	SlackDown:        {"slack has a problem", "look at slack-status.com; the bot recovers by itself"},
	SlackBusy:        {"slack asks the bot to call less often", "wait; if it lasts, check that no other program uses the same bot token"},
	SlackRefused:     {"slack's host refuses the connection", "check that SLACK_API_URL is right and can be reached " + inMachine},
	SlackUnknownHost: {"there is no host with Slack's name", "check that SLACK_API_URL is right and can be looked up " + inMachine},
	SlackCertificate: {"slack's certificate is not trusted", "install ca-certificates; if a proxy intercepts TLS, name the file with its authority in CA_FILE; check this machine's clock, too"},
	SlackSilent:      {"slack doesn't answer", "check that it can be reached " + inMachine},
	SlackProxy:       {"the proxy doesn't let the bot through to Slack", "have the proxy in HTTPS_PROXY let this machine connect to slack.com, wss-primary.slack.com and wss-backup.slack.com, port 443, or list .slack.com in NO_PROXY"},
	SlackNoTLS:       {"an encrypted connection to Slack can't be made", "a proxy or filter in between speaks another protocol, or TLS older than 1.2: have it pass on TLS to slack.com; check SLACK_API_URL"},
	SlackExpired:     {"slack's certificate has expired, or isn't valid yet", "compare this machine's clock with the right time (timedatectl); if it is right, the certificate is from a proxy in between: renew that one"},
	SlackClock:       {"the clocks of this machine and Slack differ", ownClock},

	ProxyPassword: {"the proxy doesn't accept the bot's user and password, or got none", "put user:password@ before the proxy's host in HTTPS_PROXY, with special characters percent-encoded; the bot only supports Basic: if the proxy asks for NTLM or Kerberos, have it let this machine through without a password"},
	ProxyAway:     {"the proxy in HTTPS_PROXY can't be reached", "correct HTTPS_PROXY, or unset it if you need no proxy; check that the proxy runs"},
	NameServer:    {"names can't be looked up: the name server fails", "check /etc/resolv.conf, or the container's DNS settings, and that port 53 of the name server can be reached"},

	KeyRefused: {
		"the portal refuses DOCSPACE_API_KEY: it is wrong, expired, switched off, or its account is disabled",
		"create a new one under " + keysPage + ", with full access, as a DocSpace admin, and " + useKey,
	},
	KeyScope:         {"the key lacks a scope", "create a new one under " + keysPage + ", with full access or with *:write: the scopes accounts:* give no invite links"},
	KeyOwnerLow:      {"the key's account can't invite for this role", "make it a DocSpace admin under Accounts (for RoomAdmin and below), or create the key as the portal's owner (for DocSpaceAdmin)"},
	KeyExpiring:      {"the key is about to expire", "before it does, create a new one under " + keysPage + ", and " + useKey},
	InvitingOff:      {"invitations are switched off at the portal", "switch them on for members under " + invitePage},
	GuestsOff:        {"the portal gives links for guests but doesn't let them in", "switch on invitations for guests under " + invitePage + ", or remove Guest from OPEN_ROLES and DEFAULT_ROLE"},
	NoSeat:           {"the portal has no free seat for this role", "free one under Accounts, or extend the plan under Payments"},
	AddressBarred:    {"the portal doesn't let this machine's address in", "add it under Settings > Security > IP security at the portal"},
	PortalUnpaid:     {"the portal is unpaid", askTheOwner + " to pay under Payments"},
	PortalSuspended:  {"the portal is suspended", askTheOwner + " to renew it; open it in a browser to see why"},
	PortalMoving:     {"the portal is being moved, restored or encrypted", "wait until that is done; the bot recovers by itself"},
	PortalUnknown:    {"there is no portal with this name, or it is about to be removed", "correct DOCSPACE_URL, or " + askTheOwner},
	PortalTooOld:     {"the portal is too old: the bot needs DocSpace 3.2.1 or later", "update DocSpace"},
	PortalBusy:       {"the portal limits how often it can be called", "wait a minute; if it lasts, lower DOCSPACE_RATE, and use the key's account for the bot only"},
	BudgetSpent:      {"the bot has used up its own budget of calls", "raise DOCSPACE_RATE: a portal grants an account 1500 calls a minute"},
	PortalFailing:    {"the portal has a problem", "open it in a browser; if it fails there too, look at its services' logs, or " + askTheOwner + "; the bot recovers by itself"},
	PortalGarbled:    {"the portal's answers arrive incomplete", "look at the logs of the portal and of the proxy in front of it; the bot recovers by itself"},
	PortalRefused:    {"the portal's host refuses the connection", "check that the portal runs, and that the port in DOCSPACE_URL is right"},
	PortalNoHost:     {"there is no host with the portal's name", "correct DOCSPACE_URL; check that the name can be looked up " + inMachine},
	PortalUntrusted:  {"the portal's certificate is not trusted", "renew it, or name the file with its authority in CA_FILE; check this machine's clock, too"},
	PortalSilent:     {"the portal doesn't answer", "check that DOCSPACE_URL is right and can be reached " + inMachine},
	PortalElsewhere:  {"the portal's address redirects the bot elsewhere", "set DOCSPACE_URL to the portal's final address, as the browser shows it; if that isn't a portal, check the proxy, filter or captive portal in between"},
	PortalMiddlebox:  {"something between the bot and the portal answered instead of the portal", "check the proxy, filter or captive portal: it must let this machine reach the host in DOCSPACE_URL. The bot keeps trying"},
	NotDocSpace:      {"something other than DocSpace answers there", "DOCSPACE_URL must be the portal's own address, as in the browser, without a path; if it is, check the proxy, filter or captive portal in between"},
	PortalInClear:    {"the portal is called without encryption: anyone who sees the network sees the API key and every invite link", "give the portal a certificate, and set DOCSPACE_URL to an address that starts with https://"},
	PortalProxy:      {"the proxy doesn't let the bot through to the portal", "have the proxy in HTTPS_PROXY let this machine connect to the host in DOCSPACE_URL, or list that host in NO_PROXY"},
	PortalPlain:      {"the portal's address speaks plain http, and DOCSPACE_URL says https", "set DOCSPACE_URL to the port that speaks https; for a portal without a certificate, use http://, and DOCSPACE_ALLOW_HTTP=true unless it is on this machine"},
	PortalEncrypted:  {"the portal's address speaks https, and DOCSPACE_URL says http", "write https:// in DOCSPACE_URL"},
	PortalNoTLS:      {"an encrypted connection to the portal can't be made", "check that DOCSPACE_URL names a port that speaks https, with TLS 1.2 or later, and that no proxy in between cuts it off"},
	PortalExpired:    {"the portal's certificate has expired, or isn't valid yet", "renew it on the portal, or on the proxy in front of it; if it is valid, set this machine's clock (timedatectl)"},
	PortalWrongName:  {"the portal's certificate is for another name", "set DOCSPACE_URL to that name, or give the portal a certificate for the name in DOCSPACE_URL"},
	PortalClock:      {"the clocks of this machine and the portal differ", ownClock},
	PortalUnreadable: {"the key's account can't see the portal's people", "make it a DocSpace admin under Accounts: otherwise the bot sees no one join"},
	RoomNotShared:    {"the key's account can't share this room: it is neither its owner nor a room manager there", "have the room's owner add it under Contacts of the room, as a room manager (a DocSpace admin can make it the owner)"},
	EmailsUsedUp:     {"the portal's allowance of invitations by email is used up", "wait: it grows again as invited people sign up, and every day; until then, invite by link"},
	LegacyLinksGone:  {"the portal no longer gives out invite links of its old kind", "for members, the bot uses the one link per role that DocSpace 3.7 and later have instead; guests have none: invite them into a room, by email"},
	NoManagedLinks:   {"the portal has no managed links", "update DocSpace to 3.7 or later, or remove LINKS=managed"},
	CallMissing:      {"the portal doesn't have a call that the bot needs for this", "update DocSpace and the bot; everything else works without it"},
	PortalUnsorted:   {"the portal lists its people out of order, or without the date they signed up", "update DocSpace, and look under Contacts for accounts without a date; until then, the bot looks up the people it is waiting for by email address"},

	StateNoDirectory: {"there is no directory for the state file", "create it, or correct STATE"},
	StateReadOnly:    {"the bot's user can't write to the state file or its directory", "make that user own both (chown), on a file system that isn't mounted read-only"},
	StateFull:        {"the disk is full", "free some space, and the bot recovers by itself"},
	StateScarce:      {"the disk is nearly full", "free some space: when it is full, commands are refused"},
	StateFailing:     {"the disk fails", "look at the system's log, and move the file to a healthy disk"},
	StateDamaged: {
		"the file is damaged. Nothing was changed",
		"stop the bot, keep a copy, and restore a backup; or try sqlite3's .recover; or move it away and start without the pending invitations",
	},
	StateForeign: {"it isn't a state file of this bot, but another program's. Nothing was changed", "correct STATE, or move the file away"},
	StateNewer:   {"it was written by a newer version of the bot. Nothing was changed", "run that version, or restore a backup"},
	StateInUse:   {"another bot is using it: two bots on one file would say everything twice", "stop the other one, or give this one its own file"},
	StateLocked:  {"another program keeps the file locked", "stop that program"},
	StateNoFile:  {"it isn't a regular file", "correct STATE: it must be the path of a file"},
	StateGone: {
		"the file was deleted, moved or replaced while the bot was running, so a restart would lose what is pending",
		"put it back, and the bot recovers by itself; if it is gone, stop the bot, restore a backup and start the bot again",
	},
	DatabaseAway:     {"the database in STATE doesn't answer", "check that PostgreSQL runs, that the address in STATE is right, and that no firewall is in between"},
	DatabasePassword: {"the database doesn't accept the password in STATE", "correct it in STATE, or in the file that STATE_FILE names"},
	DatabaseUser:     {"the database doesn't let this user in from here", "check pg_hba.conf on its server, and the user in STATE"},
	DatabaseMissing:  {"there is no such database", "create it (CREATE DATABASE …), or correct its name in STATE"},
	DatabaseRights: {
		"the user in STATE can't create its tables, or can't use them",
		"as the database's owner: GRANT CREATE ON DATABASE … TO …; tables that another user created: ALTER … OWNER TO …",
	},
	DatabaseFull:    {"the database's disk is full", "free some space there, and the bot recovers by itself"},
	DatabaseCrowded: {"the database has no connection left", "raise max_connections, or a pooler's max_client_conn and default_pool_size: each bot takes one, and one more for a moment when it starts"},
	DatabaseStandby: {"the database is read-only", "STATE must name the primary, not a standby (target_session_attrs=read-write finds it among several hosts)"},
	DatabaseForeign: {"the schema holds the tables of another program. Nothing was changed", "give the bot its own schema: add search_path=docspace_bot to the query of STATE"},
	DatabaseChanged: {"the tables aren't the way this bot creates them", "restore them from a backup, or name an empty schema: add search_path=other to the query of STATE"},
	DatabasePooled:  {"a pooler shares the database's sessions, so the leader's lock wouldn't hold", "use the pooler in session mode, or connect without it"},
	DatabasePooler:  {"a pooler in front of the database refuses", "look for these words in the pooler's log and change its settings, or name PostgreSQL itself in STATE"},
	DatabaseNoHost:  {"there is no host with the database's name", "correct the host in STATE; check that the name can be looked up from this machine (getent hosts …), and that its name server answers"},
	DatabaseRefused: {"the database's host refuses the connection", "check that PostgreSQL runs there, that it listens for this machine (listen_addresses), and that the port in STATE is right"},
	DatabaseNoTLS:   {"the database accepts no encrypted connection", "set ssl=on on its server, or client_tls_sslmode on its pooler; in a network of your own, sslmode=disable in STATE works without encryption"},
	DatabaseCert:    {"the database's certificate is not trusted", "add sslrootcert=… with its authority's file to STATE, and use the host name from the certificate; check that it hasn't expired"},
	DatabaseInClear: {
		"the connection to the database isn't encrypted, or its certificate isn't checked: anyone who sees the network can read invite links",
		"add sslmode=verify-full to STATE, and sslrootcert=… for your own certificate authority",
	},
	StateForgets: {"a restart forgets open invitations", "set STATE to the path of a file to keep them"},

	AddressInUse:   {"another program listens at HTTP_ADDR", "stop it, or choose another port"},
	AddressNotOurs: {"the bot can't listen on HTTP_ADDR", "use one of this machine's addresses, such as 127.0.0.1:9090, and a port above 1023"},
}
