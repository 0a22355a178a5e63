package record

// listOf converts the items of a list. A nil list stays nil, which is null in a
// document.
func listOf[A, B any](list []A, convert func(A) B) []B {
	if list == nil {
		return nil
	}
	out := make([]B, len(list))
	for i, a := range list {
		out[i] = convert(a)
	}
	return out
}

// pointerTo converts the value of a pointer, unless it is nil.
func pointerTo[A, B any](p *A, convert func(A) B) *B {
	if p == nil {
		return nil
	}
	b := convert(*p)
	return &b
}
