package reach

import (
	"net/http"
	"strings"
	"testing"
)

func TestIsPage(t *testing.T) {
	for name, tt := range map[string]struct {
		media, start string
		want         bool
	}{
		"by its type":         {"text/html; charset=utf-8", "", true},
		"xhtml":               {"application/xhtml+xml", "", true},
		"by its looks":        {"", "<html>", true},
		"typed as json":       {"application/json", "\xef\xbb\xbf\r\n <!DOCTYPE html>", true},
		"json":                {"application/json; charset=utf-8", `{"ok":true}`, false},
		"plain text":          {"text/plain", "Forbidden", false},
		"nothing":             {"", "", false},
		"a type out of order": {"text/", `{}`, false},
	} {
		if got := IsPage(http.Header{"Content-Type": {tt.media}}, []byte(tt.start)); got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

func TestDescribePage(t *testing.T) {
	const key = "sk-0011223344556677"
	for name, tt := range map[string]struct {
		status int
		header map[string]string
		body   string
		want   string
	}{
		"nginx": {
			403,
			map[string]string{"Content-Type": "text/html", "Server": "nginx/1.24.0"},
			"<html>\r\n<head><title>403 Forbidden</title></head>", `text/html, nginx, "403 Forbidden"`,
		},
		"a captive portal": {
			302,
			map[string]string{"Content-Type": "text/html", "Location": "https://login.hotel.test/?from=" + key},
			"<TITLE lang=en>\n  Log in &amp; surf\n</TITLE>", `text/html, "Log in & surf", it redirects to login.hotel.test`,
		},
		"nothing known":  {407, nil, "", "it does not say what it is"},
		"what was asked": {404, map[string]string{"Server": "xoxb-1 " + key}, "<title>no /commands/T1/2/x for bob@acme.test and " + key + "</title>", `… …, "no … for … and …"`},
		"a long title":   {403, nil, "<title>" + strings.Repeat("no ", 99) + "</title>", `"` + strings.Repeat("no ", 12) + `…"`},
		"line breaks":    {403, map[string]string{"Server": "a\x1b[31mb\u0085c"}, "", "a [31mb c"},
	} {
		t.Run(name, func(t *testing.T) {
			resp := &http.Response{StatusCode: tt.status, Header: http.Header{}}
			for k, v := range tt.header {
				resp.Header[k] = []string{v}
			}
			if got := DescribePage(resp, []byte(tt.body)); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}
