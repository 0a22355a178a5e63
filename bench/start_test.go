package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/harness"
)

// BenchmarkStart measures the time from the start of the built server on an existing store to its first response, and
// to its end by SIGKILL. The goal is 100 ms.
func BenchmarkStart(b *testing.B) {
	binary := filepath.Join(b.TempDir(), "lifeguard")
	if err := harness.Build(b.Context(), "", "", binary); err != nil {
		b.Fatal(err)
	}
	data := filepath.Join(b.TempDir(), "data")
	start := func() {
		s, err := harness.Start(b.Context(), binary, []string{"--data", data}, nil, os.Stderr)
		if err != nil {
			b.Fatal(err)
		}
		defer s.Kill()
		if err := s.Call("ListUserPools", map[string]any{"MaxResults": 1}, nil); err != nil {
			b.Fatal(err)
		}
	}
	start()
	for b.Loop() {
		start()
	}
}
