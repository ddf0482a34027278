package channel

import "github.com/usherchat/usher/channel/conversation"

// commit is a change of a conversation, with the conversation as it was before. It tells which records of a lane the
// change has at hand, so that work on them need not read them again.
type commit struct {
	before conversation.Head
	after  *conversation.Conversation
	look   conversation.Look // what the change had asked for
}

// item is a record of a lane with what other records hold for it.
type item struct {
	conversation.Record
	about   *conversation.Record // Ref, as far as it is at hand
	replyTo string               // what the source calls the message that is answered
}

// items are the next records of a lane, limit at most, as far as the commit holds them without a gap.
func (k *commit) items(l conversation.Lane, limit int) []item {
	var list []item
	add := func(records []conversation.Record) {
		for i := range records {
			if r := &records[i]; r.Seq > k.after.Lane[l].Done && l.Wants(r) && len(list) < limit {
				list = append(list, k.item(r))
			}
		}
	}
	if k.looked(l) {
		add(k.after.Found)
	}
	if k.complete(l) {
		add(k.after.Added)
	}
	return list
}

func (k *commit) looked(l conversation.Lane) bool { return k.look.Lane == l && k.look.Ahead > 0 }

// complete reports whether the commit holds every record of the lane after Done: when all before the change was
// settled, or when the change looked ahead and found the end.
func (k *commit) complete(l conversation.Lane) bool {
	if k.after.Lane[l].Done >= k.before.Lane[l].Last {
		return true
	}
	if !k.looked(l) {
		return false
	}
	found := 0
	for i := range k.after.Found {
		if r := &k.after.Found[i]; r.Seq > k.before.Lane[l].Done && l.Wants(r) {
			found++
		}
	}
	return found < k.look.Ahead
}

// item is a record with what others hold for it, as far as the commit knows that.
func (k *commit) item(r *conversation.Record) item {
	i := item{Record: *r}
	i.fill(k.after)
	if i.State == nil && i.StateSeq != 0 && i.StateSeq == k.before.StateSeq {
		i.State = k.before.Enquiry
	}
	return i
}

// fill gives an item what records of c hold for it.
func (i *item) fill(c *conversation.Conversation) {
	if i.State == nil && i.StateSeq != 0 {
		if r := c.Record(i.StateSeq); r != nil {
			i.State = r.State
		}
	}
	if i.about == nil && i.Ref != 0 {
		i.about = c.Record(i.Ref)
	}
}
