package docspace

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"html"
	"io"
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
	Status     int `json:"status"`
	StatusCode int `json:"statusCode"`
	Error      struct {
		Message string `json:"message"`
	} `json:"error"`

	listed bool // the response is a list of people, which was read elsewhere
}

// errForm is an answer that is JSON, and not of the form that was expected.
var errForm = errors.New("another form than expected")

// isOtherForm reports whether what was read is JSON of another form, and not broken.
func isOtherForm(err error) bool {
	_, mistyped := errors.AsType[*json.UnmarshalTypeError](err)
	return mistyped || errors.Is(err, errForm)
}

// readPeople reads an envelope that holds a list of people, one account after the other: a page need not be in
// memory as a whole. Of more than scanMax accounts it keeps the first.
func readPeople(r io.Reader) (users []user, env envelope, err error) {
	dec := json.NewDecoder(r)
	err = eachMember(dec, func(key string) error {
		switch key {
		case "response":
			users, env.listed, err = readList(dec)
			return err
		case "total":
			return dec.Decode(&env.Total)
		case "status":
			return dec.Decode(&env.Status)
		case "statusCode":
			return dec.Decode(&env.StatusCode)
		}
		var other json.RawMessage
		return dec.Decode(&other)
	})
	if err == nil {
		if _, more := dec.Token(); more != io.EOF {
			err = cmp.Or(more, errForm)
		}
	}
	return users, env, err
}

// eachMember calls do with the name of each member of the object that comes next, to read its value.
func eachMember(dec *json.Decoder, do func(key string) error) error {
	if start, err := dec.Token(); err != nil {
		return err
	} else if start != json.Delim('{') {
		return errForm
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return err
		}
		if err := do(key.(string)); err != nil { // the decoder sees to it that it is one
			return err
		}
	}
	_, err := dec.Token()
	return err
}

// readList reads a list of people; null is none.
func readList(dec *json.Decoder) (users []user, listed bool, err error) {
	switch start, err := dec.Token(); {
	case err != nil || start == nil:
		return nil, false, err
	case start != json.Delim('['):
		return nil, false, errForm
	}
	var u user
	for dec.More() {
		u = user{}
		if err := dec.Decode(&u); err != nil {
			return nil, false, err
		}
		if len(users) < scanMax {
			users = append(users, u)
		}
	}
	_, err = dec.Token()
	return users, true, err
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

// enumNames are the names of the two enums that are read, in lower case. Pending is 4 as a
// status and 2 as an activation; one number does for both, since only the bit of a done
// activation is looked at.
var enumNames = map[string]enum{
	"active": statusActive, "terminated": statusTerminated, "pending": statusPending, "default": 5, "all": 7,
	"notactivated": 0, "activated": activationDone, "autogenerated": 4,
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
