package lead

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// room is how much a list of a record may hold.
type room struct{ entries, bytes int }

var (
	// recordRoom bounds touchpoints, events, signals and contacts, each: whoever joins
	// a lead again and again must not make it too heavy to be decided.
	recordRoom = room{500, 256 << 10}
	// ownRoom is the same for the words of one of several senders.
	ownRoom = room{100, 32 << 10}
)

// Own is what one sender said of a lead that several sent.
type Own struct {
	Submission
	Contacts []Contact `json:"contacts,omitempty"`
	Folded   Folded    `json:"folded,omitzero"`
}

// own adds what a sender says to its own words, which are kept apart once a lead has
// several senders: nobody is shown those of another.
func (l *Lead) own(by string, say func(*Lead)) {
	if l.Said == nil && by == l.SentBy || by == "" {
		return
	}
	said := maps.Clone(l.byOwn())
	o := said[by]
	alone := Lead{Submission: o.Submission, Contacts: o.Contacts, Folded: o.Folded}
	say(&alone)
	said[by] = Own{alone.Submission, alone.Contacts, alone.Folded}
	l.Said = said
}

// say adds to the words of one sender.
func (l *Lead) say(r room, o *Own) {
	if l.ReferredOn == "" {
		l.begin(r, &o.Submission)
	} else {
		l.fold(r, &o.Submission, func(string) Date { return o.ReferredOn })
	}
	l.foldContacts(r, o.Contacts)
}

// byOwn are the words of each sender.
func (l *Lead) byOwn() map[string]Own {
	if l.Said != nil {
		return l.Said
	}
	return map[string]Own{l.SentBy: {l.Submission, l.Contacts, l.Folded}}
}

// mostNames bounds the technologies and the ids of other systems, each.
const mostNames = 100

// Folded counts what a record no longer lists: the oldest entries, once there are
// more than it holds. The first and the newest of a type stay.
type Folded struct {
	Touchpoints []Count `json:"touchpoints,omitempty" doc:"By owner."`
	Events      []Count `json:"events,omitempty"`
	Signals     []Count `json:"signals,omitempty"`
	Contacts    int     `json:"contacts,omitempty"`
	Assets      int     `json:"assets,omitempty" doc:"Distinct assets that had been touched by then."`
}

// Count is how many entries of a type were folded. What is not listed and no newer
// than Until is taken for one of them, so that sending all of it again adds nothing.
type Count struct {
	Type  string    `json:"type"`
	Times int       `json:"times"`
	Until time.Time `json:"until"`
}

// dated is an item of a list that a room may fold.
type dated interface{ entry() entry }

// entry is what room asks of an item of a list.
type entry struct {
	kind string
	at   time.Time
	size int // in bytes, about
}

func (t Touchpoint) entry() entry {
	size := len(t.Type) + len(t.Owner) + len(t.Asset) + 64
	if t.UTM != nil {
		size += len(t.UTM.text()) + 64
	}
	return entry{t.Owner, t.At, size}
}
func (e Event) entry() entry  { return entry{e.Type, e.At, len(e.Type) + len(e.Asset) + 64} }
func (s Signal) entry() entry { return entry{s.Type, s.At, len(s.Type) + len(s.By) + 64} }

// take adds what is neither listed nor counted yet. It says whether anything was
// new, and the time of the newest of it.
func take[T dated](list *[]T, folded []Count, more []T, same func(a, b T) bool) (changed bool, news time.Time) {
	n := len(*list)
	grow(list, slices.DeleteFunc(slices.Clone(more), func(m T) bool {
		e := m.entry()
		return slices.ContainsFunc(folded, func(c Count) bool { return c.Type == e.kind && !e.at.After(c.Until) })
	}), same)
	for _, m := range (*list)[n:] {
		news = later(news, m.entry().at)
	}
	return len(*list) > n, news
}

// shrink folds what is too much into counts.
func (l *Lead) shrink(r room) {
	before := *l
	foldOldest(r, &l.Touchpoints, &l.Folded.Touchpoints)
	foldOldest(r, &l.Events, &l.Folded.Events)
	foldOldest(r, &l.Signals, &l.Folded.Signals)
	if len(l.Touchpoints) < len(before.Touchpoints) || len(l.Events) < len(before.Events) {
		l.Folded.Assets = before.Touched()
	}
}

func foldOldest[T dated](r room, list *[]T, folded *[]Count) {
	kept, gone := part(r, *list)
	*list = kept
	for _, item := range gone {
		e := item.entry()
		*folded = plus(*folded, Count{e.kind, 1, e.at})
	}
}

// part parts a list into what stays, in its order, and what is too much: the oldest,
// but for the first of all and the newest of each kind.
func part[T dated](r room, list []T) (kept, gone []T) {
	order, total, newest, first := make([]int, len(list)), 0, map[string]time.Time{}, time.Time{}
	for i, item := range list {
		e := item.entry()
		order[i], total, newest[e.kind] = i, total+e.size, later(newest[e.kind], e.at)
		if first.IsZero() || e.at.Before(first) {
			first = e.at
		}
	}
	if len(list) <= r.entries && total <= r.bytes {
		return list, nil
	}
	rank := func(e entry) int {
		if e.at.Equal(first) || e.at.Equal(newest[e.kind]) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(order, func(i, j int) int {
		a, b := list[i].entry(), list[j].entry()
		return cmp.Or(cmp.Compare(rank(a), rank(b)), b.at.Compare(a.at))
	})
	n, size := 0, 0
	for ; n < min(len(order), r.entries); n++ {
		if size += list[order[n]].entry().size; size > r.bytes {
			break
		}
	}
	slices.Sort(order[:n])
	for _, i := range order[:n] {
		kept = append(kept, list[i])
	}
	for _, i := range order[n:] {
		gone = append(gone, list[i])
	}
	return kept, gone
}

// plus adds a count to that of its type. The list it is given stays as it is.
func plus(have []Count, more Count) []Count {
	have = slices.Clone(have)
	i := slices.IndexFunc(have, func(c Count) bool { return c.Type == more.Type })
	if i < 0 {
		return append(have, more)
	}
	have[i].Times += more.Times
	have[i].Until = later(have[i].Until, more.Until)
	return have
}

// add counts what another record had folded.
func (f *Folded) add(o Folded) {
	for _, lists := range []struct {
		into *[]Count
		from []Count
	}{{&f.Touchpoints, o.Touchpoints}, {&f.Events, o.Events}, {&f.Signals, o.Signals}} {
		for _, c := range lists.from {
			*lists.into = plus(*lists.into, c)
		}
	}
	f.Contacts += o.Contacts
	f.Assets = max(f.Assets, o.Assets)
}
