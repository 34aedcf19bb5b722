package docspace

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/remedy"
)

const (
	// RoomsMax is the most rooms that the portal lists at once (docs/facts/docspace.md, "Rooms"), and more than
	// anyone looks through.
	RoomsMax = 100
	// titleMax bounds a room's title, in runes: no longer one is read, or asked for.
	titleMax = 200
	// shareMax is how many members one call gives a right.
	shareMax = 100
	// onlyUsers is the filter that leaves out groups and links, usersAndGroups the one that leaves out links
	// (docs/facts/docspace.md, "Who is in a room").
	onlyUsers, usersAndGroups = "16", "0"
	// subjectGroup is what a group's share is marked with.
	subjectGroup = 2
	// groupOfAll is a group that everyone is in, without being listed there (docs/facts/docspace.md, "Groups in a room").
	groupOfAll = "c5cc67d1-c3e8-43c0-a3ad-3928ae3e5b5e"
)

// roomID is what a room's id may look like: a number, or a text for a room in a third party's storage. Nothing
// else gets into a path.
var roomID = regexp.MustCompile(`^\w[\w|.-]{0,199}$`)

// roomCall is a call about one room.
func roomCall(method string, room invitation.RoomID, about string) call {
	return call{
		method: method, path: "files/rooms/" + url.PathEscape(string(room)) + about, name: "files/rooms/{id}" + about,
		absent: remedy.CallMissing, feature: true,
	}
}

// Rooms returns the active rooms that the portal finds by their title, those with the very title first, then
// those whose title begins with it; without a title it returns the latest ones. GET files/rooms,
// docs/facts/docspace.md, "Rooms". There are a hundred at most, and only those that the key's account sees.
func (c *Client) Rooms(ctx context.Context, title string) ([]invitation.Room, error) {
	title = strings.Join(strings.Fields(title), " ")
	if utf8.RuneCountInString(title) > titleMax {
		return nil, nil
	}
	query := url.Values{"count": {strconv.Itoa(RoomsMax)}, "searchArea": {"0"}, "sortBy": {"DateAndTime"}, "sortOrder": {"descending"}}
	if title != "" {
		query.Set("filterValue", title)
	}
	var folders []folder
	k := call{method: http.MethodGet, path: "files/rooms", query: query, absent: remedy.CallMissing, feature: true}
	k.stream = func(dec *json.Decoder) (found bool, err error) {
		_, err = eachMember(dec, func(key string) (err error) {
			if key != "folders" {
				return skip(dec)
			}
			found, err = readList(dec, RoomsMax, &folders)
			return err
		})
		return found, err
	}
	found, _, err := c.do(ctx, k, nil)
	if err == nil && !found {
		err = notDocSpace(k, "the answer holds no list of rooms")
	}
	if err != nil {
		return nil, err
	}
	var rooms []invitation.Room
	seen := map[invitation.RoomID]bool{}
	for _, f := range folders {
		if room, ok := c.room(f); ok && !room.Archived && !seen[room.ID] {
			seen[room.ID] = true
			rooms = append(rooms, room)
		}
	}
	if title != "" {
		slices.SortStableFunc(rooms, func(a, b invitation.Room) int { return cmp.Compare(farFrom(title, a.Title), farFrom(title, b.Title)) })
	}
	return rooms, nil
}

// farFrom ranks a title that was found: the very words, those and more, all others.
func farFrom(words, title string) int {
	words, title = strings.ToLower(words), strings.ToLower(title)
	switch {
	case title == words:
		return 0
	case strings.HasPrefix(title, words):
		return 1
	}
	return 2
}

