package score

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/expr-lang/expr"
	typecheck "github.com/expr-lang/expr/checker"
	"github.com/expr-lang/expr/compiler"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/optimizer"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"

	"leadtriage/config/strict"
)

// The bounds of one condition. With lists looked through one at a time, never
// one within another, its cost is at most nodes × the longest list of a lead.
const (
	mostNodes   = 200
	mostLetters = 2000
)

// condition is a `when` that was compiled. It has no side effects and sees
// neither clock nor network.
type condition struct {
	text    string
	program *vm.Program
	facts   []string // names of facts that it rests on, in order of appearance
	acts    bool     // whether it looks at what the lead did
}

// machines are the stacks that conditions run on.
var machines = sync.Pool{New: func() any { return new(vm.VM) }}

// holds reports whether the condition is known to hold. One that cannot be
// evaluated does not.
func (c *condition) holds(e environment) bool {
	machine := machines.Get().(*vm.VM)
	defer machines.Put(machine)
	out, err := machine.Run(c.program, e)
	held, ok := out.(bool)
	return err == nil && ok && held
}

// compileCondition compiles the text at n, with faults at their place. An ICP
// criterion (fit) sees the company and the lead as sent, nothing that moves
// with time.
func compileCondition(n strict.Node, text string, fit bool, words Vocabulary) (*condition, strict.Faults) {
	if utf8.RuneCountInString(text) > mostLetters {
		return nil, strict.Faults{n.Fault("this condition is longer than %d letters; split it into rules", mostLetters)}
	}
	config := conf.New(nothing)
	config.MaxNodes = mostNodes
	config.Expect = reflect.Bool
	expr.Function("known", func(...any) (any, error) { return false, nil }, new(func(any) bool))(config)
	for name := range config.Builtins {
		if !slices.Contains(calls, name) {
			config.Disabled[name] = true
			delete(config.Builtins, name)
		}
	}
	tree, err := parser.ParseWithConfig(text, config)
	if err != nil {
		return nil, strict.Faults{placed(n, text, err)}
	}
	r := &reader{at: n, fit: fit, Vocabulary: words}
	r.yesNo(tree.Node)
	if len(r.faults) > 0 {
		return nil, r.faults
	}
	if _, err := typecheck.Check(tree, config); err != nil {
		return nil, strict.Faults{placed(n, text, err)}
	}
	if r.named == 0 {
		return nil, strict.Faults{n.Fault("this condition names nothing of the lead, so it is the same for all; name a fact or a field")}
	}
	// Both steps work on a tree that was checked: what they could still refuse
	// is a fault of the condition, too.
	tree.Node = knownTrue(tree.Node)
	if _, err = typecheck.Check(tree, config); err == nil {
		err = optimizer.Optimize(&tree.Node, config)
	}
	var program *vm.Program
	if err == nil {
		program, err = compiler.Compile(tree, config)
	}
	if err != nil {
		return nil, strict.Faults{placed(n, text, err)}
	}
	return &condition{text: strings.Join(strings.Fields(text), " "), program: program, facts: r.facts, acts: r.acts}, nil
}

// placed says an error of the expression language in our words, where it stands.
func placed(n strict.Node, text string, err error) strict.Fault {
	var at *file.Error
	if !errors.As(err, &at) {
		return n.Fault("%s", plain(err.Error()))
	}
	// The offset counts letters of the condition as the language reads it.
	return n.FaultAt(min(at.From, utf8.RuneCountInString(text)), "%s", plain(at.Message))
}

var inWords = strings.NewReplacer("[]string", "a list of text", "string", "text", "float64", "a number", "int", "a number", "bool", "yes or no",
	"[]score.eventView", "a list of events", "[]score.signalView", "a list of signals", "[]score.touchView", "a list of touchpoints",
	"score.", "", "View", "", "mismatched types", "these do not go together:", "mismatched type", "this does not go with it:")

func plain(message string) string {
	switch {
	case strings.Contains(message, "maximum allowed nodes"):
		return "this condition is too long; split it into rules"
	case strings.HasPrefix(message, "invalid operation: not"), strings.HasPrefix(message, "invalid operation: !"):
		return "`not` needs parentheses round what it denies, as in not (employees > 50)"
	case message == `unexpected token Operator("=")`:
		return "= is not read here; compare by =="
	case message == "unexpected token EOF":
		return "the condition ends too early; something is missing behind the last word"
	case strings.HasPrefix(message, "unexpected token "):
		if _, quoted, ok := strings.Cut(message, "("); ok {
			return strings.TrimSuffix(quoted, ")") + " is not expected here; compare by ==, <, in, contains, … and join by and, or, not (…)"
		}
	case strings.HasPrefix(message, "expected bool"):
		return "a condition must be true or false; compare it with something, as in employees > 50"
	}
	return inWords.Replace(message)
}
