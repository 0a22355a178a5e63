package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/harness"
)

// A message must arrive as often as operations promised it.
func TestMissingMessages(t *testing.T) {
	l := &ledger{main: scope{poolID: "main"}, inbox: &inbox{arrived: map[message]int{}}}
	l.subjects = []*subject{
		{name: "ann", scope: l.main, sent: []string{"A", "A", "B"}},
		{name: "bob", scope: scope{poolID: "other"}, sent: []string{"A"}},
	}
	for _, c := range []struct {
		arrives string
		missing int
	}{{"C", 2}, {"B", 1}, {"A", 1}, {"A", 0}} {
		l.inbox.arrived[message{"ann", c.arrives}]++
		if checked, missing := l.missing(); checked != 2 || len(missing) != c.missing {
			t.Errorf("when %s arrived: %d checked, missing %q", c.arrives, checked, missing)
		}
	}
}

// A single-use value is invalid after a comparison has consumed it. One that expires is
// compared once.
func TestSingleUseIsConsumed(t *testing.T) {
	is := func(value string) func(*harness.Server) (string, error) {
		return func(*harness.Server) (string, error) { return value, nil }
	}
	s := &subject{
		known: facts{"code": valid, "request": "pending"}, unknown: facts{"request": "approved"},
		consumes: facts{"code": invalid, "request": absent}, ledger: &ledger{},
		read: map[string]func(*harness.Server) (string, error){"code": is(valid), "request": is("approved")},
	}
	for property := range s.known {
		if wrong := s.compare(nil, property); wrong != "" {
			t.Error("the first use:", wrong)
		}
	}
	if wrong := s.compare(nil, "code"); wrong == "" {
		t.Error("a code was redeemed twice")
	}
	if _, again := s.known["request"]; again {
		t.Error("a request that expires is compared again")
	}
}

// The log may report a malformed database only while the disk has no power.
func TestServerLog(t *testing.T) {
	var shown bytes.Buffer
	w := &world{config: config{progress: &shown}, report: &report{}}
	var err error
	if w.log, err = newServerLog(filepath.Join(t.TempDir(), "log")); err != nil {
		t.Fatal(err)
	}
	const malformed = "database disk image is malformed (11)\n"
	for _, c := range []struct {
		text   string
		power  bool
		broken int
	}{
		{"something else\n", true, 0},
		{malformed, false, 0},
		{malformed, true, 1},
	} {
		if _, err := w.log.to.WriteString(c.text); err != nil {
			t.Fatal(err)
		}
		if err := w.showLog("now", c.power); err != nil || len(w.report.broken) != c.broken {
			t.Errorf("%q with power %t: %v, broken %q", c.text, c.power, err, w.report.broken)
		}
	}
	if n := strings.Count(shown.String(), "now: "); n != 3 {
		t.Errorf("shown %d lines: %s", n, &shown)
	}
	if err := w.log.close(); err != nil {
		t.Error(err)
	}
}
