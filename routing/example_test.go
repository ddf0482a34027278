package routing_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/usherchat/usher/routing"
)

// route asks a plan about an enquiry on Monday, 2 March 2026 at 10:00 UTC, and prints whom it offers to.
func route(p routing.Router, e routing.Enquiry, ps routing.Presence) {
	e.At = time.Date(2026, time.March, 2, 10, 0, 0, 0, time.UTC)
	d, err := p.Route(context.Background(), e, ps)
	if err != nil {
		fmt.Println("error:", err)
		return
	}
	fmt.Println(d.Outcome, d.Destinations)
}

func Example() {
	// From Monday to Friday visitors reach whoever served them last, else sales and support share the enquiries.
	// At other times a bot answers. Christmas is closed.
	rule, err := routing.ParseRule([]byte(`{
		"type": "sticky", "for": "720h", "wait": "20s",
		"then": {
			"type": "time", "zone": "Asia/Hong_Kong",
			"conditions": [{
				"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "18:00",
				"then": {"type": "percentage", "shares": [
					{"percent": 60, "to": {"type": "team", "id": "sales"}},
					{"percent": 40, "to": {"type": "team", "id": "support"}}
				]}
			}],
			"dates": [{"date": "2026-12-25"}],
			"otherwise": {"type": "bot", "id": "nightingale"}
		}
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	plan, err := routing.New(rule)
	if err != nil {
		fmt.Println(err)
		return
	}

	plan = plan.Fixed() // so that this example comes out the same each time; New begins percentages at a random place

	at := time.Date(2026, time.March, 2, 3, 0, 0, 0, time.UTC)
	e := routing.Enquiry{At: at}
	for range 2 {
		d, _ := plan.Route(context.Background(), e, nil)
		fmt.Println(d.Outcome, d.Destinations)
		e.Tried = append(e.Tried, d.Destinations...) // nobody answered
	}
	evening, _ := plan.Route(context.Background(), routing.Enquiry{At: at.Add(8 * time.Hour)}, nil)
	fmt.Println(evening.Outcome, evening.Destinations)
	// Output:
	// offer [team sales]
	// offer [team support]
	// offer [bot nightingale]
}

func ExampleNew() {
	_, err := routing.New(routing.Sticky{Wait: -1, Then: routing.Percentage{
		{Percent: 60, To: routing.Team("sales")},
		{Percent: 39, To: routing.Team("")},
	}})
	fmt.Println(err)
	// Output:
	// wait: -1ns is negative
	// then.shares: percentages add up to 99, not 100
	// then.shares[1].to.id: the id is empty
}

func ExampleAlternative() {
	p, _ := routing.New(routing.Alternative{routing.Staff("ann"), routing.Staff("bob"), routing.Bot("helper")})

	roster := routing.NewRoster(nil)
	roster.Set("ann", routing.Active, time.Minute) // renewed by every sign of life
	roster.Set("bob", routing.Active, time.Minute)
	route(p, routing.Enquiry{}, roster)
	route(p, routing.Enquiry{Tried: []routing.Destination{routing.Staff("ann")}}, roster)
	roster.Set("ann", routing.Busy, 0)
	roster.Set("bob", routing.Offline, 0)
	route(p, routing.Enquiry{}, roster)
	// Output:
	// offer [staff ann]
	// offer [staff bob]
	// offer [bot helper]
}

func ExamplePercentage() {
	p, _ := routing.New(routing.Percentage{
		{Percent: 50, To: routing.Team("a")},
		{Percent: 30, To: routing.Team("b")},
		{Percent: 20, To: routing.Team("c")},
	})
	p = p.Fixed() // so that this comes out the same each time; New begins at a random place
	var order []string
	for range 10 {
		d, _ := p.Route(context.Background(), routing.Enquiry{}, nil)
		order = append(order, d.Destinations[0].ID)
	}
	fmt.Println(strings.Join(order, " "))
	slices.Sort(order)
	fmt.Println(strings.Join(order, " "))
	// Output:
	// a b a c a b a c b a
	// a a a a a b b b c c
}

func ExampleTime() {
	p, _ := routing.New(routing.Time{
		Zone: "Europe/Paris",
		Conditions: []routing.Condition{
			{Days: []time.Weekday{time.Monday, time.Tuesday}, From: routing.At(9, 0), To: routing.At(18, 0), Then: routing.Team("day")},
			{Days: []time.Weekday{time.Monday}, From: routing.At(22, 0), To: routing.At(6, 0), Then: routing.Team("night")},
		},
		Dates: []routing.DateRule{{Date: routing.Date{Year: 2026, Month: time.March, Day: 3}}}, // a holiday
	})
	for _, hour := range []int{10, 17, 21, 23, 33} {
		d, _ := p.Route(context.Background(), routing.Enquiry{At: time.Date(2026, time.March, 2, hour, 0, 0, 0, time.UTC)}, nil)
		fmt.Println(d)
	}
	// Output:
	// offer team day: Mon 2026-03-02 11:00 Europe/Paris is within Mon, Tue 09:00–18:00; team day is available
	// closed until Mon 2026-03-02 22:00 CET: Mon 2026-03-02 18:00 Europe/Paris is outside opening hours
	// offer team night: Mon 2026-03-02 22:00 Europe/Paris is within Mon 22:00–06:00; team night is available
	// closed until Mon 2026-03-09 09:00 CET: Tue 2026-03-03 00:00 Europe/Paris is within 2026-03-03, which is closed
	// closed until Mon 2026-03-09 09:00 CET: Tue 2026-03-03 10:00 Europe/Paris is within 2026-03-03, which is closed
}

func ExampleSticky() {
	p, _ := routing.New(routing.Sticky{For: 7 * 24 * time.Hour, Wait: 20 * time.Second, Then: routing.Team("sales")})
	monday := time.Date(2026, time.March, 2, 10, 0, 0, 0, time.UTC)
	route(p, routing.Enquiry{LastStaff: "ann", LastAt: monday.AddDate(0, 0, -3)}, nil)
	route(p, routing.Enquiry{LastStaff: "ann", LastAt: monday.AddDate(0, 0, -8)}, nil)
	// Output:
	// offer [staff ann]
	// offer [team sales]
}

func ExampleGroup() {
	members := []routing.Destination{routing.Staff("ann"), routing.Staff("bob"), routing.Staff("cy")}
	for _, method := range []routing.Method{routing.FixedOrder, routing.RoundRobin, routing.MostIdle, routing.Simultaneous} {
		p, _ := routing.New(routing.Group{ID: "desk", Method: method, Members: members})
		roster := routing.NewRoster(nil)
		for _, d := range members {
			roster.Set(d.ID, routing.Active, 0)
		}
		roster.Took("ann")
		fmt.Println(method)
		route(p, routing.Enquiry{}, roster)
		route(p, routing.Enquiry{}, roster)
	}
	// Output:
	// fixed_order
	// offer [staff ann]
	// offer [staff ann]
	// round_robin
	// offer [staff ann]
	// offer [staff bob]
	// most_idle
	// offer [staff bob]
	// offer [staff bob]
	// simultaneous
	// offer [staff ann staff bob staff cy]
	// offer [staff ann staff bob staff cy]
}

func ExampleCustom() {
	// Customers with a manager of their own go to that manager; all others are for the next rule.
	byAccount := routing.RouterFunc(func(_ context.Context, e routing.Enquiry, p routing.Presence) (routing.Decision, error) {
		manager := routing.Staff(e.Attributes["account_manager"])
		if manager.ID == "" || slices.Contains(e.Tried, manager) || !p.State(manager).Available() {
			return routing.Decision{}.Because(routing.Reason{Code: "no_manager", Text: "no account manager is there"}), nil
		}
		return routing.Decision{Outcome: routing.Offer, Destinations: []routing.Destination{manager}, Wait: 30 * time.Second}, nil
	})
	p, _ := routing.New(routing.Alternative{
		routing.Custom{Name: "account manager", Router: byAccount},
		routing.Team("sales"),
	})
	route(p, routing.Enquiry{Attributes: map[string]string{"account_manager": "ann"}}, nil)
	route(p, routing.Enquiry{}, nil)
	// Output:
	// offer [staff ann]
	// offer [team sales]
}

// speakers is a Router of a host: it offers to all who speak the visitor's language and are there.
type speakers map[string][]routing.Destination // by locale

func (s speakers) Route(_ context.Context, e routing.Enquiry, p routing.Presence) (routing.Decision, error) {
	var there []routing.Destination
	for _, d := range s[e.Locale] {
		if !slices.Contains(e.Tried, d) && p.State(d).Available() {
			there = append(there, d)
		}
	}
	why := routing.Reason{Code: "speaks", Text: fmt.Sprintf("%d who speak %q are there", len(there), e.Locale)}
	if len(there) == 0 {
		return routing.Decision{}.Because(why), nil // nobody to offer to is a decision, not an error
	}
	return routing.Decision{Outcome: routing.Offer, Destinations: there}.Because(why), nil
}

// Peek answers what Route would. It is optional: with it a rule above, such as a percentage, can look without asking.
func (s speakers) Peek(ctx context.Context, e routing.Enquiry, p routing.Presence) (routing.Decision, error) {
	return s.Route(ctx, e, p)
}

func ExampleRouter() {
	languages := speakers{"de": {routing.Staff("ann"), routing.Staff("bob")}, "fr": {routing.Staff("cleo")}}
	p, _ := routing.New(routing.Alternative{routing.Custom{Name: "languages", Router: languages}, routing.Team("sales")})
	roster := routing.NewRoster(nil)
	roster.Set("ann", routing.Active, 0)
	for _, locale := range []string{"de", "fr"} {
		d, _ := p.Route(context.Background(), routing.Enquiry{Locale: locale}, roster)
		fmt.Println(d)
	}
	// Output:
	// offer staff ann: rule 1 of 2 can be offered; custom router languages says offer; 1 who speak "de" are there
	// offer team sales: rule 2 of 2 can be offered; custom router languages says none available; 0 who speak "fr" are there; team sales is available
}

func ExampleRouterFunc() {
	var r routing.Router = routing.RouterFunc(func(context.Context, routing.Enquiry, routing.Presence) (routing.Decision, error) {
		return routing.Decision{Outcome: routing.Offer, Destinations: []routing.Destination{routing.Bot("helper")}}, nil
	})
	route(r, routing.Enquiry{}, nil)
	// Output:
	// offer [bot helper]
}

func ExampleDecision_Reasons() {
	p, _ := routing.New(routing.Sticky{Then: routing.Percentage{
		{Percent: 60, To: routing.Staff("ann")},
		{Percent: 40, To: routing.Group{ID: "desk", Method: routing.RoundRobin, Members: []routing.Destination{routing.Staff("bob"), routing.Staff("cy")}}},
	}})
	roster := routing.NewRoster(nil)
	roster.Set("cy", routing.Active, 0)
	d, _ := p.Route(context.Background(), routing.Enquiry{}, roster)
	for _, r := range d.Reasons() {
		fmt.Printf("%-20s %-12s %s\n", r.Rule, r.Code, r.Text)
	}
	// Output:
	//                      no_match     nobody served this visitor before
	// then                 share        share 2 of 2 (40 %) has its turn
	// then.shares[0].to    unavailable  staff ann is offline
	// then.shares[1].to    unavailable  1 of 2 members of desk are not available
	// then.shares[1].to    offered      staff cy is next in desk (round robin)
}

func ExamplePlan_With() {
	before, _ := routing.New(routing.Group{ID: "desk", Method: routing.RoundRobin, Members: []routing.Destination{routing.Staff("ann"), routing.Staff("bob")}})
	route(before, routing.Enquiry{}, nil)
	// Cy joins, and it is still bob's turn.
	after, _ := before.With(routing.Group{ID: "desk", Method: routing.RoundRobin, Members: []routing.Destination{routing.Staff("ann"), routing.Staff("bob"), routing.Staff("cy")}})
	route(after, routing.Enquiry{}, nil)
	// Output:
	// offer [staff ann]
	// offer [staff bob]
}

func ExamplePlan_NextOpening() {
	p, _ := routing.New(routing.Time{Zone: "America/New_York", Conditions: []routing.Condition{
		{Days: []time.Weekday{time.Sunday}, From: routing.At(2, 30), To: routing.At(5, 0), Then: routing.Team("sales")},
	}})
	// On 8 March 2026 the clocks of New York go from 02:00 to 03:00.
	next, ok := p.NextOpening(time.Date(2026, time.March, 7, 12, 0, 0, 0, time.UTC))
	fmt.Println(next, ok)
	// Output:
	// 2026-03-08 03:00:00 -0400 EDT true
}

func ExamplePlan_Findings() {
	p, _ := routing.New(routing.Alternative{
		routing.Time{Conditions: []routing.Condition{
			{Days: []time.Weekday{time.Monday}, From: routing.At(9, 0), To: routing.At(23, 59), Then: routing.Bot("helper")},
		}, Otherwise: routing.Bot("helper")},
		routing.Team("sales"),
	})
	for _, f := range p.Findings() {
		fmt.Printf("%s: %s\n", f.Path, f.Text)
	}
	// Output:
	// rules[0].conditions[0].to: the minute from 23:59 to 24:00 is left out; the end of the day is 24:00
	// rules[1]: rule 1 always has a bot to offer to, so this one is asked only after that was tried
}

func ExampleDiff() {
	sales := routing.Team("sales")
	days := []time.Weekday{time.Saturday, time.Sunday}
	before, _ := routing.New(routing.Time{Conditions: []routing.Condition{{Days: days, From: routing.At(10, 0), To: routing.At(24, 0), Then: sales}}})
	after, _ := routing.New(routing.Time{Conditions: []routing.Condition{{Days: days, From: routing.At(9, 0), To: routing.At(22, 0), Then: sales}}})
	for _, c := range routing.Diff(before, after, time.Date(2026, time.March, 2, 0, 0, 0, 0, time.UTC)) {
		fmt.Println(c)
	}
	// Output:
	// Sat 2026-03-07 09:00–10:00 was closed, is open
	// Sat 2026-03-07 22:00–24:00 was open, is closed
	// Sun 2026-03-08 09:00–10:00 was closed, is open
	// Sun 2026-03-08 22:00–24:00 was open, is closed
}
