package docspace

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"html"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// envelope is what every answer is wrapped in (docs/facts/docspace.md, "Answers").
type envelope struct {
	Response json.RawMessage `json:"response"`
	Total    int             `json:"total"`
	// Status is 0 or 1; in an answer of a filter's, which has no envelope, the HTTP status.
	Status     int    `json:"status"`
	StatusCode int    `json:"statusCode"`
	Error      thrown `json:"error"`

	streamed bool // there is a response, which was read elsewhere
}

// thrown is what an action of the portal's said when it refused. Message is translated, and may name people.
// Type is a class of .NET's, which is not (docs/facts/docspace.md, "Answers").
type thrown struct {
	Message string `json:"message"`
	Type    string `json:"type"`
}

// errForm is an answer that is JSON, and not of the form that was expected.
var errForm = errors.New("another form than expected")

// isOtherForm reports whether what was read is JSON of another form, and not broken.
func isOtherForm(err error) bool {
	_, mistyped := errors.AsType[*json.UnmarshalTypeError](err)
	return mistyped || errors.Is(err, errForm)
}

// readStream reads an envelope whose response is read by stream: a page need not be in memory as a whole.
func readStream(r io.Reader, stream func(*json.Decoder) (bool, error)) (env envelope, err error) {
	dec := json.NewDecoder(r)
	found, err := eachMember(dec, func(key string) (err error) {
		switch key {
		case "response":
			env.streamed, err = stream(dec)
			return err
		case "total":
			return dec.Decode(&env.Total)
		case "status":
			return dec.Decode(&env.Status)
		case "statusCode":
			return dec.Decode(&env.StatusCode)
		}
		return skip(dec)
	})
	if err == nil && !found {
		err = errForm
	}
	if err == nil {
		if _, more := dec.Token(); more != io.EOF {
			err = cmp.Or(more, errForm)
		}
	}
	return env, err
}

// ignored is a value that isn't kept.
type ignored struct{}

// UnmarshalJSON keeps nothing.
func (ignored) UnmarshalJSON([]byte) error { return nil }

// skip reads over the value that comes next.
func skip(dec *json.Decoder) error { return dec.Decode(new(ignored)) }

// skipAll is a stream that reads nothing out of a response.
func skipAll(dec *json.Decoder) (found bool, err error) { return true, skip(dec) }

// eachMember calls do with the name of each member of the object that comes next, to read its value; null is
// no object.
func eachMember(dec *json.Decoder, do func(key string) error) (found bool, err error) {
	switch start, err := dec.Token(); {
	case err != nil || start == nil:
		return false, err
	case start != json.Delim('{'):
		return false, errForm
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return false, err
		}
		if err := do(key.(string)); err != nil { // the decoder sees to it that it is one
			return false, err
		}
	}
	_, err = dec.Token()
	return true, err
}

// readList reads a list, one item after the other, of which it keeps the first; null is no list.
func readList[T any](dec *json.Decoder, most int, into *[]T) (found bool, err error) {
	*into = nil
	switch start, err := dec.Token(); {
	case err != nil || start == nil:
		return false, err
	case start != json.Delim('['):
		return false, errForm
	}
	var item T
	for dec.More() {
		if len(*into) == most {
			if err := skip(dec); err != nil {
				return false, err
			}
			continue
		}
		item = *new(T)
		if err := dec.Decode(&item); err != nil {
			return false, err
		}
		*into = append(*into, item)
	}
	_, err = dec.Token()
	return true, err
}

// user is an account, whichever call shows it: UserInfo and EmployeeFullDto name what they
// share alike (docs/facts/docspace.md, "One user" and "Finding users").
type user struct {
	ID          string `json:"id"`
	FirstName   string `json:"firstName"`
	LastName    string `json:"lastName"`
	DisplayName string `json:"displayName"`
	Email       string `json:"email"`
	Status      enum   `json:"status"`
	Activation  enum   `json:"activationStatus"`
	Removed     bool   `json:"removed"`

	IsOwner        *bool `json:"isOwner"`
	IsAdmin        bool  `json:"isAdmin"`
	IsRoomAdmin    bool  `json:"isRoomAdmin"`
	IsVisitor      bool  `json:"isVisitor"`
	IsCollaborator bool  `json:"isCollaborator"`

	CreatedBy creator `json:"createdBy"`

	RegistrationDate date `json:"registrationDate"`
	CreateDate       date `json:"createDate"`
}

// Values of EmployeeStatus and of EmployeeActivationStatus's bits (docs/facts/docspace.md,
// "Enums").
const (
	statusActive     = 1
	statusTerminated = 2
	statusPending    = 4
	activationDone   = 1
)

