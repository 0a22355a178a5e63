package trigger

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Entry is a recorded call of Run. Passwords, codes, answers to challenges and
// tokens in it are redacted.
type Entry struct {
	ID       string
	Time     time.Time
	Duration time.Duration // of all attempts
	Attempts int
	PoolID   string
	Source   Source
	ARN      string
	Request  json.RawMessage // the event
	Response json.RawMessage // the returned event, or null
	Err      error           // the error for the caller
}

// Recorder keeps the last calls for development mode. A nil Recorder keeps
// nothing.
type Recorder struct {
	size    int
	mu      sync.Mutex
	entries []Entry // oldest first
}

// NewRecorder returns a recorder of the last size calls.
func NewRecorder(size int) *Recorder { return &Recorder{size: max(size, 1)} }

// add records a call with its event and result, and returns the entry.
func (r *Recorder) add(e Entry, event, answer []byte) Entry {
	if r == nil {
		return e
	}
	e.Request, e.Response = redact(event), redact(answer)
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.entries) >= r.size {
		r.entries = slices.Delete(r.entries, 0, len(r.entries)-r.size+1)
	}
	r.entries = append(r.entries, e)
	return e
}

// List returns the entries, the latest first.
func (r *Recorder) List() []Entry {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	list := slices.Clone(r.entries)
	slices.Reverse(list)
	return list
}

// Get returns an entry by its id.
func (r *Recorder) Get(id string) (Entry, bool) {
	for _, e := range r.List() {
		if e.ID == id {
			return e, true
		}
	}
	return Entry{}, false
}

const (
	redacted = "[redacted]"
	// maxRecorded bounds the size of a recorded event in bytes.
	maxRecorded = 64 << 10
)

// secretMembers are the members of events, in lower case, whose values are
// redacted. Functions that create challenges often put the code into
// challengeMetadata. Source: the events of the guide; for the notice of an
// account takeover, whose links and token grant as much as a session, its type
// in DefinitelyTyped.
var secretMembers = map[string]bool{
	"password": true, "code": true, "challengeanswer": true, "challengemetadata": true,
	"privatechallengeparameters": true, "tokenresponse": true,
	"feedback_token": true, "one_click_link_valid": true, "one_click_link_invalid": true,
}

// redact returns an event without its secrets. An event that is not JSON or too
// large is omitted.
func redact(event []byte) json.RawMessage {
	if event == nil {
		return nil
	}
	var value any
	decoder := json.NewDecoder(bytes.NewReader(event))
	decoder.UseNumber()
	if len(event) > maxRecorded || !json.Valid(event) || decoder.Decode(&value) != nil {
		text, _ := marshal(fmt.Sprintf("[%d bytes]", len(event)))
		return text
	}
	conceal(value)
	text, err := marshal(value)
	if err != nil {
		return nil
	}
	return text
}

// conceal replaces the values of secret members; null is kept.
func conceal(value any) {
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			if secretMembers[strings.ToLower(name)] && inner != nil {
				v[name] = redacted
			} else {
				conceal(inner)
			}
		}
	case []any:
		for _, inner := range v {
			conceal(inner)
		}
	}
}
