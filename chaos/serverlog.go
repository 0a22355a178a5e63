package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// serverLog is the log file of the servers of a run.
type serverLog struct{ to, from *os.File }

func newServerLog(path string) (*serverLog, error) {
	to, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	from, err := os.Open(path) // with a separate position
	return &serverLog{to, from}, err
}

func (l *serverLog) close() error { return errors.Join(l.to.Close(), l.from.Close()) }

// showLog prints the lines that were logged since the last call. While the disk
// has power, no server may report a malformed database. Without power, reads fail
// with EIO, which SQLite also reports as malformed (SQLITE_IOERR_CORRUPTFS).
func (w *world) showLog(when string, power bool) error {
	text, err := io.ReadAll(w.log.from)
	for line := range strings.Lines(string(text)) {
		fmt.Fprintf(w.progress, "%s: %s", when, line)
		if power && strings.Contains(line, "malformed") {
			w.report.broken = append(w.report.broken, when+": "+line)
		}
	}
	return err
}
