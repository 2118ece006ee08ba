package company_test

import (
	"fmt"

	"leadtriage/internal/company"
)

// Whatever names a company comes to one domain: the key by which leads join.
func ExampleDomain() {
	for _, s := range []string{"HTTPS://www.Northwind.Example/about?x=1", "jane@mail.northwind.co.uk", "localhost"} {
		domain, err := company.Domain(s)
		fmt.Printf("%q %t\n", domain, err == nil)
	}
	// Output:
	// "northwind.example" true
	// "northwind.co.uk" true
	// "" false
}
