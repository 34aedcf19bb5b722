package slackbot

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// A text goes through two passes before anything is decided about it: undo takes back what Slack did to what
// was typed, and lex cuts the result into pieces. The grammar is at the top of grammar.go.

// kind is what a piece is by itself.
type kind int

const (
	aWord    kind = iota
	aQuote        // text in quotes
	aComment      // text in parentheses without an address
	anAddress
	aFault  // what was to be an address
	anID    // a person, group, channel or link of Slack's
	aBreak  // a comma, semicolon or line break
	aColumn // a tab or bar: the end of a spreadsheet's cell
	aLabel  // a colon or dash between a word and what it is about
	aRoom   // "in", and the title of a room
	aRight  // "as", and what people may do there
)

// piece is a piece of a text.
type piece struct {
	kind  kind
	text  string    // as typed, made plain
	id    reference // of anID
	fault *mistake  // of aFault
	// bracketed says that an address stands between brackets, as behind a name.
	bracketed bool
	// ofName says that the piece belongs to a person's name, or is one.
	ofName bool
	// sign is the character of a separator.
	sign rune
}

func (t piece) isAddress() bool { return t.kind == anAddress || t.kind == aFault }
func (t piece) names() bool     { return t.isAddress() || t.kind == anID && t.id.isPerson() }
func (t piece) separates() bool { return t.kind == aBreak || t.kind == aColumn || t.kind == aLabel }

// reference is something that Slack writes as <…>.
type reference struct{ target, label string }

func (m reference) isPerson() bool {
	return strings.HasPrefix(m.target, "@") || strings.HasPrefix(m.target, "!subteam^")
}

// String returns the reference as it was typed.
func (m reference) String() string {
	switch {
	case m.label == "":
		return sigils.Replace(m.target)
	case m.target[0] == '@', m.target[0] == '#':
		return m.target[:1] + strings.TrimPrefix(m.label, m.target[:1])
	}
	return m.label
}

var (
	sigils   = strings.NewReplacer("!subteam^", "@", "mailto:", "", "!", "@")
	entities = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">", "&quot;", `"`, "&#39;", "'", "&nbsp;", " ")
	// slackMark is a mark, or one that was typed or pasted and then escaped.
	slackMark = regexp.MustCompile(`<([@#!][^<>|]*|mailto:[^<>|]*|https?://[^<>|]*)(?:\|([^<>]*))?>` +
		`|&lt;(@[UW][A-Z0-9]+|!subteam\^S[A-Z0-9]+|!here|!channel|!everyone|#[CGD][A-Z0-9]+)(?:\|((?:[^<>&]|&amp;)*))?&gt;`)
)

// markBase is the first of the characters that stand for Slack's marks while a text is read. No script
// has them: the plane is for private use.
const markBase = 0xF0000

// typed is a text as the user typed it. Each mark is one character.
type typed struct {
	runes []rune
	marks []reference
}

// undo returns what was typed, without invisible characters. A link to an address is the address, as it was
// before Slack made a link of it: o’<mailto:brien@acme.test|…> is one word.
func undo(text string) typed {
	text = strings.ToValidUTF8(text, "�")
	var t typed
	write := func(s string) {
		for _, r := range s {
			if r >= markBase {
				if !isInvisible(r) {
					t.runes = append(t.runes, '�')
				}
				continue
			}
			t.runes = append(t.runes, r)
		}
	}
	end, linkEnd := 0, -1
	for _, at := range slackMark.FindAllStringSubmatchIndex(text, -1) {
		part := func(i int) string {
			if at[i] < 0 {
				return ""
			}
			return entities.Replace(text[at[i]:at[i+1]])
		}
		write(entities.Replace(text[end:at[0]]))
		m := reference{part(2) + part(6), part(4) + part(8)}
		last := rune(0)
		if n := len(t.runes); n > 0 {
			last = t.runes[n-1]
		}
		after := firstRune(text[at[1]:])
		end = at[1]
		target, isMail := strings.CutPrefix(m.target, "mailto:")
		address, plain := linked(visible(target), visible(m.label))
		_, host, isLink := strings.Cut(m.target, "://")
		switch {
		case isMail && plain:
			// Slack takes a whole word for an address: letters beside it are another word's.
			if isAlnum(last) || linkEnd == len(t.runes) {
				write(" ")
			}
			write(address)
			linkEnd = len(t.runes)
			if isLetter(after) {
				write(" ")
			}
			continue
		case isMail:
			m = reference{"mailto:" + address, address}
		case isLink && host == m.label: // acme.test
			write(m.label)
			continue
		}
		t.runes = append(t.runes, markBase+rune(len(t.marks))) //nolint:gosec // a text has few thousand characters
		t.marks = append(t.marks, m)
	}
	write(entities.Replace(text[end:]))
	kept := t.runes[:0]
	for _, r := range t.runes {
		joins := r == '\u200d' || unicode.Is(unicode.Variation_Selector, r)
		if r < markBase && isInvisible(r) && (!joins || len(kept) == 0 || kept[len(kept)-1] <= unicode.MaxASCII) {
			continue // what joins an emoji stays for the note
		}
		kept = append(kept, r)
	}
	t.runes = kept
	return t
}

