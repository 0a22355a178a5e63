package gate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/ratelimit"
	"github.com/lifeguard-auth/lifeguard/internal/store"
)

const (
	targetPrefix = "AWSCognitoIdentityProviderService."
	contentType  = "application/x-amz-json-1.1"
	exposed      = "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date"

	// bodyLimit is the largest request body in bytes. Branding has images, of up to
	// 2 MB in the API model.
	bodyLimit         = 1 << 20
	brandingBodyLimit = 3 << 20
)

// Gate is the HTTP side of the native API.
type Gate struct {
	Service api.Service
	Auth    Authenticator
	Clock   clock.Clock
	Entropy entropy.Source
	Log     *slog.Logger
	// PlainJSON also accepts application/json, as other emulators do. Amazon
	// Cognito answers UnknownOperationException for that type.
	PlainJSON bool
	// Tolerate reports whether to ignore a violation of the API model; nil ignores
	// none.
	Tolerate func(api.Violation) bool
	// Rates limits the request rates of accounts; nil means no limit. Store finds
	// the account of a request that is not signed by an access key.
	Rates *ratelimit.Limiter
	Store *store.DB
	// Admission limits concurrent CPU-heavy requests; nil means no limit.
	Admission *Admission
	// Observe is called after each request; it may be nil.
	Observe func(operation, outcome string, took time.Duration)
}

// call is the state of one request.
type call struct {
	started time.Time
	id      string
	peer    string // client address, without the port
	// operation is its name; empty if it is unknown.
	operation string
	op        *api.Operation // nil for an Extension
	media     string         // content type of the response
	caller    Caller
}

// ServeHTTP answers every path and method in JSON: clients cannot parse anything
// else.
func (g *Gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := g.begin(w, r, contentType)
	if r.Method == http.MethodOptions && r.URL.Path == "/" {
		preflight(w, r, http.MethodPost)
		return
	}
	body, err := g.serve(r, c)
	g.finish(w, c, body, err)
}

// begin sets the headers that all responses have.
func (g *Gate) begin(w http.ResponseWriter, r *http.Request, media string) *call {
	c := &call{started: g.Clock.Now(), id: g.Entropy.UUID(), peer: peerOf(r), media: media}
	h := w.Header()
	h.Set("X-Amzn-Requestid", c.id)
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", exposed)
	return c
}

// finish writes the response, logs the request and updates the metrics.
func (g *Gate) finish(w http.ResponseWriter, c *call, body []byte, err error) {
	if err != nil {
		c.refuse(w, err)
	} else {
		c.answer(w, http.StatusOK, body)
	}
	g.observe(c, err, g.Clock.Now().Sub(c.started))
}

// answer writes a response. It sets Content-Length so that a client that stops
// sending when it sees the headers still reads the whole body.
func (c *call) answer(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", c.media)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// preflight allows every web origin: CORS does not depend on pools.
func preflight(w http.ResponseWriter, r *http.Request, methods string) {
	h := w.Header()
	if wanted := r.Header.Get("Access-Control-Request-Headers"); wanted != "" {
		h.Set("Access-Control-Allow-Headers", wanted)
	}
	h.Set("Access-Control-Allow-Methods", methods)
	h.Set("Access-Control-Max-Age", "172800")
	w.WriteHeader(http.StatusOK)
}

// serve handles one request and returns the body of its response.
func (g *Gate) serve(r *http.Request, c *call) (body []byte, err error) {
	defer recovered(&err)
	if c.op, err = g.route(r); err != nil {
		return nil, err
	}
	c.operation = c.op.Name
	payload, err := readBody(r, limitOf(c.op))
	if err != nil {
		return nil, err
	}
	if c.caller, err = g.authenticate(r, payload, c, c.op.Auth == api.AuthIAM); err != nil {
		return nil, err
	}
	in, text := c.op.Decode(payload)
	var malformed *api.SerializationError
	if errors.As(text, &malformed) {
		return nil, fault.New(fault.Serialization, malformed.Error())
	}
	violations := c.op.Validate(in)
	if g.Tolerate != nil {
		violations = slices.DeleteFunc(violations, g.Tolerate)
	}
	if len(violations) > 0 {
		return nil, api.Refuse(violations)
	}
	if text != nil {
		return nil, text
	}
	if err := c.permit(in); err != nil {
		return nil, err
	}
	if err := g.ration(r.Context(), c, in); err != nil {
		return nil, err
	}
	ctx, leave, err := g.Admission.EnterOperation(r.Context(), c.op.Name)
	if err != nil {
		return nil, err
	}
	defer leave()
	out, err := g.call(WithCaller(ctx, c.caller), c.op, in)
	if err != nil {
		return nil, err
	}
	return c.op.AppendOutput(nil, out), nil
}

// recovered turns a panic into an error. It is deferred.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
	}
}

