package slackbot

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// TestCommandsAsTypedAndPasted: want is the result in short: the role,
// then the people, then the note in quotes.
func TestCommandsAsTypedAndPasted(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		// Names that hold a role or a verb.
		{`Admin, Sam <sam@acme.test>; Chen, Carol <carol@acme.test>`, `sam@acme.test carol@acme.test`},
		{`Admin, Sam &lt;<mailto:sam@acme.test|sam@acme.test>&gt;; Chen, Carol &lt;<mailto:carol@acme.test|carol@acme.test>&gt;`, `sam@acme.test carol@acme.test`},
		{`Help Desk <help@acme.test>`, `help@acme.test`},
		{`help <help@acme.test>`, `help@acme.test`},
		{`Form Builder <form@acme.test>; Status Page <status@acme.test>`, `form@acme.test status@acme.test`},
		{`Sam Admin <sam@acme.test>`, `sam@acme.test`},
		{`Guest House <g@acme.test>`, `g@acme.test`},
		{`User, Test <t@acme.test>`, `t@acme.test`},
		{`"admin" <x@acme.test>`, `x@acme.test`},
		{`admin <sam@acme.test>`, `sam@acme.test`},
		{`admin &lt;<mailto:sam@acme.test|sam@acme.test>&gt;`, `sam@acme.test`},
		{`guest (bob@acme.test)`, `bob@acme.test`},
		{`Room Admin <ra@acme.test>`, `ra@acme.test`},
		{`Bob Baker (Guest) <bob@acme.test>`, `bob@acme.test`},
		{`Carol "admin" Chen <carol@acme.test>`, `carol@acme.test`},
		{`dan@acme.test, admin, Sam <sam@acme.test>`, `dan@acme.test sam@acme.test`},
		{`<mailto:sam@acme.test|Admin, Sam>`, `sam@acme.test`},
		{"Sam\tAdmin Smith\tsam@acme.test", `sam@acme.test`},
		{`~admin~ carol@acme.test`, ``},
		{`carol@acme.test (guest)`, ``},
		{`guest house <g@acme.test>`, ``},
		{`admin, sam <sam@acme.test>`, ``},
		{`guest, Chen, Carol <carol@acme.test>`, ``},
		{`Admin, sam@acme.test`, ``},
		{`Admin: sam@acme.test`, ``},
		{`Admin: Sam <sam@acme.test>`, ``},
		{"Admin\tsam@acme.test", ``},
		{"Sam\tsam@acme.test\tguest", ``},
		{`[guest] [bob@acme.test]`, ``},

		// Roles that are roles.
		{`guest <mailto:bob@acme.test|bob@acme.test>`, `Guest bob@acme.test`},
		{`guest <mailto:bob@acme.test>`, `Guest bob@acme.test`},
		{`Guest bob@acme.test`, `Guest bob@acme.test`},
		{`guest, bob@acme.test`, `Guest bob@acme.test`},
		{`guest: bob@acme.test`, `Guest bob@acme.test`},
		{`*guest* bob@acme.test`, `Guest bob@acme.test`},
		{"Guest\nbob@acme.test\ncarol@acme.test", `Guest bob@acme.test carol@acme.test`},
		{"guest\n<bob@acme.test>\n<carol@acme.test>", `Guest bob@acme.test carol@acme.test`},
		{`user Carol Chen <carol@acme.test>`, `User carol@acme.test`},
		{`user "Chen, Carol" <carol@acme.test>`, `User carol@acme.test`},
		{"user Carol Chen\tcarol@acme.test", `User carol@acme.test`},
		{`Sam <sam@acme.test> admin`, `DocSpaceAdmin sam@acme.test`},
		{`room admin <@U0BOB>`, `RoomAdmin U0BOB`},
		{`ｕｓｅｒ　ｃａｒｏｌ＠ａｃｍｅ．ｔｅｓｔ`, `User carol@acme.test`},

		// Slack's forms.
		{`<@U0BOB> <@W0DAN|dan> <!subteam^S1> <!subteam^S2|@g>`, `U0BOB W0DAN S1 S2`},
		{`&lt;@U0BOB|bob&gt; &lt;!subteam^S1|@g&gt;`, `U0BOB S1`},
		{`<@U0BOB|admin>`, `U0BOB`},
		{`<#C1|>`, ``},
		{`<mailto:carol@acme.test?subject=Hello|carol@acme.test>`, `carol@acme.test`},
		{`<mailto:a&amp;b@acme.test?subject=x&amp;body=y|a&amp;b@acme.test>`, `a&b@acme.test`},
		{`<mailto:o%27brien@acme.test|o'brien@acme.test>`, `o'brien@acme.test`},
		{`<mailto:eve@other.test|carol@acme.test>`, ``},
		{`&lt;mailto:carol@acme.test&gt;`, `carol@acme.test`},
		{`mailto:carol@acme.test?subject=x`, `carol@acme.test`},
		{`bü<mailto:ro@acme.test|ro@acme.test>`, ``},
		{`o’<mailto:brien@acme.test|brien@acme.test>`, ``},
		{`<mailto:carol@sub.acme|carol@sub.acme>_x.test`, ``},
		{"ca\u00ad<mailto:rol@acme.test|rol@acme.test>", `carol@acme.test`},
		{`<mailto:a@x.test|a@x.test><mailto:b@x.test|b@x.test>`, `a@x.test b@x.test`},

		// Outlook.
		{`Chen, Carol <carol@acme.test>; Doe, Dan <dan@acme.test>;`, `carol@acme.test dan@acme.test`},
		{`'carol@acme.test' <carol@acme.test>`, `carol@acme.test`},
		{`'O'Neil, Sam' <sam@acme.test>`, `sam@acme.test`},
		{`Carol Chen [mailto:carol@acme.test]`, `carol@acme.test`},
		{`carol@acme.test; Dan Doe <dan@acme.test>`, `carol@acme.test dan@acme.test`},
		// Gmail, Apple Mail, Thunderbird.
		{`Carol Chen <carol@acme.test>, Dan Doe <dan@acme.test>,`, `carol@acme.test dan@acme.test`},
		{`carol@acme.test <carol@acme.test>`, `carol@acme.test`},
		{`"Chen, Carol" <carol@acme.test>, "Doe, Dan" <dan@acme.test>`, `carol@acme.test dan@acme.test`},
		{`“Chen, Carol” <carol@acme.test>, «Doe, Dan» <dan@acme.test>`, `carol@acme.test dan@acme.test`},
		{`Carol Chen (carol@acme.test)`, `carol@acme.test`},
		{`carol@acme.test (Carol Chen), dan@acme.test (Acme, Inc.)`, `carol@acme.test dan@acme.test`},
		{`To: Carol <carol@acme.test>, dan@acme.test`, `carol@acme.test dan@acme.test`},
		{`To: carol@acme.test, dan@acme.test`, `carol@acme.test dan@acme.test`},
		{`O'Brien, Pat <o'brien@acme.test>`, `o'brien@acme.test`},
		// Spreadsheets.
		{"Carol\tChen\tcarol@acme.test\nDan\tDoe\tdan@acme.test", `carol@acme.test dan@acme.test`},
		{"carol@acme.test\tCarol Chen", `carol@acme.test`},
		{"Carol Chen,carol@acme.test\nDan Doe,dan@acme.test", `carol@acme.test dan@acme.test`},
		{`"carol@acme.test","dan@acme.test"`, `carol@acme.test dan@acme.test`},
		{`| Carol Chen | carol@acme.test |`, `carol@acme.test`},
		// Lists.
		{"- carol@acme.test\n- dan@acme.test", `carol@acme.test dan@acme.test`},
		{"1. Carol Chen <carol@acme.test>\n2) dan@acme.test\n• eve@acme.test", `carol@acme.test dan@acme.test eve@acme.test`},
		{`Carol Chen – carol@acme.test`, `carol@acme.test`},
		{`carol@acme.test; ; dan@acme.test;,`, `carol@acme.test dan@acme.test`},

		// CJK.
		{`carol@acme.test，dan@acme.test；eve@acme.test、fay@acme.test`, `carol@acme.test dan@acme.test eve@acme.test fay@acme.test`},
		{`陳さん＜chen@acme.test＞；李（li@acme.test）`, `chen@acme.test li@acme.test`},
		{`「陳」 <chen@acme.test>`, `chen@acme.test`},
		{`邮箱：carol@acme.test`, `carol@acme.test`},
		{`carol＠acme．test。`, `carol@acme.test`},
		{`user <@U0BOB> 「資料室」`, `User U0BOB "資料室"`},

		// Invisible characters.
		{"\u202acarol@acme.test\u202c", `carol@acme.test`},
		{"carol@acme.test\u200e", `carol@acme.test`},
		{"ca\u00adrol@acme.test", `carol@acme.test`},
		{"\ufeffgu\u200best\u00a0\u2066carol\u2060@acme.test\ufe0f\u2069", `Guest carol@acme.test`},
		{"car\U000e0041ol@acme.test", `carol@acme.test`},
		{"\"for \u202efamily\u202c 👨\u200d👩\u200d👧\"", "\"for family 👨\u200d👩\u200d👧\""},

		// What stands around a word.
		{"*carol@acme.test* _dan@acme.test_ ~eve@acme.test~ `fay@acme.test`", `carol@acme.test dan@acme.test eve@acme.test fay@acme.test`},
		{`**carol@acme.test**, *<mailto:dan@acme.test|dan@acme.test>*.`, `carol@acme.test dan@acme.test`},
		{`<mailto:_carol@acme.test|_carol@acme.test>_`, `carol@acme.test`},
		{`(carol@acme.test), <dan@acme.test`, `carol@acme.test dan@acme.test`},
		{`(admin (sam@acme.test)), (Carol <carol@acme.test>)`, `sam@acme.test carol@acme.test`},
		{`bob_@acme.test _bob@acme.test Ann.Marie@Acme.Test`, `bob_@acme.test _bob@acme.test Ann.Marie@Acme.Test`},
		{"car`ol@acme.test", ``},
		{"car\x01ol@acme.test", ``},

		// Notes.
		{`user <@U0BOB> 'for us'`, `User U0BOB "for us"`},
		{`"for us" Carol Chen <carol@acme.test>`, `carol@acme.test "for us"`},
		{`"for us", Carol Chen <carol@acme.test>`, `carol@acme.test "for us"`},

		// Words that are nothing.
		{`users`, ``},
		{`bob`, ``},
		{`please invite bob and carol`, ``},
		{`form carol@acme.test`, ``},
		{`Carol Chen carol@acme.test`, ``},
		{`bob, dan, Carol <carol@acme.test>`, ``},
		{`аdmin carol@acme.test`, ``},
		{`not admin carol@acme.test`, ``},
	} {
		c, err := parseCommand(tt.text)
		if got := inShort(c); tt.want == "" && err == nil || tt.want != "" && (err != nil || got != tt.want) {
			t.Errorf("parseCommand(%q)\n got %s, %v\nwant %s", tt.text, got, err, tt.want)
		}
	}
}

