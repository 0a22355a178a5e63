package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"text/tabwriter"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/config"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/iampolicy"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

type accessKeyCmd struct {
	Create accessKeyCreate `cmd:"" help:"Create a key; its secret is shown once."`
	List   accessKeyList   `cmd:"" help:"List the keys, without their secrets."`
	Policy accessKeyPolicy `cmd:"" help:"Replace a key's policy. Running servers apply it within a second."`
	Revoke accessKeyRevoke `cmd:"" help:"Revoke a key."`
}

type accessKeyCreate struct {
	storeFlags
	Account     string `help:"AWS account id of twelve digits that the key belongs to." default:"000000000000"`
	Description string `help:"What the key is for."`
	Policy      string `help:"What the key may do: a JSON file in the form of an IAM policy. Without one, everything in its account." placeholder:"FILE"`
}

// Run creates an access key and prints it as environment variables.
func (f *accessKeyCreate) Run(log *slog.Logger, out *output) error {
	if !isAccount(f.Account) {
		return &config.FieldError{
			Field: "account", Problem: fmt.Sprintf("%q is not an account id", f.Account), Cure: "write twelve digits",
		}
	}
	policy, err := readPolicy(f.Policy)
	if err != nil {
		return err
	}
	rand := entropy.System()
	key := userpool.AccessKey{
		ID: rand.AccessKeyID(), Secret: userpool.Secret(rand.AccessKeySecret()),
		Account: f.Account, Description: f.Description, Policy: policy, Created: clock.System().Now(),
	}
	err = f.withStore(log, func(ctx context.Context, db *store.DB) error {
		return db.Update(ctx, func(tx *store.Tx) error { return tx.InsertAccessKey(&key) })
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out.stdout, "export AWS_ACCESS_KEY_ID=%s\nexport AWS_SECRET_ACCESS_KEY=%s\n",
		key.ID, key.Secret.Reveal())
	return err
}

func isAccount(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return len(s) == 12
}

// readPolicy reads and checks a policy file and returns it on one line, or "" if
// file is "".
func readPolicy(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("--policy: %w", err)
	}
	if _, err := iampolicy.Parse(text); err != nil {
		return "", fmt.Errorf("--policy: %s: %w", file, err)
	}
	var line bytes.Buffer
	if err := json.Compact(&line, text); err != nil {
		return "", fmt.Errorf("--policy: %w", err)
	}
	return line.String(), nil
}

type accessKeyList struct{ storeFlags }

// Run lists the access keys.
func (f *accessKeyList) Run(log *slog.Logger, out *output) error {
	return f.withStore(log, func(ctx context.Context, db *store.DB) error {
		return db.View(ctx, func(tx *store.Tx) error {
			keys, err := tx.AccessKeys()
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(out.stdout, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "ACCESS KEY ID\tACCOUNT\tCREATED\tREVOKED\tDESCRIPTION\tPOLICY")
			for _, k := range keys {
				revoked, policy := "-", "everything"
				if !k.Revoked.IsZero() {
					revoked = k.Revoked.Format(time.RFC3339)
				}
				if k.Policy != "" {
					policy = k.Policy
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n",
					k.ID, k.Account, k.Created.Format(time.RFC3339), revoked, k.Description, policy)
			}
			return w.Flush()
		})
	})
}

type accessKeyPolicy struct {
	storeFlags
	ID         string `arg:"" help:"The access key id."`
	Policy     string `help:"The new policy: a JSON file in the form of an IAM policy." placeholder:"FILE" xor:"what" required:""`
	Everything bool   `help:"Remove the policy: the key may do everything in its account." xor:"what" required:""`
}

// Run replaces or removes the policy of an access key.
func (f *accessKeyPolicy) Run(log *slog.Logger, out *output) error {
	policy, err := readPolicy(f.Policy)
	if err != nil {
		return err
	}
	if policy == "" && !f.Everything {
		return &config.FieldError{Field: "policy", Problem: "missing", Cure: "name a file, or write --everything"}
	}
	err = f.withStore(log, func(ctx context.Context, db *store.DB) error {
		return db.Update(ctx, func(tx *store.Tx) error { return tx.SetAccessKeyPolicy(f.ID, policy) })
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out.stdout, f.ID, "has its new policy")
	return err
}

type accessKeyRevoke struct {
	storeFlags
	ID string `arg:"" help:"The access key id."`
}

// Run revokes an access key.
func (f *accessKeyRevoke) Run(log *slog.Logger, out *output) error {
	err := f.withStore(log, func(ctx context.Context, db *store.DB) error {
		return db.Update(ctx, func(tx *store.Tx) error { return tx.RevokeAccessKey(f.ID) })
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out.stdout, f.ID, "is revoked")
	return err
}
