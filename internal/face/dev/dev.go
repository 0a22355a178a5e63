package dev

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/face/answer"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver/mailbox"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/kms"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

//go:embed head.html dev.html callback.html
var sources embed.FS

var pages = template.Must(template.ParseFS(sources, "*.html"))

// Config configures a Face.
type Config struct {
	Names Names
	// HasName reports whether a host is another name of the server, such as the
	// domain of a pool; nil for none.
	HasName func(ctx context.Context, host string) bool
	// Authority is the certificate of the local authority in PEM form; nil for none.
	Authority []byte
	// Clock can be moved up to clockYears from Started.
	Clock   *clock.Driven
	Started time.Time
	Mailbox *mailbox.Mailbox
	// Deliver sends the messages that are due.
	Deliver  func(context.Context) error
	Runner   *trigger.Runner
	Recorder *trigger.Recorder
	// Keys encrypt codes for custom senders; nil if the keys are not those of
	// this server.
	Keys *kms.Local
	// Reset deletes every pool, user and message.
	Reset func(context.Context) error
	// PublicURL is the URL of the server, ClientID the client of the
	// demonstration pool for pages.
	PublicURL, ClientID string
	// Verifier is the PKCE verifier of the sign-ins that SignInPage starts (RFC
	// 7636).
	Verifier string
	Log      *slog.Logger
}

// Face serves the addresses of dev mode.
type Face struct{ Config }

// New returns a Face.
func New(c Config) *Face { return &Face{c} }

// Mount adds the addresses to a mux.
func (f *Face) Mount(mux *http.ServeMux) {
	mux.HandleFunc("GET /_dev/messages", f.messages)
	mux.HandleFunc("DELETE /_dev/messages", f.ownPages(f.deleteMessages))
	mux.HandleFunc("POST /_dev/messages/clear", f.ownPages(f.clear))
	mux.HandleFunc("GET /_dev/code", f.code)
	mux.HandleFunc("GET /_dev/clock", f.clock)
	mux.HandleFunc("POST /_dev/clock", f.ownPages(f.advance))
	mux.HandleFunc("POST /_dev/reset", f.ownPages(f.reset))
	mux.HandleFunc("GET /_dev/triggers", f.calls)
	mux.HandleFunc("POST /_dev/triggers/{id}/replay", f.ownPages(f.replay))
	mux.HandleFunc("GET /_dev/{$}", f.page)
	mux.HandleFunc("GET "+CallbackPath, f.callback)
	if f.Authority != nil {
		mux.HandleFunc("GET /_dev/ca.pem", f.certificate)
	}
	if f.Keys != nil {
		mux.HandleFunc("POST /_dev/kms", f.ownPages(f.kms))
		mux.HandleFunc("POST /_dev/kms/{$}", f.ownPages(f.kms))
	}
}

// certificate writes the certificate of the local authority.
func (f *Face) certificate(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/x-pem-file")
	_, _ = w.Write(f.Authority)
}

