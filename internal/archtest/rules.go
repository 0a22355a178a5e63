package archtest

// stair says what each room may import of ours: a package may import what
// stands in its list, its own subfolders' parents excepted. A trailing /…
// stands for everything below. docs/architecture.md draws it.
var stair = map[string][]string{
	"internal/api":                        {"internal/fault"},
	"internal/api/gen":                    {},
	"internal/fault":                      {},
	"internal/clock":                      {},
	"internal/entropy":                    {},
	"internal/config":                     {},
	"internal/iampolicy":                  {},
	"internal/ratelimit":                  {"internal/clock"},
	"internal/after":                      {"internal/clock"},
	"internal/userpool":                   {"internal/fault", "internal/clock"},
	"internal/userpool/brand":             {"internal/userpool", "internal/fault"},
	"internal/userpool/idp":               {"internal/userpool", "internal/fault"},
	"internal/crypto/srp":                 {},
	"internal/crypto/seal":                {},
	"internal/crypto/jose":                {},
	"internal/crypto/sigv4":               {},
	"internal/crypto/selfsigned":          {},
	"internal/crypto/totp":                {},
	"internal/crypto/passkey":             {},
	"internal/crypto/esdk":                {},
	"internal/crypto/esdk/esdktest":       {},
	"internal/crypto/standardwebhook":     {},
	"internal/crypto/passkey/passkeytest": {},
	"internal/store/engine":               {},
	"internal/store/engine/enginetest":    {"internal/store/engine"},
	"internal/store/sqlite":               {"internal/store/engine"},
	"internal/store/postgres":             {"internal/store/engine"},
	"internal/store/userfilter":           {"internal/fault"},
	"internal/store/page": {
		"internal/fault", "internal/clock", "internal/entropy", "internal/crypto/seal",
	},
	"internal/store/record": {"internal/userpool", "internal/userpool/brand", "internal/userpool/idp"},
	"internal/store": {
		"internal/after", "internal/userpool", "internal/userpool/brand", "internal/userpool/idp", "internal/fault",
		"internal/clock", "internal/entropy", "internal/crypto/seal", "internal/store/…",
	},
	"internal/store/storetest": {
		"internal/store", "internal/store/engine", "internal/clock", "internal/entropy",
	},
	"internal/outbound/deliver": {"internal/after", "internal/userpool", "internal/fault", "internal/clock"},
	"internal/outbound/deliver/*": {
		"internal/userpool", "internal/outbound/deliver", "internal/outbound/awssdk", "internal/clock",
		"internal/crypto/standardwebhook",
	},
	"internal/outbound/deliver/custom": {
		"internal/userpool", "internal/fault", "internal/outbound/deliver", "internal/outbound/trigger",
		"internal/outbound/kms", "internal/crypto/esdk",
	},
	"internal/outbound/awssdk":            {},
	"internal/outbound/awssdk/awssdktest": {"internal/outbound/awssdk"},
	"internal/outbound/kms":               {"internal/crypto/esdk", "internal/crypto/seal"},
	"internal/outbound/kms/awskms":        {"internal/crypto/esdk", "internal/outbound/awssdk"},
	"internal/outbound/fetch":             {},
	"internal/outbound/trigger": {
		"internal/after", "internal/userpool", "internal/fault", "internal/clock", "internal/entropy",
	},
	"internal/outbound/trigger/*": {
		"internal/outbound/trigger", "internal/userpool", "internal/clock", "internal/crypto/sigv4",
		"internal/crypto/standardwebhook",
	},
	"internal/flow/token": {
		"internal/store", "internal/store/record", "internal/userpool", "internal/userpool/idp",
		"internal/outbound/trigger", "internal/fault", "internal/clock", "internal/entropy", "internal/crypto/…",
	},
	"internal/flow/account": {
		"internal/store", "internal/store/userfilter", "internal/userpool", "internal/outbound/…", "internal/fault",
		"internal/clock", "internal/entropy", "internal/crypto/…",
	},
	"internal/flow/federation": {
		"internal/flow/token", "internal/store", "internal/userpool", "internal/userpool/idp", "internal/outbound/…",
		"internal/fault", "internal/clock", "internal/entropy", "internal/crypto/…",
	},
	"internal/flow/signin": {
		"internal/flow/account", "internal/flow/token", "internal/store", "internal/store/record", "internal/userpool",
		"internal/outbound/…", "internal/fault", "internal/clock", "internal/entropy", "internal/crypto/…",
	},
	"internal/face/awsapi/gate": {
		"internal/api", "internal/flow/token", "internal/store", "internal/userpool", "internal/iampolicy",
		"internal/ratelimit", "internal/fault", "internal/clock", "internal/entropy", "internal/crypto/sigv4",
	},
	"internal/face/awsapi": {
		"internal/face/awsapi/gate", "internal/api", "internal/flow/…", "internal/store", "internal/store/page",
		"internal/store/record",
		"internal/userpool", "internal/userpool/brand", "internal/userpool/idp", "internal/ratelimit", "internal/fault",
		"internal/clock", "internal/entropy",
	},
	"internal/server":          {"internal/…"},
	"internal/archtest":        {},
	"internal/archtest/opsdoc": {"internal/archtest"},
	"":                         {"internal/server", "internal/config"},
	"lifeguardtest": {
		"internal/server", "internal/config", "internal/clock", "internal/entropy", "internal/flow/token",
	},
	"cmd/lifeguard": {
		"internal/server", "internal/config", "internal/flow/token", "internal/store", "internal/userpool",
		"internal/outbound/deliver", "internal/outbound/trigger", "internal/iampolicy", "internal/clock", "internal/entropy",
	},
	"internal/harness":     {},
	"e2e":                  {},
	"internal/logtest":     {},
	"bench":                {"internal/…", "lifeguardtest"},
	"chaos":                {"internal/…"},
	"internal/face/answer": {"internal/fault"},
	"internal/face/beyond": {"internal/face/answer", "internal/flow/account", "internal/flow/token"},
	"internal/face/dev": {
		"internal/face/answer", "internal/outbound/deliver/mailbox", "internal/outbound/kms", "internal/outbound/trigger",
		"internal/userpool", "internal/fault", "internal/clock",
	},
	"internal/face/oauth": {
		"internal/face/answer", "internal/flow/…", "internal/outbound/trigger", "internal/store", "internal/store/record",
		"internal/userpool", "internal/fault", "internal/clock", "internal/entropy", "internal/crypto/seal",
	},
	"internal/face/hosted": {
		"internal/face/oauth", "internal/flow/account", "internal/flow/signin", "internal/store/record",
		"internal/userpool", "internal/fault", "internal/clock", "internal/entropy", "internal/crypto/seal",
		"internal/crypto/totp",
	},
	"internal/face/hosted/hostedtest": {
		"internal/face/oauth", "internal/face/hosted", "internal/flow/…", "internal/store", "internal/userpool",
		"internal/clock", "internal/entropy",
	},
}

