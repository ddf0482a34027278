package webhooktest_test

import (
	"testing"

	"github.com/usherchat/usher/webhook/webhooktest"
)

func TestHostileAnswersHaveNames(t *testing.T) {
	t.Parallel()
	all := webhooktest.HostileAnswers()
	if len(all) < 40 {
		t.Errorf("%d answers, want at least 40", len(all))
	}
	seen := make(map[string]bool)
	for _, h := range all {
		if name := h.Step.String(); name == "" || seen[name] {
			t.Errorf("name %q: empty or there twice", name)
		}
		seen[h.Step.String()] = true
	}
}