// Room returns one room, also an archived one: GET files/rooms/{id}, docs/facts/docspace.md, "Rooms". RoomUnknown
// is one that isn't there, or that the key's account may not see.
func (c *Client) Room(ctx context.Context, id invitation.RoomID) (invitation.Room, error) {
	k := roomCall(http.MethodGet, id, "")
	if !roomID.MatchString(string(id)) {
		return invitation.Room{}, &Error{Reason: invitation.RoomUnknown, Call: k.String(), Detail: "this is no room's id"}
	}
	var f folder
	found, _, err := c.do(ctx, k, &f)
	if failed, ok := errors.AsType[*Error](err); ok && (failed.Reason == invitation.UnknownMember || failed.Reason == invitation.PortalDenied && failed.trouble == "") {
		failed.Reason = invitation.RoomUnknown
	}
	if err != nil {
		return invitation.Room{}, err
	}
	room, ok := c.room(f)
	if !found || !ok || room.ID != id { // an ordinary folder, say
		return invitation.Room{}, &Error{Reason: invitation.RoomUnknown, Call: k.String(), Status: http.StatusOK}
	}
	return room, nil
}

// room is a folder in the tracker's words; ok is false for a folder that is none.
func (c *Client) room(f folder) (room invitation.Room, ok bool) {
	room = invitation.Room{
		ID: invitation.RoomID(f.ID), Title: f.title(), Owner: f.CreatedBy.name(), Rights: f.rights(),
		Archived: f.Root == rootArchive, MayInvite: bool(f.MayShare),
	}
	page := c.base.JoinPath("../../rooms/shared", url.PathEscape(string(f.ID)), "filter")
	page.RawQuery = url.Values{"folder": {string(f.ID)}}.Encode()
	room.URL = page.String()
	return room, f.Type != 0 && f.Root != rootTemplates && roomID.MatchString(string(f.ID))
}

// RoomRights returns who has which right in a room, its owner included, who has them all: GET
// files/rooms/{id}/share, docs/facts/docspace.md, "Who is in a room". With an address it returns the accounts with that
// address to which the room was given by name, at the cost of one call. Without one it returns everyone, a hundred a
// call; that costs as much again for each group in the room. RoomUnknown is one that isn't there, or that the key's
// account may not see.
func (c *Client) RoomRights(ctx context.Context, id invitation.RoomID, address string) ([]invitation.RoomMember, error) {
	k := roomCall(http.MethodGet, id, "/share")
	if !roomID.MatchString(string(id)) {
		return nil, &Error{Reason: invitation.RoomUnknown, Call: k.String(), Detail: "this is no room's id"}
	}
	address = strings.TrimSpace(address)
	var members []invitation.RoomMember
	var groups []share
	var owner invitation.MemberID
	seen := map[invitation.MemberID]bool{}
	for start := 0; ; {
		var shares []share
		k.query = url.Values{"filterType": {usersAndGroups}, "count": {strconv.Itoa(pageSize)}, "startIndex": {strconv.Itoa(start)}}
		if address != "" {
			k.query.Set("filterType", onlyUsers)
			k.query.Set("filterValue", address)
		}
		k.stream = func(dec *json.Decoder) (bool, error) { return readList(dec, scanMax, &shares) }
		found, env, err := c.do(ctx, k, nil)
		if err == nil && !found {
			err = notDocSpace(k, "the answer holds no list of members")
		}
		if err != nil {
			return nil, ofRoom(err)
		}
		start += len(shares)
		for _, s := range shares {
			if s.SubjectType == subjectGroup && address == "" {
				groups = append(groups, s)
			}
			m, ok := s.member()
			if !ok || address != "" && !invitation.SameEmail(m.Email, address) {
				continue
			}
			if s.Owner {
				owner = m.ID
			}
			switch {
			case !seen[m.ID]:
				seen[m.ID] = true
				members = append(members, m)
			case m.ID != owner: // who comes twice has moved, and then another one may have been missed
				return nil, &Error{Reason: invitation.PortalDown, Call: k.String(), Status: http.StatusOK, Detail: "the room's members changed while they were read", trouble: remedy.PortalFailing}
			}
		}
		switch {
		case isEnd(len(shares), start, env.Total) && start == 0 && address == "": // the owner is always there
			return nil, &Error{Reason: invitation.RoomUnknown, Call: k.String(), Status: http.StatusOK, Detail: "the portal does not show who is in it"}
		case isEnd(len(shares), start, env.Total):
			byGroup, err := c.rightsOfGroups(ctx, k, groups)
			if err != nil {
				return nil, err
			}
			for _, m := range byGroup {
				if !seen[m.ID] { // what they have by name counts, whatever their groups have
					members = append(members, m)
				}
			}
			return members, nil
		case start >= scanMax:
			return nil, notDocSpace(k, "the list of members has no end")
		}
	}
}

