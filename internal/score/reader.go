package score

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"

	"leadtriage/config/strict"
	"leadtriage/internal/company"
	"leadtriage/internal/lead"
)

// calls are the functions that a condition may use beside known(…); the first
// five look through a list.
var calls = []string{"any", "all", "none", "one", "count", "len", "lower", "upper", "trim"}

var (
	compares  = []string{"==", "!=", "<", "<=", ">", ">=", "in", "contains", "startsWith", "endsWith", "matches"}
	computes  = []string{"+", "-", "*", "/"}
	knownName = func() map[string]reflect.Type { // of the environment, with their types
		types := map[string]reflect.Type{}
		for name, value := range nothing {
			if !strings.Contains(name, " ") {
				types[name] = reflect.TypeOf(value)
			}
		}
		return types
	}()
)

// Vocabulary is what leads may say where that is configured; empty: anything.
type Vocabulary struct {
	Events   []string // beside the contract's; those of the model
	Partners []string // ids
	Tiers    []string
}

// reader looks through a condition before it is compiled: it refuses what has
// no bounded cost or no clear meaning, and words that no lead will ever have.
type reader struct {
	at  strict.Node
	fit bool
	Vocabulary
	faults strict.Faults

	named int
	facts []string
	acts  bool
	over  reflect.Type // of the list that is being looked through
	list  string       // its name
}

func (r *reader) fault(n ast.Node, format string, args ...any) {
	r.faults = append(r.faults, r.at.FaultAt(n.Location().From, format, args...))
}

// yesNo reads what and, or and not join.
func (r *reader) yesNo(n ast.Node) {
	switch x := n.(type) {
	case *ast.UnaryNode:
		if denies(x) {
			r.yesNo(x.Node)
			return
		}
	case *ast.BinaryNode:
		if joins(x) {
			r.yesNo(x.Left)
			r.yesNo(x.Right)
			return
		}
	case *ast.CallNode:
		if name, ok := x.Callee.(*ast.IdentifierNode); ok && name.Value == "known" {
			r.knownCall(x)
			return
		}
	}
	r.value(n)
}

func (r *reader) knownCall(n *ast.CallNode) {
	r.named++
	if len(n.Arguments) == 1 {
		if fact, ok := n.Arguments[0].(*ast.IdentifierNode); ok && factOf[fact.Value] != "" {
			r.rests(fact.Value)
			return
		}
	}
	var names []string
	for _, f := range facts {
		names = append(names, f.name)
	}
	r.fault(n, "known(…) asks about one fact: %s", strings.Join(names, ", "))
}

func (r *reader) rests(fact string) {
	if !slices.Contains(r.facts, fact) {
		r.facts = append(r.facts, fact)
	}
}

// value reads a comparison or a part of one.
func (r *reader) value(n ast.Node) {
	switch x := n.(type) {
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.StringNode:
	case *ast.IdentifierNode:
		r.name(x)
	case *ast.MemberNode:
		r.member(x)
	case *ast.PointerNode:
		if x.Name != "" {
			r.fault(x, "#%s is not read here; write # for the item that is looked at", x.Name)
		}
	case *ast.UnaryNode:
		r.value(x.Node)
	case *ast.BinaryNode:
		r.binary(x)
	case *ast.BuiltinNode:
		r.call(x)
	case *ast.PredicateNode:
		r.value(x.Node)
	case *ast.ArrayNode:
		for _, item := range x.Nodes {
			r.value(item)
		}
	case *ast.CallNode:
		name, _ := x.Callee.(*ast.IdentifierNode)
		switch {
		case name == nil:
			r.fault(x, "this cannot be called; functions are known, %s", strings.Join(calls, ", "))
		case name.Value == "known":
			r.fault(x, "known(…) stands by itself; join it by and, or, not")
		default:
			r.fault(x, "unknown function %s%s", name.Value, near(name.Value, append([]string{"known"}, calls...)))
		}
	case *ast.ConditionalNode:
		r.fault(x, "a choice is not read here; say it with and, or, not")
	case *ast.NilNode:
		r.fault(x, "there is no nil here; ask known(…) about a fact, or compare with \"\"")
	case *ast.ChainNode:
		r.fault(x, "?. is not needed; what was not sent is empty")
	default:
		r.fault(n, "this is not read in a condition; compare facts and fields, and join them by and, or, not")
	}
}

