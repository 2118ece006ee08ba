package jsonpath_test

import (
	"fmt"

	"leadtriage/internal/jsonpath"
)

// A path names a place in somebody else's JSON; forms write it with brackets.
func ExampleParse() {
	for _, s := range []string{"contact[email]", "offices[0].country", "stack[].product"} {
		path, err := jsonpath.Parse(s)
		fmt.Printf("%+v %v\n", path, err)
	}
	// Output:
	// [{Key:contact List:false Index:0} {Key:email List:false Index:0}] <nil>
	// [{Key:offices List:false Index:0} {Key: List:true Index:0} {Key:country List:false Index:0}] <nil>
	// [{Key:stack List:false Index:0} {Key: List:true Index:-1} {Key:product List:false Index:0}] <nil>
}
