package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestSecurityPageNamesWhatThereIs: what the threat model says to be shown by a test, a fuzz test or a
// file is shown by one that exists.
func TestSecurityPageNamesWhatThereIs(t *testing.T) {
	page, err := os.ReadFile("../../SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	var tests strings.Builder
	err = filepath.WalkDir("../..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		tests.Write(source)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z]+)`").FindAllStringSubmatch(string(page), -1) {
		if !strings.Contains(tests.String(), "\nfunc "+name[1]+"(") {
			t.Errorf("SECURITY.md names %s, which does not exist", name[1])
		}
	}
	for line := range strings.SplitSeq(string(page), "\n") {
		cells := strings.Split(line, "|")
		if len(cells) != 6 || strings.Contains(line, "---") || strings.Contains(line, "shown by") {
			continue
		}
		shown := regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cells[4], -1)
		if len(shown) == 0 {
			t.Errorf("nothing shows the answer to: %s", strings.TrimSpace(cells[1]))
		}
		for _, one := range shown {
			if strings.HasPrefix(one[1], "Test") || strings.HasPrefix(one[1], "Fuzz") {
				continue
			}
			if _, err := os.Stat(filepath.Join("../..", one[1])); err != nil {
				t.Error(err)
			}
		}
	}
	fuzz := regexp.MustCompile(`\nfunc (Fuzz[A-Za-z]+)\(`)
	for _, name := range fuzz.FindAllStringSubmatch(tests.String(), -1) {
		if !strings.Contains(string(page), name[1]) && !strings.Contains("FuzzPortal FuzzRequests FuzzTypedText FuzzTextOfApps FuzzBlocksAndViews", name[1]) {
			t.Errorf("SECURITY.md does not name %s", name[1])
		}
	}
}
