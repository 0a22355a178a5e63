package server

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

//go:embed head.html dev.html callback.html
var devSources embed.FS

var devPages = template.Must(template.ParseFS(devSources, "*.html"))

// devRoutes mounts the test helpers of dev mode.
func (s *Server) devRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /_dev/messages", s.devMessages)
	mux.HandleFunc("DELETE /_dev/messages", s.ownPages(s.devForget))
	mux.HandleFunc("POST /_dev/messages/clear", s.ownPages(s.devClear))
	mux.HandleFunc("GET /_dev/code", s.devCode)
	mux.HandleFunc("GET /_dev/clock", s.devClock)
	mux.HandleFunc("POST /_dev/clock", s.ownPages(s.devAdvance))
	mux.HandleFunc("POST /_dev/reset", s.ownPages(s.devReset))
	mux.HandleFunc("GET /_dev/triggers", s.devTriggers)
	mux.HandleFunc("POST /_dev/triggers/{id}/replay", s.ownPages(s.devReplay))
	mux.HandleFunc("GET /_dev/{$}", s.devPage)
	mux.HandleFunc("GET "+callbackPath, s.devCallback)
	if s.devKeys != nil {
		mux.HandleFunc("POST /_dev/kms", s.ownPages(s.devKMS))
		mux.HandleFunc("POST /_dev/kms/{$}", s.ownPages(s.devKMS))
	}
}

// devMessage is a delivered message as /_dev/messages shows it.
type devMessage struct {
	ID            string    `json:"id"`
	Time          time.Time `json:"time"`
	Medium        string    `json:"medium"`
	To            string    `json:"to"`
	Subject       string    `json:"subject"`
	Body          string    `json:"body"`
	Code          string    `json:"code"`
	Link          string    `json:"link"`
	UserPoolID    string    `json:"userPoolId"`
	Username      string    `json:"username"`
	TriggerSource string    `json:"triggerSource"`
}

// Messages returns what has been delivered to an address, or to anyone when it
// is empty, newest first. What is due is delivered first, so that a message
// can be read as soon as the call that caused it has been answered.
func (s *Server) Messages(ctx context.Context, to string) ([]userpool.Message, error) {
	if err := s.worker.Drain(ctx); err != nil {
		return nil, err
	}
	return s.mailbox.Messages(to), nil
}

func (s *Server) shownMessages(r *http.Request) ([]devMessage, error) {
	messages, err := s.Messages(r.Context(), r.URL.Query().Get("to"))
	shown := make([]devMessage, 0, len(messages))
	for _, m := range messages {
		shown = append(shown, devMessage{
			ID: m.ID, Time: m.Created, Medium: string(m.Medium), To: m.To, Subject: m.Subject, Body: m.Body,
			Code: m.Code, Link: m.Link, UserPoolID: m.PoolID, Username: m.Username, TriggerSource: m.TriggerSource,
		})
	}
	return shown, err
}

func (s *Server) devMessages(w http.ResponseWriter, r *http.Request) {
	shown, err := s.shownMessages(r)
	if err != nil {
		s.devRefuse(w, http.StatusInternalServerError, err.Error())
		return
	}
	writeJSON(w, http.StatusOK, shown)
}

// devCode answers the newest code that was delivered to an address, as plain
// text for shell scripts; 404 when there is none.
func (s *Server) devCode(w http.ResponseWriter, r *http.Request) {
	to := r.URL.Query().Get("to")
	messages, err := s.Messages(r.Context(), to)
	if err != nil {
		s.devRefuse(w, http.StatusInternalServerError, err.Error())
		return
	}
	newest := slices.IndexFunc(messages, func(m userpool.Message) bool { return m.Code != "" })
	if newest < 0 {
		s.devRefuse(w, http.StatusNotFound, fmt.Sprintf("no code has been delivered to %q", to))
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintln(w, messages[newest].Code)
}

// forget empties the mailbox. What is due is delivered first, so that no
// message from before arrives after.
func (s *Server) forget(w http.ResponseWriter, r *http.Request, done func()) {
	if err := s.worker.Drain(r.Context()); err != nil {
		s.devRefuse(w, http.StatusInternalServerError, err.Error())
		return
	}
	s.mailbox.Clear()
	done()
}

func (s *Server) devForget(w http.ResponseWriter, r *http.Request) {
	s.forget(w, r, func() { writeJSON(w, http.StatusOK, ok) })
}

// devClear is devForget for the page, whose forms can only post.
func (s *Server) devClear(w http.ResponseWriter, r *http.Request) {
	s.forget(w, r, func() { http.Redirect(w, r, "/_dev/", http.StatusSeeOther) })
}

func (s *Server) devPage(w http.ResponseWriter, r *http.Request) {
	shown, err := s.shownMessages(r)
	if err != nil {
		s.devRefuse(w, http.StatusInternalServerError, err.Error())
		return
	}
	s.devShow(w, "dev.html", struct {
		To       string
		Messages []devMessage
	}{r.URL.Query().Get("to"), shown})
}

// devShow writes a page of dev mode.
func (s *Server) devShow(w http.ResponseWriter, page string, data any) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "+
		"frame-ancestors 'none'; base-uri 'none'")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	_ = devPages.ExecuteTemplate(w, page, data)
}

func (s *Server) devClock(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]time.Time{"now": s.driven.Now()})
}

// clockYears is how far from the server's start its clock can be moved.
const clockYears = 10

// devAdvance moves the clock: {"advance":"3m"} in Go's duration syntax.
func (s *Server) devAdvance(w http.ResponseWriter, r *http.Request) {
	var wish struct {
		Advance string `json:"advance"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<10)).Decode(&wish); err != nil {
		s.devRefuse(w, http.StatusBadRequest, `the body must be like {"advance":"3m"}`)
		return
	}
	step, err := time.ParseDuration(wish.Advance)
	if err != nil {
		s.devRefuse(w, http.StatusBadRequest, `advance must be a duration like "90s", "3m" or "24h"`)
		return
	}
	if !s.driven.AdvanceWithin(step, s.started.AddDate(-clockYears, 0, 0), s.started.AddDate(clockYears, 0, 0)) {
		s.devRefuse(w, http.StatusBadRequest, fmt.Sprintf("the clock stays within %d years of the server's start", clockYears))
		return
	}
	s.devClock(w, r)
}

// devReset forgets every pool, user and message, and seeds again.
func (s *Server) devReset(w http.ResponseWriter, r *http.Request) {
	if err := s.Reset(r.Context()); err != nil {
		s.devRefuse(w, http.StatusInternalServerError, err.Error())
		return
	}
	writeJSON(w, http.StatusOK, ok)
}

func (s *Server) devRefuse(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, map[string]string{"message": message})
}
