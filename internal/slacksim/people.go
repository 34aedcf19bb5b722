package slacksim

import (
	"cmp"
	"slices"
	"strings"
)

// User is someone in the workspace, or of another one.
type User struct {
	ID       string
	Name     string // what stands after the @
	RealName string
	Email    string
	Team     string // default: this workspace
	TZ       string // IANA name; default Europe/Riga
	Locale   string // default en-GB

	Admin, Owner bool
	// Guest may be in several channels, SingleChannelGuest in one.
	Guest, SingleChannelGuest bool
	Bot, Deleted              bool
	// Stranger is a user of another organization with whom no channel is shared.
	Stranger bool
	// Hidden is a user whose profile Slack does not show the app, though they share a channel.
	Hidden bool
	// NoTeam leaves team_id out of the profile, as fields may be missing (docs/facts/slack.md,
	// "users.info").
	NoTeam bool
	// EnterpriseTeams are the workspaces of a user of an Enterprise organization.
	EnterpriseTeams []string
}

// here reports whether the user belongs to this workspace.
func (u *User) here() bool { return u.Team == teamID || slices.Contains(u.EnterpriseTeams, teamID) }

// AddUser adds a user, or replaces the one with that id. It returns them with what was filled in.
func (w *Workspace) AddUser(u User) User {
	w.mu.Lock()
	defer w.mu.Unlock()
	defer w.notify()
	return w.addUser(u)
}

func (w *Workspace) addUser(u User) User {
	u.ID = cmp.Or(u.ID, w.newID("U"))
	u.Name = cmp.Or(u.Name, strings.ToLower(u.ID))
	u.RealName = cmp.Or(u.RealName, u.Name)
	u.Team = cmp.Or(u.Team, teamID)
	u.TZ = cmp.Or(u.TZ, "Europe/Riga")
	u.Locale = cmp.Or(u.Locale, "en-GB")
	u.EnterpriseTeams = slices.Clone(u.EnterpriseTeams)
	if w.users[u.ID] == nil {
		w.userOrder = append(w.userOrder, u.ID)
	}
	w.users[u.ID] = &u
	return u
}

// Users returns everyone, in the order they were added, the bot first.
func (w *Workspace) Users() []User {
	w.mu.Lock()
	defer w.mu.Unlock()
	users := make([]User, 0, len(w.userOrder))
	for _, id := range w.userOrder {
		users = append(users, *w.users[id])
	}
	return users
}

// Channel is a conversation.
type Channel struct {
	ID   string
	Name string // without the #
	// Private, IM and MPIM tell its kind; none of them is a public channel.
	Private, IM, MPIM bool
	Archived          bool
	// ExtShared is a channel that people of another organization are in, PendingExtShared one
	// that they are asked into, OrgShared one of several workspaces of the same organization.
	ExtShared, PendingExtShared, OrgShared bool
	// Restricted is the code with which Slack refuses the app's messages where only some may
	// post, such as "restricted_action_read_only_channel" (docs/facts/slack.md, "chat.postMessage
	// and chat.update").
	Restricted string
	// Members are user ids. The app can post where its bot is one of them, and with
	// chat:write.public in every public channel.
	Members []string
}

// AddChannel adds a conversation, or replaces the one with the id. It returns it with what
// was filled in.
func (w *Workspace) AddChannel(c Channel) Channel {
	w.mu.Lock()
	defer w.mu.Unlock()
	defer w.notify()
	added := w.addChannel(c)
	return added.copy()
}

func (w *Workspace) addChannel(c Channel) *Channel {
	if c.ID == "" {
		c.ID = w.newID(map[bool]string{true: "D", false: "C"}[c.IM])
	}
	c.Members = slices.Clone(c.Members)
	if c.MPIM && c.Name == "" {
		c.Name = "mpdm-"
		for _, id := range c.Members {
			if u := w.users[id]; u != nil {
				c.Name += u.Name + "--"
			}
		}
		c.Name = strings.TrimSuffix(c.Name, "-") + "1"
	}
	if w.channels[c.ID] == nil {
		w.channelIDs = append(w.channelIDs, c.ID)
	}
	w.channels[c.ID] = &c
	return &c
}

// Channels returns every conversation, in the order they came to be.
func (w *Workspace) Channels() []Channel {
	w.mu.Lock()
	defer w.mu.Unlock()
	channels := make([]Channel, 0, len(w.channelIDs))
	for _, id := range w.channelIDs {
		channels = append(channels, w.channels[id].copy())
	}
	return channels
}

func (c *Channel) copy() Channel {
	copied := *c
	copied.Members = slices.Clone(c.Members)
	return copied
}

func (c *Channel) has(user string) bool { return slices.Contains(c.Members, user) }

// hidden reports whether only members know that the conversation exists.
func (c *Channel) hidden() bool { return c.Private || c.IM || c.MPIM }