func (r *reader) binary(n *ast.BinaryNode) {
	switch {
	case n.Operator == "??":
		r.fault(n, "?? is not read here; a comparison with an unknown fact never holds, and known(…) asks for it")
		return
	case n.Operator == "matches":
		if _, ok := n.Right.(*ast.StringNode); !ok {
			r.fault(n.Right, "matches needs a pattern in quotes")
			return
		}
	case !joins(n) && !slices.Contains(compares, n.Operator) && !slices.Contains(computes, n.Operator):
		r.fault(n, "the operator %s is not read here; compare by %s, compute by %s", n.Operator, strings.Join(compares, " "), strings.Join(computes, " "))
		return
	}
	if list := asOneValue(n); list != "" {
		r.fault(n, "%s is a list: ask \"…\" in %s, count it by len(%s), or look through it, as in any(%s, …)", list, list, list, list)
		return
	}
	r.value(n.Left)
	r.value(n.Right)
	switch n.Operator {
	case "==", "!=":
		r.words(n.Left, n.Right)
		r.words(n.Right, n.Left)
	case "in":
		if list, ok := n.Right.(*ast.ArrayNode); ok {
			r.words(n.Left, list.Nodes...)
		} else {
			r.words(n.Right, n.Left)
		}
	}
}

// asOneValue is the list that is compared as if it were one value, or empty.
func asOneValue(n *ast.BinaryNode) string {
	for _, side := range []ast.Node{n.Left, n.Right} {
		name, ok := side.(*ast.IdentifierNode)
		if ok && knownName[name.Value] != nil && knownName[name.Value].Kind() == reflect.Slice && !(n.Operator == "in" && side == n.Right) {
			return name.Value
		}
	}
	return ""
}

func (r *reader) call(n *ast.BuiltinNode) {
	if !slices.Contains(calls, n.Name) {
		r.fault(n, "unknown function %s%s", n.Name, near(n.Name, append([]string{"known"}, calls...)))
		return
	}
	if len(n.Arguments) == 0 {
		return // the type check says so
	}
	if _, looks := n.Arguments[len(n.Arguments)-1].(*ast.PredicateNode); !looks {
		if slices.Contains(calls[:5], n.Name) {
			r.fault(n, "%s needs a condition for the items, as in %s(events, .days < 7); len(…) counts them all", n.Name, n.Name)
			return
		}
		for _, a := range n.Arguments {
			r.value(a)
		}
		return
	}
	list, ok := n.Arguments[0].(*ast.IdentifierNode)
	switch {
	case r.over != nil:
		r.fault(n, "one list cannot be looked through inside another; split the rule")
		return
	case !ok || knownName[list.Value] == nil || knownName[list.Value].Kind() != reflect.Slice:
		r.fault(n.Arguments[0], "%s looks through a list: technologies, events, signals, touchpoints, live_signals or buying_signals", n.Name)
		return
	}
	r.value(list)
	r.over, r.list = knownName[list.Value].Elem(), list.Value
	r.value(n.Arguments[1])
	r.over, r.list = nil, ""
}

func (r *reader) name(n *ast.IdentifierNode) {
	typ, ok := knownName[n.Value]
	switch {
	case !ok:
		r.fault(n, "unknown name %s%s", n.Value, near(n.Value, slices.Sorted(maps.Keys(knownName))))
	case !r.uses(n, n.Value):
	case partsOf(n.Value, typ) != nil:
		r.fault(n, "%s has parts; name one, as in %s.%s", n.Value, n.Value, partsOf(n.Value, typ)[0])
	case factOf[n.Value] != "":
		r.rests(n.Value)
	}
}

// uses notes that the condition looks at what has the name; false: it must not.
func (r *reader) uses(n ast.Node, name string) bool {
	r.named++
	acts := slices.Contains(behaviour, name)
	r.acts = r.acts || acts
	if acts && r.fit {
		r.fault(n, "%s is for disqualify rules: an ICP criterion is about the company, and behaviour earns points by intent.events", name)
		return false
	}
	return true
}

