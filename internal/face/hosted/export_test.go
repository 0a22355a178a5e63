package hosted

// StepPaths are the paths of the pages after the first.
func StepPaths() (paths []string) {
	for _, s := range steps {
		paths = append(paths, s.path)
	}
	return paths
}
