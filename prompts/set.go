package prompts

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Set is one wording of what is said to the model about every company.
type Set struct {
	Version string // stands on every fact found with it
	System  string
	Tools   []Tool // as they are offered: FetchPage, RecordFirmographics
	Second  Second // what is said to the second reader
}

// Shipped is the wording of this package.
func Shipped() Set {
	return Set{Version: Version, System: System(), Tools: Tools(), Second: shippedSecond()}
}

// Load reads another wording, to be compared with the shipped one: files of the
// same names in a folder; what is not there is as shipped. Its version is the
// folder's name and a hash of its text.
func Load(folder string) (Set, error) {
	set, hash, found := Shipped(), sha256.New(), false
	read := func(name string) ([]byte, error) {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		found = found || err == nil
		hash.Write(append(text, 0))
		return text, err
	}
	text, err := read("system.md")
	if err != nil {
		return Set{}, fmt.Errorf("read the prompt: %w", err)
	}
	if text != nil {
		set.System = string(text) + "\n" + industries
	}
	for _, tool := range []*Tool{&set.Tools[0], &set.Tools[1], &set.Second.Tool} {
		name := tool.Name + ".json"
		file, err := read(name)
		if err == nil && file != nil {
			shipped := tool.Name
			*tool = Tool{}
			if err = json.Unmarshal(file, tool); err == nil && tool.Name != shipped {
				err = fmt.Errorf("its function is called %q, not %s", tool.Name, shipped)
			}
		}
		if err != nil {
			return Set{}, fmt.Errorf("read the prompt's %s: %w", name, err)
		}
	}
	for _, part := range []struct {
		name string
		text *string
	}{{"read_quotes.md", &set.Second.Opening}, {"read_quotes_fields.md", &set.Second.Fields}} {
		text, err := read(part.name)
		if err != nil {
			return Set{}, fmt.Errorf("read the prompt's %s: %w", part.name, err)
		}
		*part.text = cmp.Or(string(text), *part.text)
	}
	if !found {
		return Set{}, fmt.Errorf("there is no prompt in %s: put a system.md, a read_quotes.md or a function's .json there", folder)
	}
	set.Version = fmt.Sprintf("%s@%x", filepath.Base(filepath.Clean(folder)), hash.Sum(nil)[:4])
	return set, nil
}
