package channel
import ("testing";"fmt")
func Dump(s *MemStore) string {
	n, open, pk := 0,0,0
	var ex string
	for i := range s.shards { for _, m := range s.shards[i].by { n++; if m.open!=nil { open++; if ex=="" && m.open.head.Visitor.ID!="" { ex=fmt.Sprintf("%+v %d", m.open.head, len(m.open.log)) } } else {pk+=len(m.packed)} } }
	return fmt.Sprint(n, " open ", open, " packed ", pk/max(1,n-open), ex)
}
func TestX(t *testing.T){}
