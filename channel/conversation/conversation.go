package conversation

// Claim asks the Store to count an enquiry to a staff member, or to give it back.
type Claim struct {
	Staff    string
	Delta    int // +1 or -1
	Capacity int // of a +1: the most that Staff may have afterwards; 0 = no limit
}

// Conversation is what a Store hands to a change: what is recorded, what was asked for, and room for what changes.
type Conversation struct {
	Head

	Found []Record // what Look asked for, by Seq, each once
	Old   *Enquiry // Look.Enquiry when it is not the latest one

	Write   bool     // there is something to record; without it nothing is
	Added   []Record // to append; Seq and Once are set
	Changed []Record // of Found: to be replaced, by Seq
	Save    bool     // Enquiry is to be written where Enquiries finds it
	Claims  []Claim
	Forget  bool // records with Seq up to ForgetTo keep only Seq and Once; all enquiries become Anonymous
	Gone    bool // the conversation and its records are removed; its enquiries stay

	ForgetTo int64
}

// Numbered gives the enquiry its number. A Store calls it once, before it records, if Enquiry.Number is 0.
func (c *Conversation) Numbered(n int64) {
	e := *c.Enquiry
	e.Number = n
	c.Enquiry = &e
	for i := range c.Added {
		if s := c.Added[i].State; s != nil && s.ID == e.ID {
			numbered := *s
			numbered.Number = n
			c.Added[i].State = &numbered
		}
	}
}

// NeedsNumber reports whether the Store has to call Numbered.
func (c *Conversation) NeedsNumber() bool { return c.Save && c.Enquiry != nil && c.Enquiry.Number == 0 }

// Find returns the latest enquiry if it has that id: only the latest can be live.
func (c *Conversation) Find(id EnquiryID) (*Enquiry, error) {
	switch {
	case c.Enquiry != nil && c.Enquiry.ID == id:
		return c.Enquiry, nil
	case c.Old != nil && c.Old.ID == id:
		return c.Old, nil
	default:
		return nil, ErrNotFound
	}
}

// Record returns the record with that Seq, if it was looked for or is about to be added.
func (c *Conversation) Record(seq int64) *Record {
	for i := range c.Found {
		if c.Found[i].Seq == seq {
			return &c.Found[i]
		}
	}
	for i := range c.Added {
		if c.Added[i].Seq == seq {
			return &c.Added[i]
		}
	}
	return nil
}

// Once returns the record with that key, if it was looked for.
func (c *Conversation) Once(key string) *Record {
	for i := range c.Found {
		if c.Found[i].Once == key {
			return &c.Found[i]
		}
	}
	return nil
}
