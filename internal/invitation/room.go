package invitation

import (
	"slices"
	"strings"
)

// RoomID is a room at the portal, opaque.
type RoomID string

// Right is what a member may do in a room.
type Right string

// The rights that a room may offer, by the portal's own names (docs/facts/docspace.md, "Rooms").
const (
	ReadRight      Right = "Read"
	FillFormsRight Right = "FillForms"
	CommentRight   Right = "Comment"
	ReviewRight    Right = "Review"
	EditRight      Right = "Editing"
	CreateRight    Right = "ContentCreator"
	ManageRight    Right = "RoomManager"
)

// Rights returns every right, in rising order of what they allow.
func Rights() []Right {
	return []Right{ReadRight, FillFormsRight, CommentRight, ReviewRight, EditRight, CreateRight, ManageRight}
}

// Covers reports whether someone with r may do at least what other allows. Each right includes those below it,
// with one exception: who comments or reviews doesn't fill in forms, nor the other way round. Of two rights
// without an order neither covers the other, so a member who has one of them can be given the other neither for
// nothing nor as a raise: only a right that covers theirs takes nothing away. A right that isn't known covers
// nothing, and nothing covers it.
func (r Right) Covers(other Right) bool {
	if other == FillFormsRight && (r == CommentRight || r == ReviewRight) {
		return false
	}
	has, wants := slices.Index(Rights(), r), slices.Index(Rights(), other)
	return wants >= 0 && has >= wants
}

// rightWords are the words people use for rights, in lower case, without hyphens and spaces: those of the
// portal's pages, of its API, and the verbs.
var rightWords = map[string]Right{
	"viewer": ReadRight, "reader": ReadRight, "view": ReadRight, "read": ReadRight, "readonly": ReadRight,
	"formfiller": FillFormsRight, "formfilling": FillFormsRight, "fillforms": FillFormsRight, "filler": FillFormsRight,
	"commenter": CommentRight, "comment": CommentRight,
	"reviewer": ReviewRight, "review": ReviewRight,
	"editor": EditRight, "edit": EditRight, "editing": EditRight,
	"contentcreator": CreateRight, "creator": CreateRight, "create": CreateRight,
	"roommanager": ManageRight, "manager": ManageRight, "manage": ManageRight,
}

// ParseRight reads the word a person uses for a right, in any case, with hyphens, spaces or neither: viewer,
// commenter, reviewer, form filler, editor, content creator, room manager.
func ParseRight(word string) (Right, bool) {
	right, ok := rightWords[strings.Join(strings.FieldsFunc(strings.ToLower(word), func(r rune) bool {
		return r == '-' || r == '_' || r == ' '
	}), "")]
	return right, ok
}

// Room is a room as the portal shows it. The journal keeps what an invitation says of it; the rest may be
// another thing the next moment.
type Room struct {
	ID RoomID `json:"id"`
	// Title is plain text.
	Title string `json:"title,omitempty"`
	// URL opens the room in a browser.
	URL string `json:"url,omitempty"`
	// Right is what the invited people get.
	Right Right `json:"right,omitempty"`

	// Owner is the name of the account that owns the room, as plain text.
	Owner string `json:"owner,omitempty"`
	// Rights are those that users may be given here, in rising order; ManageRight is only for room admins and
	// above. Empty means that the portal doesn't tell.
	Rights []Right `json:"-"`
	// Archived rooms can't be shared.
	Archived bool `json:"-"`
	// MayInvite says that the key's account may share the room.
	MayInvite bool `json:"-"`
}

// RoomMember is an account that has a right in a room.
type RoomMember struct {
	Member
	// Right is what they may do; "" is nothing that is known. The owner may do everything.
	Right Right
	// MayInvite says that they may invite others into the room, and that the account is proven to be that of the
	// person with its address: what can't be found out is a no.
	MayInvite bool
}
