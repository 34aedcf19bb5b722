package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/docspace-invite-bot/bot/internal/crashtest"
	"github.com/docspace-invite-bot/bot/internal/journal"
	"github.com/docspace-invite-bot/bot/internal/pgtest"
	"github.com/docspace-invite-bot/bot/internal/remedy"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// TestReplicasLoseNothing lets three replicas of the real program get into every trouble while people
// use them: killed, stopped for longer than the lease, cut off from the database, and the database
// itself killed. bench/crash does it for longer.
func TestReplicasLoseNothing(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	database := pgtest.New(t)
	report, log := crash(t, crashtest.Options{
		Seed: 1, People: 30, Kills: 14, Replicas: 3, History: true, State: database.URL("docspace_bot") + "&lease=1s",
		Database: database, Patience: time.Minute, Quiet: 2 * time.Second,
	})
	t.Log(report)
	if broken := report.Broken(); len(broken) > 0 {
		t.Errorf("%q:\n%q\nlog:\n%s", broken, report.Findings, log)
	}
	if report.Window.Sum() == 0 {
		t.Error("no trouble struck: nothing was tried")
	}
}

// TestAnotherTakesOver: whether the replica that leads is killed, frozen or cut off from the database,
// another leads soon, with the lease that there is when nobody says otherwise, and posts
// what was typed meanwhile. bench/replicas does it more often.
func TestAnotherTakesOver(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	options := crashtest.Options{Replicas: 3, Lease: 5 * time.Second, State: pgtest.URL(t), Start: startSelf, Log: &logBook{}}
	tried := 0
	err := crashtest.TakeOvers(t.Context(), options, crashtest.Losses{Killed: 1, Stopped: 1, CutOff: 1}, func(took crashtest.TakeOver) {
		t.Logf("%+v", took)
		tried++
		if took.Leads > 30*time.Second { // a busy machine is given time; bench/replicas has how long it takes
			t.Errorf("the one that led was %s: another led after %v", took.How, took.Leads)
		}
	})
	if err != nil || tried != 3 {
		t.Errorf("%d take-overs: %v", tried, err)
	}
}

