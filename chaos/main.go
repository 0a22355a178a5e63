// Command chaos kills a server with SIGKILL, again and again, while writers
// work on it, and compares what they were told with what is there afterwards.
//
//	go run ./chaos                           50 kills, 8 writers, an embedded store
//	go run ./chaos -database postgres://…    the same for a node on PostgreSQL; the database must be empty
//	go run ./chaos -power-cut                cuts the power of the disk as well; needs root and loop devices
//	go run ./chaos -fault ack-early          a server that answers before it commits must lose something
//	go run ./chaos -power-cut -fault no-sync so must one that does not sync
//
// A kill comes after a random number of acknowledged writes; half of the
// rounds on an embedded store also have a failpoint right before or after a
// commit. SIGKILL leaves the operating system's cache alone: only -power-cut
// tells a server that syncs from one that does not.
//
// An interrupt ends a run after the round that is under way, with a report.
//
// Exit status 0 means that nothing acknowledged was lost and no invariant was
// broken (with -fault: that a loss was noticed), 1 the opposite, 2 that the
// run proves nothing: it failed, or too few writes were acknowledged.
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
	flag.IntVar(&c.rounds, "rounds", 50, "how many times the server is killed")
	flag.IntVar(&c.writers, "writers", 8, "how many writers work at once")
	flag.StringVar(&c.fault, "fault", "", "a fault of an embedded store that must be noticed: ack-early or no-sync")
	flag.StringVar(&c.database, "database", "", "an empty PostgreSQL database, postgres://…; none: an embedded store")
	flag.BoolVar(&c.powerCut, "power-cut", false, "cut the power of the embedded store's disk as well; needs root")
	flag.Uint64Var(&c.seed, "seed", 1, "seed of the moments of the kills")
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

// long is the number of kills from which on every kind of write must have
// been acknowledged.
const long = 50

// vacuous is an error when a run without a loss acknowledged too little to
// prove anything.
func (r report) vacuous() error {
	if len(r.broken) > 0 {
		return nil
	}
	if need := max(5*r.kills, 1); r.writes() < need {
		return fmt.Errorf("%d acknowledged writes prove nothing, want at least %d", r.writes(), need)
	}
	for _, operation := range operations() {
		if r.kills >= long && r.acknowledged[operation] == 0 {
			return fmt.Errorf("%s was never acknowledged", operation)
		}
	}
	return nil
}
