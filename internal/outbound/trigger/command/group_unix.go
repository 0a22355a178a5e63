//go:build unix

package command

import (
	"os/exec"
	"syscall"
)

// separate gives the worker its own process group, so that its child processes
// can be killed with it.
func separate(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// killAll kills the worker and its child processes.
func killAll(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
