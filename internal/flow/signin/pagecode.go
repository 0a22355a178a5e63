package signin

import (
	"context"
	"slices"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// ResendWait is the least time between two codes of a sign-in to one address.
// maxCodes is how many codes a sign-in sends. See docs/divergences MF-60.
const (
	ResendWait = 30 * time.Second
	maxCodes   = 5
)

// ResentTooSoon is the error of ResendPage before ResendWait is over.
var ResentTooSoon = fault.New(fault.TooManyRequests, "Wait half a minute before you request another code.")

// sent notes a code that is about to be sent. It returns fault.AttemptLimit if
// the sign-in has sent maxCodes.
func (a *attempt) sent(c record.SentCode) error {
	c.At, c.Count = a.at.UnixMilli(), 1
	if a.code != nil {
		c.Count += a.code.Count
	}
	if c.Count > maxCodes {
		return fault.AttemptLimit
	}
	a.code = &c
	return nil
}

// waited reports whether another code may be sent to the address of the last one.
func (a *attempt) waited() bool { return a.at.Sub(time.UnixMilli(a.code.At)) >= ResendWait }

// returnedTo reports whether the last code was sent for this factor and address a
// moment ago: the user has returned to the list and has chosen the same again. That
// code stays valid, and no other is sent.
func (a *attempt) returnedTo(u *userpool.User, f userpool.Factor) bool {
	return a.page && a.code != nil && !a.waited() && a.code.New == (u != a.user) &&
		a.code.To == u.Attributes[f.Attribute()]
}

// deliveryTo describes the delivery of a code.
func deliveryTo(f userpool.Factor, address string) userpool.Delivery {
	medium := userpool.Email
	if f == userpool.SMSMFA {
		medium = userpool.SMS
	}
	return deliver.DeliveryOf(userpool.Message{Medium: medium, To: address}, f.Attribute())
}

// destinations returns where the codes of factors go, masked.
func destinations(u *userpool.User, factors []userpool.Factor) map[string]string {
	to := map[string]string{}
	for _, f := range factors {
		if address := u.Attributes[f.Attribute()]; address != "" {
			to[string(f)] = deliveryTo(f, address).Destination
		}
	}
	return to
}

// ResendPage sends another code for the challenge of a sent code, on a page. The new
// code replaces the old one, and the Session is consumed. Wrong codes count in the
// lock-out whichever code they were for, so another code gives no more guesses.
func (e *Engine) ResendPage(ctx context.Context, in Answer) (Outcome, error) {
	in.page = true
	a, err := e.resume(ctx, &in)
	if err != nil {
		return Outcome{}, err
	}
	if a.code == nil {
		return Outcome{}, fault.SessionInvalid
	}
	if _, err := e.requireUnlocked(ctx, a); err != nil {
		return Outcome{}, err
	}
	if !a.waited() {
		return Outcome{}, ResentTooSoon
	}
	if a.first == proofNone {
		return e.resendOTP(ctx, a, userpool.Choice(in.Challenge))
	}
	f, u := userpool.Factor(in.Challenge), a.user
	switch {
	case f.Attribute() == "":
		return Outcome{}, fault.SessionInvalid
	case a.code.New:
		return e.setUpAddress(ctx, a, f, a.code.To)
	case !a.accepts(f):
		return Outcome{}, fault.SessionInvalid
	}
	return e.promptCode(ctx, a, u, f)
}

// resendOTP is ResendPage for the code of a passwordless sign-in.
func (e *Engine) resendOTP(ctx context.Context, a *attempt, c userpool.Choice) (Outcome, error) {
	choices, err := e.choices(ctx, a)
	if err != nil {
		return Outcome{}, err
	}
	if !slices.Contains(choices, c) {
		return Outcome{}, fault.SessionInvalid
	}
	return e.promptOTP(ctx, a, c)
}

// ChooseAgainPage returns from a second factor, or from the set-up of one, to the
// list of the factors that the user can choose from, on a page. It consumes the
// Session and sends nothing. Failures and the codes that were sent stay counted.
func (e *Engine) ChooseAgainPage(ctx context.Context, in Answer) (Outcome, error) {
	in.page = true
	a, err := e.resume(ctx, &in)
	if err != nil {
		return Outcome{}, err
	}
	if next(a.situation()) != stepSecondFactor {
		return Outcome{}, fault.SessionInvalid
	}
	switch c := a.secondFactor(); {
	case len(c.Factors) > 1:
		return e.promptList(ctx, a, challengeSelect, paramChoose, c.Factors)
	case len(c.Factors) == 0 && len(c.Setup) > 1:
		a.setup = &record.FactorSetup{}
		return e.promptList(ctx, a, challengeSetup, paramSetup, c.Setup)
	}
	return Outcome{}, factorNotAvailable
}
