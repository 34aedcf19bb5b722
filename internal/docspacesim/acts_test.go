package docspacesim

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// standing is what the API tells of an account.
type standing struct {
	Status, ActivationStatus int
	IsActive                 bool
}

func standingOf(t *testing.T, p *Portal, id string) standing {
	t.Helper()
	return response[standing](t, wantStatus(t, p, 200, "GET portal/users/"+id, ""))
}

// TestStandingsOfAnAccount is the table of docs/facts/docspace.md, "One user".
func TestStandingsOfAnAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New()
		link := linkFor(t, p, "User")
		is := func(id string, want standing) {
			t.Helper()
			if got := standingOf(t, p, id); got != want {
				t.Errorf("%+v, want %+v", got, want)
			}
		}
		time.Sleep(1500 * time.Millisecond)
		ann, err := p.Join(link, " Ann ", "Archer", " Ann@X.org ")
		if err != nil || ann.CreatedBy != p.BotAccount() || ann.Role != roleUser || ann.Name() != "Ann Archer" || ann.Email != "Ann@X.org" {
			t.Fatalf("Join = %+v, %v", ann, err)
		}
		if !ann.Registered.Equal(time.Now().Truncate(time.Second)) {
			t.Errorf("registered %v at %v, want whole seconds", ann.Registered, time.Now())
		}
		is(ann.ID, standing{1, 0, false})
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Error(err)
			}
		}
		must(p.Activate("ann@x.org"))
		is(ann.ID, standing{1, 1, true})
		must(p.Disable("ann@x.org")) // isActive stays
		is(ann.ID, standing{2, 1, true})
		must(p.Enable("ann@x.org"))
		must(p.ChangeEmail("ann@x.org", "Anna@x.org"))
		is(ann.ID, standing{1, 0, false})
		if _, ok := p.PersonByEmail("ann@x.org"); ok {
			t.Error("the old address still finds the account")
		}
		if letters, _ := found(t, p, "filterValue=anna@x.org"); letters != "a" {
			t.Error("the new address does not find the account")
		}
		must(p.Remove("anna@x.org"))
		wantStatus(t, p, 404, "GET portal/users/"+ann.ID, "")
		if letters, _ := found(t, p, "filterValue=anna"); letters != "" {
			t.Error("a removed account is listed")
		}
		if gone, ok := p.PersonByEmail("anna@x.org"); !ok || !gone.Removed {
			t.Errorf("a removed account is told as %+v", gone)
		}
		if _, err := p.Join(link, "Ann", "Archer", "anna@x.org"); err != nil {
			t.Errorf("a removed account's address cannot be used again: %v", err)
		}

		bob, err := p.JoinSocial(link, "Bob", "Baker", "bob@x.org")
		must(err)
		is(bob.ID, standing{1, 1, true})

		pia := p.InviteByEmail("pia@x.org", roleUser)
		is(pia.ID, standing{4, 2, false})
		if pia.CreatedBy != p.owner().ID {
			t.Errorf("created by %s, want the owner, who invited", pia.CreatedBy)
		}
		if _, err := p.Join(link, "Pia", "P", "PIA@x.org"); !errors.Is(err, ErrEmailExists) {
			t.Errorf("a pending account does not keep its address: %v", err)
		}
		time.Sleep(time.Hour)
		must(p.AcceptEmailInvitation("pia@x.org", "Pia", "Rossi"))
		is(pia.ID, standing{1, 1, true})
		user := response[map[string]string](t, ask(p, "GET portal/users/"+pia.ID+"?fields=createDate,workFromDate", ""))
		if user["createDate"] != pia.Registered.Format(rawDateTime) || user["workFromDate"] != time.Now().UTC().Format(rawDateTime) {
			t.Errorf("registered %v and began %v: the invitation counts, and then the form", user["createDate"], user["workFromDate"])
		}
		for _, err := range []error{
			p.Activate("nobody@x.org"), p.Disable("x"), p.Enable("x"), p.Remove("x"), p.ChangeEmail("x", "y"), p.AcceptEmailInvitation("x", "", ""),
		} {
			if !errors.Is(err, ErrUnknown) {
				t.Errorf("an act of nobody: %v", err)
			}
		}
		if err := p.ChangeEmail("pia@x.org", "BOB@x.org"); !errors.Is(err, ErrEmailExists) {
			t.Errorf("two with one address: %v", err)
		}
		if again := p.InviteByEmail("bob@x.org", roleGuest); again.ID != bob.ID || again.Role != roleUser {
			t.Errorf("inviting somebody with an account made them %+v", again)
		}
		if err := p.AcceptEmailInvitation("bob@x.org", "", ""); !errors.Is(err, ErrLinkInvalid) {
			t.Errorf("accepted without an invitation: %v", err)
		}
	})
}

