package rows

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// decoding reads text as UTF-8. UTF-16 says so in its first two bytes. Otherwise
// the first letter beyond ASCII decides: a file in which it is no UTF-8 is in
// Windows-1252, as older spreadsheets write it; what came before reads the same in both.
type decoding struct {
	in      *bufio.Reader
	decided io.Reader
	begun   bool
	legacy  bool
}

func newDecoding(in io.Reader) *decoding {
	return &decoding{in: bufio.NewReaderSize(in, 64<<10)}
}

func (d *decoding) Read(p []byte) (int, error) {
	if !d.begun {
		d.begun = true
		d.mark()
	}
	if d.decided != nil {
		return d.decided.Read(p)
	}
	if _, err := d.in.Peek(1); err != nil {
		return 0, err
	}
	ahead, _ := d.in.Peek(min(d.in.Buffered(), len(p)))
	plain := bytes.IndexFunc(ahead, func(r rune) bool { return r >= utf8.RuneSelf })
	if plain < 0 {
		plain = len(ahead)
	}
	if plain == 0 {
		d.decide()
		return d.decided.Read(p)
	}
	n := copy(p, ahead[:plain])
	d.in.Discard(n)
	return n, nil
}

// mark looks for a byte order mark.
func (d *decoding) mark() {
	head, _ := d.in.Peek(3)
	switch {
	case bytes.HasPrefix(head, []byte("\xEF\xBB\xBF")):
		d.in.Discard(3)
		d.decided = d.in
	case bytes.HasPrefix(head, []byte("\xFF\xFE")), bytes.HasPrefix(head, []byte("\xFE\xFF")):
		d.decided = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Reader(d.in)
	}
}

func (d *decoding) decide() {
	d.decided = d.in
	letter, _ := d.in.Peek(utf8.UTFMax)
	if r, size := utf8.DecodeRune(letter); r == utf8.RuneError && size <= 1 {
		d.legacy, d.decided = true, charmap.Windows1252.NewDecoder().Reader(d.in)
	}
}

// returns reads lines that a carriage return alone ends.
type returns struct{ in io.Reader }

func (r returns) Read(p []byte) (int, error) {
	n, err := r.in.Read(p)
	for i := range p[:n] {
		if p[i] == '\r' {
			p[i] = '\n'
		}
	}
	return n, err
}

var errTooLong = errors.New("row too long")

// bounded ends with errTooLong when more was read than is left.
type bounded struct {
	in   io.Reader
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, errTooLong
	}
	n, err := b.in.Read(p)
	b.left -= n
	return n, err
}

// maxWorkbook bounds what a workbook may unpack to, in bytes.
const maxWorkbook = 512 << 20

// Workbook is a sheet of an Excel workbook as CSV, its values as they are kept: a
// date is a number of days. Without a name it is the first sheet.
func Workbook(in io.Reader, sheet string) (io.Reader, error) {
	book, err := excelize.OpenReader(in, excelize.Options{RawCellValue: true, UnzipSizeLimit: maxWorkbook})
	if err != nil {
		return nil, fmt.Errorf("it cannot be read as an Excel workbook (%w): save it as CSV UTF-8, and import that", err)
	}
	defer book.Close()
	sheets := book.GetSheetList()
	if sheet == "" && len(sheets) > 0 {
		sheet = sheets[0]
	}
	if !slices.Contains(sheets, sheet) {
		return nil, fmt.Errorf("it has no sheet %q: its sheets are %s", sheet, strings.Join(sheets, ", "))
	}
	table, err := book.GetRows(sheet)
	if err != nil {
		return nil, fmt.Errorf("sheet %q: %w", sheet, err)
	}
	var text bytes.Buffer
	err = csv.NewWriter(&text).WriteAll(table)
	return &text, err
}
