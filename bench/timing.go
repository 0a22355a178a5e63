package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/harness"
)

// errTimesDiffer is the result of a run in which the times of an operation differ for
// users and unknown names, errInconclusive of one whose controls failed.
var (
	errTimesDiffer  = errors.New("the time of an operation shows whether a user exists")
	errInconclusive = errors.New("the controls failed: repeat with more pairs, or on a quieter machine")
)

// extraTime is the difference that the positive control adds, and that the
// comparison must detect.
const extraTime = 20 * time.Microsecond

// comparison is a probe about users and about unknown names. extra is added to
// the times of the latter.
type comparison struct {
	title string
	probe
	known, unknown []string
	extra          time.Duration
}

// compareTimes measures every probe for users and for unknown names, after two
// controls: users against users, without and with a difference.
func compareTimes(p *harness.Server, pairs int) error {
	c, err := newPopulation(p, pairs)
	if err != nil {
		return err
	}
	l, err := dial(p.URL)
	if err != nil {
		return err
	}
	defer l.conn.Close()
	fmt.Printf("%-34s %6s %9s %10s %7s %7s %7s %7s  %-9s  %s\n",
		"operation", "pairs", "known µs", "unknown µs", "t 50 %", "t 70 %", "t 90 %", "t all", "verdict", "response")
	control := comparison{
		title: "control: users, users", probe: c.startSRP,
		known: c.users, unknown: shuffled(c.users),
	}
	falsePositive, err := l.compare(control)
	if err != nil {
		return err
	}
	control.title, control.extra = "control: users, users + "+extraTime.String(), extraTime
	detected, err := l.compare(control)
	if err != nil {
		return err
	}
	differ := false
	for _, tested := range c.comparisons() {
		if err := l.advance(p.URL, lockEnd); err != nil {
			return err
		}
		differs, err := l.compare(tested)
		if err != nil {
			return fmt.Errorf("%s: %w", tested.title, err)
		}
		differ = differ || differs
	}
	switch {
	case falsePositive || !detected:
		return errInconclusive
	case differ:
		return errTimesDiffer
	}
	return nil
}

func shuffled(names []string) []string {
	mixed := make([]string, len(names))
	for i, j := range rand.Perm(len(names)) {
		mixed[i] = names[j]
	}
	return mixed
}

// compare sends the probe for pairs of names, in random order within each pair,
// prints a row, and reports whether the times differ at any crop.
func (l *line) compare(c comparison) (differs bool, err error) {
	var took [2][]float64
	var responses [2]string
	for i := range c.known {
		names := [2]string{c.known[i], c.unknown[i]}
		var requests [2][]byte
		for class, name := range names {
			r, err := c.probe(name)
			if err != nil {
				return false, err
			}
			if requests[class], err = written(r); err != nil {
				return false, err
			}
		}
		order := rand.IntN(2)
		for _, class := range [2]int{order, 1 - order} {
			var length time.Duration
			if responses[class], length, err = l.send(requests[class], time.Duration(class)*c.extra); err != nil {
				return false, err
			}
			took[class] = append(took[class], float64(length)/float64(time.Microsecond))
		}
		if responses[0] != responses[1] {
			return false, fmt.Errorf("the responses differ: %q for %s, %q for %s",
				responses[0], names[0], responses[1], names[1])
		}
	}
	fmt.Printf("%-34s %6d %9.0f %10.0f", c.title, len(c.known), median(took[0]), median(took[1]))
	for _, share := range crops {
		t := welch(crop(took[0], took[1], share))
		differs = differs || math.Abs(t) >= maxT
		fmt.Printf(" %7.1f", t)
	}
	verdict := "equal"
	if differs {
		verdict = "DIFFERENT"
	}
	fmt.Printf("  %-9s  %s\n", verdict, responses[0])
	return differs, nil
}

// written is a request as it is sent.
func written(r *http.Request) ([]byte, error) {
	var b bytes.Buffer
	err := r.Write(&b)
	return b.Bytes(), err
}

// line is one persistent connection. It has no HTTP client, whose work would be
// measured too.
type line struct {
	conn net.Conn
	in   *bufio.Reader
}

func dial(url string) (*line, error) {
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		return nil, err
	}
	return &line{conn, bufio.NewReader(conn)}, nil
}

// send sends a request and returns the status and error type of the response, and
// its duration including the delay.
func (l *line) send(request []byte, delay time.Duration) (response string, took time.Duration, err error) {
	begun := time.Now()
	if _, err := l.conn.Write(request); err != nil {
		return "", 0, err
	}
	r, err := http.ReadResponse(l.in, nil)
	if err != nil {
		return "", 0, err
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return "", 0, err
	}
	for arrived := time.Now(); delay > 0 && time.Since(arrived) < delay; {
		continue
	}
	took = time.Since(begun)
	response = strconv.Itoa(r.StatusCode)
	if _, kind, found := bytes.Cut(text, []byte(`"__type":"`)); found {
		response += " " + string(kind[:bytes.IndexByte(kind, '"')])
	}
	return response, took, nil
}

// lockEnd is the advance of the clock between two probes. It is longer than the
// time after which the count of a lock-out is reset, so that all probes have the
// same state.
const lockEnd = 16 * time.Minute

// advance sets the clock of the server forward.
func (l *line) advance(url string, step time.Duration) error {
	body := strings.NewReader(fmt.Sprintf(`{"advance":%q}`, step))
	r, err := http.NewRequest(http.MethodPost, url+"/_dev/clock", body)
	if err != nil {
		return err
	}
	text, err := written(r)
	if err != nil {
		return err
	}
	response, _, err := l.send(text, 0)
	if err == nil && response != "200" {
		err = fmt.Errorf("/_dev/clock returned %s", response)
	}
	return err
}