func TestJoinRefusesWhatIsNoAddress(t *testing.T) {
	p := New()
	link := linkFor(t, p, "User")
	for _, email := range []string{"", "ann", "ann@", "Ann <ann@x.org>", "ann@x.org, eve@x.org", "a nn@x.org", "ann@x.org\r\nBcc: eve@x.org"} {
		if _, err := p.Join(link, "Ann", "Archer", email); !errors.Is(err, ErrBadEmail) {
			t.Errorf("Join(%q): %v", email, err)
		}
	}
}

func TestAdminsWithoutASeatBecomeUsers(t *testing.T) {
	p := New()
	link := linkFor(t, p, "RoomAdmin")
	p.Seats(1)
	for email, want := range map[string]string{"guest": roleGuest, "user": roleUser} { // need no seat
		if joined, err := p.Join(linkFor(t, p, want), "A", "B", email+"@x.org"); err != nil || joined.Role != want {
			t.Errorf("%+v, %v", joined, err)
		}
	}
	for i, want := range []string{roleRoomAdmin, roleUser, roleUser} {
		joined, err := p.Join(link, "A", "B", strings.Repeat("a", i+1)+"@x.org")
		if err != nil || joined.Role != want {
			t.Errorf("number %d is %s, %v; want %s", i+1, joined.Role, err, want)
		}
	}
}

// TestEmailsToThoseWhoJoin checks who gets which, and how long its link is good.
func TestEmailsToThoseWhoJoin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New()
		link := linkFor(t, p, "Guest")
		key := func(m Mail) string {
			_, after, _ := strings.Cut(m.Link, "key=")
			k, _, _ := strings.Cut(after, "&")
			return k
		}
		_, _ = p.Join(link, "Ann", "Archer", "ann@x.org")
		_, _ = p.JoinSocial(link, "Bob", "Baker", "bob@x.org")
		mails := p.Mails()
		if len(mails) != 3 || !strings.HasPrefix(mails[0].Link, host+"/confirm/EmailActivation?") || mails[1].Link != "" || mails[2].To != "bob@x.org" {
			t.Fatalf("letters %+v; want one to confirm and one to welcome Ann, and one to welcome Bob", mails)
		}
		if _, err := p.confirm("nonsense"); !errors.Is(err, ErrLinkInvalid) {
			t.Errorf("any key: %v", err)
		}
		_ = p.Disable("ann@x.org")
		if _, err := p.confirm(key(mails[0])); !errors.Is(err, ErrLinkInvalid) {
			t.Errorf("a disabled account confirms: %v", err)
		}
		_ = p.Enable("ann@x.org")
		time.Sleep(linkLife + time.Second)
		if _, err := p.confirm(key(mails[0])); !errors.Is(err, ErrLinkExpired) {
			t.Errorf("after a week: %v", err)
		}
		carol, _ := p.Join(linkFor(t, p, "Guest"), "Carol", "C", "carol@x.org")
		letter := p.Mails()[3]
		_ = p.ChangeEmail("carol@x.org", "caro@x.org")
		if _, err := p.confirm(key(letter)); !errors.Is(err, ErrLinkInvalid) {
			t.Errorf("a letter to the old address confirms the new one: %v", err)
		}
		_ = p.ChangeEmail("caro@x.org", "carol@x.org")
		if _, err := p.confirm(key(letter)); err != nil || !standingOf(t, p, carol.ID).IsActive {
			t.Errorf("the click: %v", err)
		}
		_ = p.Remove("carol@x.org")
		if _, err := p.confirm(key(letter)); !errors.Is(err, ErrLinkInvalid) {
			t.Errorf("a removed account confirms: %v", err)
		}
	})
}

