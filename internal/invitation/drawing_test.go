package invitation

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// move is one arrow: what is in one stage or state comes into another by an entry of the kind.
type move struct{ from, kind, to string }

// TestDrawingIsTheCode holds the two drawings in doc.go and Apply against each other: an entry of each kind, in
// all its varieties, applied in every stage and every state.
func TestDrawingIsTheCode(t *testing.T) {
	drawn, done := drawing(t), map[move]bool{}
	for _, kind := range Kinds() {
		for _, e := range varieties(kind) {
			for stage, inv := range stages() {
				inv.Apply(e)
				done[move{string(stage), string(kind), string(inv.Stage)}] = true
			}
			for _, inv := range states() {
				before := inv.Invitees[0].State
				inv.Apply(e)
				after := State("off_the_list")
				if len(inv.Invitees) > 0 {
					after = inv.Invitees[0].State
				}
				done[move{string(before), string(kind), string(after)}] = true
			}
		}
	}
	maps.DeleteFunc(done, func(m move, _ bool) bool { return m.from == m.to })
	for m := range done {
		if !drawn[m] {
			t.Errorf("not drawn: %s ──%s──▶ %s", m.from, m.kind, m.to)
		}
	}
	for m := range drawn {
		if !done[m] {
			t.Errorf("drawn, and it does not happen: %s ──%s──▶ %s", m.from, m.kind, m.to)
		}
	}
}

// arrow is the label and the head of an arrow.
var arrow = regexp.MustCompile(`──([a-z_, ]+)──▶`)

// drawing reads the arrows of doc.go.
func drawing(t *testing.T) map[move]bool {
	t.Helper()
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	words := func(list string) []string {
		return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
	}
	drawn := map[move]bool{}
	for line := range strings.Lines(string(text)) {
		line, found := strings.CutPrefix(strings.TrimSpace(line), "//\t")
		if !found {
			continue
		}
		places := arrow.Split(line, -1)
		for i, label := range arrow.FindAllStringSubmatch(line, -1) {
			for _, from := range words(places[i]) {
				for _, kind := range words(label[1]) {
					for _, to := range words(places[i+1]) {
						drawn[move{from, kind, to}] = true
					}
				}
			}
		}
	}
	if len(drawn) == 0 {
		t.Fatal("doc.go draws nothing")
	}
	return drawn
}

// varieties returns entries of the kind, about Bob.
func varieties(kind Kind) []Entry {
	e := Entry{
		Kind: kind, At: noon.Add(time.Minute), Invitation: "i", Invitee: "UBOB", Invitees: []string{"UBOB"}, Link: "https://acme.test/s/2", By: "UZOE",
		Request: &Request{Role: Guest}, Expires: noon.Add(9 * time.Hour), People: []Person{{ChatUser: "UBOB"}}, Person: &Person{ChatUser: "UBOB", Email: "bob@acme.test"},
		Card: &Card{Channel: "C1", Message: "1.1"}, Refusal: &Refusal{Reason: NoLink}, Member: &Member{ID: "m", Email: "bob@home.test", Standing: Enabled}, Effect: EffectCard,
	}
	if kind != KindSeen {
		return []Entry{e}
	}
	var all []Entry
	for _, standing := range []Standing{Invited, Unconfirmed, Enabled, Disabled} {
		for _, which := range []string{"", "first", "already"} {
			seen := e
			seen.Member = &Member{ID: "m", Email: "bob@acme.test", Standing: standing}
			seen.First, seen.Already = which == "first", which == "already"
			all = append(all, seen)
		}
	}
	return all
}

// story is an invitation to Bob that has come as far as the entries tell.
func story(entries ...Entry) *Invitation {
	inv := &Invitation{}
	for _, e := range entries {
		e.Invitation, e.Invitee, e.At = "i", "UBOB", noon
		inv.Apply(e)
	}
	return inv
}

var (
	accepted = Entry{Kind: KindAccepted, Request: &Request{Role: Guest, Inviter: "UANN", Channel: "C1"}, Expires: noon.Add(time.Hour)}
	admitted = Entry{Kind: KindAdmitted, People: []Person{{ChatUser: "UBOB", Email: "bob@acme.test"}}}
	onCard   = []Entry{
		accepted, admitted, {Kind: KindLinked, Link: "https://acme.test/s/1"}, {Kind: KindPosted, Card: &Card{Channel: "C1", Message: "1.1"}},
	}
)

func seenAs(standing Standing, already bool) Entry {
	return Entry{Kind: KindSeen, Member: &Member{ID: "m", Email: "bob@acme.test", Standing: standing}, Already: already, First: !already}
}

// stages returns an invitation in each stage.
func stages() map[Stage]*Invitation {
	return map[Stage]*Invitation{
		Accepted:  story(accepted),
		Asked:     story(accepted, Entry{Kind: KindAsked}),
		Admitted:  story(accepted, admitted),
		Linked:    story(onCard[:3]...),
		Posted:    story(onCard...),
		Refused:   story(accepted, Entry{Kind: KindRefused, Refusal: &Refusal{Reason: NoLink}}),
		Expired:   story(append(slices.Clone(onCard), Entry{Kind: KindExpired})...),
		Cancelled: story(append(slices.Clone(onCard), Entry{Kind: KindCancelled, By: "UANN"})...),
	}
}

// states returns invitations with Bob in each state, in each way he may have come there.
func states() (all []*Invitation) {
	registered, active := seenAs(Unconfirmed, false), seenAs(Enabled, false)
	welcomed := []Entry{active, {Kind: KindWelcomed, Outcome: Done}, {Kind: KindGreeted, Outcome: Done}}
	lost := Entry{Kind: KindLost}
	for _, way := range [][]Entry{
		{},
		{registered},
		{active},
		{seenAs(Enabled, true)},
		welcomed,
		append(slices.Clone(welcomed), Entry{Kind: KindConfirmed, Invitees: []string{"UBOB"}}),
		{seenAs(Disabled, false)},
		{registered, lost},
		{{Kind: KindExpired}},
		{registered, {Kind: KindExpired}},
		{{Kind: KindCancelled}},
	} {
		all = append(all, story(append(slices.Clone(onCard), way...)...))
	}
	return all
}

// TestEveryStateIsTried by the test above.
func TestEveryStateIsTried(t *testing.T) {
	tried := map[State]bool{}
	for _, inv := range states() {
		tried[inv.Invitees[0].State] = true
	}
	for stage, inv := range stages() {
		if inv.Stage != stage {
			t.Errorf("the story of an invitation that is %s ends as %s", stage, inv.Stage)
		}
	}
	if len(tried) != len(States()) || len(stages()) != len(Stages()) {
		t.Errorf("of the states %v are tried, and %d stages", fmt.Sprint(tried), len(stages()))
	}
}