// rightsOfGroups returns who has a right in a room by a group: the most that one of their groups has
// (docs/facts/docspace.md, "Groups in a room").
func (c *Client) rightsOfGroups(ctx context.Context, k call, groups []share) (members []invitation.RoomMember, err error) {
	at := map[invitation.MemberID]int{}
	for _, g := range groups {
		if g.SharedTo == nil || !accountID.MatchString(g.SharedTo.ID) {
			return nil, notDocSpace(k, "the answer does not say which group is in the room")
		}
		query := url.Values{}
		if g.SharedTo.ID != groupOfAll {
			query.Set("groupId", g.SharedTo.ID)
		}
		users, all, err := c.everyone(ctx, query)
		if err == nil && !all {
			err = notDocSpace(k, "a group in the room has no end")
		}
		if err != nil {
			return nil, err
		}
		right := rightOf(g.Access)
		for _, u := range users {
			m := u.member()
			if i, known := at[m.ID]; !known {
				at[m.ID] = len(members)
				members = append(members, invitation.RoomMember{Member: m, Right: right})
			} else if right.Covers(members[i].Right) {
				members[i].Right = right
			}
		}
	}
	return members, nil
}

// ofRoom says of a failed call about a room that there is no such room, where the portal says that something
// isn't there.
func ofRoom(err error) error {
	if failed, ok := errors.AsType[*Error](err); ok && failed.Reason == invitation.UnknownMember {
		failed.Reason = invitation.RoomUnknown
	}
	return err
}

// ShareRoom gives members a right in a room, without an email to them: PUT files/rooms/{id}/share,
// docs/facts/docspace.md, "Rooms". It returns those whom the portal's answer lists with the right, or more; the
// others (disabled accounts, or ones that the key's account may not see) it leaves out without a word.
//
// The portal sets the right, whatever a member had: that no one has more already is for the caller to see to, by
// RoomRights. It stops at the first member to whom the right can't be given (RightNotThere), with those before
// them shared, so a right that not every role may have is given to each one alone.
func (c *Client) ShareRoom(ctx context.Context, id invitation.RoomID, right invitation.Right, members []invitation.MemberID) (shared []invitation.MemberID, err error) {
	if err := checkRoom(id, right); err != nil {
		return nil, err
	}
	members = slices.DeleteFunc(slices.Clone(members), func(m invitation.MemberID) bool { return !accountID.MatchString(string(m)) })
	for some := range slices.Chunk(members, shareMax) {
		var entries []roomEntry
		for _, member := range some {
			entries = append(entries, roomEntry{ID: string(member), Access: rightNumbers[right]})
		}
		answer, err := c.share(ctx, id, roomShare{Invitations: entries})
		if err != nil {
			return shared, err
		}
		for _, member := range some {
			if slices.ContainsFunc(answer.members, func(s share) bool {
				m, ok := s.member()
				return ok && strings.EqualFold(string(m.ID), string(member)) && m.Right.Covers(right)
			}) {
				shared = append(shared, member)
			}
		}
	}
	return shared, nil
}

