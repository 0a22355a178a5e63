package dev

import (
	"errors"
	"net/http"

	"github.com/lifeguard-auth/lifeguard/internal/face/answer"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
)

// call is the form of a trigger call in /_dev/triggers.
type call struct {
	ID         string  `json:"id"`
	Time       string  `json:"time"`
	Trigger    string  `json:"triggerSource"`
	UserPoolID string  `json:"userPoolId"`
	Function   string  `json:"function"`
	Attempts   int     `json:"attempts"`
	Millis     float64 `json:"durationMilliseconds"`
	Request    any     `json:"request"`
	Response   any     `json:"response"`
	Error      string  `json:"error,omitempty"`
}

func callOf(e trigger.Entry) call {
	shown := call{
		ID: e.ID, Time: e.Time.UTC().Format("2006-01-02T15:04:05.000Z"),
		Trigger: string(e.Source), UserPoolID: e.PoolID, Function: e.ARN,
		Attempts: e.Attempts, Millis: float64(e.Duration.Microseconds()) / 1000,
		Request: e.Request, Response: e.Response,
	}
	if e.Err != nil {
		shown.Error = e.Err.Error()
	}
	return shown
}

// calls lists the recorded trigger calls, latest first.
func (f *Face) calls(w http.ResponseWriter, _ *http.Request) {
	list := []call{}
	for _, e := range f.Recorder.List() {
		list = append(list, callOf(e))
	}
	answer.JSON(w, http.StatusOK, list)
}

// replay sends a recorded event again and shows the result.
func (f *Face) replay(w http.ResponseWriter, r *http.Request) {
	e, err := f.Runner.Replay(r.Context(), r.PathValue("id"))
	if errors.Is(err, trigger.ErrNotRecorded) {
		refuse(w, http.StatusNotFound, "no such call is recorded; GET /_dev/triggers lists them")
		return
	}
	answer.JSON(w, http.StatusOK, callOf(e))
}
