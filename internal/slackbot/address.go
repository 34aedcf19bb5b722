package slackbot

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// faultOf returns what keeps a portal from taking an address, or nil. A portal takes dot-separated
// words without spaces or any of <>()[]\,;:@" before the @, and after it labels of ASCII letters, digits
// and hyphens, the last of two letters or more (docs/facts/docspace.md, "Addresses that a portal takes").
// It also takes a quoted local part and an IP address, which no one means here. The bot is a bit
// stricter: ASCII alone, because portals refuse the rest in invitations; and a letter, digit or underscore
// at the beginning, because anything else there is left over from a list or from formatting.
func faultOf(address string) *mistake {
	fault := func(p problem, letter string) *mistake {
		return &mistake{Word: address, Problem: p, Letter: letter}
	}
	for _, r := range address {
		switch {
		case r > unicode.MaxASCII && unicode.IsPrint(r):
			return fault(badLetter, string(r))
		case r > unicode.MaxASCII, r <= ' ', r == '\x7f':
			return fault(badAddress, "")
		}
	}
	local, host, ok := strings.Cut(address, "@")
	switch {
	case !ok, local == "", host == "", len(address) > addressMax, strings.Contains(host, "@"):
		return fault(badAddress, "")
	case strings.Contains("."+local+".", ".."), strings.HasPrefix(host, "."), strings.HasSuffix(host, "."), strings.Contains(host, ".."):
		return fault(badDots, "")
	}
	if i := strings.IndexAny(local, "<>()[]\\,;:\"`"); i >= 0 {
		return fault(badLetter, local[i:i+1])
	}
	if first := rune(local[0]); !isAlnum(first) && first != '_' {
		return fault(badAddress, "")
	}
	if i := strings.IndexFunc(host, func(r rune) bool { return !isAlnum(r) && r != '-' && r != '.' }); i >= 0 {
		if strings.HasPrefix(host, "[") {
			return fault(badHost, "")
		}
		return fault(badLetter, host[i:i+1])
	}
	labels := strings.Split(host, ".")
	for _, label := range labels {
		if len(label) > 4 && strings.EqualFold(label[:4], "xn--") {
			return fault(badLetter, label[:4])
		}
	}
	if top := labels[len(labels)-1]; len(labels) < 2 || len(top) < 2 || strings.ContainsFunc(top, func(r rune) bool { return !isLetter(r) }) {
		return fault(badHost, "")
	}
	return nil
}

func isLetter(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' }
func isAlnum(r rune) bool  { return isLetter(r) || '0' <= r && r <= '9' }

// lookalikes are what keyboards and word processors make of characters in an address.
var lookalikes = strings.NewReplacer("’", "'", "‘", "'", "‛", "'", "ʼ", "'", "´", "'", "`", "", "‐", "-", "‑", "-", "–", "-", "—", "-", "−", "-")

// repair returns the address that was probably meant by one that has a fault, or "".
func repair(address string) string {
	fixed := lookalikes.Replace(address)
	for _, twice := range []string{"@", "."} {
		for strings.Contains(fixed, twice+twice) {
			fixed = strings.ReplaceAll(fixed, twice+twice, twice)
		}
	}
	fixed = strings.TrimPrefix(strings.Replace(fixed, ".@", "@", 1), ".")
	fixed = strings.Replace(fixed, "@.", "@", 1)
	if at := strings.LastIndexAny(fixed, ":)>"); at >= 0 { // To:carol@acme.test
		fixed = fixed[at+1:]
	}
	if at := strings.IndexByte(fixed, '@'); at >= 0 {
		if end := strings.IndexAny(fixed[at:], "?/"); end >= 0 {
			fixed = fixed[:at+end]
		}
	}
	fixed = strings.TrimLeftFunc(fixed, func(r rune) bool { return !isAlnum(r) && r != '_' && r < unicode.MaxASCII })
	if fixed == address || faultOf(fixed) != nil {
		return ""
	}
	return fixed
}

// tidy takes away what stands around an address without being part of it: punctuation behind it, quotes and
// formatting on both sides, bullets before it, and mailto:. It knows nothing of what is inside.
func tidy(word string) string {
	for {
		before := word
		if len(word) > len("mailto:") && strings.EqualFold(word[:len("mailto:")], "mailto:") {
			word = unmailto(word[len("mailto:"):])
		}
		first, size := utf8.DecodeRuneInString(word)
		last, lastSize := utf8.DecodeLastRuneInString(word)
		switch {
		case len(word) > size && closes(first, last):
			word = word[size : len(word)-lastSize]
		case first > unicode.MaxASCII && isMark(first):
			word = word[size:]
		case len(word) > 1 && isMark(last) && last != '@':
			// Of the pair around *carol@acme.test*. nothing is lost: the dot goes, then the stars.
			word = word[:len(word)-lastSize]
		}
		if word == before {
			return word
		}
	}
}

// closes reports whether two characters stand around a word as a pair.
func closes(first, last rune) bool {
	switch first {
	case '*', '_', '~', '`', '\'', '|':
		return last == first
	case '{':
		return last == '}'
	case '‘', '’', '‚', '‛':
		return strings.ContainsRune("‘’‛'", last)
	}
	return false
}

// isMark reports whether a character is punctuation, or a symbol that is used like it.
func isMark(r rune) bool {
	return unicode.IsPunct(r) || unicode.In(r, unicode.Sm, unicode.Sk, unicode.So) && r != utf8.RuneError
}

// unmailto returns the address of a mailto: link, without its subject and the like.
func unmailto(target string) string {
	if at := strings.IndexByte(target, '@'); at >= 0 {
		if query := strings.IndexByte(target[at:], '?'); query >= 0 {
			target = target[:at+query]
		}
	}
	if !strings.Contains(target, "@") || faultOf(target) != nil || strings.Contains(target, "%") {
		if plain, err := url.PathUnescape(target); err == nil && faultOf(plain) == nil {
			return plain
		}
	}
	return target
}

// linked returns the address that a link of Slack's stands for, such as
// <mailto:carol@acme.test?subject=Hello|carol@acme.test>. The reader saw the label: an address there
// must be the same.
func linked(target, label string) (address string, ok bool) {
	if label == target { // a typed address that Slack has made a link
		return target, true
	}
	address = unmailto(target)
	if seen := tidy(label); strings.Contains(seen, "@") && !strings.EqualFold(seen, address) {
		return label, false
	}
	return address, true
}

var bareName = regexp.MustCompile(`^@[\p{L}\p{M}\p{N}._-]+$`)
