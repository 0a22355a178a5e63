// Package harness runs a built server in a process of its own and calls it
// over HTTP: for the load generator, whose CPU time must not be the server's,
// and for the crash harness, which kills it.
package harness

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Build compiles the command. dir is the folder of the module; empty means the
// working directory.
func Build(ctx context.Context, dir, tags, binary string) error {
	module := strings.TrimSuffix(reflect.TypeFor[Server]().PkgPath(), "/internal/harness")
	cmd := exec.CommandContext(ctx, "go", "build", "-tags", tags, "-o", binary, module+"/cmd/lifeguard")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w: %s", err, out)
	}
	return nil
}

// Server is a running `lifeguard dev`.
type Server struct {
	URL    string
	Exited chan struct{} // closed when the process has exited
	cmd    *exec.Cmd
	http   *http.Client
}

// Start runs `lifeguard dev` without its demonstration pool on a free port and
// waits until it accepts requests. args and env are appended to its own. The
// process writes its log to log directly, so that the log is complete when it
// has exited.
func Start(ctx context.Context, binary string, args, env []string, log *os.File) (*Server, error) {
	cmd := exec.CommandContext(ctx, binary,
		append([]string{"dev", "--no-seed", "--listen", "127.0.0.1:0", "--log-level", "error"}, args...)...)
	// Without HTTPS, no local authority is made in the user's configuration.
	cmd.Env, cmd.Stderr = append(os.Environ(), append([]string{"LIFEGUARD_HTTPS_LISTEN="}, env...)...), log
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &Server{cmd: cmd, Exited: make(chan struct{}), http: &http.Client{
		Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 256},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	lines := bufio.NewScanner(out)
	for s.URL == "" && lines.Scan() {
		if url, ok := strings.CutPrefix(lines.Text(), "endpoint: "); ok {
			s.URL = url
		}
	}
	// It ends when the process exits.
	go func() {
		_, _ = io.Copy(io.Discard, out)
		_ = cmd.Wait()
		close(s.Exited)
	}()
	if s.URL == "" {
		return nil, errors.New("the server printed no endpoint")
	}
	return s, nil
}

// Process returns the server's process.
func (s *Server) Process() *os.Process { return s.cmd.Process }

// Running reports whether the process runs.
func (s *Server) Running() bool {
	select {
	case <-s.Exited:
		return false
	default:
		return true
	}
}

// Kill sends SIGKILL, so that no handler runs and nothing is flushed, and waits
// for the exit.
func (s *Server) Kill() {
	_ = s.cmd.Process.Kill()
	<-s.Exited
	s.http.CloseIdleConnections()
}

// Refusal is an error response of the API or of OAuth.
type Refusal struct {
	Type    string `json:"__type"`
	Message string `json:"message"`
}

// Internal reports whether it is an internal error of the server.
func (r *Refusal) Internal() bool {
	return slices.Contains([]string{"InternalErrorException", "InternalServerException", "server_error"}, r.Type)
}

func (r *Refusal) Error() string { return r.Type + ": " + r.Message }

// Request returns the request of an operation as an SDK sends it, without a
// signature.
func Request(url, operation string, in map[string]any) (*http.Request, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequest(http.MethodPost, url+"/", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+operation)
	return r, nil
}

// Call sends one operation. The error is a *Refusal if the server returned one.
// After any other error the outcome of the request is unknown.
func (s *Server) Call(operation string, in map[string]any, out any) error {
	r, err := Request(s.URL, operation, in)
	if err != nil {
		return err
	}
	return s.exchange(r, out)
}

const formType = "application/x-www-form-urlencoded"

// Form posts a form to a path, with the errors of Call.
func (s *Server) Form(path string, form url.Values, out any) error {
	r, err := http.NewRequest(http.MethodPost, s.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", formType)
	return s.exchange(r, out)
}

// Send sends JSON, if in is not nil, with the errors of Call. token, if there is
// one, authorizes the request.
func (s *Server) Send(method, path, token string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	r, err := http.NewRequest(method, s.URL+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return s.exchange(r, out)
}

func (s *Server) exchange(r *http.Request, out any) error {
	status, text, err := s.send(r)
	if err != nil {
		return err
	}
	return DecodeResponse(status, text, out)
}

func (s *Server) send(r *http.Request) (status int, text []byte, err error) {
	answer, err := s.http.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	text, err = io.ReadAll(answer.Body)
	return answer.StatusCode, text, err
}

// DecodeResponse decodes the body of a response, of the API or of OAuth; some have
// none.
func DecodeResponse(status int, text []byte, out any) error {
	if status >= http.StatusBadRequest {
		var refusal struct {
			Refusal
			OAuth       string `json:"error"`
			Description string `json:"error_description"`
		}
		if err := json.Unmarshal(text, &refusal); err != nil {
			return fmt.Errorf("status %d: %s", status, text)
		}
		return &Refusal{
			Type:    cmp.Or(refusal.Type, refusal.OAuth),
			Message: cmp.Or(refusal.Message, refusal.Description),
		}
	}
	if out == nil || len(text) == 0 {
		return nil
	}
	return json.Unmarshal(text, out)
}

// Metrics returns the values of metrics without labels, by name.
func (s *Server) Metrics() (map[string]float64, error) {
	r, err := http.NewRequest(http.MethodGet, s.URL+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	status, text, err := s.send(r)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("/metrics: status %d", status)
	}
	if err != nil {
		return nil, err
	}
	values := map[string]float64{}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if n, err := strconv.ParseFloat(value, 64); err == nil {
			values[name] = n
		}
	}
	return values, nil
}