// member is the account in the tracker's words.
func (u user) member() invitation.Member {
	m := invitation.Member{
		ID: invitation.MemberID(u.ID), Email: strings.TrimSpace(u.Email), Name: u.name(), Role: u.role(),
		Standing: u.standing(), Registered: u.RegistrationDate.Time,
	}
	if m.Registered.IsZero() {
		m.Registered = u.CreateDate.Time
	}
	return m
}

// name is the person's name as plain text; displayName is html-encoded, and the address
// where there is no name.
func (u user) name() string {
	if name := strings.TrimSpace(strings.TrimSpace(u.FirstName) + " " + strings.TrimSpace(u.LastName)); name != "" {
		return name
	}
	name := html.UnescapeString(strings.TrimSpace(u.DisplayName))
	if strings.EqualFold(name, strings.TrimSpace(u.Email)) {
		return ""
	}
	return name
}

// role reads the role off an EmployeeFullDto's switches (docs/facts/docspace.md, "Authentication");
// UserInfo has none of them, and no role.
func (u user) role() invitation.Role {
	switch {
	case u.IsOwner == nil:
		return ""
	case *u.IsOwner, u.IsAdmin:
		return invitation.DocSpaceAdmin
	case u.IsRoomAdmin:
		return invitation.RoomAdmin
	case u.IsCollaborator:
		return invitation.User
	case u.IsVisitor:
		return invitation.Guest
	}
	return ""
}

// standing follows the definitions at the end of docs/facts/docspace.md, "One user". isActive is
// not looked at: it stays true for a disabled account. A status that is not known is no evidence of
// anything.
func (u user) standing() invitation.Standing {
	switch {
	case u.Removed || u.Status == statusTerminated:
		return invitation.Disabled
	case u.Status == statusActive && u.Activation&activationDone != 0:
		return invitation.Enabled
	case u.Status == statusActive:
		return invitation.Unconfirmed
	}
	return invitation.Invited
}

// enum is a number that may come as one, as its digits, or as its name.
type enum int

// enumNames are the names of the enums that are read, in lower case. Pending is 4 as a
// status and 2 as an activation; one number does for both, since only the bit of a done
// activation is looked at.
var enumNames = map[string]enum{
	"active": statusActive, "terminated": statusTerminated, "pending": statusPending, "default": 5, "all": 7,
	"notactivated": 0, "activated": activationDone, "autogenerated": 4,
	"read": 2, "review": 5, "comment": 6, "fillforms": 7, "roommanager": 9, "editing": 10, "contentcreator": 11,
	"fillingformsroom": 1, "editingroom": 2, "customroom": 5, "publicroom": 6, "virtualdataroom": 8, "airoom": 9,
	"archive": rootArchive, "roomtemplates": rootTemplates,
}

// UnmarshalJSON never fails: what is not understood is 0, which counts as evidence of nothing.
func (e *enum) UnmarshalJSON(data []byte) error {
	*e = 0
	text := strings.Trim(strings.TrimSpace(string(data)), `"`)
	if n, err := strconv.Atoi(text); err == nil {
		*e = enum(n)
		return nil
	}
	for name := range strings.SplitSeq(text, ",") { // flags are written as a list
		*e |= enumNames[strings.ToLower(strings.TrimSpace(name))]
	}
	return nil
}

// creator is the id of the account that made another: EmployeeFullDto has it as an object, UserInfo
// alone (docs/facts/docspace.md, "One user" and "Finding users").
type creator string

// UnmarshalJSON never fails: what is not understood is no one.
func (c *creator) UnmarshalJSON(data []byte) error {
	var full struct {
		ID string `json:"id"`
	}
	var id string
	switch {
	case json.Unmarshal(data, &full) == nil && full.ID != "":
		*c = creator(full.ID)
	case json.Unmarshal(data, &id) == nil:
		*c = creator(id)
	default:
		*c = ""
	}
	return nil
}

// date is a moment in any of the portal's formats, or as the object that its documentation shows
// (docs/facts/docspace.md, "Dates").
type date struct{ time.Time }

// UnmarshalJSON never fails: what is not understood, and the portal's word for never, is
// the zero time.
func (d *date) UnmarshalJSON(data []byte) error {
	*d = date{}
	if bytes.HasPrefix(data, []byte("{")) {
		var documented struct{ UTCTime json.RawMessage }
		_ = json.Unmarshal(data, &documented)
		data = documented.UTCTime
	}
	text := strings.Trim(strings.TrimSpace(string(data)), `"`)
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil { // without an offset the portal means UTC
		at, err = time.Parse("2006-01-02T15:04:05.999999999", text)
	}
	if err == nil && at.Year() > 1 {
		d.Time = at
	}
	return nil
}

// folder is a room, or another folder (docs/facts/docspace.md, "Rooms").
type folder struct {
	ID        anyID           `json:"id"`
	Title     string          `json:"title"`
	Type      enum            `json:"roomType"`
	Root      enum            `json:"rootFolderType"`
	CreatedBy user            `json:"createdBy"`
	MayShare  mayShare        `json:"security"`
	Offered   json.RawMessage `json:"availableShareRights"`
}

