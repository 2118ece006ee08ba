package company

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/text/currency"
	"golang.org/x/text/width"
)

// Money is a yearly amount in whole units of an ISO 4217 currency, 1 to 10^15.
// Year is the business year it was made in, 1800 to 2199, and 0 where none is stated.
type Money struct {
	Amount   int64
	Currency string
	Year     int
}

const maxAmount = 1_000_000_000_000_000

const scaleWords = `(k|thousand|m|mn|mln|mio|millions?|milioni|millionen|bn|bln|billions?|mrd|mld|miliardi|milliarden)`

var errMoney = errors.New("not an amount of money: write it like 2270000000 USD or 2270000000 USD 1998")

// String is the normal form that ParseMoney reads: "2270000000 USD 1998".
func (m Money) String() string {
	s := strconv.FormatInt(m.Amount, 10) + " " + m.Currency
	if m.Year != 0 {
		s += " " + strconv.Itoa(m.Year)
	}
	return s
}

var (
	amountFirst   = regexp.MustCompile(`^([0-9][0-9.,' ]*?) ?` + scaleWords + `?\.? ?([a-z]{3}|€|£)(?: ?[,(]? ?(?:in )?([0-9]{4})\)?)?$`)
	currencyFirst = regexp.MustCompile(`^([a-z]{3}|€|£) ?([0-9][0-9.,']*) ?` + scaleWords + `?\.?(?: ?[,(]? ?(?:in )?([0-9]{4})\)?)?$`)

	decimal = regexp.MustCompile(`^[0-9]{1,6}[.,][0-9]{1,4}$`)
	unclear = regexp.MustCompile(`^[0-9]{1,3}[.,' ][0-9]{3}$`)
	whole   = regexp.MustCompile(`^[0-9]{1,18}$`)
	symbols = map[string]string{"€": "EUR", "£": "GBP"}
)

// ParseMoney reads an amount with its currency and, after it, its year:
// "2270000000 USD 1998". It also takes thousands separators, a currency in
// front, € and £, and a scale ("2.27 billion USD 1998"). A bare $ is refused,
// since a dozen countries have one; so are zero and negative amounts.
func ParseMoney(s string) (Money, error) {
	if len(s) > 100 {
		return Money{}, errMoney
	}
	s = strings.ToLower(strings.Join(strings.Fields(spelling.Replace(width.Fold.String(s))), " "))
	var number, scale, unit, year string
	if m := currencyFirst.FindStringSubmatch(s); m != nil {
		unit, number, scale, year = m[1], m[2], m[3], m[4]
	} else if m := amountFirst.FindStringSubmatch(s); m != nil {
		number, scale, unit, year = m[1], m[2], m[3], m[4]
	} else {
		return Money{}, errMoney
	}
	m := Money{Currency: strings.ToUpper(unit)}
	if code, ok := symbols[unit]; ok {
		m.Currency = code
	}
	if _, err := currency.ParseISO(m.Currency); err != nil {
		return Money{}, fmt.Errorf("%s is no ISO 4217 currency: write it like EUR or USD", m.Currency)
	}
	var err error
	if m.Amount, err = amount(number, scale); err != nil {
		return Money{}, err
	}
	if year == "" {
		return m, nil
	}
	if m.Year, err = strconv.Atoi(year); err != nil || m.Year < 1800 || m.Year > 2199 {
		return Money{}, fmt.Errorf("%s is no business year: write it like 1998, or leave it out", year)
	}
	return m, nil
}

// amount reads a whole number, or a decimal one before a scale. "1.234 million"
// could be either and is refused.
func amount(number, scale string) (int64, error) {
	times := scales[scale]
	switch {
	case scale != "" && unclear.MatchString(number):
		return 0, errMoney
	case scale != "" && decimal.MatchString(number):
		n, _ := strconv.ParseFloat(strings.Replace(number, ",", ".", 1), 64)
		if n = math.Round(n * float64(times)); n < 1 || n > maxAmount {
			return 0, errAmount
		}
		return int64(n), nil
	case whole.MatchString(number), grouped.MatchString(number):
		n, err := strconv.ParseInt(separators.Replace(number), 10, 64)
		if err != nil || n < 1 || n > maxAmount/times {
			return 0, errAmount
		}
		return n * times, nil
	}
	return 0, errMoney
}

var (
	errAmount = errors.New("the amount must be from 1 to 10^15 whole units of the currency")
	scales    = map[string]int64{"": 1, "k": 1e3, "thousand": 1e3,
		"m": 1e6, "mn": 1e6, "mln": 1e6, "mio": 1e6, "million": 1e6, "millions": 1e6, "milioni": 1e6, "millionen": 1e6,
		"bn": 1e9, "bln": 1e9, "billion": 1e9, "billions": 1e9, "mrd": 1e9, "mld": 1e9, "miliardi": 1e9, "milliarden": 1e9}
)
