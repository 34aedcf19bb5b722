package crashtest

import (
	"slices"
	"strings"
	"testing"
)

// sound returns promises and records that fit each other: two acknowledged commands and one
// in doubt, which name three people, of whom two are active.
func sound() (promises, records) {
	p := promises{
		cards: []promisedCard{
			{token: "c01", acknowledged: true, people: []string{"Nr1", "Nr2"}},
			{token: "c02", acknowledged: true, people: []string{"Nr2", "Nr3"}},
			{token: "c03", people: []string{"Nr1"}},
		},
		people: []promisedPerson{
			{name: "Nr1", email: "1@acme.test", user: "U1", active: true, greeted: true},
			{name: "Nr2", email: "2@acme.test", user: "U2", active: true},
			{name: "Nr3", email: "3@acme.test", user: "U3", greeted: true},
		},
	}
	return p, records{
		said: []said{
			{"C1", "1", "", "c01"},
			{"C1", "2", "", "c02"},
			{"C2", "1", "", "somebody else's"},
			{"C1", "3", "1", "Nr1 is in"},
			{"C1", "4", "1", "Nr2 is in"},
			{"C1", "5", "2", "Nr2 is in"},
			{"C2", "6", "1", "Nr1 is in, says another thread"},
		},
		letters: map[string]int{"1@acme.test": 1, "2@acme.test": 1},
		direct:  map[string]int{"U1": 1},
	}
}

func TestJudge(t *testing.T) {
	for name, tt := range map[string]struct {
		spoil         func(p *promises, r *records)
		lost, doubled Count
		says          string
	}{
		"all is well":   {spoil: func(*promises, *records) {}},
		"card missing":  {spoil: func(_ *promises, r *records) { r.said = slices.Delete(r.said, 1, 2) }, lost: Count{Cards: 1}, says: "lost: the card of c02"},
		"card twice":    {spoil: func(_ *promises, r *records) { r.say("C1", "7", "", "c01") }, doubled: Count{Cards: 1}, says: "doubled: the card of c01"},
		"card thrice":   {spoil: func(_ *promises, r *records) { r.say("C1", "7", "", "c01"); r.say("C3", "8", "", "c01") }, doubled: Count{Cards: 2}},
		"doubtful card": {spoil: func(_ *promises, r *records) { r.say("C1", "7", "", "c03"); r.say("C1", "8", "7", "Nr1 is in") }},
		"doubtful twice": {spoil: func(_ *promises, r *records) {
			r.say("C1", "7", "", "c03")
			r.say("C1", "8", "", "c03")
			r.say("C1", "9", "7", "Nr1")
		}, doubled: Count{Cards: 1}},
		"doubtful, silent": {spoil: func(_ *promises, r *records) { r.say("C1", "7", "", "c03") }, lost: Count{Confirmations: 1}, says: "Nr1 under c03"},
		"refused": {spoil: func(p *promises, r *records) {
			p.cards[2].refused = true
			r.say("C1", "7", "", "c03")
			r.say("C1", "8", "7", "Nr1 is in")
		}, says: "done although refused: the card of c03"},
		"no confirmation":   {spoil: func(_ *promises, r *records) { r.said = slices.Delete(r.said, 3, 4) }, lost: Count{Confirmations: 1}, says: "Nr1 under c01"},
		"in another thread": {spoil: func(_ *promises, r *records) { r.said[3].thread = "2" }, lost: Count{Confirmations: 1}},
		"confirmed twice":   {spoil: func(_ *promises, r *records) { r.say("C1", "7", "2", "Nr2 is in") }, doubled: Count{Confirmations: 1}, says: "somebody under c02"},
		"confirmed together": {spoil: func(_ *promises, r *records) {
			r.said = slices.Delete(r.said, 4, 5)
			r.said[3].text = "Nr1 and Nr2 are in"
		}},
		"together, twice": {spoil: func(_ *promises, r *records) { r.say("C1", "7", "1", "Nr1 and Nr2 are in") }, doubled: Count{Confirmations: 1}, says: "Nr1 and Nr2"},
		"each twice": {spoil: func(_ *promises, r *records) {
			r.say("C1", "7", "1", "Nr1 is in")
			r.say("C1", "8", "1", "Nr2 is in")
		}, doubled: Count{Confirmations: 2}},
		"no welcome":     {spoil: func(_ *promises, r *records) { delete(r.letters, "2@acme.test") }, lost: Count{Welcomes: 1}, says: "the welcome of Nr2"},
		"welcomed twice": {spoil: func(_ *promises, r *records) { r.letters["2@acme.test"] = 2 }, doubled: Count{Welcomes: 1}},
		"no greeting":    {spoil: func(_ *promises, r *records) { delete(r.direct, "U1") }, lost: Count{Greetings: 1}, says: "the greeting of Nr1"},
		"greeted twice":  {spoil: func(_ *promises, r *records) { r.direct["U1"] = 3 }, doubled: Count{Greetings: 2}},
		"somebody activates": {
			spoil: func(p *promises, _ *records) { p.people[2].active = true },
			lost:  Count{Welcomes: 1, Greetings: 1, Confirmations: 1}, says: "Nr3 under c02",
		},
	} {
		t.Run(name, func(t *testing.T) {
			p, r := sound()
			tt.spoil(&p, &r)
			v := judge(p, r)
			if against := strings.Count(words(v.findings), "although refused"); v.against() != against {
				t.Errorf("%d done although refused, want %d", v.against(), against)
			}
			if v.lost() != tt.lost || v.doubled() != tt.doubled {
				t.Errorf("lost %+v, doubled %+v; want %+v and %+v\n%v", v.lost(), v.doubled(), tt.lost, tt.doubled, v.findings)
			}
			if said := words(v.findings); !strings.Contains(said, tt.says) || (said == "") != (tt.lost == Count{} && tt.doubled == Count{} && tt.says == "") {
				t.Errorf("the findings are %q, want %q", said, tt.says)
			}
		})
	}
}

func (r *records) say(channel, ts, thread, text string) {
	r.said = append(r.said, said{channel, ts, thread, text})
}

func words(findings []finding) string {
	var all []string
	for _, f := range findings {
		all = append(all, f.String())
	}
	return strings.Join(all, "\n")
}

func TestBroken(t *testing.T) {
	window := Count{Cards: 1, Welcomes: 1, Greetings: 1, Confirmations: 1}
	for name, tt := range map[string]struct {
		report Report
		broken int
	}{
		"all is well":                    {Report{}, 0},
		"refused and carried out":        {Report{Against: 2, Window: window}, 1},
		"odd":                            {Report{Odd: []string{"it had not settled"}}, 1},
		"lost":                           {Report{Lost: Count{Cards: 1}, Window: window}, 1},
		"all lost":                       {Report{Lost: window, Window: window, History: true}, 4},
		"doubled within the window":      {Report{Doubled: window, Window: window}, 0},
		"doubled, and could be asked":    {Report{Doubled: window, Window: window, History: true}, 3},
		"a welcome beyond the window":    {Report{Doubled: Count{Welcomes: 2}, Window: window, History: true}, 1},
		"doubled for another's window":   {Report{Doubled: Count{Cards: 1}, Window: Count{Greetings: 5}}, 1},
		"confirmation beyond the window": {Report{Doubled: Count{Confirmations: 2}, Window: window}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			if broken := tt.report.Broken(); len(broken) != tt.broken {
				t.Errorf("broken: %q, want %d", broken, tt.broken)
			}
		})
	}
}
