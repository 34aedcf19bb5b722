// Package docspace speaks to an ONLYOFFICE DocSpace portal: it owns the calls of the HTTP
// API that the bot makes, how their answers are read, and what a refusal means. It hands
// out the tracker's words (roles, members, reasons); the portal's numbers stay here. It
// must not know Slack.
//
// What it follows is docs/facts/docspace.md, "Client checklist": one HTTP client without cookies,
// redirects and Origin; the status decides before the media type, the media type before the
// envelope; GETs are repeated where that is harmless, nothing else is; no address, query or body of
// the portal's is shown to anyone.
//
// Invite links come from portal/users/invite/{role}, for every role and each good for itself. The managed links of
// newer portals, one per role and shared with every administrator, can be revoked, and there are none for guests
// (docs/facts/docspace.md, "Managed links").
//
// Rooms, invitations by email and managed links are features that the bot can do without: a portal that lacks such
// a call, or a key that lacks its scope, is NotAvailable and no trouble of the portal as a whole.
package docspace