func inShort(c command) string {
	var all []string
	if c.Role != "" {
		all = append(all, string(c.Role))
	}
	for _, p := range c.People {
		all = append(all, string(p.ChatUser)+p.Email)
	}
	for _, g := range c.Groups {
		all = append(all, string(g))
	}
	if c.Room.Title != "" {
		all = append(all, "in "+c.Room.Title)
	}
	if c.Room.Right != "" {
		all = append(all, "as "+string(c.Room.Right))
	}
	if c.Note != "" {
		all = append(all, `"`+c.Note+`"`)
	}
	return strings.Join(all, " ")
}

// TestAddressesThatNoPortalTakes are refused with the reason, and a proposal where there is one.
func TestAddressesThatNoPortalTakes(t *testing.T) {
	for text, want := range map[string]mistake{
		"o’brien@acme.test":                     {Problem: badLetter, Letter: "’", Meant: "o'brien@acme.test"},
		"carol@bücher.example":                  {Problem: badLetter, Letter: "ü"},
		"carol@acme_x.test":                     {Problem: badLetter, Letter: "_"},
		"carol@xn--bcher-kva.example":           {Problem: badLetter, Letter: "xn--"},
		"To:carol@acme.test":                    {Problem: badLetter, Letter: ":", Meant: "carol@acme.test"},
		"carol@acme":                            {Problem: badHost},
		"carol@acme.t":                          {Problem: badHost},
		"carol@acme.test1":                      {Problem: badHost},
		"carol@127.0.0.1":                       {Problem: badHost},
		"carol..c@acme.test":                    {Problem: badDots, Meant: "carol.c@acme.test"},
		"carol.@acme.test":                      {Problem: badDots, Meant: "carol@acme.test"},
		"carol@acme..test":                      {Problem: badDots, Meant: "carol@acme.test"},
		"carol@@acme.test":                      {Problem: badAddress, Meant: "carol@acme.test"},
		"-carol@acme.test":                      {Problem: badAddress, Meant: "carol@acme.test"},
		`"carol chen"@acme.test`:                {Problem: badAddress},
		strings.Repeat("c", 250) + "@acme.test": {Problem: badAddress},
	} {
		_, inDialog := parseAddresses(text)
		_, err := parseCommand("guest " + text)
		for _, err := range []error{err, inDialog} {
			got := mistakesOf(err)
			if len(got) != 1 || got[0].Problem != want.Problem || got[0].Letter != want.Letter || got[0].Meant != want.Meant {
				t.Errorf("%.60q: %v, want %+v", text, err, want)
			}
		}
	}
}

