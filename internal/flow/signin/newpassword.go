package signin

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// attributePrefix marks attributes in NEW_PASSWORD_REQUIRED.
const attributePrefix = "userAttributes."

// promptNewPassword returns the challenge that replaces a temporary password.
// Its attributes are JSON in strings (guide page
// amazon-cognito-user-pools-authentication-flow-methods).
func (e *Engine) promptNewPassword(ctx context.Context, a *attempt) (Outcome, error) {
	missing := []string{}
	for _, attribute := range a.pool.MissingRequired(a.user.Attributes) {
		missing = append(missing, attributePrefix+attribute.Name)
	}
	readable := map[string]string{}
	for name, value := range a.user.Attributes {
		if value != "" && a.client.CanRead(a.pool, name) && !strings.HasPrefix(name, "dev:") {
			readable[name] = value
		}
	}
	required, err := json.Marshal(missing)
	if err != nil {
		return Outcome{}, err
	}
	attributes, err := json.Marshal(readable)
	if err != nil {
		return Outcome{}, err
	}
	return e.prompt(ctx, a, challengeNewPassword, map[string]string{
		"requiredAttributes": string(required), "userAttributes": string(attributes),
	})
}

// answerNewPassword makes the new password permanent and the user CONFIRMED.
func (e *Engine) answerNewPassword(ctx context.Context, in *Answer) (Outcome, error) {
	a, err := e.resume(ctx, in)
	if err != nil {
		return Outcome{}, err
	}
	if a.user.Status != userpool.ForceChangePassword {
		return Outcome{}, fault.SessionInvalid
	}
	if err := requireUnexpiredPassword(a); err != nil {
		return Outcome{}, err
	}
	changed, err := newPasswordUser(a, in.Responses)
	if err != nil {
		return Outcome{}, err
	}
	cred, err := e.Account.ReplacePassword(a.pool, a.user, a.cred, in.Responses[paramNewPassword])
	if err != nil {
		return Outcome{}, err
	}
	a.writes = append(a.writes, func(tx *store.Tx) error {
		// The function may run twice.
		u := changed.Clone()
		if err := tx.UpdateUser(a.pool, u); err != nil {
			return err
		}
		a.user = u
		return tx.ReplaceCredential(a.pool.ID, u.Username, cred)
	})
	a.user, a.cred, a.source = changed, cred, trigger.TokenGenerationNewPasswordChallenge
	return e.proceed(ctx, a)
}

// newPasswordUser returns the user after the challenge: confirmed, with the
// attributes that were sent. An attribute that has a value cannot be changed
// here, the verified flags never can, and every required attribute must have a
// value.
func newPasswordUser(a *attempt, responses map[string]string) (*userpool.User, error) {
	values := map[string]string{}
	for key, value := range responses {
		if name, ok := strings.CutPrefix(key, attributePrefix); ok {
			values[name] = value
		}
	}
	for _, flag := range []string{"email_verified", "phone_number_verified"} {
		if _, sent := values[flag]; sent {
			return nil, fault.CannotModifyImmutable(flag)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if a.user.Attributes[name] != "" {
			return nil, fault.CannotModify(name)
		}
	}
	write := userpool.AttributeWrite{Pool: a.pool, Client: a.client, User: a.user, Values: values}
	if err := write.Permitted(); err != nil {
		return nil, err
	}
	conformed, err := write.Conform()
	if err != nil {
		return nil, err
	}
	u := a.user.Clone()
	if u.Attributes == nil {
		u.Attributes = map[string]string{}
	}
	maps.Copy(u.Attributes, conformed)
	if missing := a.pool.MissingRequired(u.Attributes); len(missing) > 0 {
		return nil, fault.Invalid("Invalid attributes given, %s is missing", missing[0].Name)
	}
	u.Status = userpool.Confirmed
	return u, nil
}
