// Command opsdoc writes docs/operations.md.
package main

import (
	"fmt"
	"os"

	"github.com/lifeguard-auth/lifeguard/internal/archtest"
)

func main() {
	// go generate runs in internal/archtest.
	text, err := archtest.OperationsDoc(os.DirFS("../.."))
	if err == nil {
		err = os.WriteFile("../../docs/operations.md", []byte(text), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "opsdoc:", err)
		os.Exit(1)
	}
}
