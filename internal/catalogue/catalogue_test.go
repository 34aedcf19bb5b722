package catalogue

import (
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template"
	"text/template/parse"
	"unicode"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// messages reads one language's file, by id.
func messages(t *testing.T, tag language.Tag) map[string]*i18n.Message {
	t.Helper()
	path := "messages/" + tag.String() + ".toml"
	text, err := fs.ReadFile(files, path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := i18n.ParseMessageFileBytes(text, path, map[string]i18n.UnmarshalFunc{"toml": toml.Unmarshal})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*i18n.Message{}
	for _, m := range file.Messages {
		all[m.ID] = m
	}
	return all
}

// forms are a message's texts by plural form, as CLDR calls them.
func forms(m *i18n.Message) map[plural.Form]string {
	all := map[plural.Form]string{
		plural.Zero: m.Zero, plural.One: m.One, plural.Two: m.Two, plural.Few: m.Few, plural.Many: m.Many, plural.Other: m.Other,
	}
	maps.DeleteFunc(all, func(_ plural.Form, text string) bool { return text == "" })
	return all
}

// counts reports whether the message has plural forms at all.
func counts(m *i18n.Message) bool { return m.One != "" || strings.Contains(m.Other, "{{.N}}") }

// fields returns what a text wants to be given.
func fields(t *testing.T, text string) []string {
	t.Helper()
	parsed, err := template.New("").Parse(text)
	if err != nil {
		t.Fatalf("%q is no template: %v", text, err)
	}
	var all []string
	for _, node := range parsed.Root.Nodes {
		switch node := node.(type) {
		case *parse.TextNode:
		case *parse.ActionNode:
			all = append(all, strings.Trim(node.String(), "{}."))
		default:
			t.Errorf("%q does more than put words in: %s", text, node)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

var (
	code  = regexp.MustCompile("`[^`]*`")
	emoji = regexp.MustCompile(`:[a-z_]+:`)
	word  = regexp.MustCompile(`\{\{\.[A-Za-z]+\}\}`)
	bold  = regexp.MustCompile(`\*[^*]+\*`)
	// coded is what Slack shows as code: also an address, which the bot puts in as a code span.
	coded = regexp.MustCompile("`[^`]*`|" + `[*` + "`" + `]*\{\{\.Email\}\}[*` + "`" + `]*`)
)

// TestLanguagesAreComplete compares each language with English: the same sentences, with the same
// words put in, the plural forms that the language has, and Slack's markup whole.
func TestLanguagesAreComplete(t *testing.T) {
	english := messages(t, tags[0])
	for _, tag := range tags {
		t.Run(tag.String(), func(t *testing.T) {
			theirs := messages(t, tag)
			for id, m := range english {
				if theirs[id] == nil {
					t.Errorf("%s is missing", id)
					continue
				}
				checkMessage(t, tag, m, theirs[id])
			}
			for id := range theirs {
				if english[id] == nil {
					t.Errorf("%s is not in English: nothing says it", id)
				}
			}
		})
	}
}

func checkMessage(t *testing.T, tag language.Tag, english, m *i18n.Message) {
	t.Helper()
	if counts(english) != counts(m) && strings.Contains(english.Other, "{{.N}}") {
		t.Errorf("%s has plural forms in one language alone", m.ID)
	}
	has := forms(m)
	if english.One != "" {
		for n := range 1001 {
			form := plural.Cardinal.MatchPlural(tag, n, 0, 0, 0, 0)
			if has[form] == "" {
				t.Errorf("%s has no form for %d", m.ID, n)
				break
			}
		}
	} else if len(has) != 1 || m.Other == "" {
		t.Errorf("%s has plural forms, and English has none", m.ID)
	}
	want := fields(t, english.Other)
	for form, text := range has {
		got := fields(t, text)
		if form == plural.One { // “the one person” needs no figure
			got = slices.DeleteFunc(got, func(s string) bool { return s == "N" })
			want := slices.DeleteFunc(slices.Clone(want), func(s string) bool { return s == "N" })
			if !slices.Equal(got, want) {
				t.Errorf("%s (one) puts in %q, want %q", m.ID, got, want)
			}
		} else if !slices.Equal(got, want) {
			t.Errorf("%s puts in %q, want %q", m.ID, got, want)
		}
		checkMarkup(t, m.ID, text, english.Other)
	}
}

// checkMarkup holds a text to what Slack makes of it: bold needs something other than a letter or
// a figure on its outside, in every script.
func checkMarkup(t *testing.T, id, text, english string) {
	t.Helper()
	same := func(what string, form *regexp.Regexp) {
		got, want := form.FindAllString(text, -1), form.FindAllString(english, -1)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s has the %s %q, want %q", id, what, got, want)
		}
	}
	if id != "help.example" {
		same("code", code)
	}
	same("emoji", emoji)
	if strings.TrimSpace(text) != text && id != "list.comma" || !utf8.ValidString(text) || strings.Contains(text, "  ") {
		t.Errorf("%s has spaces where none belong: %q", id, text)
	}
	checkCode(t, id, text)
	plain := code.ReplaceAllString(word.ReplaceAllString(text, "x"), "c")
	if strings.Count(plain, "*")%2 != 0 {
		t.Errorf("%s has a * without its other one: %q", id, text)
	}
	for _, at := range bold.FindAllStringIndex(plain, -1) {
		before, _ := utf8.DecodeLastRuneInString(plain[:at[0]])
		after, _ := utf8.DecodeRuneInString(plain[at[1]:])
		inside := plain[at[0]+1 : at[1]-1]
		if isWord(before) || isWord(after) || strings.TrimSpace(inside) != inside {
			t.Errorf("%s: Slack does not show %q as bold", id, plain[at[0]:at[1]])
		}
	}
}

// checkCode holds a text to what Slack makes of code, which needs the same on its outside as bold.
func checkCode(t *testing.T, id, text string) {
	t.Helper()
	for _, at := range coded.FindAllStringIndex(text, -1) {
		before, _ := utf8.DecodeLastRuneInString(text[:at[0]])
		after, _ := utf8.DecodeRuneInString(text[at[1]:])
		if isWord(before) || isWord(after) {
			t.Errorf("%s: Slack does not show %q as code", id, text[at[0]:at[1]])
		}
		if found := text[at[0]:at[1]]; strings.Contains(found, ".Email") && found != "{{.Email}}" {
			t.Errorf("%s has markup around an address, which is a code span: %q", id, found)
		}
	}
}

func TestWelcomesHaveRoomForCode(t *testing.T) {
	for _, l := range All() {
		if !strings.Contains(l.Welcome(), "{{.Email}}") {
			t.Errorf("the welcome in %s does not say which address to sign in with", l.Tag())
		}
		checkCode(t, "the welcome in "+l.Tag(), l.Welcome())
	}
}

// TestSentencesCallButtonsByTheirName: a sentence that asks for a press names what is written there.
func TestSentencesCallButtonsByTheirName(t *testing.T) {
	for button, sentences := range map[string][]string{
		"card.join":    {"card.press", "manage.closed", "manage.reopened", "deliver.press", "remind.press", "remind.opened", "approval.anyone-ask"},
		"home.invite":  {"home.none"},
		"retry.button": {"retry.cannot_post", "reason.too_late"},
	} {
		for _, tag := range tags {
			theirs := messages(t, tag)
			for _, id := range sentences {
				if name := theirs[button].Other; !strings.Contains(theirs[id].Other, name) {
					t.Errorf("%s in %s doesn't name the button %q: %q", id, tag, name, theirs[id].Other)
				}
			}
		}
	}
}

func isWord(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

// TestEveryFileIsALanguage: none lies about unread.
func TestEveryFileIsALanguage(t *testing.T) {
	entries, err := fs.ReadDir(files, "messages")
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 2*len(tags) {
		t.Errorf("there are %d files for %d languages", len(entries), len(tags))
	}
}

func TestFindByLocale(t *testing.T) {
	for locale, want := range map[string]string{
		"en-US": "en", "en-GB": "en", "de-DE": "de", "de-AT": "de", "fr-CA": "fr", "es-LA": "es", "es-MX": "es", "it-IT": "it", "ja-JP": "ja", "pt-BR": "pt-BR", "pt-PT": "pt-BR", "zh-CN": "zh-CN", "zh-TW": "zh-CN",
		"ko-KR": "", "": "", "nonsense-": "",
	} {
		found, ok := Find(locale)
		if ok != (want != "") || ok && found.Tag() != want {
			t.Errorf("Find(%q) = %v, %v, want %q", locale, found, ok, want)
		}
	}
}

func TestParseTheSetting(t *testing.T) {
	for list, want := range map[string]string{
		"en": "en", "DE": "de", "de_AT.UTF-8:en": "de", "ko_KR:de:en": "de", "C": "en", "ko_KR.UTF-8": "en", "ko_KR:ko": "en", "POSIX": "en", " de ": "de",
	} {
		if got, err := Parse(list); err != nil || got.Tag() != want {
			t.Errorf("Parse(%q) = %v, %v, want %s", list, got, err, want)
		}
	}
	for _, list := range []string{"", "klingon", "ko", "1"} {
		if _, err := Parse(list); err == nil || !strings.Contains(err.Error(), "de") {
			t.Errorf("Parse(%q) = %v, want an error that names the languages", list, err)
		}
	}
}

func TestSayFillsInPluralsAndValues(t *testing.T) {
	en := English()
	for want, got := range map[string]string{
		"and 1 more":       en.Say("list.more", With{"N": 1}),
		"and 7 more":       en.Say("list.more", With{"N": 7}),
		"someone":          en.Say("list.somebody", nil),
		"no.such.sentence": en.Say("no.such.sentence", nil),
		"list.quoted":      en.Say("list.quoted", nil), // what it wants is not given
		"“<@U1>”":          en.Say("list.quoted", With{"Word": "<@U1>"}),
		"There is 1 more word I didn't understand.": en.Say("mistakes.more", With{"N": 1}),
	} {
		if got != want {
			t.Errorf("Say = %q, want %q", got, want)
		}
	}
	if !en.Has("list.more") || en.Has("list.less") {
		t.Error("Has does not tell what there is")
	}
}

func BenchmarkSay(b *testing.B) {
	en := English()
	for name, say := range map[string]func() string{
		"words alone": func() string { return en.Say("card.press", nil) },
		"put in":      func() string { return en.Say("card.invites", With{"Inviter": "<@U0ANN>", "Role": "User", "By": ""}) },
		"plural":      func() string { return en.Say("list.more", With{"N": 7}) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				say()
			}
		})
	}
}
