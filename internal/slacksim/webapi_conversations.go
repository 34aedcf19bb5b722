package slacksim

import (
	"cmp"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
)

// pageDefault and pageMax bound the pages of lists.
const (
	pageDefault = 100
	pageMax     = 999
)

// kindOf returns the scope prefix for a kind of conversation: "channels" in "channels:read".
func (c *Channel) kindOf() string {
	switch {
	case c.IM:
		return "im"
	case c.MPIM:
		return "mpim"
	case c.Private:
		return "groups"
	}
	return "channels"
}

// readable returns the conversation that a call names, if the bot has the scope for its
// kind and may know of it.
func (w *Workspace) readable(c *call, access string) (*Channel, error) {
	if !c.has("channel") {
		return nil, missing("channel")
	}
	channel := w.channels[c.str("channel")]
	if channel == nil {
		if err := need(w.scopes, scopesTo(access)...); err != nil {
			return nil, err
		}
		return nil, refuse("channel_not_found")
	}
	if err := need(w.scopes, channel.kindOf()+":"+access); err != nil {
		return nil, err
	}
	if channel.hidden() && !channel.has(botUser) {
		return nil, refuse("channel_not_found")
	}
	return channel, nil
}

func (w *Workspace) conversationsInfo(c *call) (object, error) {
	channel, err := w.readable(c, "read")
	if err != nil {
		return nil, err
	}
	shown := w.channelJSON(channel)
	if c.bool("include_num_members") {
		shown["num_members"] = len(channel.Members)
	}
	return object{"channel": shown}, nil
}

func (w *Workspace) channelJSON(c *Channel) object {
	if c.IM {
		other := slices.IndexFunc(c.Members, func(member string) bool { return member != botUser })
		shown := object{
			"id": c.ID, "created": 1780000000, "is_archived": c.Archived, "is_im": true, "is_org_shared": false,
			"context_team_id": teamID, "updated": 1780000000000, "last_read": "1790000000.000000", "latest": nil,
			"unread_count": 0, "unread_count_display": 0, "is_open": true, "priority": 0,
		}
		if other >= 0 {
			shown["user"] = c.Members[other]
		}
		return shown
	}
	shown := object{
		"id": c.ID, "name": c.Name, "name_normalized": c.Name,
		"is_channel": !c.MPIM, "is_group": false, "is_im": false, "is_mpim": c.MPIM, "is_private": c.hidden(),
		"created": 1780000000, "is_archived": c.Archived, "is_general": c.Name == "general", "unlinked": 0,
		"is_shared": c.ExtShared || c.OrgShared, "is_ext_shared": c.ExtShared, "is_org_shared": c.OrgShared,
		"is_pending_ext_shared": c.PendingExtShared,
		"pending_shared":        []string{}, "pending_connected_team_ids": []string{}, "parent_conversation": nil,
		"context_team_id": teamID, "shared_team_ids": []string{teamID}, "updated": 1780000000000,
		"is_member": c.has(botUser), "previous_names": []string{},
		"topic":   object{"value": "", "creator": "", "last_set": 0},
		"purpose": object{"value": "", "creator": "", "last_set": 0},
	}
	if len(c.Members) > 0 {
		shown["creator"] = c.Members[0]
	}
	if c.PendingExtShared {
		shown["pending_shared"] = []string{partnerTeam}
		shown["pending_connected_team_ids"] = []string{partnerTeam}
	}
	if c.ExtShared {
		shown["shared_team_ids"] = []string{teamID, partnerTeam}
		shown["connected_team_ids"] = []string{partnerTeam}
		shown["internal_team_ids"] = []string{}
		shown["conversation_host_id"] = teamID
	}
	return shown
}

func (w *Workspace) conversationsMembers(c *call) (object, error) {
	channel, err := w.readable(c, "read")
	if err != nil {
		return nil, err
	}
	page, next, err := paginate(channel.Members, c)
	return object{"members": page, "response_metadata": object{"next_cursor": next}}, err
}

// conversationsOpen opens the app's conversation with one person. Group conversations are
// opened with AddChannel alone: that they are refused here is a limit of the simulator.
func (w *Workspace) conversationsOpen(c *call) (object, error) {
	if c.has("channel") {
		channel := w.channels[c.str("channel")]
		if channel == nil || !channel.has(botUser) {
			return nil, refuse("channel_not_found")
		}
		return object{"no_op": true, "already_open": true, "channel": object{"id": channel.ID}}, nil
	}
	if !c.has("users") {
		return nil, missing("users")
	}
	id := c.str("users")
	if strings.Contains(id, ",") {
		return nil, refuse("method_not_supported_for_channel_type")
	}
	switch u := w.users[id]; {
	case u == nil || u.Hidden:
		return nil, refuse("user_not_found")
	case u.Deleted:
		return nil, refuse("user_disabled")
	case u.Stranger:
		return nil, refuse("user_not_visible")
	}
	already := w.findDM(id) != nil
	channel := w.dm(id)
	shown := object{"id": channel.ID}
	if c.bool("return_im") {
		shown = w.channelJSON(channel)
	}
	return object{"no_op": already, "already_open": already, "channel": shown}, nil
}