// Values of rootFolderType: where rooms are when they can't be shared (docs/facts/docspace.md, "Rooms").
const (
	rootArchive   = 20
	rootTemplates = 30
)

// title is the room's title in one line, cut short.
func (f folder) title() string {
	title := []rune(strings.Join(strings.Fields(f.Title), " "))
	return string(title[:min(len(title), titleMax)])
}

// rightNumbers are the numbers of the rights, by which alone they are sent: an unknown name would take a right
// away (docs/facts/docspace.md, "Enums" and "Rooms").
var rightNumbers = map[invitation.Right]int{
	invitation.ReadRight: 2, invitation.ReviewRight: 5, invitation.CommentRight: 6, invitation.FillFormsRight: 7,
	invitation.ManageRight: 9, invitation.EditRight: 10, invitation.CreateRight: 11,
}

// rightOf returns the right with a number; "" for none, and for those that no room gives.
func rightOf(number enum) invitation.Right {
	for right, n := range rightNumbers {
		if n == int(number) {
			return right
		}
	}
	return ""
}

// roomRights are what users may be given in a room of each type.
var roomRights = map[enum][]invitation.Right{
	1: {invitation.FillFormsRight, invitation.CreateRight, invitation.ManageRight},
	2: {invitation.ReadRight, invitation.EditRight, invitation.CreateRight, invitation.ManageRight},
	5: {invitation.ReadRight, invitation.CommentRight, invitation.ReviewRight, invitation.EditRight, invitation.CreateRight, invitation.ManageRight},
	6: {invitation.CreateRight, invitation.ManageRight},
	8: {invitation.ReadRight, invitation.FillFormsRight, invitation.EditRight, invitation.CreateRight, invitation.ManageRight},
	9: {invitation.ReadRight, invitation.CreateRight, invitation.ManageRight},
}

// rights are what users may be given in the room. Where the room doesn't name them, its type does
// (docs/facts/docspace.md, "Rooms").
func (f folder) rights() []invitation.Right {
	var offered struct{ User []string }
	_ = json.Unmarshal(f.Offered, &offered) // what isn't there, or has another form, names none
	var rights []invitation.Right
	for _, right := range invitation.Rights() {
		if slices.Contains(offered.User, string(right)) {
			rights = append(rights, right)
		}
	}
	if rights == nil {
		rights = slices.Clone(roomRights[f.Type])
	}
	return rights
}

// anyID is an id that may be a number or a text.
type anyID string

// UnmarshalJSON never fails: what is not understood is no id.
func (id *anyID) UnmarshalJSON(data []byte) error {
	*id = ""
	var text string
	if json.Unmarshal(data, &text) == nil {
		*id = anyID(text)
	} else if n, err := strconv.ParseInt(string(data), 10, 64); err == nil {
		*id = anyID(strconv.FormatInt(n, 10))
	}
	return nil
}

// mayShare says whether the key's account may share a room, out of all that it may do there.
type mayShare bool

// UnmarshalJSON never fails: what is not understood is not allowed.
func (m *mayShare) UnmarshalJSON(data []byte) error {
	var may struct{ EditAccess bool }
	*m = mayShare(json.Unmarshal(data, &may) == nil && may.EditAccess)
	return nil
}

// share is a right that someone was given in a room (docs/facts/docspace.md, "Rooms"). Older portals name the
// person in sharedTo alone, which is a group or a link in other shares.
type share struct {
	Access       enum  `json:"access"`
	SharedToUser *user `json:"sharedToUser"`
	SharedTo     *user `json:"sharedTo"`
	SubjectType  enum  `json:"subjectType"`
	Owner        bool  `json:"isOwner"`
}

// member is the share in the tracker's words; ok is false for one of a group or a link.
func (s share) member() (m invitation.RoomMember, ok bool) {
	person := s.SharedToUser
	if person == nil {
		person = s.SharedTo
	}
	if person == nil || person.ID == "" || person.IsOwner == nil || s.SubjectType != 0 {
		return invitation.RoomMember{}, false
	}
	m = invitation.RoomMember{Member: person.member(), Right: rightOf(s.Access)}
	if s.Owner {
		m.Right = invitation.ManageRight
	}
	// Anyone may sign up with an address that isn't theirs: only a confirmed one is proof. The portal's owner is
	// never asked to confirm theirs (docs/facts/docspace.md, "Read again").
	known := m.Standing == invitation.Enabled || m.Standing == invitation.Unconfirmed && *person.IsOwner
	// An owner who isn't a room admin any more shares nothing (docs/facts/docspace.md, "Who may share a room").
	lowered := s.Owner && m.Role != invitation.RoomAdmin && m.Role != invitation.DocSpaceAdmin
	m.MayInvite = known && m.Right == invitation.ManageRight && !lowered
	return m, true
}
