package app_test

import (
	"encoding/csv"
	"io"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestOverview(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	ann := p.staff(t, "ann")
	for i := range 60 {
		v := p.visitor(t, "Visitor "+strconv.Itoa(i), "en")
		v.write("1", "Hello")
	}
	id := ann.any("offered")
	ann.do204("reply", id, object{"id": "r", "text": "Hi"})

	type page struct {
		Enquiries []struct {
			Number          int
			Visitor, Status string
		}
		Next string
	}
	read := func(query string) page {
		t.Helper()
		var got page
		ann.must(http.StatusOK, http.MethodGet, p.desk+"/overview/enquiries?"+query, nil, &got)
		return got
	}
	first := read("")
	second := read("before=" + first.Next)
	var numbers []int
	for _, e := range append(first.Enquiries, second.Enquiries...) {
		numbers = append(numbers, e.Number)
	}
	want := make([]int, 60)
	for i := range want {
		want[i] = 60 - i
	}
	if diff := cmp.Diff(want, numbers); diff != "" || second.Next != "" {
		t.Errorf("newest first, in pages: %s", diff)
	}
	for query, want := range map[string]int{
		"status=handling": 1, "status=handling&status=opened": 50, "status=closed": 0, "staff=ann": 1, "staff=bob": 0,
		"search=visitor+42": 1, "search=%2312": 1, "search=ARCHER": 1, "from=" + time.Now().Add(time.Hour).UTC().Format(time.RFC3339): 0,
	} {
		got := read(query)
		if query == "search=ARCHER" { // the offers name her too
			if len(got.Enquiries) == 0 {
				t.Error("nobody is found by the handler's name")
			}
			continue
		}
		if len(got.Enquiries) != want {
			t.Errorf("%s: %d enquiries, want %d", query, len(got.Enquiries), want)
		}
	}
	ann.must(http.StatusBadRequest, http.MethodGet, p.desk+"/overview/enquiries?from=yesterday", nil, nil)

	var report struct {
		Report struct {
			Opened, Handling int
			FirstReply       struct{ Count int } `json:"first_reply"`
		}
		Hours      []struct{ Opened, Handling int }
		FirstReply []struct{ Below, Count int } `json:"first_reply"`
		Staff      []struct {
			Name     string
			Handling int
		}
	}
	ann.must(http.StatusOK, http.MethodGet, p.desk+"/overview/report", nil, &report)
	if report.Report.Opened != 60 || report.Report.Handling != 1 || report.Report.FirstReply.Count != 1 {
		t.Errorf("report: %+v", report.Report)
	}
	opened, spread := 0, 0
	for _, h := range report.Hours {
		opened += h.Opened + h.Handling
	}
	for _, b := range report.FirstReply {
		spread += b.Count
	}
	if opened != 60 || spread != 1 || len(report.Hours) < 8 || report.Staff[0].Handling != 1 {
		t.Errorf("charts: %d opened, %d replies, %d hours, %+v", opened, spread, len(report.Hours), report.Staff)
	}

	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.desk+"/overview/report.csv", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := ann.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	rows, err := csv.NewReader(io.LimitReader(res.Body, 1<<20)).ReadAll()
	if err != nil || len(rows) < 3 || rows[1][0] != "all" || rows[1][2] != "60" {
		t.Errorf("CSV: %v %v", rows, err)
	}
}

// The endpoint fails: posts wait, in order, and the page says so. It works again: everything comes.
func TestEndpointFails(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	ann := p.staff(t, "ann")
	zoe := p.visitor(t, "Zoe", "en")
	zoe.write("1", "Hello")
	id := ann.at("offered", "Zoe")
	eventually(t, "she is welcomed", func() bool { return len(zoe.chat.texts()) == 2 })
	watch := ann.follow(p.desk + "/overview/stream")
	ann.must(http.StatusNoContent, http.MethodPut, p.desk+"/overview/fault", object{"mode": "500"}, nil)
	want := zoe.chat.texts()
	for i := range 5 {
		text := "part " + strconv.Itoa(i)
		ann.do204("reply", id, object{"id": text, "text": text})
		want = append(want, "staff: "+text)
	}
	var health struct {
		Delivered, Failed int
		Fault, State      string
		Latest            []struct {
			Result string
			Status int
		}
	}
	eventually(t, "attempts have failed", func() bool {
		ann.must(http.StatusOK, http.MethodGet, p.desk+"/overview/health", nil, &health)
		return health.Failed > 0
	})
	if health.Fault != "500" || health.Latest[0].Result != "failed" || health.Latest[0].Status != http.StatusInternalServerError {
		t.Errorf("health: %+v", health)
	}
	eventually(t, "the page is told", func() bool {
		_, ok := watch.find(func(e event) bool { return e.name == "changed" })
		return ok
	})
	ann.must(http.StatusNoContent, http.MethodPut, p.desk+"/overview/fault", object{"mode": ""}, nil)
	eventually(t, "everything has come", func() bool { return len(zoe.chat.texts()) == len(want) })
	if diff := cmp.Diff(want, zoe.chat.texts()); diff != "" {
		t.Error(diff)
	}
}
