package demo

import (
	"strings"
	"time"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// partner is the other organization, with which #partners is shared.
const partner = "T0DEMOPART1"

// approvals is where the admins are asked for approval.
const approvals = "C0DEMOAPP01"

// actor is someone of the cast.
type actor struct {
	name, realName, email string
	// about says to newcomers what this person is good for.
	about string
	is    func(*slacksim.User)
}

var cast = []actor{
	{"ann", "Ann Archer", "ann@acme.example", "team lead: invites people, manages Q3 planning", nil},
	{"bob", "Bob Baker", "bob@acme.example", "member: may join, and invite too", nil},
	{"carol", "Carol Chen", "carol@acme.example", "member: may join, and invite too", nil},
	{"gus", "Gus Guest", "gus@elsewhere.example", "a guest of the workspace: may join, not invite", func(u *slacksim.User) { u.Guest = true }},
	{"jana", "Jana Jung", "jana@acme.example", "member whose Slack is in German", func(u *slacksim.User) { u.Locale = "de-DE" }},
	{"zoe", "Zoe Zimmer", "zoe@acme.example", "workspace admin: can give every role, and approve", func(u *slacksim.User) { u.Admin = true }},
	{"eve", "Eve External", "", "from another organization, in #partners", func(u *slacksim.User) { u.Team = partner }},
}

// id is the actor's Slack user id.
func (a actor) id() string { return userID(a.name) }

func userID(name string) string { return "U0DEMO" + strings.ToUpper(name) + "01" }

// userIDs are those of names that stand apart by spaces.
func userIDs(names string) []string {
	var ids []string
	for name := range strings.FieldsSeq(names) {
		ids = append(ids, userID(name))
	}
	return ids
}

// talk is what was said before the curtain rises, so that the place feels lived in. Nothing
// is said in #general, where the story begins.
var talk = []struct{ who, channel, line string }{
	{"carol", "C0DEMODES01", "The new covers are done :tada:"},
	{"ann", "C0DEMODES01", "Lovely. They go to the archive room in DocSpace as soon as everyone is in."},
	{"bob", "C0DEMOLOU01", "Who is up for lunch at *12:30*?"},
	{"eve", "C0DEMOPAR01", "Hello from the partners' side :wave:"},
	{"zoe", "C0DEMOSEC01", "The bot isn't in here. Try to invite someone, then type /invite @docspace."},
}

// enter puts the cast into both simulators.
func enter(w *slacksim.Workspace, p *docspacesim.Portal) {
	for _, a := range cast {
		u := slacksim.User{ID: a.id(), Name: a.name, RealName: a.realName, Email: a.email}
		if a.is != nil {
			a.is(&u)
		}
		w.AddUser(u)
	}
	with := func(names string) []string { return append(userIDs(names), w.BotUser()) }
	for _, c := range []slacksim.Channel{
		{ID: "C0DEMOGEN01", Name: "general", Members: with("ann bob carol gus jana zoe")},
		{ID: "C0DEMODES01", Name: "design", Private: true, Members: with("ann bob carol zoe")},
		{ID: "C0DEMOSEC01", Name: "secret", Private: true, Members: userIDs("ann zoe")},
		{ID: approvals, Name: "approvals", Private: true, Members: with("zoe")},
		{ID: "C0DEMOPAR01", Name: "partners", ExtShared: true, Members: with("ann bob zoe eve")},
		{ID: "C0DEMOLOU01", Name: "lounge", Members: userIDs("ann bob carol zoe")},
		{ID: "C0DEMOOLD01", Name: "old-stuff", Archived: true, Members: with("ann zoe")},
	} {
		w.AddChannel(c)
	}
	w.AddGroup(slacksim.Group{ID: "S0DEMODES01", Handle: "designers", Users: userIDs("bob carol")})
	for _, said := range talk {
		w.Type(userID(said.who), said.channel, said.line)
	}
	furnish(p)
}

// rooms are those that the portal has. Ann manages Q3 planning, where the story leads. She can't invite anyone into the
// others: in one she is no manager, and the other is not the bot's to share.
var rooms = []struct {
	title  string
	kind   int
	owner  string // the bot by default
	rights map[string]int
}{
	{"Board", docspacesim.RoomData, "owner@acme.example", nil},
	{"Cover archive", docspacesim.RoomCollaboration, "zoe@acme.example", map[string]int{
		"docspace-bot@acme.example": docspacesim.AccessRoomManager, "ann@acme.example": docspacesim.AccessEditing,
	}},
	{"Q3 planning", docspacesim.RoomCustom, "", map[string]int{"ann@acme.example": docspacesim.AccessRoomManager}},
}

// furnish gives the portal two members of old, and its rooms.
func furnish(p *docspacesim.Portal) {
	for _, a := range cast {
		if a.name != "ann" && a.name != "zoe" {
			continue
		}
		first, last, _ := strings.Cut(a.realName, " ")
		p.AddPerson(docspacesim.Person{
			FirstName: first, LastName: last, Email: a.email, Role: "RoomAdmin", Status: 1, Activation: 1,
			Registered: time.Now().Add(-30 * 24 * time.Hour),
		})
	}
	for _, r := range rooms {
		room := p.AddRoom(r.title, r.kind, r.owner)
		for email, access := range r.rights {
			if err := p.Share(room.ID, email, access); err != nil {
				panic(err) // the table is wrong
			}
		}
	}
}
