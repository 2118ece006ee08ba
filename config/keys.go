package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"leadtriage/config/strict"
)

// Role is what an API key may do.
type Role string

const (
	Enqueue Role = "enqueue" // send leads and events, see its own
	Read    Role = "read"    // see every lead
	Decide  Role = "decide"  // approve and reject
	Operate Role = "operate" // look into the queues
)

var roles = []Role{Enqueue, Read, Decide, Operate}

// APIKey lets an automation or a person in; Name is the actor on record.
type APIKey struct {
	Name     string
	Key      Secret
	Roles    []Role
	Partners []string // whose leads it may send and see; none: everybody's
}

// APIKeys are read from `name:key[:role+role[@partner+partner]]`, parted by commas or line ends.
type APIKeys []APIKey

var keyName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// UnmarshalText names faulty entries by their number alone: a name in the wrong
// place may be the key.
func (k *APIKeys) UnmarshalText(text []byte) error {
	var keys APIKeys
	var faults []string
	number := 0
	for entry := range strings.FieldsFuncSeq(string(text), func(r rune) bool { return r == ',' || r == '\n' || r == '\r' }) {
		if entry = strings.TrimSpace(entry); entry == "" {
			continue
		}
		number++
		key, fault := parseKey(entry, keys)
		if fault != "" {
			faults = append(faults, fmt.Sprintf("entry %d: %s", number, fault))
			continue
		}
		keys = append(keys, key)
	}
	if len(faults) > 0 {
		return fmt.Errorf("%s", strings.Join(faults, "; "))
	}
	*k = keys
	return nil
}

func parseKey(entry string, taken APIKeys) (key APIKey, fault string) {
	parts := strings.Split(entry, ":")
	if len(parts) < 2 || len(parts) > 3 {
		return key, "write name:key, name:key:role+role or name:key:role+role@partner+partner"
	}
	key = APIKey{Name: strings.TrimSpace(parts[0]), Key: Secret(strings.TrimSpace(parts[1])), Roles: []Role{Enqueue}}
	switch {
	case !keyName.MatchString(key.Name):
		return key, "its name, before the first colon, must be letters, digits, dots, dashes and underscores"
	case key.Key == "":
		return key, "its key, after the colon, is empty; make one with `openssl rand -hex 24`"
	case slices.ContainsFunc(taken, func(k APIKey) bool { return k.Name == key.Name }):
		return key, "its name is taken by an entry before it; every automation needs a name of its own"
	case slices.ContainsFunc(taken, func(k APIKey) bool { return k.Key == key.Key }):
		return key, "its key is that of an entry before it; every automation needs a key of its own"
	}
	if len(parts) == 2 {
		return key, ""
	}
	key.Roles = nil
	roleNames, partners, bound := strings.Cut(parts[2], "@")
	for name := range strings.SplitSeq(partners, "+") {
		if id := strings.ToLower(strings.TrimSpace(name)); slug.Fits(id) {
			key.Partners = append(key.Partners, id)
		} else if bound {
			return key, "after the @ come ids of partners joined by +, such as enqueue@acme-integrations"
		}
	}
	for name := range strings.SplitSeq(roleNames, "+") {
		role := Role(strings.TrimSpace(name))
		if !slices.Contains(roles, role) {
			return key, "after the second colon come roles joined by +: enqueue, read, decide, operate"
		}
		if !slices.Contains(key.Roles, role) {
			key.Roles = append(key.Roles, role)
		}
	}
	return key, ""
}

// bound are the faults of keys that are bound to partners nobody knows.
func (k APIKeys) bound(known []string) (faults []error) {
	for _, key := range k {
		for _, id := range key.Partners {
			if !slices.Contains(known, id) {
				faults = append(faults, fmt.Errorf("LEADTRIAGE_API_KEYS: the key %s is bound to %q, which is no partner's id%s",
					key.Name, id, strict.Hint(id, known)))
			}
		}
	}
	return faults
}

// Strings are the roles as plain words, for packages that do not know Role.
func (k APIKey) Strings() []string {
	out := make([]string, len(k.Roles))
	for i, r := range k.Roles {
		out[i] = string(r)
	}
	return out
}
