package archtest

// goroutines lists the non-test files that start goroutines, each with what
// ends them. A comment at the statement says the same.
var goroutines = map[string]string{
	"cmd/lifeguard/listen.go":                      "ends with the process",
	"cmd/lifeguard/tls.go":                         "watches files until the server stops",
	"internal/after/worker.go":                     "a job ends with its attempt; Run and Drain wait for it",
	"internal/harness/harness.go":                  "ends with the process that it watches",
	"internal/outbound/trigger/command/command.go": "stops a process, within a limit of time",
	"internal/outbound/trigger/command/worker.go":  "ends with the worker process that it reads",
	"internal/outbound/trigger/runner.go":          "ends with the call of the invoker, which has a time-out",
	"internal/server/job.go":                       "background jobs; Close ends them and waits",
	"internal/store/engine/enginetest/checks.go":   "writers of a test, which waits for them",
	"internal/store/postgres/lease.go":             "ends with the migration, which waits for it",
	"internal/store/sqlite/sqlite.go":              "the single writer; Close ends it and waits",
	"internal/store/store.go":                      "polls the configuration epochs; Close ends it and waits",
	"internal/store/storetest/proxy.go":            "a proxy for tests; ends when its connections are closed",
	"lifeguardtest/lifeguardtest.go":               "generates keys for all tests; ends with the process",
	"bench/main.go":                                "load; ends with the measurement, which waits for it",
	"bench/probe.go":                               "load; ends with the measurement, which waits for it",
	"bench/writing.go":                             "load; ends with the measurement, which waits for it",
	"chaos/ledger.go":                              "load; ends with the round, which waits for it",
	"chaos/messages.go":                            "receives messages; ends when its listener is closed",
}

// wallTime lists the test files that read the system clock or sleep, each with
// its reason. Inside testing/synctest both are allowed.
var wallTime = map[string]string{
	"internal/certificate/acme_test.go":  "certificates are verified at the system time",
	"internal/certificate/files_test.go": "certificates are verified at the system time",
	"cmd/lifeguard/signingkey_test.go":   "the command prints a date of the system clock",
	"internal/api/decode_test.go":        "compares a duration with a limit a thousand times as long",
	"internal/crypto/srp/srp_test.go":    "compares two durations",
	"internal/crypto/totp/totp_test.go":  "compares two durations",
	"internal/flow/signin/bench_test.go": "compares two durations",
	"internal/server/delivery_test.go":   "checks that nothing waits for a server that hangs",
	"internal/store/store_test.go":       "waits for another node, which polls the configuration four times a second",
}

// wallTimePackages run another process, which uses the system clock.
var wallTimePackages = []string{"bench", "chaos", "e2e"}

// maxWidth is the maximum number of columns of a line; a tab takes tabWidth.
const maxWidth, tabWidth = 120, 4
