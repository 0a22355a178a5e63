//go:build unix

package command

import (
	"os/exec"
	"syscall"
)

// separate puts the worker into a process group of its own, so that what it
// starts can be killed with it.
func separate(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// killAll kills the worker and what it started.
func killAll(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
