package messages_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/usherchat/usher/messages"
)

func Example() {
	replies, err := messages.New(messages.Settings{
		Welcome: messages.AutoReply{Texts: map[string]string{
			"en": "Hello {visitor|there}, this is {channel}.",
			"de": "Guten Tag {visitor|und willkommen}, hier ist {channel}.",
		}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	visitor := messages.Vars{
		Visitor: messages.Person{FirstName: "Ann", LastName: "Lee"},
		Channel: "the shop",
		Locale:  "de-AT",
	}
	if welcome, ok := replies.Welcome(visitor); ok {
		fmt.Println(welcome.Text)
	}
	if away, ok := replies.Away(visitor); ok { // no text of ours: the library's
		fmt.Println(away.Text)
	}
	// Output:
	// Guten Tag Ann Lee, hier ist the shop.
	// Vielen Dank für Ihre Nachricht. Unser Team ist zurzeit nicht erreichbar. Voraussichtliche Antwort: so bald wie möglich.
}

func ExampleText() {
	m := messages.Text("Where is my order?")
	m.ID = "4711"
	body, err := json.Marshal(m)
	fmt.Println(string(body), err)
	// Output: {"id":"4711","text":"Where is my order?"} <nil>
}

func ExampleMessage_Validate() {
	m := messages.Message{
		ID: "4711",
		Attachments: []messages.Attachment{
			{Kind: messages.Image, URL: "https://example.com/receipt.png"},
			{Kind: messages.Image, URL: "file:///etc/passwd", Size: -1},
		},
		Location: &messages.Location{Latitude: 514.7},
	}
	fmt.Println(m.Validate(messages.Limits{}))
	// Output:
	// attachments[1].url: must start with https:// or http://
	// attachments[1].size: is negative
	// location.latitude: must be a number from -90 to 90
}

func ExampleLimits() {
	sms := messages.Limits{Text: 160, Attachments: 1, Metadata: -1} // the rest as documented
	fmt.Println(messages.Text("Where is my order?").Validate(sms))
	m := messages.Message{Text: "Two pictures", Attachments: []messages.Attachment{
		{Kind: messages.Image, URL: "https://example.com/1.png"},
		{Kind: messages.Image, URL: "https://example.com/2.png"},
	}}
	fmt.Println(m.Validate(sms))
	// Output:
	// <nil>
	// attachments: there are 2, at most 1 are allowed
}

func ExampleMessage_PlainText() {
	m := messages.Message{
		Text: "Which day suits you?",
		Attachments: []messages.Attachment{
			{Kind: messages.File, URL: "https://example.com/plan.pdf", Name: "plan.pdf"},
		},
		Location: &messages.Location{Latitude: 22.2819, Longitude: 114.1582, Name: "Front desk"},
		Choices:  []messages.Choice{{Text: "Monday", Value: "mo"}, {Text: "Tuesday", Value: "tu"}},
	}
	fmt.Println(m.PlainText())
	// Output:
	// Which day suits you?
	// plan.pdf: https://example.com/plan.pdf
	// Front desk: 22.2819, 114.1582
	// 1. Monday
	// 2. Tuesday
}

func ExampleChoice_Answer() {
	fmt.Println(messages.Choice{Text: "Yes, please", Value: "yes"}.Answer())
	fmt.Println(messages.Choice{Text: "No"}.Answer())
	// Output:
	// yes
	// No
}

func ExampleDisplayName_Format() {
	ann := messages.Person{FirstName: "Ann", LastName: "Lee"}
	xiaoming := messages.Person{FirstName: "小明", LastName: "王", FamilyFirst: true}
	discreet := messages.Person{LastName: "Lee"}
	for _, d := range []messages.DisplayName{messages.NoName, messages.FirstName, messages.FullName} {
		fmt.Printf("%v: %q %q %q\n", d, d.Format(ann), d.Format(xiaoming), d.Format(discreet))
	}
	// Output:
	// none: "" "" ""
	// first: "Ann" "小明" ""
	// full: "Ann Lee" "王小明" "Lee"
}

func ExampleDisplayName_UnmarshalText() {
	var s messages.Settings
	fmt.Println(json.Unmarshal([]byte(`{"display_name":"first"}`), &s), s.DisplayName == messages.FirstName)
	fmt.Println(json.Unmarshal([]byte(`{"display_name":"last"}`), &s))
	// Output:
	// <nil> true
	// display name "last" must be none, first or full
}

func ExampleParse() {
	template, err := messages.Parse("Hello {visitor|there}! Write {{name}} to see your name.")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(template.Render(messages.Vars{}))
	fmt.Println(template.Render(messages.Vars{VisitorName: "{channel}"})) // a value is never parsed
	// Output:
	// Hello there! Write {name} to see your name.
	// Hello {channel}! Write {name} to see your name.
}

func ExampleSyntaxError() {
	_, err := messages.Parse("您好 {vistor}")
	if fault, ok := errors.AsType[*messages.SyntaxError](err); ok {
		fmt.Println("mark character", fault.Position)
	}
	// Output: mark character 4
}

func ExampleTemplate_Render() {
	template, err := messages.Parse("We are back {next_opening|soon}.")
	if err != nil {
		fmt.Println(err)
		return
	}
	friday := time.Date(2026, 3, 6, 18, 0, 0, 0, time.UTC)
	for _, days := range []int{0, 3, 7} {
		opening := friday.AddDate(0, 0, days).Add(time.Hour)
		fmt.Println(template.Render(messages.Vars{Now: friday, NextOpening: opening}))
	}
	fmt.Println(template.Render(messages.Vars{Now: friday}))
	// Output:
	// We are back 7:00 PM.
	// We are back Monday at 7:00 PM.
	// We are back March 13 at 7:00 PM.
	// We are back soon.
}

func ExampleTemplate_Render_direction() {
	template, err := messages.Parse("{visitor}: 3 messages")
	if err != nil {
		fmt.Println(err)
		return
	}
	// A right-to-left name in a left-to-right text is isolated, so that the number stays where it is.
	fmt.Printf("%+q\n", template.Render(messages.Vars{VisitorName: "דנה"}))
	// Output: "\u2068\u05d3\u05e0\u05d4\u2069: 3 messages"
}

func ExampleNew_faults() {
	_, err := messages.New(messages.Settings{
		Welcome: messages.AutoReply{Texts: map[string]string{"de": "Hallo {besucher}", "en": " "}},
		Closing: messages.AutoReply{Texts: map[string]string{"de_": "Danke!"}},
	})
	fmt.Println(err)
	// Output:
	// welcome.texts[de]: character 7: unknown name "besucher"; known are visitor, visitor.first_name, visitor.last_name, staff, staff.first_name, staff.last_name, channel, source, next_opening
	// welcome.texts[en]: character 1: the text is blank
	// closing.texts[de_]: not a language tag such as de, pt-BR or zh-Hant
}

func ExampleReplies_Welcome() {
	replies, err := messages.New(messages.Settings{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, locale := range []string{"en-US", "zh-TW", "es", "xx"} {
		m, ok := replies.Welcome(messages.Vars{Locale: locale, VisitorName: "Ann"})
		fmt.Println(ok, m.Text)
	}
	// Output:
	// true Hello Ann! Thank you for contacting us. How can we help you?
	// true Ann您好，感謝您與我們聯絡。請問有什麼可以為您服務？
	// true Hola, Ann. Gracias por ponerse en contacto con nosotros. ¿En qué podemos ayudarle?
	// true Hello Ann! Thank you for contacting us. How can we help you?
}

func ExampleReplies_Away() {
	replies, err := messages.New(messages.Settings{})
	if err != nil {
		fmt.Println(err)
		return
	}
	friday := time.Date(2026, 3, 6, 18, 0, 0, 0, time.UTC)
	m, ok := replies.Away(messages.Vars{Locale: "de", Now: friday, NextOpening: friday.AddDate(0, 0, 3)})
	fmt.Println(ok, m.Text)
	// Output: true Vielen Dank für Ihre Nachricht. Unser Team ist zurzeit nicht erreichbar. Voraussichtliche Antwort: Montag, 18:00 Uhr.
}

func ExampleReplies_Closing() {
	settings := messages.Settings{}
	replies, err := messages.New(settings)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, ok := replies.Closing(messages.Vars{})
	fmt.Println(ok) // off unless a text is given

	settings.Closing.Texts = map[string]string{"": "Thank you, {visitor.first_name|and goodbye}."}
	if replies, err = messages.New(settings); err != nil {
		fmt.Println(err)
		return
	}
	m, ok := replies.Closing(messages.Vars{Visitor: messages.Person{FirstName: "Ann"}})
	fmt.Println(ok, m.Text)
	// Output:
	// false
	// true Thank you, Ann.
}

func ExampleSettings_Sign() {
	s := messages.Settings{DisplayName: messages.FirstName, NameInText: true}
	fmt.Println(s.Sign("Your order is on its way.", messages.Person{FirstName: "Ann", LastName: "Lee"}))
	// Output: Ann: Your order is on its way.
}

func ExampleSettings_Signature() {
	s := messages.Settings{DisplayName: messages.FirstName, NameInText: true}
	m := messages.Message{Text: "- one\n- two", Format: messages.Markdown}
	fmt.Println(s.Signature(m, messages.Person{FirstName: "Ann *the* Great"}) + m.Text)
	// Output:
	// Ann \*the\* Great:
	//
	// - one
	// - two
}

func ExampleDefaultWelcome() {
	texts := messages.DefaultWelcome()
	fmt.Println(texts["en"])
	fmt.Println(texts["ja"])
	// Output:
	// Hello {visitor|and welcome}! Thank you for contacting us. How can we help you?
	// {visitor|お客}様、お問い合わせいただきありがとうございます。ご用件をお聞かせください。
}

func ExampleDefaultAway() {
	texts := messages.DefaultAway()
	texts["en"] = "We are closed. We reply {next_opening|soon}." // one of ours, the rest as they are
	replies, err := messages.New(messages.Settings{Away: messages.AutoReply{Texts: texts}})
	if err != nil {
		fmt.Println(err)
		return
	}
	m, _ := replies.Away(messages.Vars{Locale: "en"})
	fmt.Println(m.Text)
	// Output: We are closed. We reply soon.
}