// InviteToRoom has the portal invite addresses into a room by email: PUT files/rooms/{id}/share with the
// addresses, docs/facts/docspace.md, "Rooms". Someone new becomes a guest of the portal, and has the right when
// they have registered. An account that is there already gets the right at once, whatever it had, and no email:
// that there is none is for the caller to see to. After EmailRefused, all others are invited.
func (c *Client) InviteToRoom(ctx context.Context, id invitation.RoomID, right invitation.Right, addresses []string) error {
	if err := checkRoom(id, right); err != nil {
		return err
	}
	k := roomCall(http.MethodPut, id, "/share")
	var entries []roomEntry
	for _, address := range addresses {
		if !isAddress(address) {
			return notAnAddress(k)
		}
		entries = append(entries, roomEntry{Email: strings.TrimSpace(address), Access: rightNumbers[right]})
	}
	if right == invitation.ManageRight {
		return &Error{Reason: invitation.RightNotThere, Call: k.String(), Detail: "no guest can manage a room", unsent: true}
	}
	answer, err := c.share(ctx, id, roomShare{Invitations: entries})
	if failed, ok := errors.AsType[*Error](err); ok {
		failed.ofInvitation()
		if failed.Reason == invitation.PortalDenied { // the room may be shared, so it is the switch for guests
			failed.trouble = cmp.Or(failed.trouble, remedy.GuestsOff)
		}
	}
	if err == nil && answer.warning != "" {
		err = &Error{Reason: invitation.EmailRefused, Call: k.String(), Status: http.StatusOK, Detail: c.scrub(answer.warning)}
	}
	return err
}

// checkRoom refuses what the portal isn't asked for: an unknown right is no right to it, and takes one away
// (docs/facts/docspace.md, "Enums").
func checkRoom(id invitation.RoomID, right invitation.Right) error {
	k := roomCall(http.MethodPut, id, "/share")
	if !roomID.MatchString(string(id)) {
		return &Error{Reason: invitation.RoomUnknown, Call: k.String(), Detail: "this is no room's id", unsent: true}
	}
	if rightNumbers[right] == 0 {
		return &Error{Reason: invitation.RightNotThere, Call: k.String(), Detail: "there is no such right", unsent: true}
	}
	return nil
}

// roomShare is what PUT files/rooms/{id}/share takes.
type roomShare struct {
	Invitations []roomEntry `json:"invitations"`
	Notify      bool        `json:"notify"`
}

type roomEntry struct {
	ID     string `json:"id,omitempty"`
	Email  string `json:"email,omitempty"`
	Access int    `json:"access"`
}

// roomShared is what it answers.
type roomShared struct {
	members []share
	warning string
}

// share makes the call. It isn't repeated: an email would be sent twice.
func (c *Client) share(ctx context.Context, id invitation.RoomID, what roomShare) (answer roomShared, err error) {
	k := roomCall(http.MethodPut, id, "/share")
	k.body = what
	for _, e := range what.Invitations {
		if e.Email != "" {
			k.addresses = append(k.addresses, e.Email)
		}
	}
	k.stream = func(dec *json.Decoder) (bool, error) {
		return eachMember(dec, func(key string) (err error) {
			switch key {
			case "members":
				_, err = readList(dec, shareMax, &answer.members)
			case "warning":
				err = dec.Decode(&answer.warning)
			default:
				err = skip(dec)
			}
			return err
		})
	}
	found, _, err := c.do(ctx, k, nil)
	if err == nil && !found {
		err = notDocSpace(k, "the answer does not say what was shared")
	}
	return answer, c.whyNotShared(ctx, id, ofRoom(err))
}

// whyNotShared finds out what a 403 means: a right that the room or an account can't have is an invalid operation
// to the portal, everything else is a lack of rights (docs/facts/docspace.md, "Answers" and "Rooms").
func (c *Client) whyNotShared(ctx context.Context, id invitation.RoomID, err error) error {
	failed, ok := errors.AsType[*Error](err)
	if !ok || failed.Reason != invitation.PortalDenied || failed.trouble != "" {
		return err
	}
	if failed.kind == invalidOperation {
		failed.Reason = invitation.RightNotThere
		return failed
	}
	switch room, err := c.Room(ctx, id); {
	case errors.Is(err, invitation.RoomUnknown):
		failed.Reason = invitation.RoomUnknown
	case err != nil: // what the refusal itself says holds
	case room.Archived:
		failed.Reason = invitation.RoomArchived
	case !room.MayInvite:
		failed.Reason, failed.trouble = invitation.RoomDenied, remedy.RoomNotShared
	}
	return failed
}
