package messages_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/usherchat/usher/messages"
)

func TestParseFaults(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text string
		position   int
		reason     string // a part of it
	}{
		{name: "empty", text: "", position: 1, reason: "blank"},
		{name: "blank", text: " \n\u00a0\u200b", position: 1, reason: "blank"},
		{name: "unknown name", text: "Hi {nme}", position: 4, reason: `unknown name "nme"`},
		{name: "position in characters", text: "您好，é{nme}", position: 5, reason: "unknown name"},
		{name: "no name", text: "Hi {}", position: 4, reason: "unknown name"},
		{name: "no name but a fallback", text: "Hi {|you}", position: 4, reason: "unknown name"},
		{name: "name in other case", text: "{Visitor}", position: 1, reason: "unknown name"},
		{name: "name with spaces", text: "{ visitor }", position: 1, reason: "unknown name"},
		{name: "name of a name's start", text: "{visitor.}", position: 1, reason: "unknown name"},
		{name: "lone opening brace", text: "a { b", position: 3, reason: "without its }"},
		{name: "opening brace at the end", text: "ab{", position: 3, reason: "without its }"},
		{name: "unclosed name", text: "a {visitor", position: 3, reason: "without its }"},
		{name: "unclosed name before another", text: "{visitor {staff}", position: 1, reason: "without its }"},
		{name: "lone closing brace", text: "a } b", position: 3, reason: "without its {"},
		{name: "closing brace after braces", text: "{{a}}}", position: 6, reason: "without its {"},
		{name: "brace in a fallback", text: "{visitor|a{b}", position: 11, reason: "brace in a fallback"},
		{name: "braces in a fallback", text: "{visitor|a{{b}}}", position: 11, reason: "brace in a fallback"},
		{name: "closing braces in a fallback", text: "{visitor|a}}b}", position: 12, reason: "without its {"},
		{name: "invalid UTF-8", text: "aé\xffb", position: 3, reason: "invalid UTF-8"},
		{name: "invalid UTF-8 in a name", text: "{vis\xc3itor}", position: 5, reason: "invalid UTF-8"},
		{name: "fault after a name", text: "{visitor} {x}", position: 11, reason: "unknown name"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := messages.Parse(tt.text)
			fault, ok := errors.AsType[*messages.SyntaxError](err)
			if !ok {
				t.Fatalf("got error %v, want a *SyntaxError", err)
			}
			if fault.Position != tt.position {
				t.Errorf("position: got %d, want %d (%v)", fault.Position, tt.position, err)
			}
			if !strings.Contains(fault.Reason, tt.reason) {
				t.Errorf("reason: got %q, want it to say %q", fault.Reason, tt.reason)
			}
		})
	}
}

func TestParseFaultIsShort(t *testing.T) {
	t.Parallel()
	_, err := messages.Parse("{" + strings.Repeat("x", 100_000) + "}")
	if err == nil || len(err.Error()) > 300 {
		t.Errorf("got %v, want a short error", err)
	}
}

func TestRenderSyntax(t *testing.T) {
	t.Parallel()
	vars := messages.Vars{
		Visitor: messages.Person{FirstName: "Ann", LastName: "Lee"},
		Staff:   messages.Person{FirstName: "小明", LastName: "王", FamilyFirst: true},
		Channel: "Shop", Source: "IRC",
	}
	nick := messages.Vars{VisitorName: "annie"}
	unseen := messages.Vars{Visitor: messages.Person{FirstName: "\u200b"}, VisitorName: "annie", Channel: " \u3164", Source: "\u202e"}
	sly := messages.Vars{VisitorName: "{staff} {{ }} {visitor|x}", Channel: "<b>&amp;"}
	for _, tt := range []struct {
		name, text string
		vars       messages.Vars
		want       string
	}{
		{name: "text alone", text: "Hello!", want: "Hello!"},
		{name: "every name", text: "{visitor},{visitor.first_name},{visitor.last_name},{staff},{staff.first_name},{staff.last_name},{channel},{source}", vars: vars, want: "Ann Lee,Ann,Lee,王小明,小明,王,Shop,IRC"},
		{name: "no values", text: "a{visitor}b{visitor.first_name}c{staff}d{channel}e{source}f{next_opening}g", want: "abcdefg"},
		{name: "fallbacks", text: "{visitor|a} {staff.last_name|b c} {next_opening| d|e }{source|}", want: "a b c  d|e "},
		{name: "fallback not needed", text: "{visitor|you}", vars: vars, want: "Ann Lee"},
		{name: "fallback for what is not seen", text: "{channel|a}{source|b}", vars: unseen, want: "ab"},
		{name: "nickname", text: "{visitor|you}, {visitor.first_name|you}", vars: nick, want: "annie, you"},
		{name: "nickname where the name is not seen", text: "Hello {visitor|you}", vars: unseen, want: "Hello annie"},
		{name: "braces", text: "{{visitor}} {{ }} {{{{", want: "{visitor} { } {{"},
		{name: "braces around a name", text: "{{{visitor}}}", vars: vars, want: "{Ann Lee}"},
		{name: "values are not parsed", text: "Hi {visitor}", vars: sly, want: "Hi {staff} {{ }} {visitor|x}"},
		{name: "nothing is escaped", text: "{channel}", vars: sly, want: "<b>&amp;"},
		{name: "line ends", text: "a\r\nb\rc\nd\te", want: "a\nb\nc\nd\te"},
		{name: "controls in the text", text: "a\x00\x1b\u202e\u200fb{visitor|\u202ex}", want: "abx"},
		{name: "joiners and break marks in the text", text: "می\u200cخواهم ก\u200bข", want: "می\u200cخواهم ก\u200bข"},
		{name: "values are cleaned", text: "Hi {visitor}!", vars: messages.Vars{VisitorName: " A\u202en\nn "}, want: "Hi An n!"},
		{name: "values are cut", text: "Hi {visitor}!", vars: messages.Vars{VisitorName: strings.Repeat("a", 70)}, want: "Hi " + strings.Repeat("a", 64) + "…!"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			template, err := messages.Parse(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if got := template.Render(tt.vars); got != tt.want {
				t.Errorf("got %+q, want %+q", got, tt.want)
			}
			if got := template.String(); got != tt.text {
				t.Errorf("String: got %q, want what was parsed", got)
			}
		})
	}
}

