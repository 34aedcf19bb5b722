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
// Invite links come from portal/users/invite/{role}, not from the managed links of newer
// portals: those are one per role and shared with every administrator, and there are none
// for guests (docs/facts/docspace.md, "Managed links").
package docspace
