package ratelimit

// Limits selects the rates of accounts that have provisioned nothing.
type Limits string

// The limits. Off counts nothing, AWS has the published rates of Amazon
// Cognito, and Generous a hundred times these: enough for people, but a limit
// for a script in a loop. See docs/divergences QR-1.
const (
	Off      Limits = "off"
	AWS      Limits = "aws"
	Generous Limits = "generous"
)

const generousFactor = 100

// maxFactor is how many times its free rate an account can provision. See
// docs/divergences QR-4.
const maxFactor = 100

func (l Limits) factor() int {
	if l == Generous {
		return generousFactor
	}
	return 1
}

// Free is the category's rate without provisioning, in requests per second.
// With Off it is the published rate.
func (l Limits) Free(c Category) int { return rules[c].perSecond * l.factor() }

// Maximum is the highest rate that an account can provision, in requests per
// second.
func (l Limits) Maximum(c Category) int { return l.Free(c) * maxFactor }

// Provisioned is the rate of an account that has provisioned n requests per
// second; 0 means none. It is never below the free rate, even if n was
// provisioned under lower limits.
func (l Limits) Provisioned(c Category, n int) int { return max(l.Free(c), n) }
