package clock_test

import (
	"fmt"
	"time"

	"leadtriage/internal/clock"
)

// Four working hours that begin on the evening before a holiday end after it.
func ExampleCalendar_After() {
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		fmt.Println(err)
		return
	}
	calendar, err := clock.New(clock.Week{
		Zone: rome,
		Days: []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday},
		From: 9 * 60, To: 18 * 60,
		Holidays: []string{"IT"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	monday := time.Date(2026, 12, 7, 17, 0, 0, 0, rome) // the day before the Immacolata
	fmt.Println(calendar.After(monday, 4*time.Hour).In(rome).Format("Monday 2 January 15:04"))
	// Output:
	// Wednesday 9 December 12:00
}
