package rows

import (
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
	"golang.org/x/text/transform"
)

// decoding turns text into UTF-8. The first letter beyond ASCII decides: a file in
// which it is no UTF-8 is in Windows-1252, as older spreadsheets write it; what came
// before reads the same in both.
type decoding struct {
	transform.NopResetter
	decided transform.Transformer
	legacy  bool
}

// newDecoding reads text as UTF-8; one that begins with a byte order mark is what the
// mark says, also UTF-16.
func newDecoding(in io.Reader) (io.Reader, *decoding) {
	d := &decoding{}
	return transform.NewReader(in, unicode.BOMOverride(d)), d
}

// Transform implements transform.Transformer.
func (d *decoding) Transform(dst, src []byte, atEOF bool) (written, read int, err error) {
	plain := bytes.IndexFunc(src, func(r rune) bool { return r >= utf8.RuneSelf })
	switch {
	case d.decided != nil:
		return d.decided.Transform(dst, src, atEOF)
	case plain != 0:
		if plain < 0 {
			plain = len(src)
		}
		n := copy(dst, src[:plain])
		if n < len(src) {
			err = transform.ErrShortDst
		}
		return n, n, err
	case !atEOF && !utf8.FullRune(src):
		return 0, 0, transform.ErrShortSrc
	}
	d.decided = transform.Nop
	if r, size := utf8.DecodeRune(src); r == utf8.RuneError && size == 1 {
		d.legacy, d.decided = true, charmap.Windows1252.NewDecoder()
	}
	return d.decided.Transform(dst, src, atEOF)
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
