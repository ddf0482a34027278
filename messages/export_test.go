package messages

// The ways that are taken where a quicker one does not do, so that tests can hold the quicker ones to them.

// FormatCarefully is FullName.Format without its quick way.
func FormatCarefully(p Person) string {
	before, after := p.order()
	var first, second [scratchSize]byte
	return joinCarefully(string(appendCarefully(first[:0], before)), string(appendCarefully(second[:0], after)))
}

// SearchClosing says which of the tags the closing texts are found under, "" none, without the quick way.
func SearchClosing(r *Replies, locale string) string {
	t, _ := r.closing.texts.search(locale)
	if t == nil {
		return ""
	}
	return t.tag
}

// LookupClosing is SearchClosing with the quick way.
func LookupClosing(r *Replies, locale string) string {
	t, _ := r.closing.texts.find(locale)
	if t == nil {
		return ""
	}
	return t.tag
}
