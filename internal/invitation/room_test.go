package invitation

import "testing"

func TestARightCoversThoseBelowIt(t *testing.T) {
	all := Rights()
	for i, r := range all {
		for j, other := range all {
			apart := other == FillFormsRight && (r == CommentRight || r == ReviewRight)
			if want := i >= j && !apart; r.Covers(other) != want {
				t.Errorf("%s covers %s: %v, want %v", r, other, !want, want)
			}
		}
		if r.Covers("") || Right("").Covers(r) || r.Covers("Owner") {
			t.Errorf("%s and what is no right have an order", r)
		}
	}
}

func TestRightsAreReadAsPeopleWriteThem(t *testing.T) {
	for word, want := range map[string]Right{
		"viewer": ReadRight, "Form filler": FillFormsRight, "form-filler": FillFormsRight, "COMMENTER": CommentRight, "reviewer": ReviewRight,
		"editor": EditRight, "content creator": CreateRight, "Content-Creator": CreateRight, "room_manager": ManageRight, "": "", "owner": "",
		"guest": "", "room admin": "",
	} {
		if got, ok := ParseRight(word); got != want || ok != (want != "") {
			t.Errorf("ParseRight(%q) = %q, %v; want %q", word, got, ok, want)
		}
	}
	for _, r := range Rights() {
		if got, _ := ParseRight(string(r)); got != r {
			t.Errorf("the portal's own name %s is read as %q", r, got)
		}
	}
}
