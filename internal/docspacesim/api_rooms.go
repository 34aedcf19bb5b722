package docspacesim

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

var (
	noSuchRoom    = thrown(http.StatusNotFound, "The required folder was not found", exceptionNotFound)
	roomIsClosed  = thrown(http.StatusForbidden, "You don't have enough permission to view the folder content", exceptionOperation)
	noSuchRight   = thrown(http.StatusForbidden, "The role is not available", exceptionOperation)
	notSignedIn   = thrown(http.StatusUnauthorized, "Unauthorized", exceptionPlain)
	searchAreas   = names{"active": 0, "archive": areaArchive, "any": areaAny, "recentbylinks": 3, "templates": areaTemplates}
	shareFilters  = names{"userorgroup": 0, "invitationlink": 1, "externallink": 2, "additionalexternallink": 4, "primaryexternallink": 8, "link": 15, "user": shareUsers, "group": shareGroups}
	accessByName  = map[string]int{"None": 0, "ReadWrite": 1, "Read": 2, "Restrict": 3, "Varies": 4, "Review": 5, "Comment": 6, "FillForms": 7, "CustomFilter": 8, "RoomManager": 9, "Editing": 10, "ContentCreator": 11}
	roomTypeNames = names{"fillingformsroom": RoomForms, "editingroom": RoomCollaboration, "customroom": RoomCustom, "publicroom": RoomPublic, "virtualdataroom": RoomData, "airoom": RoomAI}
)

const (
	startMax                            = 1<<31 - 1
	areaArchive, areaAny, areaTemplates = 1, 2, 4
	shareUsers, shareGroups             = 16, 32
)

// getRooms is GET files/rooms: what would be the numbers of a page is in the response (docs/facts/docspace.md,
// "Rooms").
func (p *Portal) getRooms(c call) answer {
	r := searchReader{query: c.query}
	count, start := r.number("Count", pageMax, 1, pageMax), r.number("StartIndex", 0, 0, startMax)
	area, _ := r.enum("SearchArea", searchAreas)
	order, ordered := r.enum("SortOrder", orderNames)
	var types []int
	for _, text := range c.query["type"] {
		number, ok := roomTypeNames.read(text)
		if !ok {
			r.refuse(invalidValue("Type", text))
		}
		types = append(types, number)
	}
	if r.refused != nil {
		return *r.refused
	}
	text := strings.ToLower(strings.TrimSpace(c.query.get("filterValue")))
	var found []*Room
	for _, room := range slices.Backward(p.rooms) { // the newest first, unless something else is asked for
		switch {
		case area == areaTemplates, area != areaAny && room.Archived != (area == areaArchive):
		case !p.showsRoom(room, c.caller), types != nil && !slices.Contains(types, room.Type):
		case !strings.Contains(strings.ToLower(room.Title), text):
		default:
			found = append(found, room)
		}
	}
	descending := order == orderNames["descending"]
	if strings.EqualFold(c.query.get("sortBy"), "AZ") {
		slices.SortStableFunc(found, func(a, b *Room) int {
			return directed(strings.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title)), descending)
		})
	} else if ordered && !descending {
		slices.Reverse(found)
	}
	folders := []object{}
	for _, room := range found[min(start, len(found)):min(start+count, len(found))] {
		folders = append(folders, p.folder(c, room))
	}
	id, title, rootType := rootRooms, "Rooms", rootTypeRooms
	if area == areaArchive {
		id, title, rootType = rootArchive, "Archive", rootTypeArchive
	}
	return value(object{
		"files": []object{}, "folders": folders, "current": object{
			"parentId": 0, "filesCount": 0, "foldersCount": len(found), "id": id, "rootFolderId": id, "title": title,
			"access": 0, "fileEntryType": 1, "rootFolderType": rootType, "security": object{"Read": true, "EditAccess": false},
		},
		"pathParts":  []object{{"id": id, "title": title, "folderType": rootType}},
		"startIndex": start, "count": len(folders), "total": len(found), "new": 0,
	})
}

// roomOf returns the room that the call names, or nil.
func (p *Portal) roomOf(c call) *Room {
	id, err := strconv.Atoi(c.arg)
	if err != nil {
		return nil
	}
	return p.room(id)
}

// getRoom is GET files/rooms/{id} (docs/facts/docspace.md, "What a room says of itself").
func (p *Portal) getRoom(c call) answer {
	room := p.roomOf(c)
	switch {
	case room == nil:
		return noSuchRoom
	case c.caller.ID == "":
		return notSignedIn
	case !p.showsRoom(room, c.caller):
		return roomIsClosed
	}
	return value(p.folder(c, room))
}

// getShares is GET files/rooms/{id}/share (docs/facts/docspace.md, "Who is in a room"). Rooms have no links here.
func (p *Portal) getShares(c call) answer {
	r := searchReader{query: c.query}
	count, start := r.number("Count", pageMax, 1, pageMax), r.number("StartIndex", 0, 0, startMax)
	filter, _ := r.enum("FilterType", shareFilters)
	room := p.roomOf(c)
	switch {
	case r.refused != nil:
		return *r.refused
	case room == nil:
		return noSuchRecord
	}
	people := []*account{}
	if p.showsRoom(room, c.caller) && (filter == 0 || filter == shareUsers) {
		people = p.inOrder(room)
	}
	if text := strings.ToLower(strings.TrimSpace(c.query.get("filterValue"))); text != "" {
		people = slices.DeleteFunc(people, func(a *account) bool { return !strings.Contains(a.text, text) })
	}
	list := []object{}
	for _, a := range people {
		list = append(list, p.sharing(c, room, a))
	}
	if p.showsRoom(room, c.caller) && (filter == 0 || filter == shareGroups) && c.query.get("filterValue") == "" { // groups' names are not looked through here
		for _, id := range slices.Sorted(maps.Keys(room.Groups)) {
			list = append(list, p.sharingGroup(c, room, id))
		}
	}
	return answer{list: list[min(start, len(list)):min(start+count, len(list))], total: len(list)}
}

