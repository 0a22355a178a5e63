package hosted

import "github.com/lifeguard-auth/lifeguard/internal/fault"

// KeyOf and Message are about the texts of faults.
var (
	KeyOf   = keyOf
	Message = message
)

// ShowsMessage reports whether pages show the messages of faults of a kind.
func ShowsMessage(k fault.Kind) bool {
	key, ok := messages[k]
	return ok && key == own && k != fault.UserLambdaValidation
}

// StepPaths are the paths of the pages after the first.
func StepPaths() (paths []string) {
	for _, s := range steps {
		paths = append(paths, s.path)
	}
	return paths
}
