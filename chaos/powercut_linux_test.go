package main

import (
	"os/exec"
	"testing"
)

func TestFreeze(t *testing.T) {
	busy := exec.Command("sh", "-c", "while :; do :; done")
	if err := busy.Start(); err != nil {
		t.Fatal(err)
	}
	p := busy.Process
	if frozen(p.Pid) {
		t.Error("a busy process is reported as frozen")
	}
	if err := freeze(p); err != nil || !frozen(p.Pid) {
		t.Error("not frozen:", err)
	}
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = busy.Wait() // killed
	if err := freeze(p); err != nil {
		t.Error("a process that has ended:", err)
	}
}
