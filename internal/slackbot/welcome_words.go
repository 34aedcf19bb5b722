package slackbot

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
)

var (
	// templateError is how package text/template says where something is wrong, and what.
	templateError = regexp.MustCompile(`(?s)^template: welcome:(\d+)(?::\d+)?: (?:executing "welcome" at <(.*?)>: )?(.*)$`)
	noFunction    = regexp.MustCompile(`^function "(\w+)" not defined$`)
	noField       = regexp.MustCompile(`^can't evaluate field (\w+) in type slackbot\.WelcomeData$`)
)

// templateWords says what is wrong with a template, and in which line, to people who have never seen Go.
func templateWords(err error) error {
	found := templateError.FindStringSubmatch(err.Error())
	if found == nil {
		return fmt.Errorf("it is no template: %s", strings.Join(strings.Fields(err.Error()), " "))
	}
	line, at, what := found[1], found[2], strings.Join(strings.Fields(found[3]), " ")
	switch function, field := noFunction.FindStringSubmatch(what), noField.FindStringSubmatch(what); {
	case function != nil:
		what = "there is no function " + function[1]
	case field != nil:
		what = "there is no {{." + field[1] + "}}; there are " + strings.Join(welcomeFields(), ", ")
	case what == "unclosed action", strings.HasPrefix(what, "unclosed action started at"):
		what = `"{{" without "}}"`
	case what == "unexpected EOF":
		what = "{{if …}} without {{end}}"
	case at != "":
		what = "{{" + strings.Trim(at, "{}") + "}} cannot be filled in: " + strings.ReplaceAll(what, " in type string", "")
	}
	return fmt.Errorf("line %s: %s", line, what)
}

// welcomeFields are what a template may name.
func welcomeFields() []string {
	var all []string
	for field := range reflect.TypeFor[WelcomeData]().Fields() {
		all = append(all, "{{."+field.Name+"}}")
	}
	return all
}
