package lead

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"strings"
	"time"
)

var lowerBase32 = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// NewID returns 26 characters, ordered by the millisecond they were made in, so
// that an index on them grows at its end.
func NewID(now time.Time) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(now.UnixMilli())<<16)
	rand.Read(b[6:])
	return lowerBase32.EncodeToString(b[:])
}

// NewOpaqueID returns 26 random characters that tell nothing.
func NewOpaqueID() string { return strings.ToLower(rand.Text()) }
