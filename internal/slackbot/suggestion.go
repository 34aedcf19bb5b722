package slackbot

import "strings"

// suggestion returns the role or verb that was probably meant by a word, or "".
func suggestion(word string) string {
	word = strings.ToLower(core(word))
	best, within := "", 3
	for _, known := range []string{"guest", "user", "roomadmin", "admin", "docspaceadmin", "help", "status", "form"} {
		n := slips([]rune(word), []rune(known), 2)
		// Two slips in a short word make another word.
		if n < within && len(word) > 2 && (n < 2 || word[0] == known[0] && len(word) > 3) {
			best, within = known, n
		}
	}
	return best
}

// slips counts the slips between two words, of which left are allowed: a letter too many, too few, wrong, or two
// of them exchanged.
func slips(a, b []rune, left int) int {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	if len(a) == 0 || len(b) == 0 {
		return max(len(a), len(b))
	}
	if left == 0 {
		return 1 // too many
	}
	n := 1 + min(slips(a[1:], b, left-1), slips(a, b[1:], left-1), slips(a[1:], b[1:], left-1))
	if len(a) > 1 && len(b) > 1 && a[0] == b[1] && a[1] == b[0] {
		n = min(n, 1+slips(a[2:], b[2:], left-1))
	}
	return n
}
