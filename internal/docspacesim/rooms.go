package docspacesim

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Types of a room (docs/facts/docspace.md, "Rooms").
const (
	RoomForms         = 1
	RoomCollaboration = 2
	RoomCustom        = 5
	RoomPublic        = 6
	RoomData          = 8
	RoomAI            = 9
)

// Rights in a room (docs/facts/docspace.md, "Rooms").
const (
	AccessNone           = 0
	AccessRead           = 2
	AccessReview         = 5
	AccessComment        = 6
	AccessFillForms      = 7
	AccessRoomManager    = 9
	AccessEditing        = 10
	AccessContentCreator = 11
)

// What keeps a person from being let into a room.
var (
	ErrNoRoom     = errors.New("there is no such room")
	ErrNotOffered = errors.New("this room does not offer that access to this person")
)

// Room is a room of the portal.
type Room struct {
	ID    int
	Title string
	// Type is one of the constants that begin with Room.
	Type int
	// Owner is the id of the account that the room belongs to.
	Owner    string
	Archived bool
	Created  time.Time
	// Members are the rights of the accounts that the room was shared with, by their ids. The owner is not
	// among them, and people who were invited by email are, before they register.
	Members map[string]int
	// Groups are the rights of the groups that it was shared with, by their ids.
	Groups map[string]int
}

// Group is a group of people at the portal.
type Group struct {
	ID, Name string
	// Members are the ids of the accounts in it.
	Members []string
}

// Everyone is the id of the group that everyone is in, without being listed there (docs/facts/docspace.md, "Groups in a room").
const Everyone = "c5cc67d1-c3e8-43c0-a3ad-3928ae3e5b5e"

// offered are the rights that a room of a type has for users (docs/facts/docspace.md, "Rooms").
var offered = map[int][]int{
	RoomCustom: {
		AccessRoomManager, AccessContentCreator, AccessEditing, AccessReview, AccessComment, AccessRead, AccessNone,
	},
	RoomPublic:        {AccessRoomManager, AccessContentCreator, AccessNone},
	RoomForms:         {AccessRoomManager, AccessContentCreator, AccessFillForms, AccessNone},
	RoomCollaboration: {AccessRoomManager, AccessContentCreator, AccessEditing, AccessRead, AccessNone},
	RoomData: {
		AccessRoomManager, AccessContentCreator, AccessEditing, AccessRead, AccessFillForms, AccessNone,
	},
	RoomAI: {AccessRoomManager, AccessContentCreator, AccessRead, AccessNone},
}

// offers reports whether the room may be shared so with a person who has the role.
func (r *Room) offers(access int, role string) bool {
	switch {
	case !slices.Contains(offered[r.Type], access):
		return false
	case access == AccessRoomManager:
		return role == roleRoomAdmin || role == roleDocSpaceAdmin
	case access == AccessContentCreator:
		return r.Type != RoomAI || role != roleGuest
	}
	return true
}

// showsRoom reports whether the person may read the room: DocSpace admins read all.
func (p *Portal) showsRoom(r *Room, person Person) bool {
	return p.accessOf(r, person.ID) != AccessNone || r.Owner == person.ID || person.Role == roleDocSpaceAdmin
}

// accessOf returns what someone may do in the room: as they may by name, whatever their groups may; otherwise the
// most that one of these may (docs/facts/docspace.md, "Groups in a room").
func (p *Portal) accessOf(r *Room, id string) int {
	if access, named := r.Members[id]; named {
		return access
	}
	for _, access := range offered[r.Type] { // by falling rights
		for group, has := range r.Groups {
			if has == access && (group == Everyone || slices.Contains(p.groups[group].Members, id)) {
				return access
			}
		}
	}
	return AccessNone
}

// AddGroup makes a group of the accounts with the addresses.
func (p *Portal) AddGroup(name string, emails ...string) Group {
	p.mu.Lock()
	defer p.mu.Unlock()
	g := Group{ID: randomGUID(), Name: name}
	for _, email := range emails {
		if a := p.email(email); a != nil {
			g.Members = append(g.Members, a.ID)
		}
	}
	p.groups[g.ID] = g
	return g
}

// ShareWithGroup has the room's owner let a group in, or [Everyone].
func (p *Portal) ShareWithGroup(room int, group string, access int) error {
	return p.changeRoom(room, func(r *Room) error {
		if access == AccessRoomManager || !slices.Contains(offered[r.Type], access) {
			return ErrNotOffered
		}
		r.Groups[group] = access
		return nil
	})
}

// Access returns what the account with the address may do in the room, by name or by a group.
func (p *Portal) Access(room int, email string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	a, r := p.email(email), p.room(room)
	if a == nil || r == nil {
		return AccessNone
	}
	return p.accessOf(r, a.ID)
}