// firstRune returns a text's first character, or 0.
func firstRune(s string) rune {
	for _, r := range s {
		return r
	}
	return 0
}

// isInvisible reports whether a character is drawn as nothing and takes no room.
func isInvisible(r rune) bool {
	return isUnseen(r) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r)
}

// visible drops invisible characters.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if isInvisible(r) {
			return -1
		}
		return r
	}, s)
}

// plain returns a stretch of the text as it was typed.
func (t typed) plain(from, to int) string {
	var b strings.Builder
	for _, r := range t.runes[from:to] {
		if r >= markBase {
			b.WriteString(t.marks[r-markBase].String())
		} else {
			b.WriteRune(r)
		}
	}
	return printable(b.String())
}

// fold returns the character that a full-width one, or a sign of a CJK or Arabic keyboard, stands for.
func fold(r rune) rune {
	switch {
	case r >= '！' && r <= '～':
		return fold(r - '！' + '!')
	case r == '、', r == '﹐', r == '﹑', r == '،', r == '､':
		return ','
	case r == '；', r == '﹔', r == '؛':
		return ';'
	case r == '。', r == '｡', r == '﹒':
		return '.'
	case r == '﹫':
		return '@'
	case r == '〈', r == '《', r == '⟨', r == '﹤':
		return '<'
	case r == '〉', r == '》', r == '⟩', r == '﹥':
		return '>'
	case r == '【', r == '〔', r == '〖', r == '﹙', r == '[':
		return '('
	case r == '】', r == '〕', r == '〗', r == '﹚', r == ']':
		return ')'
	case r == '\n', r == '\r', r == '\v', r == '\f', r == '\u0085', r == '\u2028', r == '\u2029':
		return '\n'
	case r == '\t', r == '|':
		return '\t'
	case unicode.IsSpace(r):
		return ' '
	}
	return r
}

// at returns what the character at i stands for; beyond the end it is a line break.
func (t typed) at(i int) rune {
	if i < 0 || i >= len(t.runes) {
		return '\n'
	}
	return fold(t.runes[i])
}

// doubles are the quotes that keyboards make of ", all of which open and close.
const doubles = "\"“”„‟«»〝〞〟"

// singles are those that they make of '. They are apostrophes as well.
const singles = "'‘’‚‛‹›"

// quoteEnd returns the end of the quoted text that begins at i: the place of its closing quote. It
// reports false for what opens none, and returns the text's length where it is never closed.
func (t typed) quoteEnd(i, to int) (end int, ok bool) {
	search := func(closes func(int) bool) int {
		for k := i + 1; k < to; k++ {
			if closes(k) {
				return k
			}
		}
		return to
	}
	switch r := t.at(i); {
	case strings.ContainsRune(doubles, r):
		return search(func(k int) bool { return strings.ContainsRune(doubles, t.at(k)) }), true
	case r == '「' || r == '『' || r == '｢':
		closing := map[rune]rune{'「': '」', '『': '』', '｢': '｣'}[r]
		return search(func(k int) bool { return t.at(k) == closing }), true
	case strings.ContainsRune(singles, r):
		end = search(func(k int) bool {
			return t.at(k) == '\n' || k > i+1 && strings.ContainsRune(singles, t.at(k)) && (k+1 == to || endsWord(t.at(k+1)))
		})
		return end, end < to && t.at(end) != '\n'
	}
	return 0, false
}

// endsWord reports whether a word ends before a character.
func endsWord(r rune) bool {
	return r >= markBase || strings.ContainsRune(" \t\n,;<>()", r) || strings.ContainsRune(doubles, r) || strings.ContainsRune("「」『』｢｣", r)
}

// lex cuts a stretch of the text into pieces. unclosed is a quote that is never closed: the pieces are those
// before it. Brackets within angle brackets, and parentheses within any, are not looked into, so that the time
// grows with the square of the text's length at most.
func (t typed) lex(from, to int) (pieces []piece, unclosed *mistake) {
	return t.lexWithin(from, to, "(<")
}

