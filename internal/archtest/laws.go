package archtest

// goroutines lists the files of the product that start goroutines, each with
// who ends them. At the statement a comment says the same of the goroutine.
var goroutines = map[string]string{
	"cmd/lifeguard/listen.go":                      "the command, which ends with the process",
	"internal/after/worker.go":                     "jobs end with their attempt; Run and Drain wait for them",
	"internal/harness/harness.go":                  "ends with the process that is watched",
	"internal/outbound/trigger/command/command.go": "the stop of a process, which is bounded",
	"internal/outbound/trigger/command/worker.go":  "ends with the process that is served",
	"internal/outbound/trigger/runner.go":          "ends with the call of the invoker, which has a limit",
	"internal/server/job.go":                       "background jobs; Close ends them and waits",
	"internal/store/engine/enginetest/checks.go":   "writers of tests, which wait for them",
	"internal/store/postgres/lease.go":             "ends with the migration, which waits for it",
	"internal/store/sqlite/sqlite.go":              "the one writer; Close ends it and waits",
	"internal/store/store.go":                      "follows the other nodes; Close ends it and waits",
	"internal/store/storetest/proxy.go":            "a proxy of tests; ends when its connections are closed",
	"lifeguardtest/lifeguardtest.go":               "fills a stock of keys for all tests; ends with the process",
	"bench/main.go":                                "load; ends with the measurement, which waits for it",
	"bench/probe.go":                               "load; ends with the measurement, which waits for it",
	"bench/writing.go":                             "load; ends with the measurement, which waits for it",
	"chaos/ledger.go":                              "load; ends with the round, which waits for it",
	"chaos/messages.go":                            "a mail server of the harness; ends with the process",
}

// wallTime lists the test files that read the wall's clock, or sleep, each with
// its reason. Inside testing/synctest both are allowed.
var wallTime = map[string]string{
	"cmd/lifeguard/certificate_test.go":  "certificates are valid at a time of the wall",
	"cmd/lifeguard/signingkey_test.go":   "the command tells a day of the wall",
	"internal/api/decode_test.go":        "measures work against a limit a thousand times as long",
	"internal/crypto/srp/srp_test.go":    "measures work against other work",
	"internal/crypto/totp/totp_test.go":  "measures work against other work",
	"internal/flow/signin/bench_test.go": "measures work against other work",
	"internal/server/delivery_test.go":   "shows that nothing waits for a server that hangs",
	"internal/store/store_test.go":       "waits for another node, which looks at the configuration four times a second",
}

// wallRooms test or measure a process of its own, whose clock is the wall's.
var wallRooms = []string{"bench", "chaos", "e2e"}

// maxWidth is how many characters a line has, a tab counting as one.
const maxWidth = 120