// maxCalls is how many times an operation runs when it conflicts with a
// concurrent writer.
const maxCalls = 5

// call runs the operation. If what it read was changed by another request before
// it wrote, and its model does not list ConcurrentModificationException, it runs
// again from the start.
func (g *Gate) call(ctx context.Context, op *api.Operation, in any) (out any, err error) {
	for range maxCalls {
		out, err = op.Call(ctx, g.Service, in)
		if !errors.Is(err, fault.ConcurrentModification) || op.Models("ConcurrentModificationException") {
			break
		}
	}
	return out, modelled(op, err)
}

// route finds the operation.
func (g *Gate) route(r *http.Request) (*api.Operation, error) {
	if r.URL.Path != "/" {
		return nil, errUnknownPath
	}
	if r.Method != http.MethodPost {
		return nil, errWrongMethod
	}
	name, ok := strings.CutPrefix(r.Header.Get("X-Amz-Target"), targetPrefix)
	if !ok || !g.acceptable(r.Header.Get("Content-Type")) {
		return nil, fault.New(fault.UnknownOperation, "")
	}
	op, ok := api.Lookup(name)
	if !ok {
		return nil, fault.New(fault.UnknownOperation, "")
	}
	return op, nil
}

func (g *Gate) acceptable(header string) bool {
	media, _, err := mime.ParseMediaType(header)
	if err != nil {
		return false
	}
	return media == contentType || media == "application/x-amz-json-1.0" || g.PlainJSON && media == "application/json"
}

// limitOf returns the largest body of an operation, in bytes.
func limitOf(op *api.Operation) int64 {
	if strings.HasSuffix(op.Name, "ManagedLoginBranding") {
		return brandingBodyLimit
	}
	return bodyLimit
}

func readBody(r *http.Request, limit int64) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, limit))
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return nil, fault.Newf(fault.RequestEntityTooLarge, "Request body is larger than %d bytes.", limit)
	}
	if err != nil {
		return nil, fault.New(fault.Serialization, "The request body could not be read.").WithCause(err)
	}
	return body, nil
}

// authenticate returns the caller. On operations without IAM authorization the
// signature is ignored: SDKs sign those too, and some signatures are invalid.
func (g *Gate) authenticate(r *http.Request, body []byte, c *call, signed bool) (Caller, error) {
	var caller Caller
	if signed {
		var err error
		if caller, err = g.Auth.Authenticate(r, body); err != nil {
			return caller, err
		}
	}
	caller.RequestID, caller.Agent, caller.IP = c.id, r.UserAgent(), c.peer
	return caller, nil
}

// peerOf returns the client address of a request, without the port.
func peerOf(r *http.Request) string {
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		return host
	}
	return r.RemoteAddr
}

// Authenticator returns the caller that signed a request of an IAM operation.
type Authenticator interface {
	Authenticate(r *http.Request, body []byte) (Caller, error)
}

// observe logs the request and updates the metrics.
func (g *Gate) observe(c *call, err error, took time.Duration) {
	name, outcome := cmp.Or(c.operation, "unknown"), "ok"
	level := slog.LevelInfo
	attrs := []slog.Attr{
		slog.String("request", c.id), slog.String("operation", name), slog.Duration("took", took),
		slog.String("peer", c.peer),
	}
	if err != nil {
		outcome, _, _ = describe(err)
		attrs = append(attrs, slog.String("reason", fault.Reason(err)))
		if outcome == internalError {
			level = slog.LevelError
		}
	}
	attrs = append(attrs, slog.String("outcome", outcome))
	g.Log.LogAttrs(context.Background(), level, "request", attrs...)
	if g.Observe != nil {
		g.Observe(name, outcome, took)
	}
}