// TestMistakesAreOneSentence: what was not understood is one sentence, with a proposal.
func TestMistakesAreOneSentence(t *testing.T) {
	for text, want := range map[string]string{
		"users":                       "I didn't understand “users”. Did you mean `user`?",
		"guset <@U0BOB>":              "I didn't understand “guset”. Did you mean `guest`?",
		"stat":                        "I didn't understand “stat”. Did you mean `status`?",
		"bob":                         "I didn't understand “bob”.",
		"please invite bob and carol": "I didn't understand “please invite bob and carol”.",
		"bob, carol; dan":             "I didn't understand “bob”, “carol”, “dan”.",
	} {
		_, err := parseCommand(text)
		if got := english.explainMistakes(err); len(got) != 1 || got[0] != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestDialogReadsTheSameLists has the dialog read what the command reads, without roles and notes.
func TestDialogReadsTheSameLists(t *testing.T) {
	for text, want := range map[string]string{
		`Admin, Sam <sam@acme.test>; "Chen, Carol" <carol@acme.test>`: `sam@acme.test carol@acme.test`,
		"Admin\tsam@acme.test\nUser\tcarol@acme.test":                 `sam@acme.test carol@acme.test`,
		`"Carol Chen", carol@acme.test`:                               `carol@acme.test`,
		`guest <g@acme.test>`:                                         `g@acme.test`,
		`“carol@acme.test”，'dan@acme.test'`:                           `carol@acme.test dan@acme.test`,
	} {
		people, err := parseAddresses(text)
		if got := inShort(command{People: people}); err != nil || got != want {
			t.Errorf("parseAddresses(%q) = %s, %v, want %s", text, got, err, want)
		}
	}
	_, err := parseAddresses("guest, o’brien@acme.test please")
	if got, want := english.notAddresses(err), "These aren't email addresses: guest, please “o’brien@acme.test” can't be used: "+
		"DocSpace doesn't accept “’” there. Did you mean o'brien@acme.test?"; got != want {
		t.Errorf("beside the field: %q, want %q", got, want)
	}
}

// TestUnclosedBracketsAreReadFast: and so are quotes.
func TestUnclosedBracketsAreReadFast(t *testing.T) {
	for _, text := range []string{"(", "<", "&lt;", "(<", "'", "'a", "“", "a,", "<a@x.test", "(\"", "admin ", "a@x.test\t", "- "} {
		many := strings.Repeat(text, 2000)
		started := time.Now()
		for _, text := range []string{many, many + "\"", strings.Repeat("(", 1000) + "\"" + strings.Repeat(")", 1000)} {
			_, _ = parseCommand(text)
		}
		if took := time.Since(started); took > 5*time.Second {
			t.Errorf("%q many times takes %v", text, took)
		}
	}
}

// TestButtonTakesWhatWasUnderstoodToTheForm, and nothing that a button of ours would
// not hold.
func TestButtonTakesWhatWasUnderstoodToTheForm(t *testing.T) {
	understood := command{Role: invitation.User, People: []invitation.Person{{ChatUser: "U0BOB"}, {Email: "a&b@acme.test"}}, Note: "“x” <y>"}
	if got := takeOver(handOver(understood)); !reflect.DeepEqual(got, understood) {
		t.Errorf("%+v becomes %+v", understood, got)
	}
	many, err := parseCommand(manyPeople(150))
	if err != nil {
		t.Fatal(err)
	}
	many.Note = strings.Repeat("é", noteMax)
	value := handOver(many)
	if got := takeOver(value); len(value) > 2000 || len(got.People) == 0 || !slices.Equal(got.People, many.People[:len(got.People)]) || got.Note != many.Note {
		t.Errorf("%d bytes hold %d people", len(value), len(got.People))
	}
	many.Note = strings.Repeat("𝔘", noteMax)
	if value := handOver(many); utf8.RuneCountInString(value) > 2000 {
		t.Errorf("%d characters", utf8.RuneCountInString(value))
	}
	many.Room.Right = invitation.Right(strings.Repeat("x", 3000)) // no right is so long
	if value := handOver(many); value != "" {
		t.Errorf("%.60q…", value)
	}
	for _, value := range []string{"", "null", "[]", "k3j9x2m4p7qa", `{"role":"Owner","users":["U1<","C1"],"emails":["x","a@b"]}`, `{"note":"` + strings.Repeat("x", 3000) + `"}`} {
		if got := takeOver(value); !reflect.DeepEqual(got, command{}) {
			t.Errorf("takeOver(%.60q) = %+v", value, got)
		}
	}
}

// portalTakes is what a portal matches an address with (docs/facts/docspace.md, "Addresses that a portal takes"),
// without its quoted local part and IP addresses.
var portalTakes = regexp.MustCompile(`^[^<>()\[\]\\.,;:\s@"]+(\.[^<>()\[\]\\.,;:\s@"]+)*@([a-zA-Z0-9-]+\.)+[a-zA-Z]{2,}$`)

func checkAddress(t *testing.T, address string) {
	t.Helper()
	odd := strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r >= unicode.MaxASCII || r == '`' })
	if !portalTakes.MatchString(address) || odd || len(address) > 254 {
		t.Errorf("no portal takes %q", address)
	}
}

