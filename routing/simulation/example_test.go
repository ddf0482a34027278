package simulation_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/usherchat/usher/routing"
	"github.com/usherchat/usher/routing/simulation"
)

func ExampleSimulate() {
	// One person, who handles three enquiries at once for ten minutes each; one enquiry a minute for an hour.
	p, _ := routing.New(routing.Staff("ann"))
	start := time.Date(2026, time.March, 2, 10, 0, 0, 0, time.UTC)
	got, err := simulation.Simulate(context.Background(), p, simulation.Simulation{
		Enquiries: func(yield func(routing.Enquiry) bool) {
			for i := range 60 {
				if !yield(routing.Enquiry{At: start.Add(time.Duration(i) * time.Minute)}) {
					return
				}
			}
		},
		Presence: slices.Values([]simulation.PresenceChange{
			{At: start, Destination: routing.Staff("ann"), State: routing.State{Status: routing.Active, Capacity: 3}},
		}),
		Handle:  func(routing.Enquiry, routing.Destination) time.Duration { return 10 * time.Minute },
		MaxWait: 5 * time.Minute,
	})
	fmt.Println(got.Accepted, "accepted,", got.Missed, "missed,", got.Waits.Max, "the longest wait,", err)
	// Output:
	// 21 accepted, 39 missed, 5m0s the longest wait, <nil>
}
