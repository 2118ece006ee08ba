package slack_test

import (
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"leadtriage/internal/sim"
	"leadtriage/internal/slack"
)

// A failure never lets anybody in, and keeps those in who were for four hours.
func TestGroupsFailClosed(t *testing.T) {
	o := open(t, false)
	api := httptest.NewServer(o.slack)
	defer api.Close()
	now := monday
	p := slack.New(slack.Options{Token: botToken, APIURL: api.URL + "/api/", Now: func() time.Time { return now }})
	g := slack.NewGroups(p, []string{"S1", "S2"})
	in := func(want ...string) {
		t.Helper()
		var got []string
		for _, group := range []string{"S1", "S2", "S3", ""} {
			for _, user := range []string{ada, bob, eve, ""} {
				if g.Member(group, user) {
					got = append(got, group+" "+user)
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("in the groups are %v, want %v", got, want)
		}
	}

	in()
	o.slack.SetGroup("S1", ada)
	o.slack.FailNext("usergroups.users.list", 2, sim.SlackFault{Status: 503})
	if g.Refresh(t.Context()) {
		t.Error("a failed look counts as one")
	}
	in()
	if !g.Refresh(t.Context()) { // S2 does not exist: that is an answer
		t.Error("an answer counts as a failure")
	}
	in("S1 " + ada)

	o.slack.SetGroup("S1", bob)
	o.slack.SetGroup("S2", bob, eve)
	in("S1 " + ada) // as Slack last said
	o.slack.FailNext("usergroups.users.list", 1, sim.SlackFault{Error: "missing_scope"})
	now = now.Add(3 * time.Hour)
	g.Refresh(t.Context())
	in("S1 "+ada, "S2 "+bob, "S2 "+eve)
	o.slack.Revoke(true)
	now = now.Add(61 * time.Minute)
	g.Refresh(t.Context())
	in("S2 "+bob, "S2 "+eve) // S1's list is more than four hours old
	now = now.Add(3 * time.Hour)
	g.Refresh(t.Context())
	in()
	o.slack.Revoke(false)
	g.Refresh(t.Context())
	in("S1 "+bob, "S2 "+bob, "S2 "+eve)
	o.slack.DisableGroup("S2")
	g.Refresh(t.Context())
	in("S1 " + bob)
}

func TestGroupsRefuseWithoutTheScope(t *testing.T) {
	o := open(t, false, func(so *sim.SlackOptions) {
		so.Scopes = slices.DeleteFunc(slices.Clone(slack.Scopes), func(s string) bool { return s == "usergroups:read" })
	})
	o.slack.SetGroup("S1", ada)
	g := slack.NewGroups(o.poster, []string{"S1"})
	if g.Refresh(t.Context()) || g.Member("S1", ada) {
		t.Error("a group was read without the scope")
	}
	for groups, want := range map[bool]int{true: 1, false: 0} {
		if lacking, err := o.poster.Check(t.Context(), slack.Wanted{Groups: groups}); err != nil || len(lacking) != want {
			t.Errorf("with groups %v: lacking %v, %v", groups, lacking, err)
		}
	}
}
