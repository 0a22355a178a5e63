package token

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// changesForCode runs the PreTokenGeneration trigger of a code and returns its
// response as a record; empty without the trigger. The response applies when the
// code is redeemed. See docs/divergences TR-6. If the record is longer than
// maxTokenChanges, the error is trigger.Unrecognizable.
func (i *Issuer) changesForCode(ctx context.Context, g Grant) (string, error) {
	if !trigger.Configured(g.Pool, g.Source) {
		return "", nil
	}
	if err := userpool.Usable(g.Client, g.User); err != nil {
		return "", err
	}
	m, err := i.read(ctx, &g)
	if err != nil {
		return "", err
	}
	r, err := i.runPreTokenGeneration(ctx, g, m)
	if err != nil {
		return "", err
	}
	doc, err := encodeChanges(r)
	if err == nil && len(doc) > maxTokenChanges {
		err = trigger.Unrecognizable
	}
	return doc, err
}

// maxTokenChanges bounds what is stored of a response, in bytes. Servers accept
// much shorter tokens only.
const maxTokenChanges = 256 << 10

func encodeChanges(r trigger.PreTokenGenerationResponse) (string, error) {
	id, err := claimRecord(r.IDToken)
	if err != nil {
		return "", err
	}
	access, err := claimRecord(r.AccessToken)
	if err != nil {
		return "", err
	}
	doc, err := record.StoredTokenChanges.Encode(record.TokenChanges{
		ID: id, Access: access, ScopesToAdd: r.ScopesToAdd, ScopesToSuppress: r.ScopesToSuppress,
		Groups: (*record.GroupChanges)(r.Groups),
	}, nil)
	return string(doc), err
}

func claimRecord(c trigger.Claims) (record.ClaimChanges, error) {
	stored := record.ClaimChanges{Add: make(map[string]string, len(c.Add)), Suppress: c.Suppress}
	for name, value := range c.Add {
		text, err := json.Marshal(value)
		if err != nil {
			return stored, fmt.Errorf("claim %s: %w", name, err)
		}
		stored.Add[name] = string(text)
	}
	return stored, nil
}

// decodeChanges returns nil if doc is empty.
func decodeChanges(doc string) (*trigger.PreTokenGenerationResponse, error) {
	if doc == "" {
		return nil, nil
	}
	var stored record.TokenChanges
	if err := record.StoredTokenChanges.Decode([]byte(doc), &stored); err != nil {
		return nil, err
	}
	return &trigger.PreTokenGenerationResponse{
		IDToken: claimChanges(stored.ID), AccessToken: claimChanges(stored.Access),
		ScopesToAdd: stored.ScopesToAdd, ScopesToSuppress: stored.ScopesToSuppress,
		Groups: (*trigger.Groups)(stored.Groups),
	}, nil
}

func claimChanges(stored record.ClaimChanges) trigger.Claims {
	c := trigger.Claims{Add: make(map[string]any, len(stored.Add)), Suppress: stored.Suppress}
	for name, value := range stored.Add {
		c.Add[name] = json.RawMessage(value)
	}
	return c
}