// invitee is one entry of those who are to have a room.
type invitee struct {
	ID     string `json:"id"`
	Email  string `json:"email"`
	Access access `json:"access"`
}

// access is FileShare: a number or a name; a name that is not known is none, without a word (docs/facts/docspace.md,
// "Enums").
type access int

func (a *access) UnmarshalJSON(text []byte) error {
	var name string
	if json.Unmarshal(text, &name) == nil {
		*a = access(accessByName[name])
		return nil
	}
	return json.Unmarshal(text, (*int)(a))
}

// shareRoom is PUT files/rooms/{id}/share (docs/facts/docspace.md, "Rooms").
func (p *Portal) shareRoom(c call) answer {
	var sent struct {
		Invitations []invitee `json:"invitations"`
		Notify      bool      `json:"notify"`
		Culture     string    `json:"culture"`
	}
	if json.Unmarshal(c.body, &sent) != nil {
		return invalid("$", "The JSON value could not be converted.")
	}
	var addresses []string
	for i, in := range sent.Invitations {
		if in.ID != "" && !guid.MatchString(in.ID) {
			return invalid(fmt.Sprintf("$.invitations[%d].id", i), "The JSON value could not be converted.")
		}
		sent.Invitations[i].ID = strings.ToLower(in.ID)
		addresses = append(addresses, in.Email)
	}
	if refused := p.mayWriteTo(addresses); refused != nil {
		return *refused
	}
	if len(sent.Invitations) == 0 {
		return value(object{"error": 0})
	}
	asGuest := func(in invitee) bool {
		a := p.byID[in.ID]
		return in.Access != AccessNone && (in.Email != "" || p.isBefore(3, 6, 0) && a != nil && a.Role == roleGuest)
	}
	leaves := func(in invitee) bool { return in.ID == c.caller.ID && in.Access == AccessNone }
	room := p.roomOf(c)
	switch {
	case !p.guests && slices.ContainsFunc(sent.Invitations, asGuest):
		return accessDenied
	case room == nil:
		return noSuchRoom
	case !p.showsRoom(room, c.caller):
		return roomIsClosed
	case !room.sharedBy(c.caller) && slices.ContainsFunc(sent.Invitations, func(in invitee) bool { return !leaves(in) }):
		return accessDenied
	}
	warning := ""
	for _, in := range sent.Invitations {
		if !p.maySend(c.caller, room, in) {
			continue
		}
		why, refused := p.shareWith(c, room, in, sent.Notify)
		if refused != nil { // what came before it is done
			return *refused
		}
		if warning == "" {
			warning = why
		}
	}
	members := []object{}
	for _, in := range sent.Invitations {
		if _, ok := room.Members[in.ID]; ok && in.ID != "" {
			members = append(members, p.sharing(c, room, p.byID[in.ID]))
		}
	}
	done := object{"members": members, "error": 0}
	if warning != "" {
		done["warning"] = warning
	}
	p.notify()
	return value(done)
}

// maySend reports whether the caller may name the account at all; others are dropped without a word.
func (p *Portal) maySend(by Person, r *Room, in invitee) bool {
	if _, ok := r.Members[in.ID]; r.Owner == by.ID && (ok || in.Access == AccessNone) {
		return true
	}
	if a := p.byID[in.ID]; a != nil {
		return p.isBefore371() || sees(by, a)
	}
	return in.Email != "" && seesPeople(by) // an id that is no one's is dropped: chosen here
}

// shareWith carries out one entry. The warning is why it was skipped; an entry that is refused ends the call.
func (p *Portal) shareWith(c call, r *Room, in invitee, notify bool) (warning string, refused *answer) {
	a := p.byID[in.ID]
	role := roleGuest // which anyone named by an address counts as
	if a != nil {
		role = a.Role
	}
	_, was := r.Members[in.ID]
	switch {
	case a != nil && a.Status == statusTerminated && (in.Access != AccessNone || !was):
		return "", nil
	case !r.offers(int(in.Access), role):
		return "", &noSuchRight
	case a == nil && in.Access == AccessNone:
		return "", nil
	}
	invite := false
	if a == nil {
		if a = p.email(in.Email); a == nil {
			if p.crowded() {
				return sentence(ErrUserLimit), nil
			}
			a = p.add(Person{
				Email: strings.TrimSpace(in.Email), Role: roleGuest, Status: statusPending, Activation: activationPending, CreatedBy: c.caller.ID,
			})
		}
		a.relate(c.caller.ID)
		invite = a.Activation == activationPending
	}
	if a.ID == r.Owner { // who has it all already: chosen here
		return "", nil
	}
	before, was := r.Members[a.ID]
	if was && before == int(in.Access) && !p.isBefore(3, 6, 0) {
		return "", nil
	}
	r.share(a.ID, int(in.Access))
	switch {
	case invite:
		p.mailInvitation(c, a.Person, roleGuest, r)
		p.allowance.reduce()
	case notify && !was && in.Access != AccessNone:
		p.mail(Mail{
			To: a.Email, Subject: "You are in the room " + r.Title,
			Body: fmt.Sprintf("%s has given you access to the room %s.", c.caller.Name(), r.Title), Link: c.base() + r.path(),
		})
	}
	return "", nil
}