// never lists what only some rooms may import. Tests are exempt.
var never = []struct {
	imports string // import path or its prefix; of ours without the module's path
	rooms   []string
	why     string
}{
	{"internal/api", []string{"internal/face/awsapi", "internal/server"}, "the wire's words stay at the face"},
	{"database/sql", []string{"internal/store"}, "SQL stays in the store"},
	{"crypto/rand", []string{"internal/entropy", "internal/crypto"}, "chance comes through entropy"},
	{"math/rand", []string{"internal/entropy", "internal/store/postgres", "internal/after", "bench", "chaos"},
		"only seeded sources and back-off jitter may be guessable"},
}

// neverCalled lists what only some rooms or files may use by name. Tests are
// exempt.
var neverCalled = []struct {
	pkg   string
	names []string
	rooms []string
	why   string
}{
	{"time", []string{"Now", "Since", "Until"}, []string{"internal/clock", "bench", "chaos"}, "time comes through clock"},
	{"time", []string{"Sleep"}, []string{"bench", "chaos", "internal/store/sqlite/failpoint_on.go"},
		"waiting ends with a context"},
	{"context", []string{"Background", "TODO"}, []string{
		"cmd/lifeguard", "bench", "chaos", "lifeguardtest", // where a process begins
		"internal/server", "internal/store", // for what ends with Close
		"internal/face/awsapi/gate/gate.go", // to log
	}, "work ends with its request or with Close"},
	{"context", []string{"WithoutCancel"}, []string{
		"internal/after",
		"internal/store/postgres",         // a COMMIT whose client has gone
		"internal/flow/token/rotation.go", // the end of a family, whose thief may hang up
		"internal/server/server.go",       // the demonstration pool
	}, "what goes on after its request belongs to package after"},
	{"net/http", []string{"Client", "Get", "Post", "PostForm", "Head", "DefaultClient", "DefaultTransport", "Transport"},
		[]string{"internal/outbound", "internal/harness"}, "requests leave through outbound"},
}

// shapeless are the rooms whose nouns have no JSON form of their own: what is
// stored is a record, and each edge has its own words.
var shapeless = []string{"internal/userpool"}

// errorRooms are where errors become refusals. An error of a call that gets one
// of the worldly types may be the server's own.
var (
	errorRooms = []string{"internal/flow", "internal/face"}
	worldly    = []string{"context.Context", "*store.Tx", "*http.Request"}
	// readers get a request, and fail for what stands in it alone.
	readers = []string{"ReadForm", "backForm"}
)

// modules says which room a third-party module belongs to. Each is named once.
var modules = map[string]string{
	"github.com/alecthomas/kong":          "cmd/lifeguard",
	"github.com/aws/aws-sdk-go-v2":        "internal/outbound",
	"github.com/aws/smithy-go":            "internal/outbound/awssdk",
	"github.com/go-jose/go-jose/v4":       "internal/crypto/jose",
	"github.com/go-webauthn/webauthn":     "internal/crypto/passkey",
	"github.com/jackc/pgx/v5":             "internal/store",
	"github.com/lmittmann/tint":           "cmd/lifeguard",
	"github.com/mattn/go-isatty":          "cmd/lifeguard",
	"github.com/prometheus/client_golang": "internal/server",
	"github.com/wneessen/go-mail":         "internal/outbound/deliver/smtp",
	"golang.org/x/net":                    "internal/userpool",
	"modernc.org/sqlite":                  "internal/store/sqlite",
}

// forbiddenNames tell nothing of what a package owns.
var forbiddenNames = []string{"util", "utils", "common", "helper", "helpers", "types", "base", "misc"}

// The size law.
const (
	maxFunctionLines = 80
	maxFileLines     = 500
	maxParameters    = 5
	maxNesting       = 3
)

// exceptions from the size law, each with its reason. The list may only
// shrink: an entry that is no longer needed fails the test.
var exceptions = map[string]string{
	"e2e/serve_test.go:SignHTTP": "the SDK's interface has these parameters",
}
