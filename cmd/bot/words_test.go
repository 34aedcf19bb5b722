package main

import (
	"regexp"
	"strings"
	"testing"
)

// avoided are words that a native speaker stumbles over, and what to write instead. Quotations in
// code spans and the names of things are not meant.
var avoided = []struct{ word, better string }{
	{`whoever|whomever`, "anyone who, the person who"},
	{`nobody`, "no one"},
	{`somebody`, "someone"},
	{`everybody`, "everyone"},
	{`mend|mends|mended|mending`, "fix"},
	{`e-mails?|e-mailed`, "email"},
	{`anew|once more`, "again"},
	{`save for|but for`, "except"},
	{`deeds?`, "action"},
	{`(?:bring|brings|brought|bringing)(?: \w+){0,3} up to date`, "update"},
	{`lapses?|lapsed`, "expire"},
	{`approv(?:e|es|ed) of`, "approve"},
	{`does not answer since`, "hasn't answered since"},
	{`shall`, "will, should"},
	{`organisations?`, "organization"},
	{`recognise[sd]?`, "recognize"},
	{`must register|registers with|registered with|has registered|have not registered`, "sign up"},
	{`foretold|foresees?`, "preflight, or what is known"},
}

var (
	avoidedWord = func() *regexp.Regexp {
		var all []string
		for _, a := range avoided {
			all = append(all, `(`+a.word+`)`)
		}
		return regexp.MustCompile(`(?i)\b(?:` + strings.Join(all, "|") + `)\b`)
	}()
	notProse = regexp.MustCompile("(?s)```.*?```|`[^`]*`|<https?:[^>]*>|\\]\\([^)]*\\)")
)

// plain reports the words of a text that should be others.
func plain(t *testing.T, where, text string) {
	t.Helper()
	text = strings.Join(strings.Fields(text), " ") // a phrase may go on in the next line
	for _, m := range avoidedWord.FindAllStringSubmatchIndex(text, -1) {
		for i, a := range avoided {
			if m[2+2*i] >= 0 {
				t.Errorf("%s: %q in %q: write %s", where, text[m[0]:m[1]], text[max(0, m[0]-40):min(len(text), m[1]+40)], a.better)
			}
		}
	}
	before := ""
	for word := range strings.FieldsSeq(text) {
		if word == before && regexp.MustCompile(`^[a-z]+$`).MatchString(word) {
			t.Errorf("%s: %q twice", where, word)
		}
		before = word
	}
}

// TestDocumentsArePlain reads all documents for words to avoid.
func TestDocumentsArePlain(t *testing.T) {
	for _, document := range documents(t) {
		plain(t, document, notProse.ReplaceAllString(repo(t, document), " … "))
	}
}
