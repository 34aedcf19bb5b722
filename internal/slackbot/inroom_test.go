package slackbot

import (
	"reflect"
	"strings"
	"testing"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// TestRoomInACommand: a room is named anywhere outside names and notes, and what is said of it is in short.
func TestRoomInACommand(t *testing.T) {
	for text, want := range map[string]string{
		`<@U0BOB> in "Q3 planning"`:                                  `U0BOB in Q3 planning`,
		`<@U0BOB> in "Q3 planning" as editor`:                        `U0BOB in Q3 planning as Editing`,
		`<@U0BOB> in "Q3 planning" as "form filler"`:                 `U0BOB in Q3 planning as FillForms`,
		`<@U0BOB> in "Q3 planning" as room manager`:                  `U0BOB in Q3 planning as RoomManager`,
		`in "Q3 planning" as content creator <@U0BOB> user`:          `User U0BOB in Q3 planning as ContentCreator`,
		`as viewer user <@U0BOB> in Planning`:                        `User U0BOB in Planning as Read`,
		`in Planning`:                                                `in Planning`,
		`In *Planning*.`:                                             `in Planning`,
		`user in Planning <@U0BOB>`:                                  `User U0BOB in Planning`,
		`<@U0BOB> in Planning user`:                                  `User U0BOB in Planning`,
		`<@U0BOB> "for the archive" in "Q3 planning"`:                `U0BOB in Q3 planning "for the archive"`,
		`<@U0BOB> in "Q3 planning" "for the archive"`:                `U0BOB in Q3 planning "for the archive"`,
		`<@U0BOB> in "Q3 planning" as editor "as in in"`:             `U0BOB in Q3 planning as Editing "as in in"`,
		`<@U0BOB> "meet in Planning as editor"`:                      `U0BOB "meet in Planning as editor"`,
		`ｉｎ　“企画”　ａｓ　ｅｄｉｔｏｒ　<@U0BOB>`:                                 `U0BOB in 企画 as Editing`,
		`<@U0BOB> in 「資料室」`:                                          `U0BOB in 資料室`,
		`<@U0BOB> in 'Q3 planning'`:                                  `U0BOB in Q3 planning`,
		`in "Q3 planning" Carol Chen <carol@acme.test>`:              `carol@acme.test in Q3 planning`,
		`in "Q3" as editor Carol Chen <carol@acme.test>`:             `carol@acme.test in Q3 as Editing`,
		`user in "Q3" Carol Chen <carol@acme.test>, Dan <d@x.test>`:  `User carol@acme.test d@x.test in Q3`,
		"user in \"Q3\"\nCarol Chen\tcarol@acme.test\nDan\td@x.test": `User carol@acme.test d@x.test in Q3`,
		`"note" in "Q3" <carol@acme.test>`:                           `carol@acme.test in Q3 "note"`,
		`in "R&amp;D &lt;x&gt;"`:                                     `in R&D <x>`,

		// A role by "as".
		`<@U0BOB> as guest`:               `Guest U0BOB`,
		`<@U0BOB> as admin`:               `DocSpaceAdmin U0BOB`,
		`<@U0BOB> in "Q3" as user`:        `User U0BOB in Q3`,
		`user <@U0BOB> in "Q3" as viewer`: `User U0BOB in Q3 as Read`,

		// Names and addresses with "in" and "as".
		`Jan in 't Veld <jan@acme.test>`:                          `jan@acme.test`,
		`in 't Veld, Jan <jan@acme.test>; Bob <bob@acme.test>`:    `jan@acme.test bob@acme.test`,
		`in’t Veld, Jan <jan@acme.test>`:                          `jan@acme.test`,
		`Hans in der Au <hans@acme.test>`:                         `hans@acme.test`,
		`In der Au, Hans <hans@acme.test>`:                        `hans@acme.test`,
		`"in der Au, Hans" <hans@acme.test>`:                      `hans@acme.test`,
		`in@acme.test as@acme.test`:                               `in@acme.test as@acme.test`,
		`carol@acme.test (in Berlin)`:                             `carol@acme.test`,
		`Nasir as Salih <n@acme.test>`:                            `n@acme.test`,
		"Jan\tin 't Veld\tjan@acme.test\nBob\tBaker\tb@acme.test": `jan@acme.test b@acme.test`,
		`Room Service <rs@acme.test>`:                             `rs@acme.test`,
		`room admin <@U0BOB>`:                                     `RoomAdmin U0BOB`,
	} {
		c, err := parseCommand(text)
		if got := inShort(c); err != nil || got != want {
			t.Errorf("parseCommand(%q)\n got %s, %v\nwant %s", text, got, err, want)
		}
	}
}

// TestRoomRefused: nothing is guessed, and what was understood is proposed in the form.
func TestRoomRefused(t *testing.T) {
	for text, want := range map[string]struct {
		problem  problem
		word     string
		proposed string
	}{
		`<@U0BOB> in`:                                  {noTitle, "in", `U0BOB`},
		`<@U0BOB> in ""`:                               {noTitle, "in", `U0BOB`},
		`<@U0BOB> in admin`:                            {noTitle, "in admin", `U0BOB`},
		`<@U0BOB> in, user`:                            {noTitle, "in", `User U0BOB`},
		`<@U0BOB> in <#C1|general>`:                    {aChannel, "#general", `U0BOB`},
		`<@U0BOB> in #general`:                         {aChannel, "#general", `U0BOB`},
		`<@U0BOB> in Q3 planning as editor`:            {roomInQuotes, "Q3 planning", `U0BOB in Q3 planning as Editing`},
		`<@U0BOB> in "Q3" in "Q4"`:                     {secondRoom, "Q4", `U0BOB in Q3`},
		`<@U0BOB> in "Q3" as editor as viewer`:         {secondRight, "viewer", `U0BOB in Q3 as Editing`},
		`<@U0BOB> in "Q3" as boss`:                     {notARight, "boss", `U0BOB in Q3`},
		`in "Q3" as boss Carol <carol@acme.test>`:      {notARight, "boss", `carol@acme.test in Q3`},
		`<@U0BOB> as editor`:                           {rightAlone, "editor", `U0BOB as Editing`},
		`<@U0BOB> in "Q3" as admin`:                    {roleOrRight, "as admin", `U0BOB in Q3`},
		`<@U0BOB> in Planning as room admin`:           {roleOrRight, "as room admin", `U0BOB in Planning`},
		`in Planning, Carol Chen <carol@acme.test>`:    {roomOrName, "in Planning", `carol@acme.test`},
		`<@U0BOB> in Planning Carol <carol@acme.test>`: {roomOrName, "in Planning", `U0BOB carol@acme.test`},
		`in Planning: carol@acme.test`:                 {roomOrName, "in Planning", `carol@acme.test`},
		"in Planning\tcarol@acme.test":                 {roomOrName, "in Planning", `carol@acme.test`},
		`in "Q3" as guest Carol <carol@acme.test>`:     {roleOrName, "as guest", `carol@acme.test in Q3`},
		`in "Q3 planning`:                              {openQuote, `"Q3 planning`, ``},
		`<@U0BOB> in "Q3" help`:                        {standsAlone, "help", `U0BOB in Q3`},
	} {
		c, err := parseCommand(text)
		got := mistakesOf(err)
		if len(got) != 1 || got[0].Problem != want.problem || got[0].Word != want.word {
			t.Errorf("parseCommand(%q): %v, want %q: %s", text, err, want.word, want.problem)
		}
		if want.problem != openQuote && inShort(takeOver(handOver(c))) != strings.ReplaceAll(want.proposed, "DocSpaceAdmin ", "") {
			t.Errorf("%q proposes %s, want %s", text, inShort(takeOver(handOver(c))), want.proposed)
		}
		if id := "mistake." + string(want.problem); !english.Has(id) {
			t.Errorf("there are no words for %s", id)
		}
	}
}

// TestNoRoomsInAList: the dialog's addresses name no room.
func TestNoRoomsInAList(t *testing.T) {
	people, err := parseAddresses(`in "Carol Chen" <carol@acme.test>, in 't Veld <v@acme.test>`)
	if got := inShort(command{People: people}); err != nil || got != "carol@acme.test v@acme.test" {
		t.Errorf("%s, %v", got, err)
	}
}

func TestUsualRoomCommand(t *testing.T) {
	for text, want := range map[string]command{
		`room`:               {Verb: verbRoom},
		`Room "Q3 planning"`: {Verb: verbRoom, Room: invitation.Room{Title: "Q3 planning"}},
		`room Q3 planning`:   {Verb: verbRoom, Room: invitation.Room{Title: "Q3 planning"}},
		`room none`:          {Verb: verbRoom, NoRoom: true},
		`room "none"`:        {Verb: verbRoom, Room: invitation.Room{Title: "none"}},
		`room "admin"`:       {Verb: verbRoom, Room: invitation.Room{Title: "admin"}},
		`ｒｏｏｍ　「資料室」`:         {Verb: verbRoom, Room: invitation.Room{Title: "資料室"}},
		`room admin`:         {Verb: verbInvite, Role: invitation.RoomAdmin},
	} {
		if got, err := parseCommand(text); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("parseCommand(%q) = %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{`room "Q3" <@U0BOB>`, `room "Q3" "note"`, `<@U0BOB> room "Q3"`} {
		if c, err := parseCommand(text); err == nil {
			t.Errorf("parseCommand(%q) = %+v", text, c)
		}
	}
}
