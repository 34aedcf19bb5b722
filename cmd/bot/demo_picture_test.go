package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"strings"
	"testing"
)

// shown is what the page shows, line by line: each text with the element it is in and its colours,
// without times and without anything that depends on fonts.
const shown = `[...document.querySelectorAll("body *")].filter((e) => e.checkVisibility() && !e.closest("time, option, .hidden")).map((e) => {
	const words = [...e.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data.trim()).join(" ").trim() || e.placeholder;
	const style = getComputedStyle(e);
	return words && [e.tagName.toLowerCase(), e.className, style.color, style.backgroundColor, words].join(" ");
}).filter(Boolean).join("\n")`

// TestPictureIsOfThePage plays what the README's picture shows, and compares the page with what it was when the
// picture was taken. If they differ, run go test ./cmd/bot -run TestPictureIsOfThePage -update, which takes another:
// on a machine with a font for emoji, and look at it before you commit it.
func TestPictureIsOfThePage(t *testing.T) {
	const picture, golden, frame = "../../docs/demo.png", "testdata/demo-picture.txt", "../../internal/docspacesim/pages.html"
	sums := func() string {
		t.Helper()
		var all strings.Builder
		for _, file := range []string{picture, frame} {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&all, "%x %s\n", sha256.Sum256(content), strings.TrimPrefix(file, "../../"))
		}
		return all.String()
	}
	p := demoPage(t, 1280, 800)
	as := actingOn(p)
	p.Click("#tour-skip")
	p.Type("#composer", "/docspace-invite user @bob @carol \"for the Q3 archive\"\r")
	p.Sees(".message", "0 of 2")
	as("BOB")
	register(p, "bob@acme.example")
	p.Sees(".thread", "Bob")
	as("CAROL")
	p.Click("[data-action=join]")
	p.InFrame(`document.querySelector("#email")?.value === "carol@acme.example"`, ``)
	p.Sees(".ephemeral", "carol@acme.example")
	as("ANN")
	p.Gone(".ephemeral")
	p.Sees(".message", "1 of 2")
	p.Text(`(document.activeElement.blur(), "")`)
	if *update {
		last, same := "", 0
		p.Until("the page changes no more", func() (bool, error) {
			now := p.Text(shown)
			if same++; now != last {
				last, same = now, 0
			}
			return same == 60, nil
		})
		content, err := p.Picture()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(picture, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(sums()+last+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	p.Until("docs/demo.png shows the page as it is (or take another with -update)", func() (bool, error) {
		got := sums() + p.Text(shown) + "\n"
		return got == string(want), firstDifference(got, string(want))
	})
}

// firstDifference returns an error with the first line that differs, or nil.
func firstDifference(got, want string) error {
	wanted := strings.Split(want, "\n")
	for i, line := range strings.Split(got, "\n") {
		if i >= len(wanted) || line != wanted[i] {
			return fmt.Errorf("line %d is %q, and was %q", i+1, line, strings.Join(wanted[min(i, len(wanted)):min(i+1, len(wanted))], ""))
		}
	}
	return nil
}