// sharedBy reports whether the person may share the room (docs/facts/docspace.md, "Who may share a room").
func (r *Room) sharedBy(person Person) bool {
	switch {
	case r.Archived:
		return false
	case r.Owner == person.ID:
		return person.Role == roleDocSpaceAdmin || person.Role == roleRoomAdmin
	}
	return r.Members[person.ID] == AccessRoomManager
}

// path is where the room is found in a browser (docs/facts/docspace.md, "What a room says of itself").
func (r *Room) path() string {
	if r.Type == RoomAI {
		return fmt.Sprintf("/ai-agents/%d/chat?folder=%[1]d", r.ID)
	}
	return fmt.Sprintf("/rooms/shared/%d/filter?folder=%[1]d", r.ID)
}

// copied is the room for those outside of the portal's lock.
func (r *Room) copied() Room {
	c := *r
	c.Members, c.Groups = maps.Clone(r.Members), maps.Clone(r.Groups)
	return c
}

// firstRoom is the id of a portal's first room; the folders before it are the portal's own.
const firstRoom = 33

// room returns the room with the id, or nil.
func (p *Portal) room(id int) *Room {
	if i := id - firstRoom; i >= 0 && i < len(p.rooms) {
		return p.rooms[i]
	}
	return nil
}

// AddRoom makes a room of one of the types, e.g. [RoomCustom]. Its owner is the account with the address, or the
// key's where there is no such account, e.g. for "".
func (p *Portal) AddRoom(title string, roomType int, owner string) Room {
	p.mu.Lock()
	defer p.mu.Unlock()
	by := p.key.owner
	if a := p.email(owner); a != nil {
		by = a.ID
	}
	r := &Room{
		ID: firstRoom + len(p.rooms), Title: title, Type: roomType, Owner: by, Created: time.Now().UTC().Truncate(time.Second),
		Members: map[string]int{}, Groups: map[string]int{},
	}
	p.rooms = append(p.rooms, r)
	p.notify()
	return r.copied()
}

// changeRoom takes the lock.
func (p *Portal) changeRoom(id int, how func(*Room) error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.room(id)
	if r == nil {
		return ErrNoRoom
	}
	if err := how(r); err != nil {
		return err
	}
	p.notify()
	return nil
}

// ArchiveRoom has the room's owner archive it: it can be read and not shared any more.
func (p *Portal) ArchiveRoom(id int) error {
	return p.changeRoom(id, func(r *Room) error { r.Archived = true; return nil })
}

// Share has the room's owner let the account with the address in, or change what it may do there; no email is
// sent. [AccessNone] takes it out of the room.
func (p *Portal) Share(room int, email string, access int) error {
	return p.changeRoom(room, func(r *Room) error {
		a := p.email(email)
		switch {
		case a == nil:
			return ErrUnknown
		case a.ID == r.Owner || !r.offers(access, a.Role):
			return ErrNotOffered
		}
		r.share(a.ID, access)
		return nil
	})
}

func (r *Room) share(id string, access int) {
	if access == AccessNone {
		delete(r.Members, id)
		return
	}
	r.Members[id] = access
}

// Rooms returns all rooms, oldest first, archived ones too.
func (p *Portal) Rooms() []Room {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make([]Room, 0, len(p.rooms))
	for _, r := range p.rooms {
		all = append(all, r.copied())
	}
	return all
}

// folder is FolderDto of a room as the caller sees it.
func (p *Portal) folder(c call, r *Room) object {
	mayShare := r.sharedBy(c.caller)
	own := r.Owner == c.caller.ID
	_, in := r.Members[c.caller.ID]
	root, rootType := rootRooms, rootTypeRooms
	if r.Archived {
		root, rootType = rootArchive, rootTypeArchive
	}
	security := map[string]bool{}
	for _, right := range []string{"Read", "CopyLink"} {
		security[right] = true
	}
	for _, right := range []string{"Create", "CopyTo", "MoveTo", "EditRoom", "EditAccess", "Rename", "Mute", "Embed"} {
		security[right] = mayShare
	}
	for _, right := range []string{"Pin", "Move", "ChangeOwner", "Copy", "Duplicate", "Download"} {
		security[right] = !r.Archived && (own || c.caller.Role == roleDocSpaceAdmin)
	}
	for _, right := range []string{"Delete", "CreateRoomFrom", "CopySharedLink", "Reconnect", "UseChat", "IndexExport"} {
		security[right] = r.Archived && own && right == "Delete"
	}
	by := c.employee(p.known(r.Owner))
	folder := object{
		"parentId": root, "filesCount": 0, "foldersCount": 0, "new": 0, "mute": false, "tags": []string{},
		"logo":   object{"original": "", "large": "", "medium": "", "small": "", "color": "61C059"},
		"pinned": false, "roomType": r.Type, "private": false, "indexing": false, "denyDownload": false,
		"inRoom": own || in, "fileEntryType": 1, "id": r.ID, "rootFolderId": root,
		"canShare": mayShare && r.Type != RoomCollaboration && r.Type != RoomData, "security": security,
		"title": r.Title, "access": p.accessOf(r, c.caller.ID), "shared": len(r.Members)+len(r.Groups) > 0,
		"created": p.date(r.Created), "createdBy": by, "updated": p.date(r.Created), "updatedBy": by,
		"rootFolderType": rootType,
	}
	if !p.isBefore(3, 5, 0) {
		folder["availableShareRights"] = linkRights(r, own)
	}
	return folder
}

