package timestamp_test

import (
	"fmt"
	"time"

	"leadtriage/internal/timestamp"
)

// A time without an offset is of the layout's zone.
func ExampleLayout_Read() {
	layout, err := timestamp.ParseLayout("DD/MM/YYYY HH:mm", "Europe/Rome")
	if err != nil {
		fmt.Println(err)
		return
	}
	t, ok := layout.Read("20/11/2026 09:00")
	fmt.Println(t.UTC().Format(time.RFC3339), ok)
	_, ok = layout.Read("2026-11-20")
	fmt.Println(ok)
	// Output:
	// 2026-11-20T08:00:00Z true
	// false
}
