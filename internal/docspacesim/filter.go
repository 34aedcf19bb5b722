package docspacesim

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// pageMax is how many accounts a page has at most, and when nothing is said.
const pageMax = 100

// getFilter is GET people/filter (docs/facts/docspace.md, "Filters").
func (p *Portal) getFilter(c call) answer {
	return p.page(c, func(a *account) object { return p.full(c, a) })
}

// getSimpleFilter is GET people/simple/filter: the same with less about each.
func (p *Portal) getSimpleFilter(c call) answer {
	return p.page(c, func(a *account) object { return c.employee(a.Person) })
}

// page answers one page of the accounts that the query asks for.
func (p *Portal) page(c call, show func(*account) object) answer {
	s, refused := p.parseSearch(c)
	switch {
	case refused != nil:
		return *refused
	case !seesPeople(c.caller):
		return accessDenied
	}
	if p.sortIgnored {
		s.sortBy = ""
	}
	found, total := p.search(s)
	list := make([]object, 0, len(found))
	for _, a := range found {
		list = append(list, show(a))
	}
	return answer{list: list, total: total}
}

// search is what a query asks for.
type search struct {
	tests        []test // an account is found if it passes all
	sortBy       string // lower case
	descending   bool
	start, count int
}

// test reports whether an account is one that a filter lets through.
type test func(*account) bool

func (s search) finds(a *account) bool {
	for _, passes := range s.tests {
		if !passes(a) {
			return false
		}
	}
	return true
}

// search returns the page, and how many accounts there are on all pages. What is sorted by
// registration is not sorted again, and what is not filtered is not looked through.
func (p *Portal) search(s search) (page []*account, total int) {
	all := p.byRegistration()
	if s.sortBy != "registrationdate" {
		found := make([]*account, 0, len(all))
		for _, a := range all {
			if s.finds(a) {
				found = append(found, a)
			}
		}
		p.sort(found, s.sortBy, s.descending)
		return found[min(s.start, len(found)):min(s.start+s.count, len(found))], len(found)
	}
	at := func(i int) *account { return all[i] }
	if s.descending {
		at = func(i int) *account { return all[len(all)-1-i] }
	}
	if len(s.tests) == 0 {
		for i := s.start; i < min(s.start+s.count, len(all)); i++ {
			page = append(page, at(i))
		}
		return page, len(all)
	}
	for i := range all {
		if a := at(i); s.finds(a) {
			if total >= s.start && len(page) < s.count {
				page = append(page, a)
			}
			total++
		}
	}
	return page, total
}

// columns are what can be sorted by, in lower case, besides registration.
var columns = map[string]func(*Portal, *account) string{
	"firstname":   func(_ *Portal, a *account) string { return strings.ToLower(a.FirstName) },
	"lastname":    func(_ *Portal, a *account) string { return strings.ToLower(a.LastName) },
	"displayname": func(_ *Portal, a *account) string { return strings.ToLower(a.Name()) },
	"email":       func(_ *Portal, a *account) string { return strings.ToLower(a.Email) },
	"type": func(_ *Portal, a *account) string { // by rising rights: chosen here
		return strconv.Itoa(slices.Index(ranks, a.Role))
	},
	"createdby": func(p *Portal, a *account) string {
		if by := p.byID[a.CreatedBy]; by != nil {
			return strings.ToLower(by.Name())
		}
		return ""
	},
	"department": func(*Portal, *account) string { return "" }, // the same for everyone
	"usedspace":  func(*Portal, *account) string { return "" },
}

// sort sorts by a column. One that is not known is the first name, without a word.
func (p *Portal) sort(found []*account, column string, descending bool) {
	key, ok := columns[column]
	if !ok {
		column, key = "firstname", columns["firstname"]
	}
	standing := func(*account) int { return 0 }
	if column == "firstname" || column == "lastname" { // enabled accounts come first, in both directions
		standing = func(a *account) int {
			return slices.Index([]int{statusActive, statusPending, statusTerminated}, a.Status)
		}
	}
	slices.SortStableFunc(found, func(a, b *account) int {
		return cmp.Or(cmp.Compare(standing(a), standing(b)), directed(strings.Compare(key(p, a), key(p, b)), descending))
	})
}

func directed(order int, descending bool) int {
	if descending {
		return -order
	}
	return order
}

// searchReader reads a query. It keeps the first refusal.
type searchReader struct {
	query   query
	refused *answer
}

func (r *searchReader) refuse(a answer) {
	if r.refused == nil {
		r.refused = &a
	}
}

