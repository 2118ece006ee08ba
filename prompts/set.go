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
}

// Shipped is the wording of this package.
func Shipped() Set { return Set{Version: Version, System: System(), Tools: Tools()} }

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
	set.System = cmp.Or(string(text), set.System)
	for i, tool := range set.Tools {
		name := tool.Name + ".json"
		file, err := read(name)
		if err == nil && file != nil {
			set.Tools[i] = Tool{}
			err = json.Unmarshal(file, &set.Tools[i])
		}
		if err == nil && set.Tools[i].Name != tool.Name {
			err = fmt.Errorf("its function is called %q, not %s", set.Tools[i].Name, tool.Name)
		}
		if err != nil {
			return Set{}, fmt.Errorf("read the prompt's %s: %w", name, err)
		}
	}
	if !found {
		return Set{}, fmt.Errorf("there is no prompt in %s: put a system.md, a fetch_page.json or a record_firmographics.json there", folder)
	}
	set.Version = fmt.Sprintf("%s@%x", filepath.Base(filepath.Clean(folder)), hash.Sum(nil)[:4])
	return set, nil
}
