package docspacesim

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Scopes of a key (docs/facts/docspace.md, "Authentication").
const (
	scopeRead  = "*:read"
	scopeWrite = "*:write"
)

// call is a request of an endpoint.
type call struct {
	*http.Request
	query  query
	arg    string // what stands for {} in the endpoint's path
	body   []byte
	caller Person
}

// base is where the request was sent, which the portal builds its links on (docs/facts/docspace.md,
// "Legacy invitation link").
func (c call) base() string { return base(c.Request) }

func base(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https") {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

// endpoint is one call of the API: who may make it and what it does.
type endpoint struct {
	method, path string // {} is any one segment
	// scopes are those of which the key must have one; none means that any key will do.
	scopes []string
	public bool
	// free is set for what an unpaid portal answers too (docs/facts/docspace.md, "Answers").
	free bool
	// suspended is set for what a suspended portal answers too.
	suspended bool
	// since371 is set for what came with 3.7.1 (docs/facts/docspace.md, "Version floor").
	since371 bool
	// sensitive and emails are limits of its own (docs/facts/docspace.md, "Rate limits").
	sensitive, emails bool
	action            func(*Portal, call) answer
}

var (
	anyScope      = []string{scopeRead, scopeWrite}
	writeScope    = []string{scopeWrite}
	accountsScope = []string{"accounts:read", "accounts:write", scopeRead, scopeWrite}
	accountsWrite = []string{"accounts:write", scopeWrite}
	roomsScope    = []string{"rooms:read", "rooms:write", scopeRead, scopeWrite}
	roomsWrite    = []string{"rooms:write", scopeWrite}
	selfScope     = []string{"accounts.self:read", "accounts.self:write", scopeRead, scopeWrite}
)

// endpoints has fixed paths before those with a {}: the first that fits is taken.
var endpoints = []endpoint{
	{method: "GET", path: "settings", scopes: anyScope, public: true, free: true, suspended: true, action: (*Portal).getSettings},
	{method: "GET", path: "settings/version/build", scopes: anyScope, public: true, free: true, action: (*Portal).getBuild},
	{method: "GET", path: "settings/cultures", scopes: anyScope, public: true, free: true, action: (*Portal).getCultures},
	{method: "GET", path: "settings/invitationsettings", scopes: anyScope, public: true, action: (*Portal).getInvitationSettings},
	{method: "GET", path: "capabilities", scopes: anyScope, public: true, free: true, action: (*Portal).getCapabilities},
	{method: "GET", path: "keys/@self", action: (*Portal).getKey},
	{method: "GET", path: "portal", scopes: anyScope, free: true, action: (*Portal).getPortal},
	{method: "GET", path: "portal/users/invite/{}", scopes: anyScope, action: (*Portal).getInviteLink},
	{method: "POST", path: "portal/users/invitationlink", scopes: writeScope, since371: true, action: (*Portal).createLink},
	{method: "PUT", path: "portal/users/invitationlink", scopes: writeScope, since371: true, action: (*Portal).replaceLink},
	{method: "DELETE", path: "portal/users/invitationlink", scopes: writeScope, since371: true, action: (*Portal).deleteLink},
	{method: "GET", path: "portal/users/invitationlink/{}", scopes: anyScope, since371: true, action: (*Portal).getLink},
	{method: "GET", path: "portal/users/{}", scopes: anyScope, action: (*Portal).getUser},
	{method: "POST", path: "portal/sendcongratulations", scopes: writeScope, public: true, action: (*Portal).sendCongratulations},
	{method: "POST", path: "people", scopes: writeScope, public: true, action: (*Portal).joinWithLink},
	{method: "PUT", path: "people/activationstatus/{}", scopes: writeScope, public: true, action: (*Portal).confirmAddress},
	{method: "GET", path: "people/@self", scopes: selfScope, free: true, action: (*Portal).getSelf},
	{method: "GET", path: "people/filter", scopes: accountsScope, free: true, action: (*Portal).getFilter},
	{method: "GET", path: "people/simple/filter", scopes: accountsScope, free: true, action: (*Portal).getSimpleFilter},
	{method: "GET", path: "people/email", scopes: accountsScope, action: (*Portal).getByEmail},
	{method: "GET", path: "people/exists", free: true, since371: true, action: (*Portal).getExists},
	{method: "POST", path: "people/invite", scopes: accountsWrite, emails: true, action: (*Portal).invitePeople},
	{method: "PUT", path: "people/invite", scopes: accountsWrite, free: true, sensitive: true, action: (*Portal).inviteAgain},
	{method: "GET", path: "people/{}", free: true, action: (*Portal).getPerson},
	{method: "GET", path: "files/rooms", scopes: roomsScope, action: (*Portal).getRooms},
	{method: "GET", path: "files/rooms/{}", scopes: roomsScope, public: true, action: (*Portal).getRoom},
	{method: "GET", path: "files/rooms/{}/share", scopes: roomsScope, action: (*Portal).getShares},
	{method: "PUT", path: "files/rooms/{}/share", scopes: roomsWrite, emails: true, action: (*Portal).shareRoom},
}

// route finds the endpoint; its status is 404 or 405 when there is none.
func (p *Portal) route(method, path string) (e endpoint, arg string, status int) {
	status = http.StatusNotFound
	segments := strings.Split(strings.Trim(path[len(apiPath):], "/"), "/")
	for _, e := range endpoints {
		arg, ok := fits(strings.Split(e.path, "/"), segments)
		switch {
		case e.since371 && p.isBefore371():
		case ok && e.method == method:
			return e, arg, http.StatusOK
		case ok:
			status = http.StatusMethodNotAllowed
		}
	}
	return endpoint{}, "", status
}

func fits(pattern, segments []string) (arg string, ok bool) {
	if len(pattern) != len(segments) {
		return "", false
	}
	for i, want := range pattern {
		switch {
		case want == "{}":
			arg = segments[i]
		case !strings.EqualFold(want, segments[i]):
			return "", false
		}
	}
	return arg, true
}

// act routes a request, lets the filters that come before an action have their say
// (docs/facts/docspace.md, "Answers" and "Authentication"), and does the action.
func (p *Portal) act(r *http.Request, body []byte, by caller) reply {
	e, arg, status := p.route(r.Method, r.URL.Path)
	if status != http.StatusOK {
		return newReply(status)
	}
	anonymous := r.Header.Get("Authorization") == ""
	switch {
	case elsewhere(r) && anonymous:
		return problem(http.StatusNotFound)
	case elsewhere(r): // a key cannot be looked up without a portal
		return thrown(http.StatusInternalServerError, "Could not resolve current tenant", exceptionPlain).reply(r)
	case p.tenant == tenantSuspended && !e.suspended, p.tenant == tenantRemoving:
		return problem(http.StatusNotFound)
	case p.tenant > tenantRemoving && !passesWhileMoved(r.URL.Path):
		return problem(http.StatusForbidden)
	case !by.known() && (!anonymous || !e.public):
		return unauthorized(r)
	case by.known() && p.barred:
		return barred(r)
	case !by.allowed(e.scopes) && !e.public:
		return newReply(http.StatusForbidden)
	case !by.allowed(e.scopes) && !p.isBefore371():
		return problem(http.StatusForbidden)
	case p.unpaid && !e.free:
		return problem(http.StatusPaymentRequired)
	}
	if refusal := p.limiter.admitTo(e, by.ID, body); refusal != nil {
		return *refusal
	}
	a := e.action(p, call{r, parseQuery(r.URL.RawQuery), arg, body, by.Person})
	a.unmarked = p.isBefore371()
	return a.reply(r)
}

// passesWhileMoved reports whether a portal that is being moved, restored or encrypted answers: it
// goes by the end of the path (docs/facts/docspace.md, "Answers").
func passesWhileMoved(path string) bool {
	return slices.Contains([]string{"portal", "settings", "build", "@self"}, path[strings.LastIndex(path, "/")+1:])
}

// barred is the answer of the IP security: plain text, or a bare string for who asks for JSON
// (docs/facts/docspace.md, "Answers").
func barred(r *http.Request) reply {
	const text = "Your IP address is not in the list of those that are allowed"
	rep := newReply(http.StatusForbidden)
	rep.header.Set("Content-Type", "text/plain; charset=utf-8")
	rep.body = []byte(text)
	if strings.Contains(r.Header.Get("Accept"), "json") {
		rep.header.Set("Content-Type", mediaJSON)
		rep.body = []byte(`"` + text + `"`)
	}
	return rep
}

// elsewhere reports whether an Origin header selects another portal than the host does.
func elsewhere(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return false
	}
	u, err := url.Parse(origin)
	return err != nil || !strings.EqualFold(u.Host, r.Host)
}