func TestRenderIsolates(t *testing.T) {
	t.Parallel()
	dana := messages.Person{FirstName: "דנה"}
	ann := messages.Person{FirstName: "Ann"}
	for _, tt := range []struct {
		name, text string
		visitor    messages.Person
		want       string
	}{
		{name: "right to left in left to right", text: "Hello {visitor}!", visitor: dana, want: "Hello \u2068דנה\u2069!"},
		{name: "a part of it", text: "Hello {visitor}!", visitor: messages.Person{FirstName: "Dana", LastName: "דנה"}, want: "Hello \u2068Dana דנה\u2069!"},
		{name: "left to right in right to left", text: "שלום {visitor}!", visitor: ann, want: "שלום \u2068Ann\u2069!"},
		{name: "Han in right to left", text: "مرحبًا {visitor}!", visitor: messages.Person{FirstName: "小明"}, want: "مرحبًا \u2068小明\u2069!"},
		{name: "along with the text", text: "שלום {visitor}!", visitor: dana, want: "שלום דנה!"},
		{name: "Arabic in Hebrew", text: "שלום {visitor}!", visitor: messages.Person{FirstName: "ليلى"}, want: "שלום ليلى!"},
		{name: "Han in Latin", text: "Hello {visitor}!", visitor: messages.Person{FirstName: "小明"}, want: "Hello 小明!"},
		{name: "no letters", text: "שלום {visitor}!", visitor: messages.Person{FirstName: "007"}, want: "שלום 007!"},
		{name: "a text without letters", text: "+ {visitor} +", visitor: dana, want: "+ \u2068דנה\u2069 +"},
		{name: "nothing but the name", text: "{visitor}", visitor: dana, want: "דנה"},
		{name: "direction of the fallback", text: "{visitor|אורח}: 1", visitor: dana, want: "דנה: 1"},
		{name: "no isolates around a fallback", text: "Hello {channel|אורח}!", want: "Hello אורח!"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			template, err := messages.Parse(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if got := template.Render(messages.Vars{Visitor: tt.visitor}); got != tt.want {
				t.Errorf("got %+q, want %+q", got, tt.want)
			}
		})
	}
}

func TestRenderCap(t *testing.T) {
	t.Parallel()
	repeat := strings.Repeat
	full := messages.MaxRendered
	dana := messages.Vars{VisitorName: "דנה"}
	for _, tt := range []struct {
		name, text string
		vars       messages.Vars
		want       string
	}{
		{name: "to the byte", text: repeat("a", full), want: repeat("a", full)},
		{name: "text alone", text: repeat("a", full+1), want: repeat("a", full)},
		{name: "three bytes each", text: repeat("王", 2000), want: repeat("王", 1365)},
		{name: "before a mark", text: repeat("a", full-2) + "e\u0301b", want: repeat("a", full-2)},
		{name: "through a heap of marks", text: "a" + repeat("\u0301", full), want: "a" + repeat("\u0301", (full-1)/2)},
		{name: "after a name", text: "{visitor|b}" + repeat("a", full), want: "b" + repeat("a", full-1)},
		{name: "in a name", text: repeat("a", full-3) + "{visitor}", vars: messages.Vars{VisitorName: "Ann Lee"}, want: repeat("a", full-3) + "Ann"},
		{name: "in a fallback", text: repeat("a", full-3) + "{visitor|you two}b", want: repeat("a", full-3) + "you"},
		{name: "before a name", text: repeat("a", full) + "{visitor}", vars: dana, want: repeat("a", full)},
		{name: "in an isolate", text: repeat("a", full-11) + "{visitor}b", vars: dana, want: repeat("a", full-11) + "\u2068דנ\u2069"},
		{name: "no room for an isolate", text: repeat("a", full-7) + "{visitor}b", vars: dana, want: repeat("a", full-7)},
		{name: "many values", text: repeat("{visitor}", 1500), vars: messages.Vars{VisitorName: "Ann"}, want: repeat("Ann", 1365) + "A"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			template, err := messages.Parse(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			got := template.Render(tt.vars)
			if got != tt.want {
				n := max(0, len(got)-20)
				t.Errorf("got %d bytes ending in %+q, want %d", len(got), got[n:], len(tt.want))
			}
		})
	}
}

func TestTemplateZero(t *testing.T) {
	t.Parallel()
	var template messages.Template
	if got := template.Render(messages.Vars{}); got != "" {
		t.Errorf("got %q, want nothing", got)
	}
}

func TestTemplateConcurrent(t *testing.T) {
	t.Parallel()
	template, err := messages.Parse("Hello {visitor|you}, {next_opening|soon}")
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 100 {
				if got, want := template.Render(messages.Vars{VisitorName: "小明"}), "Hello 小明, soon"; got != want {
					t.Errorf("got %q, want %q", got, want)
				}
			}
		})
	}
	group.Wait()
}
