package browsertest

import "os"

// axeFile is axe-core, seen from the folder of a package two folders below the root.
const axeFile = "../../test/axe/node_modules/axe-core/axe.min.js"

// Faults returns what axe-core finds on the page that keeps people from reading or using it, one
// finding a line. Frames are pages of their own: open them to have them looked at. Without axe-core
// the test is skipped, or fails if CI is set in the environment.
func (p *Page) Faults() string {
	p.t.Helper()
	axe, err := os.ReadFile(axeFile)
	if err != nil {
		if os.Getenv("CI") != "" {
			p.t.Fatal(err)
		}
		p.t.Skip("to test against axe-core, run: npm ci --prefix test/axe")
	}
	p.Text(`(() => { if (!window.axe) { ` + string(axe) + ` } return ""; })()`)
	p.Text(`(() => {
		window.faults = null;
		axe.run(document, { iframes: false, resultTypes: ["violations"] }).then((result) => {
			faults = result.violations.flatMap((v) => v.nodes.map((n) => v.id + ": " + n.html.slice(0, 150) + " " + n.failureSummary)).join("\n");
		}, (e) => { faults = String(e); });
		return "";
	})()`)
	p.Holds(`window.faults !== null`)
	return p.Text(`window.faults`)
}