func (t typed) lexWithin(from, to int, brackets string) (pieces []piece, unclosed *mistake) {
	open := -1 // where a bracket was opened last
	add := func(k piece) { pieces = append(pieces, k) }
	for i := from; i < to; {
		r := t.at(i)
		if r >= markBase {
			id := t.marks[r-markBase]
			add(piece{kind: anID, id: id, text: printable(id.String())})
			i++
			continue
		}
		if end, ok := t.quoteEnd(i, to); ok {
			if end == to {
				return pieces, &mistake{Word: cut(t.plain(i, to), 40), Problem: openQuote}
			}
			if t.at(end+1) == '@' && end+1 < to { // "carol chen"@acme.test
				for end++; end < to && !endsWord(t.at(end)); end++ {
				}
				word := t.plain(i, end)
				add(piece{kind: aFault, text: word, fault: &mistake{Word: word, Problem: badAddress}})
				i = end
				continue
			}
			if quoted := strings.TrimSpace(t.plain(i+1, end)); quoted != "" {
				add(piece{kind: aQuote, text: quoted})
			}
			i = end + 1
			continue
		}
		switch r {
		case ' ', '>', ')', '」', '』', '｣':
			i++
		case '\n', ',', ';':
			add(piece{kind: aBreak, sign: r})
			i++
		case '\t':
			add(piece{kind: aColumn, sign: r})
			i++
		case ':':
			add(piece{kind: aLabel, sign: r})
			i++
		case '(', '<':
			inner, end := []piece(nil), -1
			if strings.ContainsRune(brackets, r) {
				inner, end = t.bracket(i, to)
			}
			if end < 0 {
				i++
				open = i
				continue
			}
			pieces = append(pieces, inner...)
			i = end
		default:
			end := t.wordEnd(i, to)
			if k, ok := t.word(i, end); ok {
				k.bracketed = open == i && k.names()
				add(k)
			}
			i = end
		}
	}
	return pieces, nil
}

// bracket reads what stands between the bracket at i and its partner in the same line. end is
// negative where there is none.
func (t typed) bracket(i, to int) (inner []piece, end int) {
	opening, closing, within, depth := t.at(i), ')', "<", 0
	if opening == '<' {
		closing, within = '>', ""
	}
	for end = i; ; end++ {
		if end >= to || t.at(end) == '\n' || opening == '<' && end > i && t.at(end) == '<' {
			return nil, -1
		}
		if t.at(end) == opening {
			depth++
		} else if t.at(end) == closing {
			depth--
		}
		if depth == 0 {
			break
		}
	}
	inner, err := t.lexWithin(i+1, end, within)
	named := slices.ContainsFunc(inner, func(k piece) bool { return k.names() || k.kind == anID })
	switch {
	case len(inner) == 1 && (inner[0].kind == anAddress || inner[0].kind == aFault):
		inner[0].bracketed = true
	case err != nil:
		return nil, -1
	case opening == '(' && !named && len(inner) > 0:
		inner = []piece{{kind: aComment, text: t.plain(i+1, end)}}
	}
	return inner, end + 1
}

// wordEnd returns the end of the word that begins at i.
func (t typed) wordEnd(i, to int) int {
	for end := i + 1; end < to; end++ {
		r := t.at(end)
		switch {
		case endsWord(r):
			return end
		case r == ':':
			before := strings.ToLower(t.plain(i, end))
			url := strings.HasPrefix(before, "http") && t.at(end+1) == '/'
			if !url && !strings.HasSuffix(before, "mailto") && (endsWord(t.at(end+1)) || end+1 == to || t.runes[end] != ':') {
				return end // with a gap behind it, or being as wide as one
			}
		}
	}
	return to
}

// numbering is what stands before the lines of a list, with or without a bracket behind it.
var numbering = regexp.MustCompile(`^[0-9]{1,3}\.?$`)

// word makes a piece of the word between i and end. It reports false for what is no word: a bullet, the number
// of a line, punctuation.
func (t typed) word(i, end int) (piece, bool) {
	var b strings.Builder
	for k := i; k < end; k++ {
		if r := t.at(k); r == '(' || r == ')' || !isInvisible(r) {
			b.WriteRune(r)
		}
	}
	word := b.String()
	asTyped := visible(t.plain(i, end))
	hasMore := strings.ContainsFunc(word, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '@' })
	switch {
	case !hasMore && len([]rune(word)) == 1 && unicode.Is(unicode.Pd, []rune(word)[0]):
		return piece{kind: aLabel, sign: '-'}, true
	case !hasMore, numbering.MatchString(word) && (strings.HasSuffix(word, ".") || t.at(end) == ')'):
		return piece{}, false
	case !strings.Contains(word, "@"):
		return piece{kind: aWord, text: asTyped}, true
	}
	address := tidy(word)
	fault := faultOf(address)
	switch {
	case fault == nil:
		return piece{kind: anAddress, text: address}, true
	case bareName.MatchString(address):
		return piece{kind: aWord, text: address}, true
	}
	fault.Word, fault.Meant = cut(tidy(asTyped), foreign), repair(address)
	return piece{kind: aFault, text: asTyped, fault: fault}, true
}
