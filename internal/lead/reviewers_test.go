package lead

import "testing"

// members lists "group user" pairs.
type members map[string]bool

func (m members) Member(group, user string) bool { return m[group+" "+user] }

func TestMay(t *testing.T) {
	r := &Reviewers{
		Groups: members{"S1 U5": true},
		Deciders: []Decider{
			{By: "U1"},
			{By: "key:ops"},
			{By: "U2", Scope: Scope{Partners: []string{"acme"}}},
			{By: "U2", Scope: Scope{Partners: []string{"lumen"}, Channels: []string{"C2"}}},
			{By: "U3", Scope: Scope{Channels: []string{"C2", "C3"}}},
			{Group: "S1", Scope: Scope{Partners: []string{"acme"}}},
			{Group: "S9"},
		},
	}
	for _, c := range []struct {
		by, partner, channel string
		want                 bool
	}{
		{"U1", "acme", "C1", true}, {"U1", "x", "", true}, {"key:ops", "x", "C9", true},
		{"U2", "acme", "C1", true}, {"U2", "lumen", "C2", true}, {"U2", "lumen", "C1", false}, {"U2", "x", "C2", false},
		{"U3", "x", "C3", true}, {"U3", "x", "C1", false}, {"U3", "x", "", false},
		{"U5", "acme", "C1", true}, {"U5", "x", "C1", false},
		{"U4", "acme", "C1", false}, {"", "acme", "C1", false}, {"ops", "acme", "C1", false}, {"S1", "acme", "C1", false}, {"S9", "acme", "C1", false},
	} {
		d := &Dossier{Lead: Lead{Submission: Submission{Partner: Partner{ID: c.partner}}}, Reviews: []Review{{Channel: "C9"}, {Channel: c.channel}}}
		if got := r.Authorized(c.by, d); got != c.want {
			t.Errorf("Authorized(%q, %s in %s) = %v", c.by, c.partner, c.channel, got)
		}
	}
	r.Groups = nil
	if r.Authorized("U5", &Dossier{Lead: Lead{Submission: Submission{Partner: Partner{ID: "acme"}}}}) {
		t.Error("a group that nobody knows lets somebody in")
	}
}

func TestARoundKeepsItsChannelWhileCardsGoThere(t *testing.T) {
	r := &Reviewers{Channel: "C1", Channels: map[string]string{"acme": "C2", "lumen": "C3"}}
	acme := &Lead{Submission: Submission{Partner: Partner{ID: "acme"}}}
	for opened, want := range map[string]string{"C1": "C1", "C2": "C2", "C3": "C3", "C9": "C2", "slack": "C2", "": "C2"} {
		if got := r.ChannelFor(&Review{Channel: opened}, acme); got != want {
			t.Errorf("opened for %q: posted in %q, want %q", opened, got, want)
		}
	}
	if got := r.ChannelOf(&Lead{}); got != "C1" {
		t.Errorf("a lead of another partner goes to %q", got)
	}
}