// TestDatabaseComesLater: a bot that starts while its database is away waits for it, and is at work then.
func TestDatabaseComesLater(t *testing.T) {
	t.Parallel()
	p := newProcess(t)
	wire, near, err := pgtest.NewWire(pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(wire.Close)
	wire.Down(true)
	p.env = append(p.env, "HTTP_ADDR=127.0.0.1:0", "STATE="+near)
	p.launch()
	p.await("a try", func() bool { return p.log.count("the database cannot be opened yet") > 0 })
	if status, ready := page(t, p.ops()+"/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(ready, "FAIL start") {
		t.Errorf("while the database is away: %d\n%s", status, ready)
	}
	wire.Down(false)
	p.await("a connection", func() bool { return p.slack.Connections() > 0 })
	p.types("/docspace-invite")
	p.cards(1)
}

// TestDatabaseTrouble: whatever is wrong with the database, bot check and a bot that starts name the
// same cause and the same remedy.
func TestDatabaseTrouble(t *testing.T) {
	server := pgtest.New(t)
	conn, err := pgx.Connect(t.Context(), server.URL(""))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	exec := func(sql string) {
		t.Helper()
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	address := func(user, database, schema string) string {
		u := strings.Replace(server.URL(schema), "bot@", user+"@", 1)
		return strings.Replace(u, "/postgres", "/"+database, 1)
	}
	exec("CREATE ROLE guest LOGIN; CREATE SCHEMA shop; CREATE TABLE shop.orders ()")
	exec("CREATE DATABASE small CONNECTION LIMIT 0")
	for schema, then := range map[string]string{"newer": "UPDATE newer.docspace_bot_schema SET compatible = 99", "theirs": "SELECT"} {
		j, err := journal.OpenPostgres(t.Context(), server.URL(schema), nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = j.Close()
		exec(then)
	}
	for name, tt := range map[string]struct {
		state string
		want  remedy.Trouble
	}{
		"away":                   {"postgres://bot@127.0.0.1:1/x", remedy.DatabaseAway},
		"no such database":       {address("bot", "nothing", "a"), remedy.DatabaseMissing},
		"no right to make":       {address("guest", "postgres", "a"), remedy.DatabaseRights},
		"no right to use":        {address("guest", "postgres", "theirs"), remedy.DatabaseRights},
		"no connection left":     {address("guest", "small", "a"), remedy.DatabaseCrowded},
		"another program's":      {address("bot", "postgres", "shop"), remedy.DatabaseForeign},
		"of a newer version":     {address("bot", "postgres", "newer"), remedy.StateNewer},
		"no such user":           {address("nobody", "postgres", "a"), remedy.DatabaseUser},
		"sound":                  {address("bot", "postgres", "theirs"), ""},
		"sound, and nothing yet": {address("bot", "postgres", "a"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := checkup{settings: settings{State: tt.state}}
			c.stateDatabase(t.Context(), tt.state)
			text := fmt.Sprint(c.findings)
			if tt.want == "" {
				if failed(c.findings) > 0 {
					t.Errorf("bot check finds %s", text)
				}
				return
			}
			if strings.Contains(text, "\n") {
				t.Errorf("bot check takes more than a line:\n%s", text)
			}
			for _, what := range []string{tt.want.Wrong(), tt.want.Remedy()} {
				contains(t, "bot check", text, what)
			}
			_, err := journal.OpenPostgres(t.Context(), tt.state, nil)
			if err == nil {
				t.Fatal("a bot starts all the same")
			}
			contains(t, "a bot that starts", err.Error(), tt.want.Wrong())
			contains(t, "a bot that starts", err.Error(), tt.want.Remedy())
		})
	}
}

// another is one more replica between the same servers, on the same database.
func (p *process) another() *process {
	q := *p
	q.log, q.cmd = &logBook{}, nil
	return &q
}

// leaderOf waits until exactly one of the replicas says that it leads.
func leaderOf(t *testing.T, replicas []*process) (leader *process) {
	t.Helper()
	replicas[0].await("one replica that leads", func() bool {
		leading := 0
		for _, r := range replicas {
			if _, metrics := page(t, r.ops()+"/metrics"); strings.Contains(metrics, "docspace_bot_leader 1") {
				leader = r
				leading++
			}
		}
		return leading == 1
	})
	return leader
}

// TestOneReplicaLeads lives a day with three replicas: every one of them takes commands and clicks,
// one looks at the portal and speaks; when that one is killed, another takes it all up.
func TestOneReplicaLeads(t *testing.T) {
	t.Parallel()
	first := newProcess(t)
	first.env = append(first.env, "HTTP_ADDR=127.0.0.1:0", "SLACK_SOCKETS=1", "STATE="+pgtest.URL(t)+"&lease=1s")
	replicas := []*process{first, first.another(), first.another()}
	for _, r := range replicas {
		r.launch()
	}
	first.await("three connections", func() bool { return first.slack.Connections() == 3 })
	leader := leaderOf(t, replicas)

	const commands = 12
	for n := range commands {
		first.types(fmt.Sprintf("/docspace-invite guest person%d@acme.test", n))
	}
	first.cards(commands)
	first.await("a look at the portal by the one that leads", func() bool {
		return value(t, leader, `docspace_bot_portal_calls_total{call="GET people/filter",status="200"}`) > 3
	})
	took := 0
	for _, r := range replicas {
		if value(t, r, `docspace_bot_commands_total{command="invite",outcome="accepted"}`) > 0 {
			took++
		}
		if r == leader {
			continue
		}
		_, ready := page(t, r.ops()+"/readyz")
		contains(t, "a replica that does not lead", ready, "ok   replica: this one does not lead")
		for _, call := range []string{"GET people/filter", "GET portal/users/invite"} {
			if n := value(t, r, fmt.Sprintf("docspace_bot_portal_calls_total{call=%q", call)); n > 0 {
				t.Errorf("a replica that does not lead has called %s %v times", call, n)
			}
		}
	}
	if took < 2 {
		t.Errorf("%d of three replicas have taken commands", took)
	}

	leader.stop(os.Kill)
	replicas = slices.DeleteFunc(replicas, func(r *process) bool { return r == leader })
	next := leaderOf(t, replicas)
	account, err := next.portal.Join(linkOf(t, next.cards(commands)[0]), "Some", "Body", "person0@acme.test")
	if err != nil {
		t.Fatal(err)
	}
	if err := next.portal.Activate(account.Email); err != nil {
		t.Fatal(err)
	}
	next.await("the confirmation by the next one that leads", func() bool { // in whichever thread is theirs
		return slices.ContainsFunc(next.slack.Messages(next.general), func(m slacksim.Message) bool { return m.ThreadTS != "" })
	})
	next.types("/docspace-invite user")
	next.cards(commands + 1)
}

// value returns the sum of a replica's metrics whose names begin so.
func value(t *testing.T, r *process, name string) (sum float64) {
	t.Helper()
	_, metrics := page(t, r.ops()+"/metrics")
	for line := range strings.Lines(metrics) {
		if strings.HasPrefix(line, name) {
			fields := strings.Fields(line)
			n, err := strconv.ParseFloat(fields[len(fields)-1], 64)
			if err != nil {
				t.Fatal(err)
			}
			sum += n
		}
	}
	return sum
}
