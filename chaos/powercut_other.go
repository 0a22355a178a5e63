//go:build !linux

package main

import (
	"errors"
	"os"
)

var errNeedsLinux = errors.New("cutting the power of a disk needs Linux")

func freeze(*os.Process) error { return errNeedsLinux }

func (d *disk) cut() error { return errNeedsLinux }
