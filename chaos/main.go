// Command chaos kills a server with SIGKILL, again and again, while writers
// work on it, and compares what they were told with what is there afterwards.
//
//	go run ./chaos                       50 kills, 8 writers, an embedded store
//	go run ./chaos -tags nosync -lossy   a build that does not sync must lose something
//
// Half of the rounds kill at a random moment, half at a failpoint right before
// or after a commit. Exit status 0 means that nothing acknowledged was lost
// and no invariant was broken (with -lossy: that a loss was noticed).
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
)

func main() {
	c := config{}
	flag.IntVar(&c.rounds, "rounds", 50, "how many times the server is killed")
	flag.IntVar(&c.writers, "writers", 8, "how many writers work at once")
	flag.StringVar(&c.tags, "tags", "failpoint", "build tags of the server")
	flag.Uint64Var(&c.seed, "seed", 1, "seed of the moments of the kills")
	lossy := flag.Bool("lossy", false, "expect the server to lose acknowledged writes")
	flag.Parse()
	report, err := run(context.Background(), c)
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(2)
	}
	fmt.Println(report)
	if (len(report.broken) > 0) != *lossy {
		os.Exit(1)
	}
}