// enum reads a name or number; given is false when there is none.
func (r *searchReader) enum(field string, known names) (number int, given bool) {
	text := r.query.get(field)
	if text == "" {
		return 0, false
	}
	number, ok := known.read(text)
	if !ok {
		r.refuse(invalidValue(field, text))
	}
	return number, ok
}

func (r *searchReader) number(field string, otherwise, least, most int) int {
	text := r.query.get(field)
	if text == "" {
		return otherwise
	}
	number, err := strconv.Atoi(text)
	switch {
	case err != nil:
		r.refuse(invalidValue(field, text))
	case number < least || number > most:
		r.refuse(invalid(field, "The field "+field+" must be between "+strconv.Itoa(least)+" and "+strconv.Itoa(most)+"."))
	}
	return number
}

func (r *searchReader) flag(field string) (on, given bool) {
	text := r.query.get(field)
	if text == "" {
		return false, false
	}
	on, err := strconv.ParseBool(strings.ToLower(text))
	if err != nil {
		r.refuse(invalidValue(field, text))
	}
	return on, err == nil
}

func (r *searchReader) id(field string) string {
	text := r.query.get(field)
	if text != "" && !guid.MatchString(text) {
		r.refuse(invalidValue(field, text))
	}
	return strings.ToLower(text)
}

// parseSearch reads the query of a call; refused is set when it is not valid.
func (p *Portal) parseSearch(c call) (s search, refused *answer) {
	r := searchReader{query: c.query}
	s = search{
		sortBy: strings.ToLower(c.query.get("sortBy")), count: r.number("Count", pageMax, 1, pageMax),
		start: r.number("StartIndex", 0, 0, 1<<31-1),
	}
	order, _ := r.enum("SortOrder", orderNames)
	s.descending = order == orderNames["descending"]
	must := func(t test) { s.tests = append(s.tests, t) }

	if c.caller.Role != roleDocSpaceAdmin {
		must(func(a *account) bool { return sees(c.caller, a) && a.Status != statusTerminated })
	}
	if status, given := r.enum("EmployeeStatus", statusNames); given && status != anyStatus {
		if status == defaultStatus {
			status = statusActive
		}
		must(func(a *account) bool { return a.Status == status })
	}
	if activation, given := r.enum("ActivationStatus", activationNames); given {
		must(func(a *account) bool { return a.Activation == activation })
	}
	if roles, given := r.roles(); given {
		must(func(a *account) bool { return slices.Contains(roles, a.Role) })
	}
	if area, _ := r.enum("Area", areaNames); area != 0 {
		must(func(a *account) bool { return (a.Role == roleGuest) == (area == areaGuests) })
	}
	if admins, given := r.flag("IsAdministrator"); given && admins {
		must(func(a *account) bool { return a.Role == roleDocSpaceAdmin })
	}
	if login, given := r.enum("AccountLoginType", loginNames); given {
		must(func(*account) bool { return login == loginStandard }) // there is no other here
	}
	inviter := r.id("InviterId")
	if mine, _ := r.flag("InvitedByMe"); mine {
		inviter = c.caller.ID
	}
	if inviter != "" {
		must(func(a *account) bool { return a.CreatedBy == inviter })
	}
	if group := r.id("GroupId"); group != "" {
		out, _ := r.flag("ExcludeGroup")
		must(func(a *account) bool { return slices.Contains(p.groups[group].Members, a.ID) != out })
	}
	if t := textTest(c.query.get("FilterValue"), c.query.get("FilterSeparator")); t != nil {
		must(t)
	}
	return s, r.refused
}

// roles reads employeeType, or employeeTypes if there is no single one. All is every role.
func (r *searchReader) roles() (roles []string, given bool) {
	texts, field := r.query["employeetypes"], "EmployeeTypes"
	if single := r.query.get("EmployeeType"); single != "" {
		texts, field = []string{single}, "EmployeeType"
	}
	for _, text := range texts {
		role, ok := readRole(text)
		if !ok {
			r.refuse(invalidValue(field, text))
		}
		if role == "" {
			return nil, false
		}
		roles = append(roles, role)
	}
	return roles, len(roles) > 0
}

// textTest is filterValue: without a separator all words must occur, with one any part may.
// Each is looked for inside the names and the address; an empty part occurs in everyone's.
// It is nil when there is nothing to look for.
func textTest(filter, separator string) test {
	filter = strings.TrimSpace(strings.ToLower(filter))
	if filter == "" {
		return nil
	}
	if separator == "" {
		words := strings.Fields(filter)
		return func(a *account) bool {
			return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(a.text, word) })
		}
	}
	parts := strings.Split(filter, strings.ToLower(separator))
	return func(a *account) bool {
		return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(a.text, part) })
	}
}
