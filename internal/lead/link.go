package lead

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"time"
)

// LinkUse is what a link opens to somebody outside.
type LinkUse string

const (
	PageLink   LinkUse = "page"   // a partner's status page
	AnswerLink LinkUse = "answer" // a question to a partner
	OptOutLink LinkUse = "optout" // the way out of e-mails
)

// Link opens a page to whoever has its token. The token itself is kept nowhere.
type Link struct {
	Hash    string // HashOf its token
	Use     LinkUse
	Partner string
	LeadID  string // of AnswerLink
	About   string // AnswerLink: the effect that asks; OptOutLink: HashOf the address
	MadeAt  time.Time
	EndsAt  time.Time // zero: when it is revoked
}

// NewLink completes the link with a new token, of 256 random bits in 43 characters.
func NewLink(l Link) (token string, made Link) {
	var b [32]byte
	rand.Read(b[:])
	token = base64.RawURLEncoding.EncodeToString(b[:])
	l.Hash = HashOf(token)
	return token, l
}

// HashOf is what is kept of a token or an address.
func HashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