// message is the form of a delivered message in /_dev/messages.
type message struct {
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

// Messages returns the messages delivered to an address, or to all if it is
// empty, newest first. It delivers first what is due, so that a message can be
// read as soon as the call that caused it has returned.
func (f *Face) Messages(ctx context.Context, to string) ([]userpool.Message, error) {
	if err := f.Deliver(ctx); err != nil {
		return nil, err
	}
	return f.Mailbox.Messages(to), nil
}

func (f *Face) shownMessages(r *http.Request) ([]message, error) {
	messages, err := f.Messages(r.Context(), r.URL.Query().Get("to"))
	shown := make([]message, 0, len(messages))
	for _, m := range messages {
		shown = append(shown, message{
			ID: m.ID, Time: m.Created, Medium: string(m.Medium), To: m.To, Subject: m.Subject, Body: m.Body,
			Code: m.Code, Link: m.Link, UserPoolID: m.PoolID, Username: m.Username, TriggerSource: m.TriggerSource,
		})
	}
	return shown, err
}

func (f *Face) messages(w http.ResponseWriter, r *http.Request) {
	shown, err := f.shownMessages(r)
	if err != nil {
		refuse(w, http.StatusInternalServerError, err.Error())
		return
	}
	answer.JSON(w, http.StatusOK, shown)
}

// code writes the newest code that was delivered to an address, as plain text
// for shell scripts; 404 if there is none.
func (f *Face) code(w http.ResponseWriter, r *http.Request) {
	to := r.URL.Query().Get("to")
	messages, err := f.Messages(r.Context(), to)
	if err != nil {
		refuse(w, http.StatusInternalServerError, err.Error())
		return
	}
	newest := slices.IndexFunc(messages, func(m userpool.Message) bool { return m.Code != "" })
	if newest < 0 {
		refuse(w, http.StatusNotFound, fmt.Sprintf("no code has been delivered to %q", to))
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintln(w, messages[newest].Code)
}

// empty clears the mailbox. It delivers first what is due, so that no earlier
// message arrives later.
func (f *Face) empty(w http.ResponseWriter, r *http.Request, done func()) {
	if err := f.Deliver(r.Context()); err != nil {
		refuse(w, http.StatusInternalServerError, err.Error())
		return
	}
	f.Mailbox.Clear()
	done()
}

func (f *Face) deleteMessages(w http.ResponseWriter, r *http.Request) {
	f.empty(w, r, func() { answer.JSON(w, http.StatusOK, map[string]string{"status": "ok"}) })
}

// clear is deleteMessages for the page, whose forms can only post.
func (f *Face) clear(w http.ResponseWriter, r *http.Request) {
	f.empty(w, r, func() { http.Redirect(w, r, "/_dev/", http.StatusSeeOther) })
}

func (f *Face) page(w http.ResponseWriter, r *http.Request) {
	shown, err := f.shownMessages(r)
	if err != nil {
		refuse(w, http.StatusInternalServerError, err.Error())
		return
	}
	show(w, "dev.html", struct {
		To       string
		Messages []message
	}{r.URL.Query().Get("to"), shown})
}

// show writes a page of dev mode.
func show(w http.ResponseWriter, page string, data any) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "+
		"frame-ancestors 'none'; base-uri 'none'")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	_ = pages.ExecuteTemplate(w, page, data)
}

func (f *Face) clock(w http.ResponseWriter, _ *http.Request) {
	answer.JSON(w, http.StatusOK, map[string]time.Time{"now": f.Clock.Now()})
}

// clockYears is how far the clock can be moved from the start of the server.
const clockYears = 10

// advance moves the clock: {"advance":"3m"} in Go's duration syntax.
func (f *Face) advance(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Advance string `json:"advance"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<10)).Decode(&body); err != nil {
		refuse(w, http.StatusBadRequest, `the body must be like {"advance":"3m"}`)
		return
	}
	step, err := time.ParseDuration(body.Advance)
	if err != nil {
		refuse(w, http.StatusBadRequest, `advance must be a duration like "90s", "3m" or "24h"`)
		return
	}
	if !f.Clock.AdvanceWithin(step, f.Started.AddDate(-clockYears, 0, 0), f.Started.AddDate(clockYears, 0, 0)) {
		refuse(w, http.StatusBadRequest,
			fmt.Sprintf("the clock stays within %d years of the server's start", clockYears))
		return
	}
	f.clock(w, r)
}

// reset deletes every pool, user and message.
func (f *Face) reset(w http.ResponseWriter, r *http.Request) {
	if err := f.Reset(r.Context()); err != nil {
		refuse(w, http.StatusInternalServerError, err.Error())
		return
	}
	answer.JSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

func refuse(w http.ResponseWriter, status int, message string) {
	answer.JSON(w, status, map[string]string{"message": message})
}
