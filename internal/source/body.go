package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"unicode/utf8"
)

// ReadJSON reads a JSON text that was found to be one.
func ReadJSON(raw []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber() // ids of other systems keep their digits
	var body any
	err := d.Decode(&body)
	return body, err
}

// ReadForm reads the fields of a web form; one that is sent several times is a list.
func ReadForm(raw []byte) (any, error) {
	values, err := url.ParseQuery(string(raw))
	if err != nil {
		return nil, err
	}
	for name, all := range values {
		if !utf8.ValidString(name + strings.Join(all, "")) {
			return nil, errors.New("not UTF-8")
		}
	}
	body := make(map[string]any, len(values))
	for name, all := range values {
		body[name] = all[0]
		if len(all) > 1 {
			list := make([]any, len(all))
			for i, v := range all {
				list[i] = v
			}
			body[name] = list
		}
	}
	return body, nil
}

// Row is a row of a table as a body: its columns are the fields.
func Row(columns, values []string) Item {
	body := make(map[string]any, len(columns))
	for i, c := range columns {
		body[c] = values[i]
	}
	return Item{value: body}
}
