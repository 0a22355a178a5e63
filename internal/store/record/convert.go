package record

// listOf converts the items of a list; nil stays nil, as null in a document
// does.
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

// pointerTo converts what a pointer leads to, if it leads anywhere.
func pointerTo[A, B any](p *A, convert func(A) B) *B {
	if p == nil {
		return nil
	}
	b := convert(*p)
	return &b
}
