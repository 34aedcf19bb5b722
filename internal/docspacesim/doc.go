// Package docspacesim is an ONLYOFFICE DocSpace portal as a real server: the part of its
// HTTP API that docs/facts/docspace.md describes, without webhooks and the links and files of rooms, and
// the pages on which people register, confirm their address and look at a room.
//
// A [Portal] is an [net/http.Handler] without global state that wants a host of its own.
// Programs reach it as they reach DocSpace: /api/2.0/… with the key that [Portal.APIKey]
// returns. People come in by the links that the API hands out, in a browser or through
// [Portal.Join], and confirm their address by the link of an email, in a browser or through
// [Portal.Activate]; who is invited by email comes in by the email's link. Rooms come from [Portal.AddRoom] and
// are shared by the API or [Portal.Share]. Administrators act through [Portal.Disable], [Portal.Remove] and their
// siblings. What became of it is read with [Portal.People], [Portal.Rooms], [Portal.Mails] and
// [Portal.Calls], and waited for with [Portal.Await]. Trouble comes on request: [Fault],
// [Portal.Down], [Portal.RateLimit], [Portal.Unpaid] and others. For tests that were written
// elsewhere there are [WithOwner], [Portal.SignIn] and [Portal.Version].
//
// Where that page is silent, the comment says that a thing was chosen here.
//
// The package must not know the bot: its JSON is its own, so that a wrong field name cannot
// pass on both sides. It ships in the program, starts no goroutine, and works in a
// testing/synctest bubble: no lock is held across input, output or a pause.
//
// Inside the package, exported methods take the portal's lock; unexported ones expect it to
// be held, unless their comment says otherwise.
package docspacesim
