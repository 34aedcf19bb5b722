package docspacesim

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	mediaJSON    = "application/json; charset=utf-8"
	mediaProblem = "application/problem+json; charset=utf-8"
)

// Classes of the errors that actions throw.
const (
	exceptionSecurity  = "System.Security.SecurityException"
	exceptionArgument  = "System.ArgumentException"
	exceptionNotFound  = "ASC.Common.Web.ItemNotFoundException"
	exceptionQuota     = "ASC.Core.Tenants.TenantQuotaException"
	exceptionPlain     = "System.Exception"
	exceptionOperation = "System.InvalidOperationException"
	hresultSecurity    = -2146233078
	hresultArgument    = -2147024809
	hresultOtherErrors = -2146233088
)

// object is a JSON object of the API, without the members that would be null.
type object map[string]any

// answer is what an action gives back, before it is put into an envelope.
type answer struct {
	response any      // nil is an answer without a response
	list     []object // a page, instead of a response
	total    int      // of the whole list

	status int            // of an answer that is none of the above
	failed *failure       // thrown by the action
	fields map[string]any // what is wrong with which field
	bare   bool           // the body is empty
	// unmarked is set where the envelope of a validation error says that all is well (docs/facts/docspace.md,
	// "Answers").
	unmarked bool

	// modified and tag let the client ask whether there is anything new.
	modified time.Time
	tag      string
}

// failure is an error thrown by an action.
type failure struct{ message, class string }

func value(v any) answer { return answer{response: v} }

func thrown(status int, message, class string) answer {
	return answer{status: status, failed: &failure{message, class}}
}

// invalid is a validation error (docs/facts/docspace.md, "Answers").
func invalid(field, message string) answer {
	return answer{status: http.StatusBadRequest, fields: map[string]any{field: []string{message}}}
}

func invalidValue(field, value string) answer {
	return invalid(field, "The value '"+value+"' is not valid.")
}

var (
	accessDenied = thrown(http.StatusForbidden, "Access denied", exceptionSecurity)
	noSuchUser   = thrown(http.StatusNotFound, "The user could not be found", exceptionNotFound)
	noSuchRecord = thrown(http.StatusNotFound, "The record could not be found", exceptionNotFound)
	noSuchRoute  = answer{status: http.StatusNotFound, bare: true}
)

// envelope is what every answer of an action is wrapped in (docs/facts/docspace.md, "Answers").
type envelope struct {
	Response   any        `json:"response,omitempty"`
	Count      int        `json:"count"`
	Total      *int       `json:"total,omitempty"`
	Links      []linkItem `json:"links"`
	Status     int        `json:"status"`
	StatusCode int        `json:"statusCode"`
}

// linkItem echoes the request.
type linkItem struct {
	Href   string `json:"href"`
	Action string `json:"action"`
}

// errorEnvelope is what errors that an action throws are wrapped in.
type errorEnvelope struct {
	Error struct {
		Message string `json:"message"`
		Type    string `json:"type"`
		Stack   string `json:"stack"`
		HResult int    `json:"hresult"`
	} `json:"error"`
	Status     int `json:"status"`
	StatusCode int `json:"statusCode"`
}

// problemDetails are what filters before an action answer, and validation within.
type problemDetails struct {
	Type    string         `json:"type,omitempty"`
	Title   string         `json:"title,omitempty"`
	Status  int            `json:"status"`
	Errors  map[string]any `json:"errors,omitempty"`
	TraceID string         `json:"traceId"`
}

func traceID() string { return "00-" + randomHex(16) + "-" + randomHex(8) + "-00" }

// reply wraps the answer for the request.
func (a answer) reply(r *http.Request) reply {
	whole := envelope{
		Links: []linkItem{{base(r) + r.URL.RequestURI(), r.Method}}, StatusCode: http.StatusOK,
	}
	switch {
	case a.bare:
		return newReply(a.status)
	case a.failed != nil:
		return jsonReply(a.status, mediaJSON, a.failed.envelope(a.status))
	case a.fields != nil:
		whole.Response = problemDetails{
			Type: "https://tools.ietf.org/html/rfc9110#section-15.5.1", Title: "One or more validation errors occurred.",
			Status: a.status, Errors: a.fields, TraceID: traceID(),
		}
		whole.Count = 1
		if !a.unmarked {
			whole.Status, whole.StatusCode = 1, a.status
		}
		return jsonReply(a.status, mediaProblem, whole)
	case a.list != nil:
		only(r, a.list...)
		whole.Response, whole.Count, whole.Total = a.list, len(a.list), &a.total
	case a.response != nil:
		if o, ok := a.response.(object); ok {
			only(r, o)
		}
		whole.Response, whole.Count = a.response, 1
		switch list := a.response.(type) {
		case []string:
			whole.Count = len(list)
		case people:
			whole.Count = len(list)
		}
	}
	rep := jsonReply(http.StatusOK, mediaJSON, whole)
	if !a.modified.IsZero() {
		rep.header.Set("Last-Modified", a.modified.UTC().Format(http.TimeFormat))
	}
	if a.tag != "" {
		rep.header.Set("ETag", a.tag)
	}
	if a.unchanged(r) {
		return reply{status: http.StatusNotModified, header: rep.header}
	}
	return rep
}

// unchanged reports whether the client has this answer already.
func (a answer) unchanged(r *http.Request) bool {
	if a.tag != "" && r.Header.Get("If-None-Match") == a.tag {
		return true
	}
	known, err := http.ParseTime(r.Header.Get("If-Modified-Since"))
	return err == nil && !a.modified.IsZero() && !a.modified.Truncate(time.Second).After(known)
}

func (f failure) envelope(status int) (e errorEnvelope) {
	e.Error.Message, e.Error.Type = f.message, f.class
	e.Error.Stack = "   at ASC.Web.Api.Controllers.PortalController.Example() in PortalController.cs:line 1"
	switch f.class {
	case exceptionSecurity:
		e.Error.HResult = hresultSecurity
	case exceptionArgument:
		e.Error.HResult = hresultArgument
	default:
		e.Error.HResult = hresultOtherErrors
	}
	e.Status, e.StatusCode = 1, status
	return e
}

// problem is the answer of a filter before any action: not wrapped.
func problem(status int) reply {
	details := problemDetails{Status: status, TraceID: traceID()}
	if status == http.StatusForbidden {
		details.Type, details.Title = "https://tools.ietf.org/html/rfc9110#section-15.5.4", "Forbidden"
	}
	return jsonReply(status, mediaProblem, details)
}

func jsonReply(status int, media string, body any) reply {
	rep := newReply(status)
	rep.header.Set("Content-Type", media)
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(body) // made of maps, strings and numbers: it cannot fail
	rep.body = bytes.TrimRight(out.Bytes(), "\n")
	return rep
}

// only trims objects to the members that the request's fields name (docs/facts/docspace.md,
// "Answers").
func only(r *http.Request, objects ...object) {
	var fields []string
	q := r.URL.Query()
	for _, list := range slices.Concat(q["fields"], q["fields[]"]) {
		fields = append(fields, strings.Split(list, ",")...)
	}
	if len(fields) == 0 {
		return
	}
	for _, o := range objects {
		for member := range o {
			if !slices.Contains(fields, member) {
				delete(o, member)
			}
		}
	}
}
