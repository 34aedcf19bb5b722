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
	reinstall   = "reinstall it under Install App at api.slack.com/apps, and copy the Bot User OAuth Token, xoxb-…, anew"
	renewApp    = "make a new one, with the scope connections:write, under " + appPage
	copyApp     = "copy the app-level token, xapp-…, from " + appPage
	inMachine   = "from this machine: its name server, its firewall and HTTPS_PROXY"
	ownClock    = "set the clock of this machine by a time server (timedatectl set-ntp true); if it is right, the other one is not"
	invitePage  = "Settings > Security > Invitations of the portal"
	askTheOwner = "ask the portal's owner"
)

// sentences are what operators read of each trouble.
var sentences = map[Trouble]sentence{
	BotTokenUnknown:     {"slack does not know SLACK_BOT_TOKEN", copyBot + "; see that SLACK_API_URL is right"},
	BotTokenMissing:     {"slack received no SLACK_BOT_TOKEN", copyBot + "; see that no proxy drops the header Authorization"},
	BotTokenRevoked:     {"SLACK_BOT_TOKEN was revoked, or the app removed from the workspace", reinstall},
	BotTokenExpired:     {"SLACK_BOT_TOKEN has expired: token rotation is on", "make the app anew from bot manifest: rotation cannot be switched off; and " + copyBot},
	BotTokenWrongKind:   {"SLACK_BOT_TOKEN is of the wrong kind", copyBot + "; a user's token, xoxp-…, and an app's, xapp-…, do not do"},
	BotTokenDeactivated: {"the bot's account, or its workspace, was deactivated", "see that the workspace is active and the app approved there; then " + reinstall},
	BotScopeMissing: {
		"the bot token lacks scopes", "add them under OAuth & Permissions > Bot Token Scopes at api.slack.com/apps (bot manifest lists all), then press Reinstall to Workspace there",
	},
	AppTokenUnknown:     {"slack does not know SLACK_APP_TOKEN", copyApp},
	AppTokenMissing:     {"slack received no SLACK_APP_TOKEN", copyApp + "; see that no proxy drops the header Authorization"},
	AppTokenRevoked:     {"SLACK_APP_TOKEN was revoked", renewApp},
	AppTokenExpired:     {"SLACK_APP_TOKEN has expired", renewApp},
	AppTokenWrongKind:   {"SLACK_APP_TOKEN is of the wrong kind", "it must be the app-level token, xapp-…: " + copyApp},
	AppTokenDeactivated: {"the app or its workspace was deactivated", "see that the workspace is active, reinstall the app under Install App at api.slack.com/apps, and renew both tokens"},
	AppScopeMissing:     {"SLACK_APP_TOKEN lacks the scope connections:write", "scopes cannot be added to one that exists: " + renewApp},
	InstallerLeft:       {"whoever installed the app left the workspace", "somebody else must reinstall it under Install App at api.slack.com/apps; then renew both tokens"},
	TwoApps:             {"SLACK_APP_TOKEN and SLACK_BOT_TOKEN are of two apps: commands come to one, and the other would answer", "take both tokens from the same app at api.slack.com/apps"},
	WorkspaceDisabled:   {"the workspace is disabled", "ask the workspace's owner"},
	WorkspaceForbidden:  {"the app may not be used in this workspace", "have an admin approve it: Manage apps in the workspace's administration"},
	SocketModeOff:       {"Socket Mode is switched off for the app", "switch it on under Settings > Socket Mode at api.slack.com/apps and start the bot again"},
	TooManySockets:      {"slack refuses another connection: an app may have ten", "stop other programs that use the same app-level token, or lower SLACK_SOCKETS"},
	SocketBlocked:       {"slack gives an address for a WebSocket, and it cannot be connected to", "let WebSockets to wss-primary.slack.com and wss-backup.slack.com, port 443, through the firewall and the proxy"},
	SocketSilent:        {"slack takes the WebSocket and does not greet it", "wait a minute, and look at slack-status.com; if it lasts, a proxy in between holds WebSockets back"},
	MessagesTabOff:      {"people cannot be written to directly", "switch the Messages Tab on under App Home at api.slack.com/apps"},
	HomeTabOff:          {"the app's Home cannot be shown", "switch the Home Tab on under App Home at api.slack.com/apps"},

	BotNotInChannel:   {"the bot is not in the channel, or there is none with this id", "type /invite @docspace there; if nobody knows it, correct the id"},
	ChannelArchived:   {"the channel is archived", "unarchive it, or take it out of the settings"},
	ChannelRestricted: {"the channel lets only some people post", "let the app post under the channel's settings > Posting permissions, or take another channel"},
	ChannelShared:     {"people of other organisations read the channel: invitations are refused there", "take it out of CHANNELS, or set SHARED_CHANNELS=true"},
	ApprovalsPublic:   {"everybody in the workspace can read the requests, with e-mail addresses in full", "use a private channel"},
	AdminUnknown:      {"slack knows no user with this id", "correct ADMINS: a user's id stands in their profile, under … > Copy member ID"},
	AdminGroupUnknown: {"slack knows no user group with this id", "correct ADMINS: a group's id stands in its address under People > User groups; commands are refused until then"},
	AdminGone:         {"whoever has this id may not hand out anything: deactivated, a guest, an app, or of another organisation", "take the id out of ADMINS"},

	SlackMiddlebox:   {"something between the bot and Slack answered in its place", "check the proxy, filter or captive portal: it must let this machine reach slack.com, wss-primary.slack.com and wss-backup.slack.com on port 443; if SLACK_API_URL is set, check that too. The bot keeps trying"},
	SlackDown:        {"slack fails", "look at slack-status.com; the bot goes on by itself"},
	SlackBusy:        {"slack wants to be left alone for a while", "wait; if it lasts, see that no other program uses the same bot token"},
	SlackRefused:     {"slack's host refuses the connection", "see that SLACK_API_URL is right and can be reached " + inMachine},
	SlackUnknownHost: {"there is no host of Slack's name", "see that SLACK_API_URL is right and can be looked up " + inMachine},
	SlackCertificate: {"slack's certificate is not trusted", "install ca-certificates; where a proxy reads along, name the file with its authority in CA_FILE; see this machine's clock, too"},
	SlackSilent:      {"slack does not answer", "see that it can be reached " + inMachine},
	SlackProxy:       {"the proxy doesn't let the bot through to Slack", "have the proxy in HTTPS_PROXY let this machine connect to slack.com, wss-primary.slack.com and wss-backup.slack.com, port 443, or list .slack.com in NO_PROXY"},
	SlackNoTLS:       {"no encrypted connection to Slack comes about", "a proxy or filter in between speaks another protocol, or TLS older than 1.2: have it pass TLS to slack.com on; see that SLACK_API_URL is right"},
	SlackExpired:     {"slack's certificate has expired, or isn't valid yet", "compare this machine's clock with the right time (timedatectl); if it is right, a proxy in between shows the certificate: renew that one"},
	SlackClock:       {"the clocks of this machine and of Slack differ", ownClock},

	ProxyPassword: {"the proxy doesn't take the bot's user and password, or was told none", "put user:password@ before the proxy's host in HTTPS_PROXY, with special characters percent-encoded; the bot can only do Basic: if the proxy asks for NTLM or Kerberos, have it let this machine through without"},
	ProxyAway:     {"the proxy in HTTPS_PROXY cannot be reached", "correct HTTPS_PROXY, or unset it where no proxy is needed; see that the proxy runs"},
	NameServer:    {"names cannot be looked up: the name server fails", "see /etc/resolv.conf, or the DNS settings of the container, and that port 53 of the name server can be reached"},

	KeyRefused: {
		"the portal refuses DOCSPACE_API_KEY: it is wrong, expired, switched off, or its account is disabled",
		"make a new one under " + keysPage + ", with full access, as a DocSpace admin, and " + useKey,
	},
	KeyScope:         {"the key lacks a scope", "make a new one under " + keysPage + ", with full access or with *:write: the scopes accounts:* do not open invite links"},
	KeyOwnerLow:      {"the key's account may not invite for this role", "make it a DocSpace admin under Accounts (for RoomAdmin and below), or make the key as the portal's owner (for DocSpaceAdmin)"},
	KeyExpiring:      {"the key is about to expire", "before it does, make a new one under " + keysPage + ", and " + useKey},
	InvitingOff:      {"inviting is switched off at the portal", "switch it on for members under " + invitePage},
	GuestsOff:        {"the portal gives links for guests and lets none in", "switch it on for guests under " + invitePage + ", or take Guest out of OPEN_ROLES and DEFAULT_ROLE"},
	NoSeat:           {"the portal has no free seat for this role", "free one under Accounts, or extend the plan under Payments"},
	AddressBarred:    {"the portal does not let this machine's address in", "add it under Settings > Security > IP security of the portal"},
	PortalUnpaid:     {"the portal is not paid for", askTheOwner + " to pay under Payments"},
	PortalSuspended:  {"the portal is suspended", askTheOwner + " to renew it; open it in a browser to see why"},
	PortalMoving:     {"the portal is being moved, restored or encrypted", "wait until that is done; the bot goes on by itself"},
	PortalUnknown:    {"there is no portal of this name, or it is about to be removed", "correct DOCSPACE_URL, or " + askTheOwner},
	PortalTooOld:     {"the portal is too old: the bot looks people up as DocSpace can since 3.2.1", "update DocSpace to 3.2.1 or later"},
	PortalBusy:       {"the portal limits how often it may be called", "wait a minute; if it lasts, lower DOCSPACE_RATE and let nobody else use the key's account"},
	BudgetSpent:      {"the bot's own budget of calls is spent", "raise DOCSPACE_RATE: a portal grants 1500 calls a minute to an account"},
	PortalFailing:    {"the portal fails", "open it in a browser; if it fails there too, look at its services' logs, or " + askTheOwner + "; the bot goes on by itself"},
	PortalGarbled:    {"the portal's answers do not arrive whole", "look at the logs of the portal and of the proxy before it; the bot goes on by itself"},
	PortalRefused:    {"the portal's host refuses the connection", "see that the portal runs, and that the port in DOCSPACE_URL is right"},
	PortalNoHost:     {"there is no host of the portal's name", "correct DOCSPACE_URL; see that the name can be looked up " + inMachine},
	PortalUntrusted:  {"the portal's certificate is not trusted", "renew it, or name the file with its authority in CA_FILE; see this machine's clock, too"},
	PortalSilent:     {"the portal does not answer", "see that DOCSPACE_URL is right and can be reached " + inMachine},
	PortalElsewhere:  {"the portal's address sends the bot elsewhere", "set DOCSPACE_URL to the portal's final address, as the browser shows it; if that is no portal, check the proxy, filter or captive portal in between"},
	PortalMiddlebox:  {"something between the bot and the portal answered in its place", "check the proxy, filter or captive portal: it must let this machine reach the host in DOCSPACE_URL. The bot keeps trying"},
	NotDocSpace:      {"what answers there is no DocSpace", "DOCSPACE_URL must be the portal's own address, as in the browser, without a path; if it is, check the proxy, filter or captive portal in between"},
	PortalInClear:    {"the portal is called without encryption: whoever sees the network sees the API key and every invite link", "give the portal a certificate, and DOCSPACE_URL an address that starts with https://"},
	PortalProxy:      {"the proxy doesn't let the bot through to the portal", "have the proxy in HTTPS_PROXY let this machine connect to the host in DOCSPACE_URL, or list that host in NO_PROXY"},
	PortalPlain:      {"the portal's address speaks plain http, and DOCSPACE_URL says https", "give DOCSPACE_URL the port that speaks https; a portal without a certificate takes http:// there, and DOCSPACE_ALLOW_HTTP=true unless it is on this machine"},
	PortalEncrypted:  {"the portal's address speaks https, and DOCSPACE_URL says http", "write https:// in DOCSPACE_URL"},
	PortalNoTLS:      {"no encrypted connection to the portal comes about", "see that DOCSPACE_URL names a port that speaks https, with TLS 1.2 or later, and that no proxy in between breaks it off"},
	PortalExpired:    {"the portal's certificate has expired, or isn't valid yet", "renew it on the portal, or on the proxy before it; if it is in date, set this machine's clock (timedatectl)"},
	PortalWrongName:  {"the portal's certificate is for another name", "write that name in DOCSPACE_URL, or give the portal a certificate for the name that stands there"},
	PortalClock:      {"the clocks of this machine and of the portal differ", ownClock},
	PortalUnreadable: {"the key's account may not look at the portal's people", "make it a DocSpace admin under Accounts: nobody would be seen to join"},
	PortalUnsorted:   {"the portal lists its people out of order, or without the date they registered", "update DocSpace, and look under Contacts for accounts without a date; until then the bot looks up by email address the people it waits for"},

	StateNoDirectory: {"there is no directory for the state file", "create it, or correct STATE"},
	StateReadOnly:    {"the state file or its directory cannot be written by this user", "make both the property of the user that the bot runs as (chown), on a file system that is not mounted read-only"},
	StateFull:        {"the disk is full", "free some space, and the bot goes on by itself"},
	StateScarce:      {"the disk is nearly full", "free some space: when it is full, commands are refused"},
	StateFailing:     {"the disk fails", "look at the system's log, and move the file to a sound disk"},
	StateDamaged: {
		"the file is damaged. Nothing was changed",
		"stop the bot, keep a copy, and restore a backup; or try sqlite3's .recover; or move it away and begin anew without the pending invitations",
	},
	StateForeign: {"it is no state file of this bot, but another program's. Nothing was changed", "correct STATE, or move the file away"},
	StateNewer:   {"it was written by a newer version of the bot. Nothing was changed", "run that version, or restore a backup"},
	StateInUse:   {"another bot is using it: two bots on one file would say everything twice", "stop the other one, or give this one a file of its own"},
	StateLocked:  {"another program keeps the file locked", "end it"},
	StateNoFile:  {"it is no regular file", "correct STATE: it must be the path of a file"},
	StateGone: {
		"the file was deleted, moved or replaced while the bot was running, so a restart would lose what is pending",
		"put it back, and the bot goes on by itself; if it is gone, stop the bot, restore a backup and start the bot again",
	},
	DatabaseAway:     {"the database of STATE does not answer", "see that PostgreSQL runs, that the address in STATE is right, and that no firewall is in between"},
	DatabasePassword: {"the database does not take the password of STATE", "correct it in STATE, or in the file that STATE_FILE names"},
	DatabaseUser:     {"the database does not let this user in from here", "see pg_hba.conf on its server, and the user in STATE"},
	DatabaseMissing:  {"there is no such database", "create it (CREATE DATABASE …), or correct its name in STATE"},
	DatabaseRights: {
		"the user in STATE may not make its tables, or not use them",
		"as the database's owner: GRANT CREATE ON DATABASE … TO …; tables that another user made: ALTER … OWNER TO …",
	},
	DatabaseFull:    {"the database's disk is full", "free some space there, and the bot goes on by itself"},
	DatabaseCrowded: {"the database has no connection left", "raise max_connections, or a pooler's max_client_conn and default_pool_size: a bot takes one, and another for a moment when it starts"},
	DatabaseStandby: {"the database can only be read", "STATE must name the primary, not a standby (target_session_attrs=read-write finds it among several hosts)"},
	DatabaseForeign: {"the schema holds the tables of another program. Nothing was changed", "name one of its own: add search_path=docspace_bot to the query of STATE"},
	DatabaseChanged: {"the tables are not as this bot makes them", "restore them from a backup, or name an empty schema: add search_path=other to the query of STATE"},
	DatabasePooled:  {"a pooler shares the database's sessions: the lock of the bot that leads wouldn't hold", "use the pooler in session mode, or connect without it"},
	DatabasePooler:  {"a pooler before the database refuses", "look for these words in the pooler's log and change its settings, or let STATE name PostgreSQL itself"},
	DatabaseNoHost:  {"there is no host of the database's name", "correct the host in STATE; see that the name can be looked up from this machine (getent hosts …), and that its name server answers"},
	DatabaseRefused: {"the database's host refuses the connection", "see that PostgreSQL runs there, that it listens for this machine (listen_addresses), and that the port in STATE is right"},
	DatabaseNoTLS:   {"the database takes no encrypted connection", "set ssl=on on its server, or its pooler (client_tls_sslmode); in a network of your own, sslmode=disable in STATE does without"},
	DatabaseCert:    {"the database's certificate is not trusted", "name the file with its authority in STATE by sslrootcert=…, and the host by the name in the certificate; see that it is in date"},
	DatabaseInClear: {
		"the database is reached without a checked encryption: who sees the network can read invite links",
		"add sslmode=verify-full to STATE, and sslrootcert=… for an authority of your own",
	},
	StateForgets: {"a restart forgets open invitations", "give STATE the path of a file to keep them"},

	AddressInUse:   {"another program listens at HTTP_ADDR", "stop it, or choose another port"},
	AddressNotOurs: {"HTTP_ADDR cannot be listened on", "use an address of this machine's, such as 127.0.0.1:9090, and a port above 1023"},
}
