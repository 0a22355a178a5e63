package view

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

//go:embed files
var embedded embed.FS

// Prefix is the prefix of the addresses of files.
const Prefix = "/assets/"

// file is a file with its address.
type file struct {
	contentType string
	body        []byte
}

// addresses are by the name of the file, files by the last part of the address.
var addresses, files = readFiles()

// contentTypes are by the ending of the name.
var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
}

// readFiles reads the files, which are part of the program; the tests request them all.
func readFiles() (addresses map[string]string, files map[string]file) {
	addresses, files = map[string]string{}, map[string]file{}
	entries, err := fs.ReadDir(embedded, "files")
	if err != nil {
		panic(err)
	}
	for _, e := range entries {
		body, err := embedded.ReadFile(path.Join("files", e.Name()))
		if err != nil {
			panic(err)
		}
		name := versioned(e.Name(), body)
		addresses[e.Name()] = Prefix + name
		files[name] = file{contentTypes[path.Ext(name)], body}
	}
	return addresses, files
}

// versioned returns a file name with the hash of the content.
func versioned(name string, body []byte) string {
	sum := sha256.Sum256(body)
	ending := path.Ext(name)
	return strings.TrimSuffix(name, ending) + "." + hex.EncodeToString(sum[:8]) + ending
}

// Address returns the address of a file.
func Address(name string) string { return addresses[name] }

// ServeFile serves the files below Prefix. Browsers keep them for a year.
func ServeFile(w http.ResponseWriter, r *http.Request) {
	found, ok := files[strings.TrimPrefix(r.URL.Path, Prefix)]
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	h := w.Header()
	h.Set("Content-Type", found.contentType)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
	// An icon that is opened as a document runs nothing.
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	_, _ = w.Write(found.body)
}
