package slackbot

import (
	"slices"
	"unicode"
)

// Here the reader finds the words that are a person's name, by where they stand: beside an address, in its row or
// behind its label. The cases are at the top of grammar.go.

// findNames marks the pieces that are a person's name.
func (p *reader) findNames() {
	for i, t := range p.pieces {
		if t.isAddress() && t.bracketed {
			p.nameBefore(i)
		}
	}
	var rows [][2]int
	for start, i := 0, 0; i <= len(p.pieces); i++ {
		if i == len(p.pieces) || p.pieces[i].sign == '\n' {
			rows = append(rows, [2]int{start, i})
			start = i + 1
		}
	}
	rows = slices.DeleteFunc(rows, func(row [2]int) bool { return row[0] == row[1] })
	table := len(rows) > 1 && !slices.ContainsFunc(rows, func(row [2]int) bool { return !p.isRecord(row[0], row[1]) })
	for _, row := range rows {
		p.row(row[0], row[1], table)
	}
	for i, t := range p.pieces {
		switch {
		case t.names():
			p.nameBehind(i)
		case t.kind == aLabel:
			p.label(i)
		case p.listOnly && t.kind == aQuote && (p.beside(i, -1) || p.beside(i, 1)):
			p.pieces[i].ofName = true
		}
	}
}

// beside reports whether a person is named next to a piece, across a separator or not.
func (p *reader) beside(i, step int) bool {
	for i += step; i >= 0 && i < len(p.pieces) && p.pieces[i].separates(); i += step {
	}
	return i >= 0 && i < len(p.pieces) && p.pieces[i].isAddress()
}

// nameBefore marks the name in front of a bracketed address.
func (p *reader) nameBefore(end int) {
	first := end // of all words that could be of the name
	for p.is(first-1, aWord, aQuote, aComment) && !p.pieces[first-1].ofName || p.is(first-1, aBreak) && p.pieces[first-1].sign == ',' {
		first--
	}
	for p.is(first, aBreak) {
		first++
	}
	from, commas := end, 0 // of those that are: Chen, Carol has one comma
	for ; from > first; from-- {
		if p.is(from-1, aBreak) {
			if commas++; commas > 1 {
				break
			}
		}
	}
	for i := first; i < from; i++ { // part of a name with many commas, or people without an address
		if _, n := p.roleAt(i); n > 0 {
			p.doubt(i, n)
			i += n - 1
		} else if isVerb(p.pieces[i].text) {
			p.pieces[i].ofName = true
			p.misunderstood(i, i+1)
		}
	}
	if role, n := p.roleAt(from); role != "" && p.is(from, aComment) && from+n == end { // [guest] [bob@acme.test]
		p.doubt(from, n)
	} else if role != "" && from == 0 && from+n < end {
		next := p.pieces[from+n]
		head := firstRune(next.text)
		switch {
		case !small(p.phrase(from, from+n)): // Guest House <g@acme.test>
		case next.kind == aQuote, next.kind == aWord && !unicode.IsLower(head):
			from += n
		default:
			p.doubt(from, n)
			from += n
		}
	}
	if p.is(from, aQuote) && end-from > 1 && !p.listOnly { // a note, then a name
		from++
	}
	p.markName(from, end)
}

// nameBehind marks the words in parentheses, or with a dash, that follow a person.
func (p *reader) nameBehind(i int) {
	next := i + 1
	if p.is(next, aComment) {
		if role, _ := p.roleAt(next); role != "" {
			p.doubt(next, 1)
		}
		p.markName(next, next+1)
		return
	}
	if !p.is(next, aLabel) || p.pieces[next].sign != '-' {
		return
	}
	next++
	end := next
	for p.is(end, aWord, aComment) && !p.pieces[end].ofName {
		end++
	}
	if p.is(end, aLabel) || end < len(p.pieces) && p.pieces[end].names() { // the next one's
		return
	}
	if role, n := p.roleAt(next); role != "" && next+n == end {
		p.doubt(next, n)
	}
	p.markName(next, end)
}

// label marks the words before a colon or dash that a person follows: To: carol@acme.test.
func (p *reader) label(i int) {
	if i+1 >= len(p.pieces) || !p.pieces[i+1].names() && !p.pieces[i+1].ofName {
		return
	}
	from := i
	for p.is(from-1, aWord, aComment, aQuote) && !p.pieces[from-1].ofName {
		from--
	}
	if from == i || p.is(from, aQuote) && !p.listOnly {
		return
	}
	role, n := p.roleAt(from)
	switch {
	case role != "" && from == 0 && small(p.phrase(from, from+n)):
		if from+n < i {
			p.doubt(from, n)
			p.markName(from, i)
		}
	case role != "" && from+n == i:
		p.doubt(from, n)
	case i-from == 1 && (isVerb(p.pieces[from].text) || suggestion(p.pieces[from].text) != ""):
	default:
		p.markName(from, i)
	}
}

// isRecord reports whether a line may be one of a table without tabs: words and one address, with commas or
// semicolons between.
func (p *reader) isRecord(from, to int) bool {
	addresses, words, breaks := 0, 0, 0
	for _, t := range p.pieces[from:to] {
		switch {
		case t.names():
			addresses++
		case t.kind == aBreak:
			breaks++
		case !t.ofName:
			words++
		}
	}
	return addresses == 1 && words > 0 && breaks > 0
}

// row marks the cells of a pasted row that are not addresses.
func (p *reader) row(from, to int, table bool) {
	all := p.pieces[from:to]
	ends := func(t piece) bool { return t.kind == aColumn || table && t.kind == aBreak }
	if !slices.ContainsFunc(all, ends) || !slices.ContainsFunc(all, piece.isAddress) {
		return
	}
	for start, i := from, from; i <= to; i++ {
		if i == to || ends(p.pieces[i]) {
			p.cell(start, i)
			start = i + 1
		}
	}
}

// cell marks what a cell has beside an address.
func (p *reader) cell(from, to int) {
	if role, n := p.roleAt(from); role != "" && !p.pieces[from].ofName {
		next := firstRune(p.phrase(min(from+n, to), to))
		switch {
		case from+n == to:
			p.doubt(from, n)
		case from == 0 && p.pieces[from+n].names(), from == 0 && small(p.phrase(from, from+n)) && !unicode.IsLower(next):
			from += n // typed before the row was pasted
		case from == 0 && small(p.phrase(from, from+n)):
			p.doubt(from, n)
		}
	}
	for i := from; i < to; i++ {
		if p.is(i, aWord, aQuote, aComment) {
			p.pieces[i].ofName = true
		}
	}
}
