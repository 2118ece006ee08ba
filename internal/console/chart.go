package console

import (
	"fmt"
	"math"
)

// chart is a picture of stacked bars, as a template draws it, and the same figures as a table.
type chart struct {
	Title  string
	Series []string // names of classes, from the foot up
	Bars   []bar
	Marks  []line // of the scale
	Empty  bool
}

// bar is one place on the axis.
type bar struct {
	Label  string
	X      float64
	Shown  bool // its label
	Blocks []block
	Values []string
}

// block is one series' part of a bar.
type block struct {
	Series     string
	X, Y, W, H float64
	Says       string
}

type line struct {
	Y     float64
	Label string
}

// The drawing's size, in its own units; the page scales it.
const (
	wide, high   = 640.0, 190.0
	left, bottom = 44.0, 22.0
	top          = 10.0
)

// stack draws a bar for each label; values are by bar and series.
func stack(title string, series, labels []string, values [][]float64, say func(float64) string) chart {
	c := chart{Title: title, Series: series}
	most := 0.0
	for _, parts := range values {
		sum := 0.0
		for _, v := range parts {
			sum += v
		}
		most = max(most, sum)
	}
	c.Empty = most == 0
	most = round(most)
	room := high - bottom - top
	for _, share := range []float64{0, 0.5, 1} {
		c.Marks = append(c.Marks, line{high - bottom - share*room, say(share * most)})
	}
	step := (wide - left) / float64(max(1, len(labels)))
	every := (len(labels) + 9) / 10
	for i, label := range labels {
		x := left + float64(i)*step
		b := bar{Label: label, X: x + step/2, Shown: i%every == 0}
		y := high - bottom
		for k, v := range values[i] {
			h := v / most * room
			y -= h
			b.Values = append(b.Values, say(v))
			if v > 0 {
				b.Blocks = append(b.Blocks, block{series[k], x + step*0.12, y, step * 0.76, h, fmt.Sprintf("%s, %s: %s", label, inWords(series[k]), say(v))})
			}
		}
		c.Bars = append(c.Bars, b)
	}
	return c
}

// inWords is a series in words.
func inWords(series string) string {
	if series == "one" {
		return "all"
	}
	return label(series)
}

// round is the next number on a scale, at least what is given: 2, 4 or 10 with noughts, whose
// halves are short, too.
func round(v float64) float64 {
	if v <= 0 {
		return 2
	}
	ten := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{2, 4} {
		if v <= m*ten {
			return m * ten
		}
	}
	return 10 * ten
}