// unauthorized is a 401. What is no bearer token is taken for a session's cookie, so the
// answer deletes that (docs/facts/docspace.md, "Authentication").
func unauthorized(r *http.Request) reply {
	rep := newReply(http.StatusUnauthorized)
	if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") {
		for _, name := range []string{"asc_auth_key", "asc_socketio_key"} {
			rep.header.Add("Set-Cookie", name+"=; expires=Thu, 01 Jan 1970 00:00:00 GMT; path=/")
		}
	}
	return rep
}

// caller is the account that a request acts as, with its key if it has one; without an id it is anonymous.
type caller struct {
	Person
	key *apiKey
}

func (c caller) known() bool { return c.ID != "" }

// allowed reports whether the caller may do what needs one of the scopes. A session may do all that its
// account may.
func (c caller) allowed(scopes []string) bool { return c.key == nil || c.key.allows(scopes) }

// caller returns the account that the request's key, or its session's token, acts as. A key counts as a
// bearer token alone: a raw one is taken for a session's token, and none that the portal knows
// (docs/facts/docspace.md, "Authentication").
func (p *Portal) caller(r *http.Request) caller {
	header, now := r.Header.Get("Authorization"), time.Now()
	var by caller
	id := p.sessions[header]
	if header == "Bearer "+p.key.value && !p.key.disabled && (p.key.expires.IsZero() || now.Before(p.key.expires)) {
		id, by.key = p.key.owner, &p.key
	}
	a := p.byID[id]
	if a == nil || a.Status != statusActive {
		return caller{}
	}
	if by.key != nil {
		p.key.used = now
	}
	by.Person = a.Person
	return by
}

// SignIn returns a token with which the account with the address calls the API, in the header
// Authorization and without "Bearer", as POST authentication gives one (docs/facts/docspace.md,
// "Authentication").
func (p *Portal) SignIn(email string) (token string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.email(email)
	if a == nil || a.Status != statusActive {
		return "", ErrUnknown
	}
	token = randomHex(32)
	p.sessions[token] = a.ID
	return token, nil
}

// allows reports whether the key has one of the scopes. Full access is written as none at all
// or as "*"; a scope to write implies that to read (docs/facts/docspace.md, "Authentication").
func (k apiKey) allows(scopes []string) bool {
	if len(scopes) == 0 || len(k.scopes) == 0 || slices.Contains(k.scopes, "*") {
		return true
	}
	return slices.ContainsFunc(scopes, func(scope string) bool {
		local, read := strings.CutSuffix(scope, ":read")
		return slices.Contains(k.scopes, scope) || read && slices.Contains(k.scopes, local+":write")
	})
}
