package config

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"leadtriage/config/strict"
	"leadtriage/internal/score"
)

// Schema is the JSON Schema of the YAML file.
func Schema() []byte {
	s := strict.Document[Config]("leadtriage configuration")
	s["$defs"].(strict.Schema)["scoring"] = strict.Schema{"anyOf": []any{score.Schema(), strict.Schema{
		"type": "object", "properties": strict.Schema{"file": strict.Schema{"type": "string", "minLength": 1}}, "required": []any{"file"}, "additionalProperties": false}}}
	text, _ := json.MarshalIndent(s, "", "  ") // what it is made of always marshals
	return append(text, '\n')
}

// Print is the effective configuration as a YAML file that can be loaded again,
// with the comments of the defaults, and what came from the environment as
// comments below it. No secret stands in it.
func (c *Config) Print() (string, error) {
	comments := yaml.CommentMap{}
	var ignored any
	if err := yaml.UnmarshalWithOptions(defaults, &ignored, yaml.CommentToMap(comments)); err != nil {
		return "", fmt.Errorf("comments of the defaults: %w", err)
	}
	c2 := *c
	c2.Scoring = strict.Node{} // set below as it was written, comments and all
	text, err := yaml.MarshalWithOptions(c2, yaml.WithComment(comments), yaml.IndentSequence(true),
		yaml.CustomMarshaler(func(d time.Duration) ([]byte, error) { return []byte(strict.Span(d)), nil }),
		yaml.CustomMarshaler(func(f float64) ([]byte, error) { return strconv.AppendFloat(nil, f, 'g', -1, 64), nil }))
	if err != nil {
		return "", fmt.Errorf("print the configuration: %w", err)
	}
	upper := strings.TrimSuffix(string(text), "scoring: {}\n")
	whole := apart(upper+"scoring:\n"+indent(c.Scoring.String())) + c.Env.comments()
	for _, name := range c.ownVariables() {
		whole += fmt.Sprintf("#   %s=%s\n", name, hidden)
	}
	return whole, nil
}

// apart sets an empty line before each top-level key and its comment.
func apart(text string) string {
	var b strings.Builder
	before := "#"
	for line := range strings.Lines(text) {
		top := line != "\n" && line[0] != ' '
		if top && before[0] != '#' && before[0] != '\n' || strings.HasPrefix(line, "# Partners") {
			b.WriteByte('\n')
		}
		b.WriteString(line)
		before = line
	}
	return b.String()
}

var lineBegin = regexp.MustCompile(`(?m)^(.)`)

func indent(text string) string { return lineBegin.ReplaceAllString(text, "  $1") }

// comments lists the variables that are set, or have a default, without secrets.
func (e Environment) comments() string {
	var b strings.Builder
	b.WriteString("\n# From the environment:\n")
	v := reflect.ValueOf(e)
	for i := range v.NumField() {
		name := v.Type().Field(i).Tag.Get("env")
		value := fmt.Sprint(v.Field(i).Interface())
		if keys, ok := v.Field(i).Interface().(APIKeys); ok {
			value = keys.String()
		}
		if value != "" {
			fmt.Fprintf(&b, "#   %s=%s\n", name, value)
		}
	}
	return b.String()
}

// String has the names, roles and partners, and *** for the keys.
func (k APIKeys) String() string {
	entries := make([]string, len(k))
	for i, key := range k {
		entries[i] = key.Name + ":" + hidden + ":" + strings.Join(key.Strings(), "+")
		if len(key.Partners) > 0 {
			entries[i] += "@" + strings.Join(key.Partners, "+")
		}
	}
	return strings.Join(entries, ",")
}