var (
	inBrackets = regexp.MustCompile(`([^;:,\t\n|<>()\[\]@"'“”„«»‘’‚‛「」『』｢｣‹›〝〞〟‟[:cntrl:]-]*)<[a-z0-9]+@[a-z0-9]+\.[a-z]{2,9}>`)
	firstWord  = regexp.MustCompile(`^\s*[a-z-]+ `)
)

// spelledOutsideNames is a simple idea of where no role can come from: plain words directly before an address in
// brackets are a name, except for a first word in small letters.
func spelledOutsideNames(text string) string {
	text = entities.Replace(visible(text))
	return strings.ToLower(inBrackets.ReplaceAllStringFunc(text, func(m string) string {
		if strings.HasPrefix(text, m) {
			return firstWord.FindString(m) + " "
		}
		return " "
	}))
}

var roleWords = map[invitation.Role]*regexp.Regexp{
	invitation.Guest: regexp.MustCompile(`guest`), invitation.User: regexp.MustCompile(`user`),
	invitation.RoomAdmin: regexp.MustCompile(`room.*admin`), invitation.DocSpaceAdmin: regexp.MustCompile(`admin`),
}

// retyped is the command that says the same as a result, and false where its note takes no quotes.
func retyped(c command) (string, bool) {
	words := []string{strings.ToLower(string(c.Role))}
	if c.Verb != verbInvite {
		words = append(words, string(c.Verb))
	}
	for _, p := range c.People {
		if p.ChatUser != "" {
			words = append(words, "<@"+string(p.ChatUser)+">")
		} else {
			words = append(words, strings.ReplaceAll(p.Email, "&", "&amp;"))
		}
	}
	for _, g := range c.Groups {
		words = append(words, "<!subteam^"+string(g)+">")
	}
	quoted := func(s string) string { return `"` + strings.ReplaceAll(s, "&", "&amp;") + `"` }
	if c.NoRoom {
		words = append(words, "none")
	}
	if c.Room.Title != "" && c.Verb == verbInvite {
		words = append(words, "in")
	}
	if c.Room.Title != "" {
		words = append(words, quoted(c.Room.Title))
	}
	if c.Room.Right != "" {
		words = append(words, "as "+string(c.Room.Right))
	}
	if c.Note != "" {
		words = append(words, quoted(c.Note))
	}
	return strings.Join(words, " "), !strings.ContainsAny(c.Note+c.Room.Title, doubles+"＂<")
}

