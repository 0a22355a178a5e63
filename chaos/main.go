// Command chaos kills a server with SIGKILL, again and again, while writers
// work on it, and compares the acknowledged writes with the data after a restart.
//
//	go run ./chaos                           50 kills, 8 writers, an embedded store
//	go run ./chaos -database postgres://…    the same for a node on PostgreSQL; the database must be empty
//	go run ./chaos -power-cut                cuts the power of the disk as well; needs root and loop devices
//	go run ./chaos -fault ack-early          a server that responds before it commits must lose a write
//	go run ./chaos -power-cut -fault no-sync the same for a server that does not sync
//
// A kill comes after a random number of acknowledged writes; half of the
// rounds on an embedded store also have a failpoint right before or after a
// commit. SIGKILL does not affect the operating system's cache: only -power-cut
// detects a server that does not sync.
//
// An interrupt ends a run after the current round, with a report.
//
// Exit status 0 means that no acknowledged write was lost and no invariant was
// broken (with -fault: that a loss was detected), 1 the opposite, 2 that the run
// shows nothing: it failed, or too few writes were acknowledged.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
)

func main() {
	c := config{progress: os.Stderr}
	flag.IntVar(&c.rounds, "rounds", 50, "number of kills")
	flag.IntVar(&c.writers, "writers", 8, "number of concurrent writers")
	flag.StringVar(&c.fault, "fault", "", "a fault of an embedded store that must be detected: ack-early or no-sync")
	flag.StringVar(&c.database, "database", "", "postgres://… URL of an empty database; default: an embedded store")
	flag.BoolVar(&c.powerCut, "power-cut", false, "cut the power of the embedded store's disk as well; needs root")
	flag.Uint64Var(&c.seed, "seed", 1, "seed of the times of the kills")
	flag.Parse()
	if c.database != "" && (c.powerCut || c.fault != "") {
		fmt.Fprintln(os.Stderr, "chaos: -power-cut and -fault are for the embedded store")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	report, err := run(ctx, c)
	if err == nil {
		err = report.vacuous()
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s\nchaos: %v\n", report, err)
		os.Exit(2)
	}
	fmt.Printf("%s\n%s", report, report.kinds())
	if (len(report.broken) > 0) != (c.fault != "") {
		os.Exit(1)
	}
}

// long is the number of kills from which every kind of write must have been
// acknowledged.
const long = 50

// vacuous returns an error if a run without a loss has too few acknowledged
// writes.
func (r report) vacuous() error {
	if len(r.broken) > 0 {
		return nil
	}
	if need := max(5*r.kills, 1); r.writes() < need {
		return fmt.Errorf("%d acknowledged writes are too few, want at least %d", r.writes(), need)
	}
	for _, operation := range operations() {
		if r.kills >= long && r.acknowledged[operation] == 0 {
			return fmt.Errorf("%s was never acknowledged", operation)
		}
	}
	return nil
}
