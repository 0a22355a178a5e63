package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"
)

func build(ctx context.Context, c config, binary string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-tags", c.tags, "-o", binary, "lifeguard/cmd/lifeguard")
	cmd.Dir, cmd.Stderr = c.module, os.Stderr
	return cmd.Run()
}

// server is a running Lifeguard in a process of its own.
type server struct {
	cmd  *exec.Cmd
	url  string
	gone chan struct{}
	http *http.Client
}

// start runs the server on a data directory and waits until it answers.
func start(ctx context.Context, binary, data, failpoint string) (*server, error) {
	cmd := exec.CommandContext(ctx, binary, "dev", "--no-seed", "--listen", "127.0.0.1:0", "--data", data, "--log-level", "error")
	cmd.Env = append(os.Environ(), "LIFEGUARD_FAILPOINT="+failpoint)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{cmd: cmd, gone: make(chan struct{}), http: &http.Client{
		Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 32},
	}}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if url, ok := strings.CutPrefix(lines.Text(), "endpoint: "); ok {
			s.url = url
			break
		}
	}
	go func() {
		_, _ = io.Copy(io.Discard, out)
		_ = cmd.Wait()
		close(s.gone)
	}()
	if s.url == "" {
		return nil, errors.New("the server printed no endpoint")
	}
	return s, nil
}

func (s *server) alive() bool {
	select {
	case <-s.gone:
		return false
	default:
		return true
	}
}

// kill is SIGKILL: no handler runs, nothing is flushed.
func (s *server) kill() {
	_ = s.cmd.Process.Kill()
	<-s.gone
	s.http.CloseIdleConnections()
}

// refusal is an error answer of the API.
type refusal struct {
	Type    string `json:"__type"`
	Message string `json:"message"`
}

func (r *refusal) Error() string { return r.Type + ": " + r.Message }

// call sends one operation. A *refusal is an answer; any other error means
// that nobody knows what became of the request.
func (s *server) call(operation string, in map[string]any, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	r, err := http.NewRequest(http.MethodPost, s.url+"/", bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+operation)
	answer, err := s.http.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode >= 400 {
		var no refusal
		if err := json.Unmarshal(text, &no); err != nil {
			return fmt.Errorf("status %d: %s", answer.StatusCode, text)
		}
		return &no
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(text, out)
}

// setUp makes the pool and the client that the writers work on.
func (s *server) setUp() (poolID, clientID string, err error) {
	var pool struct{ UserPool struct{ Id string } }
	if err := s.call("CreateUserPool", map[string]any{"PoolName": "chaos", "AliasAttributes": []string{"email"}}, &pool); err != nil {
		return "", "", err
	}
	var client struct{ UserPoolClient struct{ ClientId string } }
	err = s.call("CreateUserPoolClient", map[string]any{
		"UserPoolId": pool.UserPool.Id, "ClientName": "chaos", "ExplicitAuthFlows": []string{"ALLOW_USER_PASSWORD_AUTH"},
	}, &client)
	return pool.UserPool.Id, client.UserPoolClient.ClientId, err
}

// invariants holds the counters against the rows: users, search rows and the
// estimate must agree.
func (s *server) invariants(poolID string) (broken []string) {
	count := func(filter string) (n int) {
		var token any
		for {
			in := map[string]any{"UserPoolId": poolID, "Filter": filter}
			if token != nil {
				in["PaginationToken"] = token
			}
			var page struct {
				Users           []struct{}
				PaginationToken *string
			}
			if err := s.call("ListUsers", in, &page); err != nil {
				broken = append(broken, "ListUsers: "+err.Error())
				return n
			}
			n += len(page.Users)
			if page.PaginationToken == nil {
				return n
			}
			token = *page.PaginationToken
		}
	}
	var pool struct {
		UserPool struct{ EstimatedNumberOfUsers int }
	}
	if err := s.call("DescribeUserPool", map[string]any{"UserPoolId": poolID}, &pool); err != nil {
		broken = append(broken, "DescribeUserPool: "+err.Error())
	}
	all, found := count(""), count(`email ^= "u"`)
	if estimated := pool.UserPool.EstimatedNumberOfUsers; all != found || all != estimated {
		broken = append(broken, fmt.Sprintf("%d users, %d found by e-mail, %d counted", all, found, estimated))
	}
	return broken
}
