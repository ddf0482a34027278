package apicheck_test

import (
	"os"
	"strings"
	"testing"
)

// TestDescription has all that docs/openapi.yaml tells of happen, and holds it against what went over the wire.
func TestDescription(t *testing.T) {
	text, err := os.ReadFile("../../docs/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	d, err := parse(text)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	incoming(w)
	limits(w, d)
	outgoing(w)
	traffic := w.journal.all()
	t.Logf("%d exchanges", len(traffic))

	t.Run("is true", func(t *testing.T) {
		for _, finding := range findings(d, traffic) {
			t.Error(finding)
		}
	})
	t.Run("names the fields of the code", func(t *testing.T) { sameFields(t, d) })
	t.Run("names the defaults of the code", func(t *testing.T) { sameNumbers(t, string(text)) })
	t.Run("cannot drift", func(t *testing.T) {
		for _, drift := range drifts {
			t.Run(drift.name, func(t *testing.T) {
				t.Parallel()
				if n := strings.Count(string(text), drift.from); n != 1 {
					t.Fatalf("%q is there %d times in the description, want once", drift.from, n)
				}
				changed, err := parse([]byte(strings.Replace(string(text), drift.from, drift.to, 1)))
				if err != nil {
					t.Fatal(err)
				}
				found := strings.Join(findings(changed, traffic), "\n")
				if !strings.Contains(found, drift.want) {
					t.Errorf("found %q, want it to hold %q", found, drift.want)
				}
			})
		}
	})
}

// findings is all in which the traffic and the description differ.
func findings(d *description, traffic []exchange) []string {
	var all []string
	for _, x := range traffic {
		all = append(all, d.check(x)...)
	}
	for _, name := range d.unseen(traffic) {
		all = append(all, "described, but never seen: "+name)
	}
	return all
}

// lastOfMessages ends the answers of the one operation that messages have.
const (
	tooMany        = "        '429': {$ref: '#/components/responses/TooManyRequests'}\n"
	lastOfMessages = tooMany + "        '503': {$ref: '#/components/responses/Unavailable'}\n\n  /{channel}/messages/{message}:\n"
)

// drifts are descriptions that are wrong in one place, and what is to be said of it.
var drifts = []struct{ name, from, to, want string }{
	{
		"a status is not described",
		lastOfMessages, strings.Replace(lastOfMessages, tooMany, "", 1),
		"the answer 429 is not as described",
	},
	{
		"a status never comes",
		lastOfMessages, "        '418': {$ref: '#/components/responses/TooLarge'}\n" + lastOfMessages,
		"never seen: POST /{channel}/messages 418",
	},
	{
		"a member of our answer is not described",
		"        duplicate:\n          description: The message was known already.\n          type: boolean\n", "",
		"duplicate",
	},
	{
		"a member of our answer has another type",
		"        duplicate:\n          description: The message was known already.\n          type: boolean\n",
		"        duplicate:\n          type: string\n",
		"duplicate got boolean, want string",
	},
	{
		"a member of a post is not described",
		"            state:\n              type: string\n              enum: [opened, accepted, closed]\n", "",
		"state",
	},
	{
		"a member of a post never comes",
		"            state:\n              type: string\n              enum: [opened, accepted, closed]\n",
		"            state:\n              type: string\n              enum: [opened, accepted, closed]\n            mood: {type: string}\n",
		"never seen: POST /enquiry body application/json data.mood",
	},
	{
		"an option is not described",
		"enum: [staff, bot, auto]", "enum: [staff, bot]",
		"data.author.kind value must be one of",
	},
	{
		"an option does not exist",
		"enum: [image, audio, video, file, sticker]", "enum: [image, audio, video, file, sticker, poll]",
		"never seen: POST /{channel}/messages body application/json message.attachments[].kind=poll",
	},
	{
		"a limit is narrower",
		"          maxLength: 10000\n", "          maxLength: 9999\n",
		"202, but the description forbids it: message.text maxLength: got 10,000",
	},
	{
		"a limit is wider",
		"          maxLength: 10000\n", "          maxLength: 10001\n",
		"400, but the description allows it",
	},
	{
		"a member need not be there",
		"      required: [message, status]\n", "      required: [message]\n",
		"400, but the description allows it",
	},
	{
		"a header of ours is not described",
		"        WWW-Authenticate: {$ref: '#/components/headers/Authenticate'}\n", "",
		"Www-Authenticate",
	},
	{
		"a header has another form",
		"schema: {type: integer, minimum: 1}", "schema: {type: string, const: soon}",
		"the answer 429 is not as described",
	},
	{
		"a header of a post has another form",
		"schema: {type: string, pattern: '^[A-Za-z0-9_-]{1,64}$'}", "schema: {type: string, pattern: '^msg_'}",
		"what was posted is not as described",
	},
	{
		"a challenge has another form",
		"pattern: '^[A-Za-z0-9_-]{43}$'", "pattern: '^[A-Za-z0-9_-]{44}$'",
		"challenge",
	},
	{
		"anybody may post",
		"security:\n  - accessToken: []\n", "security:\n  - basic: []\n",
		"forbids it",
	},
}
