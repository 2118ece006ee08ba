package slack

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestSafeMakesTextInert(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "Northwind Ltd", "Northwind Ltd"},
		{"escaped", "Fish & <Chips>", "Fish &amp; &lt;Chips&gt;"},
		{"entity as sent", "Fish &amp; Chips", "Fish &amp;amp; Chips"},
		{"mention of all", "<!channel> hi", "&lt;!channel&gt; hi"},
		{"mention", "<@U123ABC>", "&lt;@U123ABC&gt;"},
		{"link", "<https://evil.example|northwind.example>", "&lt;https∶//evil.example|northwind.example&gt;"},
		{"format", "*a* _b_ ~c~ `d`", "∗a∗ ˍbˍ ∼c∼ ˋdˋ"},
		{"snake case", "use_case_stated", "use_case_stated"},
		{"underscore at the edge", "_x", "ˍx"},
		{"emoji by name", "go :smile::+1: at 12:30:45", "go ∶smile:∶+1: at 12∶30:45"},
		{"one colon", "note: fine", "note: fine"},
		{"bidi", "abc\u202egpj.exe\u202c", "abcgpj.exe"},
		{"zero width", "No\u200brth\u2060wi\ufeffnd\u200d", "Northwind"},
		{"newlines", "a\r\n> b\n\n* c\u2028d\te", "a &gt; b ∗ c d e"},
		{"controls", "a\x00b\x1b[31mc", "ab[31mc"},
		{"not UTF-8", "a\xff\xfeb", "a\uFFFDb"},
		{"only invisible", "\u200b\u202e \u3164\u2800", ""},
		{"combining", "Z" + strings.Repeat("\u0301", 50), "Z\u0301\u0301\u0301"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := safe(tt.in, 200); got != tt.want {
				t.Errorf("safe(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestClampCutsBetweenCharacters(t *testing.T) {
	tests := []struct {
		in   string
		max  int
		want string
	}{
		{"abc", 3, "abc"},
		{"abcd", 3, "ab…"},
		{"a&b", 7, "a&amp;b"},
		{"a&bc", 7, "a&amp;…"},
		{"a&bc", 6, "a…"}, // "a&amp;" and an ellipsis are seven
		{"&&", 5, "…"},
		{"😀😀", 4, "😀😀"},
		{"😀😀", 3, "😀…"},
		{"ab cd", 4, "ab…"},
		{"", 3, ""},
	}
	for _, tt := range tests {
		if got := clamp(tt.in, tt.max); got != tt.want {
			t.Errorf("clamp(%q, %d) = %q, want %q", tt.in, tt.max, got, tt.want)
		}
	}
}

func TestClampHoldsItsBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringOfN(rapid.RuneFrom([]rune("<>&😀a: *")), 0, 200, -1)).Draw(t, "s")
		max := rapid.IntRange(1, 120).Draw(t, "max")
		got := safe(s, max)
		if length(got) > max {
			t.Fatalf("safe(%q, %d) has %d characters", s, max, length(got))
		}
		if !utf8.ValidString(got) || strings.ContainsAny(got, "<>\n*`~") {
			t.Fatalf("safe(%q) = %q is not inert", s, got)
		}
		for _, part := range strings.Split(got, "&")[1:] {
			if !strings.HasPrefix(part, "amp;") && !strings.HasPrefix(part, "lt;") && !strings.HasPrefix(part, "gt;") {
				t.Fatalf("safe(%q, %d) = %q breaks an entity", s, max, got)
			}
		}
	})
}

func TestLinkShowsItsOwnHost(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"page", "https://www.northwind.example/about?a=1&b=2", "<https://www.northwind.example/about?a=1&amp;b=2|northwind.example>"},
		{"port", "http://127.0.0.1:8080/x", "<http://127.0.0.1:8080/x|127.0.0.1:8080>"},
		{"breaks out", "https://a.example/x|y>z", "<https://a.example/x%7Cy%3Ez|a.example>"},
		{"query breaks out", "https://a.example/?q=<!channel>", "<https://a.example/?q=%3C!channel%3E|a.example>"},
		{"script", "javascript:alert(1)", ""},
		{"user as host", "https://northwind.example@evil.example/", ""},
		{"unicode host", "https://nоrthwind.example/", ""},
		{"no host", "https:///x", ""},
		{"mail", "mailto:a@b.example", ""},
		{"endless", "https://a.example/" + strings.Repeat("a", 5000), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := link(tt.in); got != tt.want {
				t.Errorf("link(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}