// Archive archives a channel. An unknown one is left alone.
func (w *Workspace) Archive(channel string) {
	w.change(channel, func(c *Channel) { c.Archived = true })
}

// Unarchive opens a channel again and tells the app, as if it had subscribed to the events.
func (w *Workspace) Unarchive(channel string) *Delivery {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.channels[channel]
	if c == nil {
		return w.nothing("channel_not_found", channel)
	}
	c.Archived = false
	w.notify()
	if c.hidden() {
		if need(w.scopes, "groups:read") != nil || !c.has(botUser) {
			return w.nothing("", "") // the app does not hear of it
		}
		return w.event(object{"type": "group_unarchive", "channel": c.ID, "event_ts": w.newTS()}, false)
	}
	return w.event(object{"type": "channel_unarchive", "channel": c.ID, "user": botUser, "event_ts": w.newTS()}, false)
}

// Share makes a channel one that is shared with another organization, and tells the app with
// the event channel_shared, as if it had subscribed to it. AddChannel shares one without a word.
func (w *Workspace) Share(channel string) *Delivery {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.channels[channel]
	if c == nil {
		return w.nothing("channel_not_found", channel)
	}
	c.ExtShared, c.PendingExtShared = true, false
	w.notify()
	if need(w.scopes, c.kindOf()+":read") != nil || c.hidden() && !c.has(botUser) {
		return w.nothing("", "") // the app does not hear of it
	}
	return w.event(object{
		"type": "channel_shared", "connected_team_id": partnerTeam, "channel": c.ID, "event_ts": w.newTS(),
	}, true)
}

// Invite makes someone a member of a channel, and tells the app, if it is in there, with the event
// member_joined_channel, as if it had subscribed to it.
func (w *Workspace) Invite(channel, user string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.channels[channel]
	if c == nil || c.has(user) {
		return
	}
	c.Members = append(c.Members, user)
	w.notify()
	if c.has(botUser) && need(w.scopes, c.kindOf()+":read") == nil {
		w.event(object{
			"type": "member_joined_channel", "user": user, "channel": c.ID, "channel_type": c.ID[:1], "team": teamID, "event_ts": w.newTS(),
		}, c.ExtShared)
	}
}

// Kick removes someone from a channel.
func (w *Workspace) Kick(channel, user string) {
	w.change(channel, func(c *Channel) {
		c.Members = slices.DeleteFunc(c.Members, func(member string) bool { return member == user })
	})
}

// change alters a channel. The lock must not be held.
func (w *Workspace) change(channel string, how func(*Channel)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c := w.channels[channel]; c != nil {
		how(c)
		w.notify()
	}
}

// Group is a user group.
type Group struct {
	ID     string
	Handle string // what stands after the @
	Users  []string
}

// AddGroup adds a user group, or replaces the one with the id. It returns it with what was
// filled in.
func (w *Workspace) AddGroup(g Group) Group {
	w.mu.Lock()
	defer w.mu.Unlock()
	defer w.notify()
	g.ID = cmp.Or(g.ID, w.newID("S"))
	g.Users = slices.Clone(g.Users)
	if w.groups[g.ID] == nil {
		w.groupIDs = append(w.groupIDs, g.ID)
	}
	w.groups[g.ID] = &g
	return g
}

// Groups returns every user group, in the order they were added.
func (w *Workspace) Groups() []Group {
	w.mu.Lock()
	defer w.mu.Unlock()
	groups := make([]Group, 0, len(w.groupIDs))
	for _, id := range w.groupIDs {
		g := *w.groups[id]
		g.Users = slices.Clone(g.Users)
		groups = append(groups, g)
	}
	return groups
}

// userNamed returns who bears the name that stands after an @.
func (w *Workspace) userNamed(name string) *User {
	for _, id := range w.userOrder {
		if u := w.users[id]; strings.EqualFold(u.Name, name) && !u.Deleted {
			return u
		}
	}
	return nil
}

func (w *Workspace) groupNamed(handle string) *Group {
	for _, id := range w.groupIDs {
		if g := w.groups[id]; strings.EqualFold(g.Handle, handle) {
			return g
		}
	}
	return nil
}

func (w *Workspace) channelNamed(name string) *Channel {
	for _, id := range w.channelIDs {
		if c := w.channels[id]; c.Name == name && name != "" {
			return c
		}
	}
	return nil
}

// dm returns the app's conversation with someone, and opens it when there is none yet.
func (w *Workspace) dm(user string) *Channel {
	if c := w.findDM(user); c != nil {
		return c
	}
	return w.addChannel(Channel{IM: true, Members: []string{user, botUser}})
}

func (w *Workspace) findDM(user string) *Channel {
	for _, id := range w.channelIDs {
		if c := w.channels[id]; c.IM && c.has(user) && c.has(botUser) {
			return c
		}
	}
	return nil
}
