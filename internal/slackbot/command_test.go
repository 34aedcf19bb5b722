package slackbot

import (
	"reflect"
	"strings"
	"testing"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

func TestParseCommand(t *testing.T) {
	user := func(id string) invitation.Person { return invitation.Person{ChatUser: invitation.ChatUser(id)} }
	mail := func(address string) invitation.Person { return invitation.Person{Email: address} }
	for name, tt := range map[string]struct {
		text string
		want command
	}{
		"bare":                 {"", command{Verb: verbInvite}},
		"spaces":               {" \u00a0 ", command{Verb: verbInvite}},
		"role":                 {"Guest", command{Verb: verbInvite, Role: invitation.Guest}},
		"room admin":           {"ROOM-ADMIN", command{Verb: verbInvite, Role: invitation.RoomAdmin}},
		"admin":                {"docspaceadmin", command{Verb: verbInvite, Role: invitation.DocSpaceAdmin}},
		"help":                 {"HELP", command{Verb: verbHelp}},
		"status":               {"status", command{Verb: verbStatus}},
		"form":                 {"form", command{Verb: verbForm}},
		"mention":              {"<@U0BOB>", command{Verb: verbInvite, People: []invitation.Person{user("U0BOB")}}},
		"mention with name":    {"<@W0BOB|bob b>", command{Verb: verbInvite, People: []invitation.Person{user("W0BOB")}}},
		"group":                {"<!subteam^S0TEAM|@design>", command{Verb: verbInvite, Groups: []invitation.ChatGroup{"S0TEAM"}}},
		"plain address":        {"carol@acme.test", command{Verb: verbInvite, People: []invitation.Person{mail("carol@acme.test")}}},
		"mailto":               {"<mailto:carol@acme.test|carol@acme.test>", command{Verb: verbInvite, People: []invitation.Person{mail("carol@acme.test")}}},
		"mailto without label": {"<mailto:c+x@acme.test>", command{Verb: verbInvite, People: []invitation.Person{mail("c+x@acme.test")}}},
		"pasted list":          {"a@x.test, b@x.test;c@x.test\u00a0d@x.test", command{Verb: verbInvite, People: []invitation.Person{mail("a@x.test"), mail("b@x.test"), mail("c@x.test"), mail("d@x.test")}}},
		"twice":                {"<@U0BOB> <@U0BOB|bob> C@x.test c@X.test", command{Verb: verbInvite, People: []invitation.Person{user("U0BOB"), mail("C@x.test")}}},
		"everything":           {`user <@U0BOB> carol@acme.test "for the archive"`, command{Verb: verbInvite, Role: invitation.User, People: []invitation.Person{user("U0BOB"), mail("carol@acme.test")}, Note: "for the archive"}},
		"any order":            {`"note" <@U0BOB> guest`, command{Verb: verbInvite, Role: invitation.Guest, People: []invitation.Person{user("U0BOB")}, Note: "note"}},
		"curly quotes":         {"“for us”", command{Verb: verbInvite, Note: "for us"}},
		"mobile quotes":        {"„für uns“", command{Verb: verbInvite, Note: "für uns"}},
		"entities in the note": {`"a &lt;b&gt; &amp; c"`, command{Verb: verbInvite, Note: "a <b> & c"}},
		"markup in the note":   {`"see <https://x.test|x.test>, <@U0BOB|bob> <!here>"`, command{Verb: verbInvite, Note: "see x.test, @bob @here"}},
		"words without gaps":   {`guest<@U0BOB><@U0CAROL>"x"`, command{Verb: verbInvite, Role: invitation.Guest, People: []invitation.Person{user("U0BOB"), user("U0CAROL")}, Note: "x"}},
		"empty note is none":   {`guest ""`, command{Verb: verbInvite, Role: invitation.Guest}},
		"a list with names": {
			"user Carol Chen &lt;carol@acme.test&gt;, Doe, Dan &lt;<mailto:dan@acme.test|dan@acme.test>&gt;; &quot;Eve E.&quot; <eve@acme.test> <@U0BOB>",
			command{Verb: verbInvite, Role: invitation.User, People: []invitation.Person{mail("carol@acme.test"), mail("dan@acme.test"), mail("eve@acme.test"), user("U0BOB")}},
		},
		"a list on lines":         {"a@x.test\nb@x.test\tc@x.test\r\n", command{Verb: verbInvite, People: []invitation.Person{mail("a@x.test"), mail("b@x.test"), mail("c@x.test")}}},
		"ampersand in an address": {"a&amp;b@x.test", command{Verb: verbInvite, People: []invitation.Person{mail("a&b@x.test")}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := parseCommand(tt.text)
			if err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("parseCommand(%q)\n got %+v, %v\nwant %+v", tt.text, got, err, tt.want)
			}
		})
	}
}

func TestParseCommandRefuses(t *testing.T) {
	for text, want := range map[string]mistake{
		"guset":                              {Word: "guset", Problem: notUnderstood, Meant: "guest"},
		"guest user":                         {Word: "user", Problem: secondRole},
		`"a" "b"`:                            {Word: "b", Problem: secondNote},
		`guest "never closed`:                {Word: `"never closed`, Problem: openQuote},
		"help me":                            {Word: "help", Problem: standsAlone},
		"guest status":                       {Word: "status", Problem: standsAlone},
		"@bob":                               {Word: "@bob", Problem: bareMention},
		"<!here>":                            {Word: "@here", Problem: everybody},
		"<!channel|@channel>":                {Word: "@channel", Problem: everybody},
		"<#C0GEN|general>":                   {Word: "#general", Problem: aChannel},
		"#general":                           {Word: "#general", Problem: aChannel},
		"<https://x.test/room>":              {Word: "https://x.test/room", Problem: notUnderstood},
		"carol@acme":                         {Word: "carol@acme", Problem: badHost},
		"carol@@acme.test":                   {Word: "carol@@acme.test", Problem: badAddress, Meant: "carol@acme.test"},
		"<@BADBOT1>":                         {Word: "@BADBOT1", Problem: badAddress},
		`"` + strings.Repeat("é", 501) + `"`: {Word: strings.Repeat("é", 39) + "…", Problem: longNote},
	} {
		_, err := parseCommand(text)
		if got := mistakesOf(err); len(got) == 0 || *got[0] != want {
			t.Errorf("parseCommand(%.40q) = %v, want %v", text, err, &want)
		}
		if !english.Has("mistake." + string(want.Problem)) {
			t.Errorf("there are no words for %q", want.Problem)
		}
	}
	_, err := parseCommand("guset <@U0BOB> Carol carol@acme @dan user guest")
	if all := english.explainMistakes(err); len(all) != 4 {
		t.Errorf("of five mistakes, two of a kind, these are told: %q", all)
	}
	if _, err := parseCommand(strings.Repeat("<@U0BOB> ", 3) + manyPeople(201)); err == nil {
		t.Error("201 people were accepted")
	}
}

func manyPeople(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("u")
		b.WriteString(strings.Repeat("x", i%7))
		b.WriteString(string(rune('a'+i%26)) + string(rune('a'+i/26)) + "@x.test ")
	}
	return b.String()
}