// TestCongratulationsNeedAKeyOfThePortal is the table of docs/facts/docspace.md, "Congratulations".
func TestCongratulationsNeedAKeyOfThePortal(t *testing.T) {
	p := New()
	ann := p.AddPerson(Person{Email: "ann@x.org"})
	request := func(user, key string) string { return "POST portal/sendcongratulations?Userid=" + user + "&Key=" + key }
	wantStatus(t, p, 403, request(ann.ID, "1.x"), "")
	wantStatus(t, p, 403, request(ann.ID, "1.x"), "", "Authorization", "")
	for _, works := range []bool{false, true} {
		p.WelcomeKeyWorks(works)
		wantStatus(t, p, 403, request(ann.ID, "welcome_guest"), "")
		wantStatus(t, p, 403, request(noGUID, "1.x"), "")
		wantStatus(t, p, 400, request("ann", "1.x"), "")
		wantStatus(t, p, 400, request(ann.ID, ""), "")
		wantStatus(t, p, 405, "GET portal/sendcongratulations", "")
	}
	if len(p.Mails()) != 0 {
		t.Fatalf("letters %+v", p.Mails())
	}
	a := wantStatus(t, p, 200, request(ann.ID, "1.x"), "")
	if mails := p.Mails(); strings.Contains(a.body, "response") || len(mails) != 1 || mails[0].To != "ann@x.org" {
		t.Errorf("%s, letters %+v; want an answer without a response and a letter", a.body, mails)
	}
}

// TestCachedReadsLagBehindLists is the last paragraph before the statuses of docs/facts/docspace.md, "One user":
// one account is told late, lists are not.
func TestCachedReadsLagBehindLists(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(CachedReads(20 * time.Minute))
		ann := p.AddPerson(Person{Email: "ann@x.org"})
		standingOf(t, p, ann.ID)
		_ = p.Activate("ann@x.org")
		time.Sleep(19 * time.Minute)
		if standingOf(t, p, ann.ID).IsActive {
			t.Error("the cache was not asked")
		}
		if letters, _ := found(t, p, "activationStatus=1&filterValue=ann@x.org"); letters != "a" {
			t.Error("the list lags behind too")
		}
		time.Sleep(2 * time.Minute)
		if !standingOf(t, p, ann.ID).IsActive {
			t.Error("the cache is asked after its time")
		}
		_ = p.Remove("ann@x.org")
		standingOf(t, p, ann.ID)
		time.Sleep(21 * time.Minute)
		wantStatus(t, p, 404, "GET portal/users/"+ann.ID, "")
	})
}

// TestOrderOfArrival adds accounts out of order: the index is fixed.
func TestOrderOfArrival(t *testing.T) {
	p := New()
	now := time.Now()
	for i, minutes := range []int{5, 9, 1, 7} {
		p.AddPerson(Person{Email: string(rune('a'+i)) + "@x.org", Registered: now.Add(time.Duration(minutes) * time.Minute)})
	}
	if letters, _ := found(t, p, "filterValue=@x.org&sortBy=registrationdate&sortOrder=descending"); letters != "bdac" {
		t.Errorf("newest first: %s", letters)
	}
	if people := p.People(); len(people) != 6 || people[0].Email != "b@x.org" {
		t.Errorf("People begins with %+v", people[0])
	}
}

func TestAwaitSeesEveryChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New()
		time.AfterFunc(time.Hour, func() { p.AddPerson(Person{Email: "ann@x.org"}) })
		begin := time.Now()
		if err := p.Await(t.Context(), func() bool { _, ok := p.PersonByEmail("ann@x.org"); return ok }); err != nil || time.Since(begin) != time.Hour {
			t.Errorf("Await = %v after %v", err, time.Since(begin))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := p.Await(ctx, func() bool { return false }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Await = %v", err)
		}
	})
}

// TestAllAtOnce is for the race detector; and one address is given away once.
func TestAllAtOnce(t *testing.T) {
	p := New()
	p.RateLimit(true)
	link := linkFor(t, p, "User")
	var wg sync.WaitGroup
	var mu sync.Mutex
	var joined int
	for range 20 {
		wg.Go(func() {
			if _, err := p.Join(link, "Ann", "Archer", "ann@x.org"); err == nil {
				mu.Lock()
				joined++
				mu.Unlock()
			}
			ask(p, "GET people/filter?sortBy=registrationdate", "")
			ask(p, "POST "+managed, `{"employeeType":4}`)
			p.Seats(3)
			_ = p.Activate("ann@x.org")
			p.Fault(Fault{Path: "nowhere"})()
			_, _, _ = p.People(), p.Mails(), p.Calls()
		})
	}
	wg.Wait()
	if joined != 1 {
		t.Errorf("%d accounts with one address", joined)
	}
}
