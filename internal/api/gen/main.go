// Command gen writes the zz_generated files of package api from its model.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	// go generate runs in the package's directory.
	files, err := Generate("model")
	if err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(".", name), text, 0o644); err != nil {
			fmt.Fprintln(os.Stderr, "gen:", err)
			os.Exit(1)
		}
	}
}
