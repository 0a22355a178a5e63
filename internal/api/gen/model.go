package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
)

type model struct {
	Operations map[string]operation
	Shapes     map[string]*shape
}

type operation struct {
	Name     string
	AuthType string
	Input    ref
	Output   ref
	Errors   []ref
}

type ref struct{ Shape string }

type shape struct {
	Type       string
	Members    map[string]ref
	Required   []string
	Member     ref
	Key, Value ref
	Min, Max   *int
	Pattern    string
	Enum       []string
	Sensitive  bool
	Exception  bool
	Fault      bool
	Document   bool
	EmptyValid bool `json:"x-empty-allowed"`
}

// load reads the model and applies its patches.
func load(dir string) (*model, error) {
	var raw map[string]any
	if err := readJSON(filepath.Join(dir, "cognito-idp-2016-04-18.json"), &raw); err != nil {
		return nil, err
	}
	var patches []struct {
		Path, Evidence string
		Set            any
	}
	if err := readJSON(filepath.Join(dir, "patches.json"), &patches); err != nil {
		return nil, err
	}
	for _, p := range patches {
		if p.Evidence == "" {
			return nil, fmt.Errorf("patch %s has no evidence", p.Path)
		}
		if err := patch(raw, strings.Split(p.Path, "/"), p.Set); err != nil {
			return nil, fmt.Errorf("patch %s: %w", p.Path, err)
		}
	}
	text, err := json.Marshal(raw)
	if err != nil {
		return nil, err
	}
	var m model
	return &m, json.Unmarshal(text, &m)
}

func readJSON(path string, v any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// patch sets the value at a path; nil removes it, and a last step of - appends to
// a list. A patch that changes nothing is an error.
func patch(at map[string]any, path []string, value any) error {
	for len(path) > 2 || len(path) == 2 && path[1] != "-" {
		next, ok := at[path[0]].(map[string]any)
		if !ok {
			return fmt.Errorf("the model has no %s", path[0])
		}
		at, path = next, path[1:]
	}
	if len(path) == 2 {
		list, ok := at[path[0]].([]any)
		if !ok {
			return fmt.Errorf("%s is not a list", path[0])
		}
		for _, known := range list {
			if reflect.DeepEqual(known, value) {
				return errors.New("stale: the model has this value already")
			}
		}
		at[path[0]] = append(list, value)
		return nil
	}
	if reflect.DeepEqual(at[path[0]], value) {
		return errors.New("stale: the model has this value already")
	}
	if value == nil {
		delete(at, path[0])
		return nil
	}
	at[path[0]] = value
	return nil
}