// Folders that rooms are in, and their types.
const (
	rootRooms       = 2
	rootArchive     = 3
	rootTypeRooms   = 14
	rootTypeArchive = 20
)

// linkRights is availableShareRights of a room, which has nothing for users in it (docs/facts/docspace.md, "What a
// room says of itself").
func linkRights(r *Room, own bool) object {
	rights := []string{"Editing", "Review", "Comment", "Read"}
	switch r.Type {
	case RoomForms:
		rights = []string{"FillForms"}
	case RoomData:
		rights = slices.Insert(rights, 1, "FillForms")
	}
	if own {
		rights = append(rights, "None")
	}
	return object{"ExternalLink": rights, "PrimaryExternalLink": rights}
}

// known returns the account with the id, or one without a name when it is gone.
func (p *Portal) known(id string) Person {
	if a := p.byID[id]; a != nil {
		return a.Person
	}
	return Person{ID: lostUser, FirstName: "Unknown", LastName: "Unknown"}
}

// sharing is FileShareDto of a member, or of the owner (docs/facts/docspace.md, "Who is in a room").
func (p *Portal) sharing(c call, r *Room, a *account) object {
	own, mayShare := a.ID == r.Owner, r.sharedBy(c.caller)
	access, edits := r.Members[a.ID], mayShare && a.ID != c.caller.ID
	if own {
		access, edits, mayShare = accessOwner, false, false
	}
	person := p.full(c, a)
	shared := object{
		"access": access, "sharedTo": person, "isLocked": a.ID == c.caller.ID && !own, "isOwner": own, "canEditAccess": edits, "subjectType": 0,
	}
	if !p.isBefore(3, 5, 0) {
		maps.Copy(shared, object{
			"sharedToUser": person, "canEditInternal": mayShare && r.Type != RoomData && r.Type != RoomPublic,
			"canEditDenyDownload": false, "canEditExpirationDate": mayShare && r.Type != RoomForms, "canRevoke": false,
		})
	}
	return shared
}

// sharingGroup is FileShareDto of a group.
func (p *Portal) sharingGroup(c call, r *Room, id string) object {
	group := object{"id": id, "name": p.groups[id].Name}
	if id == Everyone {
		group["name"] = "Everyone"
	}
	shared := object{"access": r.Groups[id], "sharedTo": group, "isLocked": false, "isOwner": false, "canEditAccess": r.sharedBy(c.caller), "subjectType": 2}
	if !p.isBefore(3, 5, 0) {
		shared["sharedToGroup"] = group
	}
	return shared
}

// accessOwner is what the owner is listed with: to read and write.
const accessOwner = 1

// inOrder returns the people of the room as the portal lists them: the owner, room managers, others by their
// rights and first names, and those who have not registered by their addresses.
func (p *Portal) inOrder(r *Room) []*account {
	people := make([]*account, 0, len(r.Members)+1)
	for id := range r.Members {
		if a := p.byID[id]; a != nil {
			people = append(people, a)
		}
	}
	place := func(a *account) (group, right int, name string) {
		right = slices.Index(offered[r.Type], r.Members[a.ID])
		if a.Activation == activationPending {
			return 1, right, strings.ToLower(a.Email)
		}
		return 0, right, strings.ToLower(a.FirstName)
	}
	slices.SortFunc(people, func(a, b *account) int {
		groupA, rightA, nameA := place(a)
		groupB, rightB, nameB := place(b)
		return cmp.Or(groupA-groupB, rightA-rightB, strings.Compare(nameA, nameB), strings.Compare(a.ID, b.ID))
	})
	if owner := p.byID[r.Owner]; owner != nil {
		people = slices.Insert(people, 0, owner)
	}
	return people
}

// Participant is a person in a room.
type Participant struct {
	Person
	// Right is what they may do there, as people read it.
	Right string
}

// Participants returns the people of the room as its page lists them; none for a room that is not there.
func (p *Portal) Participants(room int) []Participant {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.room(room)
	if r == nil {
		return nil
	}
	return p.participants(r)
}

func (p *Portal) participants(r *Room) []Participant {
	var all []Participant
	for _, a := range p.inOrder(r) {
		access := r.Members[a.ID]
		if a.ID == r.Owner {
			access = accessOwner
		}
		all = append(all, Participant{a.Person, accessWords[access]})
	}
	return all
}
