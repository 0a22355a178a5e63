package ratelimit

// Limits are the rates that hold where an account has provisioned nothing.
type Limits string

// The limits: Off counts nothing, AWS has Amazon Cognito's published rates,
// Generous a hundred times as much: no hindrance to people, a stop for a
// script that has gone astray. See docs/divergences QR-1.
const (
	Off      Limits = "off"
	AWS      Limits = "aws"
	Generous Limits = "generous"
)

const generosity = 100

// maximum is how many times its free rate an account can provision.
// See docs/divergences QR-4.
const maximum = 100

func (l Limits) factor() int {
	if l == Generous {
		return generosity
	}
	return 1
}

// Free is a category's rate without provisioning, in requests per second. With
// Off it is the published one.
func (l Limits) Free(c Category) int { return rules[c].perSecond * l.factor() }

// Maximum is the most that an account can provision of a category.
func (l Limits) Maximum(c Category) int { return l.Free(c) * maximum }

// Provisioned is the rate that holds for an account which was given n; 0 means
// it was given nothing. What was given under lower limits is never less than
// what is free now.
func (l Limits) Provisioned(c Category, n int) int { return max(l.Free(c), n) }
