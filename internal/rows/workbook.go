package rows

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

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
