package archtest

// stair is the import order: for each package, the packages of this module
// that it may import. A key that ends in /* is for all folders directly below
// that have no entry; a value that ends in /… includes all folders below.
// See docs/architecture.md.
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
	"internal/address":                    {"internal/userpool"},
	"internal/certificate":                {"internal/clock", "internal/entropy"},
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
	"internal/flow/token/tokentest": {"internal/flow/token", "internal/entropy", "internal/crypto/jose"},
	"internal/flow/account": {
		"internal/address", "internal/store", "internal/store/userfilter", "internal/userpool",
		"internal/outbound/…", "internal/fault",
		"internal/clock", "internal/entropy", "internal/crypto/…",
	},
	"internal/flow/appclient": {
		"internal/store", "internal/userpool", "internal/outbound/fetch", "internal/fault", "internal/clock",
		"internal/entropy",
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
		"internal/outbound/deliver", "internal/outbound/trigger", "internal/iampolicy", "internal/clock",
		"internal/entropy", "internal/certificate",
	},
	"internal/harness":     {},
	"e2e":                  {},
	"internal/logtest":     {},
	"bench":                {"internal/…", "lifeguardtest"},
	"chaos":                {"internal/…"},
	"internal/face/answer": {"internal/fault"},
	"internal/face/beyond": {
		"internal/face/answer", "internal/face/awsapi/gate", "internal/flow/account", "internal/flow/token",
		"internal/store", "internal/userpool", "internal/fault",
	},
	"internal/face/dev": {
		"internal/face/answer", "internal/address", "internal/outbound/deliver/mailbox", "internal/outbound/kms",
		"internal/outbound/trigger", "internal/userpool", "internal/fault", "internal/clock",
	},
	"internal/face/oauth": {
		"internal/face/answer", "internal/locale", "internal/address", "internal/flow/…", "internal/outbound/trigger",
		"internal/store", "internal/store/record", "internal/userpool", "internal/ratelimit", "internal/fault",
		"internal/clock",
		"internal/entropy", "internal/crypto/seal",
	},
	"internal/locale":    {},
	"internal/face/view": {},
	"internal/face/look": {"internal/face/view", "internal/store", "internal/userpool/brand"},
	"internal/face/hosted": {
		"internal/face/oauth", "internal/face/view", "internal/face/look", "internal/locale", "internal/address",
		"internal/flow/account",
		"internal/flow/signin",
		"internal/store/record",
		"internal/userpool", "internal/fault", "internal/clock", "internal/entropy", "internal/crypto/seal",
		"internal/crypto/totp",
	},
	"internal/face/hosted/hostedtest": {
		"internal/face/oauth", "internal/face/hosted", "internal/address", "internal/flow/…",
		"internal/outbound/trigger",
		"internal/store", "internal/userpool", "internal/ratelimit", "internal/clock", "internal/entropy",
	},
}

// restrictedImports lists what only some packages may import. Tests are exempt.
var restrictedImports = []struct {
	imports  string // import path or its prefix; of this module without its path
	packages []string
	why      string
}{
	{"internal/api", []string{"internal/face/awsapi", "internal/server"}, "wire types stay in the face"},
	{"database/sql", []string{"internal/store"}, "SQL stays in the store"},
	{"crypto/rand", []string{"internal/entropy", "internal/crypto"}, "randomness comes through entropy"},
	{"math/rand", []string{"internal/entropy", "internal/store/postgres", "internal/after", "bench", "chaos"},
		"only seeded sources and back-off jitter may be predictable"},
}

// restrictedNames lists the names of a package that only some packages or files
// may use. Tests are exempt.
var restrictedNames = []struct {
	pkg     string
	names   []string
	allowed []string
	why     string
}{
	{"time", []string{"Now", "Since", "Until"}, []string{"internal/clock", "bench", "chaos"},
		"time comes through clock"},
	{"time", []string{"Sleep"}, []string{"bench", "chaos", "internal/store/sqlite/failpoint_on.go"},
		"every wait ends with a context"},
	{"context", []string{"Background", "TODO"}, []string{
		"cmd/lifeguard", "bench", "chaos", "lifeguardtest", // start of a process
		"internal/server", "internal/store", // for work that ends with Close
		"internal/face/awsapi/gate/gate.go", // for the log
	}, "work ends with its request or with Close"},
	{"context", []string{"WithoutCancel"}, []string{
		"internal/after",
		"internal/store/postgres",         // a COMMIT whose client has disconnected
		"internal/flow/token/rotation.go", // revoking a family, which an attacker must not cancel
		"internal/server/server.go",       // the demonstration pool
	}, "work that outlasts its request belongs to package after"},
	{"net/http", []string{
		"Client", "Get", "Post", "PostForm", "Head", "DefaultClient", "DefaultTransport", "Transport",
	}, []string{"internal/outbound", "internal/harness"}, "HTTP requests are made by outbound"},
}

// withoutJSON are the packages whose types have no JSON form: what is stored is
// a record of store/record, and each protocol has its own types.
var withoutJSON = []string{"internal/userpool"}

// errorPackages are where errors become refusals. A call that gets an argument
// of one of ioTypes may return an internal error.
var (
	errorPackages = []string{"internal/flow", "internal/face"}
	ioTypes       = []string{"context.Context", "*store.Tx", "*http.Request"}
	// readers get a request, and fail only because of its content.
	readers = []string{"ReadForm", "backForm"}
)

// modules is the one package, or folder of packages, that may import a
// third-party module.
var modules = map[string]string{
	"github.com/alecthomas/kong":          "cmd/lifeguard",
	"github.com/aws/aws-sdk-go-v2":        "internal/outbound",
	"github.com/aws/smithy-go":            "internal/outbound/awssdk",
	"github.com/boombuler/barcode":        "internal/face/view",
	"github.com/go-json-experiment/json":  "internal/crypto/jose",
	"github.com/go-webauthn/webauthn":     "internal/crypto/passkey",
	"github.com/jackc/pgx/v5":             "internal/store",
	"github.com/lmittmann/tint":           "cmd/lifeguard",
	"github.com/mattn/go-isatty":          "cmd/lifeguard",
	"github.com/prometheus/client_golang": "internal/server",
	"github.com/wneessen/go-mail":         "internal/outbound/deliver/smtp",
	"golang.org/x/crypto":                 "internal/certificate",
	"golang.org/x/net":                    "internal/userpool",
	"modernc.org/sqlite":                  "internal/store/sqlite",
}

// forbiddenNames are package names that do not say what a package owns.
var forbiddenNames = []string{"util", "utils", "common", "helper", "helpers", "types", "base", "misc"}

// The limits on size.
const (
	maxFunctionLines = 80
	maxFileLines     = 500
	maxParameters    = 5
	maxNesting       = 3
)

// exceptions are the functions and files that may exceed the limits, each with
// its reason. An entry that is no longer needed fails the test.
var exceptions = map[string]string{
	"e2e/serve_test.go:SignHTTP": "the SDK's interface has these parameters",
}
