// Package catalogue owns the words that people read: what the bot says, in each of its languages.
// It knows which sentences there are, and nothing of what they are about, of Slack or of
// invitations.
package catalogue

import (
	"embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
	"golang.org/x/text/language"
)

//go:embed messages
var files embed.FS

// tags are the languages that there are. The first one is the default.
var tags = []language.Tag{
	language.English, language.German, language.French, language.Spanish,
	language.BrazilianPortuguese, language.Italian, language.Japanese, language.MustParse("zh-CN"),
}

// With is what the bot puts into a sentence, by the name that the catalogues call it. A number
// called N chooses the plural form.
type With map[string]any

// Language is one language's words. It is safe for concurrent use.
type Language struct {
	tag       string
	welcome   string
	localizer *i18n.Localizer
}

// load reads the catalogues, which are part of the program.
var load = sync.OnceValue(func() (loaded struct {
	languages []*Language // in the order of tags
	matcher   language.Matcher
	ids       map[string]bool // of the sentences
},
) {
	loaded.ids = map[string]bool{}
	bundle := i18n.NewBundle(tags[0])
	bundle.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	for _, tag := range tags {
		file, err := bundle.LoadMessageFileFS(files, "messages/"+tag.String()+".toml")
		if err != nil {
			panic("catalogue: " + err.Error())
		}
		for _, m := range file.Messages {
			loaded.ids[m.ID] = true
		}
		welcome, err := files.ReadFile("messages/" + tag.String() + ".welcome.tmpl")
		if err != nil {
			panic("catalogue: " + err.Error())
		}
		loaded.languages = append(loaded.languages, &Language{tag.String(), string(welcome), i18n.NewLocalizer(bundle, tag.String())})
	}
	loaded.matcher = language.NewMatcher(tags)
	return loaded
})

// All returns every language, the default first.
func All() []*Language { return slices.Clone(load().languages) }

// English returns the default language.
func English() *Language { return load().languages[0] }

// Find returns the language that fits a locale best, such as Slack's de-DE; ok is false when none
// does.
func Find(locale string) (found *Language, ok bool) {
	tag, err := language.Parse(locale)
	if err != nil {
		return nil, false
	}
	_, i, confidence := load().matcher.Match(tag)
	return load().languages[i], confidence >= language.Low
}

// Parse returns the language that an operator names: a tag such as pt-BR, or what the variable
// LANGUAGE of Unix systems has, a list like de_AT:de:en, of which the first that there is counts.
// Such a list was made for all programs of a machine: without one that there is, it means English.
func Parse(list string) (*Language, error) {
	for one := range strings.SplitSeq(list, ":") {
		one, _, _ = strings.Cut(strings.TrimSpace(one), ".") // de_DE.UTF-8
		if one == "C" || one == "POSIX" {
			return English(), nil
		}
		if found, ok := Find(strings.ReplaceAll(one, "_", "-")); ok {
			return found, nil
		}
	}
	if strings.ContainsAny(list, "_:") {
		return English(), nil
	}
	var names []string
	for _, l := range All() {
		names = append(names, l.tag)
	}
	return nil, fmt.Errorf("%q is no language that the bot speaks: it must be one of %s", list, strings.Join(names, ", "))
}

// Tag returns the language's tag, such as pt-BR.
func (l *Language) Tag() string { return l.tag }

// Welcome returns the Go template of the message that welcomes someone.
func (l *Language) Welcome() string { return l.welcome }

// IDs returns the ids of all sentences, sorted.
func IDs() []string { return slices.Sorted(maps.Keys(load().ids)) }

// Has reports whether there is a sentence with that id.
func (l *Language) Has(id string) bool { return load().ids[id] }

// strict is an error where a sentence wants something that it is not given.
var strict = &template.TextParser{Option: "missingkey=error"}

// Say returns the sentence with that id. One that is not there, which tests rule out, is shown by
// its id.
func (l *Language) Say(id string, with With) string {
	said, err := l.localizer.Localize(&i18n.LocalizeConfig{
		MessageID: id, TemplateData: map[string]any(with), PluralCount: with["N"], TemplateParser: strict,
	})
	if err != nil && said == "" {
		return id
	}
	return said
}
