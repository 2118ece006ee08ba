package page

import (
	"maps"
	"net/netip"
	"testing"
)

func TestParseResolve(t *testing.T) {
	local := netip.MustParseAddrPort("127.0.0.1:8080")
	for _, test := range []struct {
		in   string
		want Resolve
		bad  bool
	}{
		{in: "", want: nil},
		{in: " , ", want: nil},
		{in: "*=127.0.0.1:8080", want: Resolve{"*": local}},
		{in: "Northwind.Example=127.0.0.1:8080, *=[::1]:81", want: Resolve{"northwind.example": local, "*": netip.MustParseAddrPort("[::1]:81")}},
		{in: "northwind.example", bad: true},
		{in: "northwind.example=127.0.0.1", bad: true},
		{in: "northwind.example=127.0.0.1:0", bad: true},
		{in: "northwind.example=web:80", bad: true},
		{in: "127.0.0.1=127.0.0.1:8080", bad: true},
		{in: "[::1]=127.0.0.1:8080", bad: true},
		{in: "=127.0.0.1:8080", bad: true},
		{in: "*=127.0.0.1:1,*=127.0.0.1:2", bad: true},
	} {
		got, err := ParseResolve(test.in)
		if (err != nil) != test.bad {
			t.Errorf("ParseResolve(%q): error %v, want an error: %v", test.in, err, test.bad)
		}
		if err == nil && !maps.Equal(got, test.want) {
			t.Errorf("ParseResolve(%q) = %v, want %v", test.in, got, test.want)
		}
	}
}

func TestResolveLookup(t *testing.T) {
	exact, any := netip.MustParseAddrPort("127.0.0.1:1"), netip.MustParseAddrPort("127.0.0.1:2")
	resolve := Resolve{"northwind.example": exact, "*": any}
	for host, want := range map[string]netip.AddrPort{
		"northwind.example":     exact,
		"www.northwind.example": any,
		"10.0.0.1":              {},
		"::1":                   {},
	} {
		if got, _ := resolve.lookup(host); got != want {
			t.Errorf("lookup(%s) = %v, want %v", host, got, want)
		}
	}
}
