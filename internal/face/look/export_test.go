package look

import "path"

// File returns the content of a file of the look, or "".
func (s *Style) File(address string) string { return string(s.files[path.Base(address)].body) }
