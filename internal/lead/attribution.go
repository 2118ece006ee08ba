package lead

import (
	"net/url"
	"strings"
)

// Attribution says where a lead came from by its UTM parameters, and which
// partner is credited with how much of it.
type Attribution struct {
	// Partner is credited for the arrival: the one that sent the lead, unless an AI
	// answer led here by another's link, or nobody sent it and its UTM names one.
	Partner string `json:"partner"`
	// UTM is what utm_source names: partner, ai, unknown, or empty where none was sent.
	UTM string `json:"utm,omitempty"`
	// Named is the partner that the UTM of the lead, or of its landing page, names.
	Named   string   `json:"named,omitempty"`
	AI      string   `json:"ai_source,omitempty"`
	Model   string   `json:"model"`
	Credits []Credit `json:"credits"`
	Flags   []string `json:"flags,omitempty"`
}

// Credit is a partner's part of a lead in millionths; the credits of one lead
// sum to exactly 1 000 000. What our own assets earn is credited to Direct.
type Credit struct {
	Partner string `json:"partner"`
	PPM     int64  `json:"ppm"`
}

// Flags that attribution raises. They are for people to see; nothing is refused.
const (
	FlagUTMPartner = "utm_other_partner" // the UTM names another partner than the one that sent the lead
	FlagUTMUnknown = "utm_unknown"       // utm_source names nobody known here
	FlagUTMMedium  = "utm_medium"        // a partner's link whose utm_medium is not referral
)

// aiSources are what AI answers are called in utm_source.
var aiSources = map[string]string{
	"ai_overview": "ai_overview", "ai-overview": "ai_overview", "google_ai_overview": "ai_overview", "ai_mode": "ai_overview",
	"chatgpt": "chatgpt", "openai": "chatgpt", "perplexity": "perplexity", "gemini": "gemini", "bard": "gemini",
	"copilot": "copilot", "bing_copilot": "copilot", "claude": "claude", "mistral": "mistral", "deepseek": "deepseek", "grok": "grok", "you.com": "you",
}

// aiHosts are the sites of AI answers, as referrers and in utm_source.
var aiHosts = map[string]string{
	"chatgpt.com": "chatgpt", "chat.openai.com": "chatgpt", "perplexity.ai": "perplexity", "gemini.google.com": "gemini", "bard.google.com": "gemini",
	"copilot.microsoft.com": "copilot", "copilot.com": "copilot", "claude.ai": "claude", "chat.mistral.ai": "mistral", "chat.deepseek.com": "deepseek", "grok.com": "grok", "you.com": "you",
}

// AISource names the AI that the lead came from: by its utm_source, by one of the
// page where it landed (an AI adds its own behind a partner's), or by its
// referrer; empty: none.
func (s *Submission) AISource() string {
	for _, source := range append([]string{s.UTM.Source}, Parameters(s.LandingURL)["utm_source"]...) {
		if ai := NamedAI(source); ai != "" {
			return ai
		}
	}
	referrer := s.Referrer
	if !strings.Contains(referrer, "//") {
		referrer = "//" + referrer // a bare host
	}
	u, err := url.Parse(referrer)
	if err != nil {
		return ""
	}
	return aiHosts[strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")]
}

// Parameters are those of a web address; nil where it is none. UTM parameters are read as
// partners' links really carry them: behind a #, after a second ?, with &amp; for &, in
// capitals, or escaped twice. What stands where it belongs comes first.
func Parameters(address string) url.Values {
	u, err := url.Parse(strings.ReplaceAll(address, "&amp;", "&"))
	if err != nil {
		return nil
	}
	all := url.Values{}
	fragment := u.EscapedFragment()
	for _, part := range []string{u.RawQuery, fragment[strings.IndexByte(fragment, '?')+1:]} {
		read, _ := url.ParseQuery(strings.ReplaceAll(part, "?", "&")) // what cannot be read is left out
		for name, values := range read {
			if small := strings.ToLower(name); strings.HasPrefix(small, "utm_") {
				name = small
				for i, v := range values {
					if plain, err := url.QueryUnescape(v); err == nil {
						values[i] = plain
					}
				}
			}
			all[name] = append(all[name], values...)
		}
	}
	return all
}

// NamedAI is the AI that a utm_source names; empty: none.
func NamedAI(utmSource string) string {
	source := strings.ToLower(strings.TrimSpace(utmSource))
	if ai, ok := aiSources[source]; ok {
		return ai
	}
	return aiHosts[strings.TrimPrefix(source, "www.")]
}