func (w *Workspace) conversationsHistory(c *call) (object, error) {
	channel, err := w.readable(c, "history")
	if err != nil {
		return nil, err
	}
	if !channel.has(botUser) {
		return nil, refuse("not_in_channel")
	}
	var posts []*post
	for _, p := range slices.Backward(w.posts[channel.ID]) { // newest first
		if p.ThreadTS == "" && !p.Deleted && within(p, c) {
			posts = append(posts, p)
		}
	}
	return w.messagePage(posts, c)
}

func (w *Workspace) conversationsReplies(c *call) (object, error) {
	channel, err := w.readable(c, "history")
	if err != nil {
		return nil, err
	}
	if !channel.has(botUser) {
		return nil, refuse("not_in_channel")
	}
	parent := w.find(channel.ID, c.str("ts"))
	if parent == nil {
		return nil, refuse("thread_not_found")
	}
	if parent.ThreadTS != "" {
		if parent = w.find(channel.ID, parent.ThreadTS); parent == nil {
			return nil, refuse("thread_not_found")
		}
	}
	posts := []*post{parent} // whatever oldest says, the parent comes first
	for _, p := range w.posts[channel.ID] {
		if p.ThreadTS == parent.TS && !p.Deleted && within(p, c) {
			posts = append(posts, p)
		}
	}
	return w.messagePage(posts, c)
}

// within reports whether a message lies between the call's oldest and latest.
func within(p *post, c *call) bool {
	inclusive := c.bool("inclusive")
	if oldest := c.str("oldest"); oldest != "" && oldest != "0" {
		if order := compareTS(p.TS, oldest); order < 0 || order == 0 && !inclusive {
			return false
		}
	}
	if latest := c.str("latest"); latest != "" {
		if order := compareTS(p.TS, latest); order > 0 || order == 0 && !inclusive {
			return false
		}
	}
	return true
}

func compareTS(a, b string) int {
	x, _ := strconv.ParseFloat(a, 64)
	y, _ := strconv.ParseFloat(b, 64)
	return cmp.Compare(x, y)
}

func (w *Workspace) messagePage(posts []*post, c *call) (object, error) {
	page, next, err := paginate(posts, c)
	if err != nil {
		return nil, err
	}
	messages := make([]object, len(page))
	for i, p := range page {
		messages[i] = w.messageJSON(p, c.bool("include_all_metadata"))
		if p.ThreadTS == "" {
			w.addThreadFacts(messages[i], p)
		}
	}
	return object{
		"messages": messages, "has_more": next != "", "response_metadata": object{"next_cursor": next},
	}, nil
}

// addThreadFacts tells of the replies under a message.
func (w *Workspace) addThreadFacts(m object, parent *post) {
	var users []string
	var replies int
	var last string
	for _, p := range w.posts[parent.Channel] {
		if p.ThreadTS != parent.TS || p.Deleted {
			continue
		}
		replies, last = replies+1, p.TS
		if !slices.Contains(users, p.User) {
			users = append(users, p.User)
		}
	}
	if replies > 0 {
		m["thread_ts"], m["reply_count"], m["latest_reply"] = parent.TS, replies, last
		m["reply_users"], m["reply_users_count"] = users, len(users)
		m["is_locked"], m["subscribed"], m["last_read"] = false, true, last
	}
}

// paginate returns the page of a list that the call's cursor and limit ask for, and the
// cursor of the next one, "" at the end.
func paginate[T any](all []T, c *call) (page []T, next string, err error) {
	limit := c.int("limit", pageDefault)
	if limit < 1 || limit > pageMax {
		limit = pageDefault
	}
	start := 0
	if c.has("cursor") {
		text, err := base64.StdEncoding.DecodeString(c.str("cursor"))
		if start, _ = strconv.Atoi(strings.TrimPrefix(string(text), "next:")); err != nil || start < 1 || start > len(all) {
			return nil, "", refuse("invalid_cursor")
		}
	}
	end := min(start+limit, len(all))
	if end < len(all) {
		next = base64.StdEncoding.EncodeToString([]byte("next:" + strconv.Itoa(end)))
	}
	return append([]T{}, all[start:end]...), next, nil
}
