package docspacesim

import (
	"cmp"
	_ "embed"
	"html/template"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// pagesHTML are the pages for people: where a link leads, and where an email does.
//
//go:embed pages.html
var pagesHTML string

var pages = template.Must(template.New("pages").Parse(pagesHTML))

// formMax is how much a sent form may have.
const formMax = 16 << 10

// page is what a template shows.
type page struct {
	Title, Error       string
	Role, Inviter      string // of the link, on the form
	Action             string // where the form goes; no form when empty
	First, Last, Email string // what the form is filled with
	Invited            string // the address that the form is for alone, if it is
	Person             Person // who has joined or is confirmed
	Room, RoomLink     string // the room that an invitation is to
	List               []item // of people or rooms
}

// roleWords are the names that people read.
var roleWords = map[string]string{
	roleGuest: "guest", roleUser: "user", roleRoomAdmin: "room admin", roleDocSpaceAdmin: "DocSpace admin",
}

// item is a line of a list.
type item struct{ Name, Note, Link string }

// accessWords are the names that people read.
var accessWords = map[int]string{
	accessOwner: "owner", AccessRead: "viewer", AccessReview: "reviewer", AccessComment: "commenter", AccessFillForms: "form filler",
	AccessRoomManager: "room manager", AccessEditing: "editor", AccessContentCreator: "content creator",
}

// RoleWord is the role that the person has, as people read it.
func (p page) RoleWord() string { return roleWords[p.Person.Role] }

// Confirmed reports whether the person's address is.
func (p page) Confirmed() bool { return p.Person.active() }

// roomPath is where a room is (docs/facts/docspace.md, "What a room says of itself").
var roomPath = regexp.MustCompile(`^/(?:rooms/shared|ai-agents)/([^/]+)(?:/(?:filter|chat))?$`)

// servePages answers all but the API. It expects no lock.
func (p *Portal) servePages(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	down := p.down
	p.mu.Unlock()
	if down {
		proxyError(http.StatusBadGateway).send(w)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead && (r.Method != http.MethodPost || r.URL.Path != joinPath) {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	switch path := r.URL.Path; {
	case strings.HasPrefix(path, "/s/"):
		w.Header().Set("Location", p.longForm(strings.TrimPrefix(path, "/s/"), r.URL.RawQuery))
		w.WriteHeader(http.StatusFound)
	case path == joinPath && r.Method == http.MethodPost:
		p.takeForm(w, r)
	case path == joinPath:
		p.showForm(w, r)
	case path == "/confirm/EmailActivation":
		p.showConfirmed(w, r)
	case path == "/rooms/shared", path == "/rooms/shared/filter":
		show(w, http.StatusOK, "list", p.roomsPage())
	case roomPath.MatchString(path):
		p.showRoom(w, roomPath.FindStringSubmatch(path)[1])
	case path == "/":
		show(w, http.StatusOK, "home", page{Title: "Acme DocSpace"})
	default:
		show(w, http.StatusNotFound, "home", page{Title: "Page not found", Error: "There is nothing at this address."})
	}
}

// joinPath is that of a link's long form.
const joinPath = "/confirm/LinkInvite"

// longForm returns where a short link leads: to the portal's root when it is not known
// (docs/facts/docspace.md, "Legacy invitation link"). What the query has, e.g. the address to fill
// the form with, goes along.
func (p *Portal) longForm(code, rawQuery string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.links.byCode[code]
	switch {
	case l == nil:
		return "/"
	case rawQuery != "":
		return l.long + "&" + rawQuery
	}
	return l.long
}

// form returns the form behind the address, with why no one can join by it, if so. It takes
// the lock.
func (p *Portal) form(address *url.URL, social bool) (page, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l, _, err := p.links.find(address.String())
	if err != nil {
		return page{}, err
	}
	shown := page{
		Title: "Join Acme DocSpace", Role: roleWords[l.role], Inviter: "Someone who has left", Action: address.RequestURI(),
	}
	if by := p.byID[l.by]; by != nil {
		shown.Inviter = by.Name()
	}
	err = p.admits(l, social)
	shown.Invited = l.email
	if l.room != nil {
		shown.Room, shown.RoomLink = l.room.Title, l.room.path()
	}
	if l.email != "" && err == nil && l.opened.IsZero() {
		l.opened = time.Now()
	}
	return shown, err
}

func (p *Portal) showForm(w http.ResponseWriter, r *http.Request) {
	shown, err := p.form(r.URL, false)
	if err != nil {
		show(w, http.StatusNotFound, "form", page{Title: "You can't join with this link", Error: sentence(err)})
		return
	}
	q := r.URL.Query()
	shown.First, shown.Last, shown.Email = q.Get("first"), q.Get("last"), cmp.Or(shown.Invited, q.Get("email"))
	show(w, http.StatusOK, "form", shown)
}

func (p *Portal) takeForm(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, formMax)
	social := r.PostFormValue("social") != ""
	shown, err := p.form(r.URL, social)
	if err != nil {
		show(w, http.StatusNotFound, "form", page{Title: "You can't join with this link", Error: sentence(err)})
		return
	}
	shown.First, shown.Last, shown.Email = r.PostFormValue("first"), r.PostFormValue("last"), r.PostFormValue("email")
	join := p.Join
	if social {
		join = p.JoinSocial
	}
	joined, err := join(base(r)+r.URL.RequestURI(), shown.First, shown.Last, shown.Email)
	if err != nil {
		shown.Error = sentence(err)
		show(w, http.StatusBadRequest, "form", shown)
		return
	}
	title := "Check your email"
	if joined.active() {
		title = "Welcome"
	}
	show(w, http.StatusOK, "joined", page{Title: title, Person: joined, Room: shown.Room, RoomLink: shown.RoomLink})
}

// showConfirmed is the page behind the link of the confirmation email.
func (p *Portal) showConfirmed(w http.ResponseWriter, r *http.Request) {
	person, err := p.confirm(r.URL.Query().Get("key"))
	if err != nil {
		show(w, http.StatusNotFound, "confirmed", page{Title: "Not confirmed", Error: sentence(err)})
		return
	}
	show(w, http.StatusOK, "confirmed", page{Title: "Email address confirmed", Person: person})
}

// showRoom is the page of a room. No one is signed in at the simulator's pages, so everyone sees all of it.
func (p *Portal) showRoom(w http.ResponseWriter, id string) {
	shown, ok := p.roomPage(id)
	if !ok {
		show(w, http.StatusNotFound, "home", page{Title: "Room not found", Error: "There is no such room."})
		return
	}
	show(w, http.StatusOK, "list", shown)
}

// roomsPage takes the lock.
func (p *Portal) roomsPage() page {
	p.mu.Lock()
	defer p.mu.Unlock()
	shown := page{Title: "Rooms"}
	for _, r := range slices.Backward(p.rooms) {
		note := p.known(r.Owner).Name()
		if r.Archived {
			note += ", archived"
		}
		shown.List = append(shown.List, item{r.Title, note, r.path()})
	}
	return shown
}

// roomPage takes the lock.
func (p *Portal) roomPage(id string) (shown page, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	number, _ := strconv.Atoi(id)
	r := p.room(number)
	if r == nil {
		return page{}, false
	}
	shown = page{Title: r.Title}
	if r.Archived {
		shown.Error = "This room is archived."
	}
	for _, in := range p.participants(r) {
		note := in.Right
		if in.Status == statusPending {
			note += ", invited"
		}
		shown.List = append(shown.List, item{Name: in.Name(), Note: note})
	}
	return shown, true
}

func sentence(err error) string {
	text := err.Error()
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// show sends a page. It may stand in a frame of another page, which the demo does.
func show(w http.ResponseWriter, status int, name string, p page) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer") // the address is a secret
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'")
	w.WriteHeader(status)
	_ = pages.ExecuteTemplate(w, name, p) // fails only when no one reads on
}