func (r *reader) member(n *ast.MemberNode) {
	part, ok := n.Property.(*ast.StringNode)
	if !ok || n.Optional || n.Method {
		r.fault(n.Property, "items are not taken by number here; look through the list, as in any(events, .type == \"demo_request\")")
		return
	}
	if of, nested := n.Node.(*ast.MemberNode); nested {
		before := len(r.faults)
		if r.member(of); len(r.faults) > before {
			return
		}
	}
	typ, owner := r.over, "an item of "+r.list
	if of, isName := n.Node.(*ast.IdentifierNode); isName {
		owner, typ = of.Value, knownName[of.Value]
		if typ == nil || typ.Kind() == reflect.Slice {
			r.name(of)
			if typ != nil {
				r.fault(n.Property, "%s is a list; look through it, as in any(%s, …)", owner, owner)
			}
			return
		}
		if !r.uses(n, owner) || owner == "crm" { // crm.any_id
			return
		}
	}
	if typ == nil || partsOf(owner, typ) == nil {
		r.fault(n, "this has no part %s", part.Value)
	} else if parts := partsOf(owner, typ); !slices.Contains(parts, part.Value) {
		r.fault(n.Property, "%s has no part %s%s", owner, part.Value, near(part.Value, slices.Sorted(slices.Values(parts))))
	}
}

// words refuses values that what stands at n never has.
func (r *reader) words(n ast.Node, values ...ast.Node) {
	for _, v := range values {
		text, ok := v.(*ast.StringNode)
		if !ok {
			continue
		}
		if hint := r.never(n, text.Value); hint != "" {
			r.fault(v, "%s", hint)
		}
	}
}

func (r *reader) never(n ast.Node, value string) string {
	name, part := "", ""
	switch x := n.(type) {
	case *ast.IdentifierNode:
		name = x.Value
	case *ast.PointerNode:
		name = r.list
	case *ast.MemberNode:
		if p, ok := x.Property.(*ast.StringNode); ok {
			part = p.Value
		}
		name = r.list
		if of, ok := x.Node.(*ast.IdentifierNode); ok {
			name = of.Value
		}
	}
	switch {
	case name == "industry":
		return unusable(lead.Industry, value)
	case name == "hq_country":
		return unusable(lead.HQCountry, value)
	case name == "technologies":
		if better := company.Technology(value); better != value {
			return "write the technology \"" + value + "\" as " + better
		}
	case name == "source":
		return among("source", lead.Sources, value)
	case name == "partner" && part == "id" && len(r.Partners) > 0:
		return among("partner", r.Partners, value)
	case name == "partner" && part == "tier" && len(r.Tiers) > 0:
		return among("tier", r.Tiers, value)
	case name == "status":
		return among("status", []string{"verified", "given", "unverified", "conflicting", ""}, value)
	case name == "events" && part == "type":
		return among("event", append(slices.Clone(lead.EventTypes), r.Events...), value)
	case name == "buying_signals":
		return among("buying signal", slices.Concat(lead.EventTypes, r.Events, []string{statedUseCase}), value)
	case name == "touchpoints" && part == "owner":
		return among("owner", []string{"owned", "partner", ""}, value)
	case name == "signals" && part == "type", name == "live_signals":
		return among("signal", lead.SignalTypes, value)
	}
	return ""
}

// among is the fault of a value that is none of the words.
func among[T ~string](what string, words []T, value string) string {
	if slices.Contains(words, T(value)) {
		return ""
	}
	return "unknown " + what + " \"" + value + "\"" + near(T(value), words)
}

func near[T ~string](word T, words []T) string {
	return strings.Replace(strict.Hint(word, words), "; did", ": did", 1)
}

func denies(n *ast.UnaryNode) bool { return n.Operator == "not" || n.Operator == "!" }

func joins(n *ast.BinaryNode) bool {
	return slices.Contains([]string{"and", "&&", "or", "||"}, n.Operator)
}