func FuzzParseCommand(f *testing.F) {
	for _, seed := range []string{
		"", "guest", `user <@U0BOB|bob> <mailto:c@x.test|c@x.test> "note &amp; more"`, "<!subteam^S1|@d> «x»", "<<@U1>", `"<`, "a;b,c",
		"\xff\xfe", "<@U1", "&lt;", `""""`, "help", "“„”",
		"A B &lt;a@x.test&gt; C", `"A, B" <a@x.test>, <b@x.test`, "&lt;<mailto:a@x.test|a>&gt;",
		"Admin, Sam <sam@acme.test>; guest", "admin Sam <sam@acme.test>", "Sam Admin (sam@acme.test) user", "A\tadmin\ta@x.test\nuser", "admin: a@x.test - guest",
		"o’<mailto:brien@acme.test|brien@acme.test>", "room admin ＜a@x.test＞，「x」", "'a@x.test' *b@x.test* _c@x.test_ (guest)", "1. [admin] [a@x.test]", "((((((((\"))))))))", "(admin (a@x.test))", `in "Q3" as editor <@U1>`, `in Planning as admin`, `as "form filler" in ｉｎ “x”`, `room "Q3"`, "room none", `in 't Veld <v@x.test>`, "in a b as c", "oo\uf35ca@x.test", "\u202aa@x.test\u202c",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseCommand(text)
		for _, p := range c.People {
			if p.Email != "" {
				checkAddress(t, p.Email)
			} else if p.ChatUser == "" {
				t.Errorf("%+v has neither a user nor an address", p)
			}
		}
		if utf8.RuneCountInString(c.Note) > noteMax || !utf8.ValidString(c.Note) {
			t.Errorf("the note %q", c.Note)
		}
		if m := english.renderMistakes(err, c); !utf8.ValidString(m.Text) || len(handOver(c)) > 2000 {
			t.Errorf("the correction cannot be shown: %q", m.Text)
		}
		if outside := spelledOutsideNames(strings.ToValidUTF8(strings.Map(fold, text), "�")); c.Role != "" && !roleWords[c.Role].MatchString(strings.ReplaceAll(outside, "\n", " ")) {
			t.Errorf("%q yields the role %s, and spells %q", text, c.Role, outside)
		}
		if err != nil {
			wrong := mistakesOf(err)
			if len(wrong) == 0 {
				t.Fatalf("an error without a mistake: %v", err)
			}
			for _, one := range wrong {
				if !english.Has("mistake." + string(one.Problem)) {
					t.Fatalf("an error without words: %v", err)
				}
			}
			return
		}
		if len(c.People)+len(c.Groups) > peopleMax {
			t.Fatalf("a limit was passed: %+v", c)
		}
		if again, ok := retyped(c); ok {
			if second, err := parseCommand(again); err != nil || !reflect.DeepEqual(second, c) {
				t.Errorf("%q is\n%+v, and %q is\n%+v, %v", text, c, again, second, err)
			}
		}
	})
}

// FuzzParseAddresses: what the dialog's list yields is an address that a portal takes, once, and typed alone it is
// the same.
func FuzzParseAddresses(f *testing.F) {
	for _, seed := range []string{
		"a@x.test, b@x.test", "Chen, Carol <carol@acme.test>; 'x' <y@z.test>", "A\tadmin\ta@x.test", "“a@x.test”", "mailto:a@x.test?b=c", "*a@x.test*", "ａ＠ｘ．ｔｅｓｔ", "<mailto:a%20b@x.test>", "a..b@x.test",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		people, err := parseAddresses(text)
		for i, p := range people {
			if p.Email == "" {
				continue
			}
			checkAddress(t, p.Email)
			if again, err := parseAddresses(p.Email); err != nil || len(again) != 1 || again[0] != p {
				t.Errorf("%q is %+v, %v", p.Email, again, err)
			}
			for _, other := range people[:i] {
				if strings.EqualFold(other.Email, p.Email) {
					t.Errorf("%q is there twice", p.Email)
				}
			}
		}
		if beside := english.notAddresses(err); !utf8.ValidString(beside) || err != nil && beside == "" {
			t.Errorf("%v is told as %q", err, beside)
		}
	})
}
