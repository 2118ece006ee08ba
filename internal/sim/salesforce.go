package sim

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// SalesforceOptions sets up a simulated org.
type SalesforceOptions struct {
	Org              string // its id; empty: one of ours
	ClientID, Secret string
	Key              *rsa.PublicKey // of the app's certificate; nil: no JWT bearer flow
	Username         string         // approved for it
	Daily            int            // calls in 24 h; 0: any number
	Duplicates       string         // of the rule for one name at one company: alert or block; empty: none
	AssignTo         string         // the user to whom the assignment rule gives each Lead, unless a call says FALSE
	Prepared         bool           // what `crm setup` writes is deployed and assigned
	Now              func() time.Time
}

// Salesforce is an org as far as a CRM is written to: Leads, Contacts, Accounts,
// Opportunities, Campaigns and Users by the REST API, queries, describe, and tokens. It
// refuses what the real one is known to refuse.
type Salesforce struct {
	o SalesforceOptions

	calls[SalesforceCall]
	faults[SalesforceCall, SalesforceFault]

	state    sync.Mutex
	records  map[string]map[string]*SalesforceRecord // by kind and id
	fields   map[string]map[string]*sfField
	granted  map[string]bool // Lead.Field of deployed permission sets
	rules    map[string]string
	sessions map[string]bool
	tokens   int
	spent    int
	last     int
}

// SalesforceCall is one request, whatever became of it.
type SalesforceCall struct {
	Method, Path, Query string
	Header              http.Header
	Body                json.RawMessage
	Status              int // 0: no answer was given
}

// SalesforceRecord is a record.
type SalesforceRecord struct {
	ID, Kind string
	Fields   map[string]any
	Deleted  bool
	Writes   int // how often it was written by API
}

// Text is a field as text.
func (r SalesforceRecord) Text(field string) string {
	if v := r.Fields[field]; v != nil {
		return fmt.Sprint(v)
	}
	return ""
}

// SalesforceFault is one failure.
type SalesforceFault struct {
	Status        int // answered instead
	Code, Message string
	Delay         time.Duration
	HTML          bool // as during a maintenance
	Done          bool // what was asked is done all the same
	Cut           bool // the connection ends without an answer
}

type sfField struct {
	kind     string // as describe has it
	length   int
	values   []string // of a restricted picklist
	readOnly bool
	unique   bool
	hidden   bool // deployed, and no permission set grants it
}

const (
	sfTime = "2006-01-02T15:04:05.000-0700"
	sfOrg  = "00Dxx0000001gPLEAY"
)

var sfPrefixes = map[string]string{"Lead": "00Q", "Contact": "003", "Account": "001", "Opportunity": "006", "User": "005", "Campaign": "701", "CampaignMember": "00v"}

// sfFields are the standard fields: name, type, length; ! is read only.
var sfFields = map[string]string{
	"Lead": "FirstName string 40,LastName string 80,Company string 255,Title string 128,Email email 80,Website url 255,Status string 255,LeadSource string 255,Phone phone 40," +
		"OwnerId reference 18,IsConverted! boolean 0,ConvertedDate! date 0,ConvertedContactId! reference 18,ConvertedAccountId! reference 18,ConvertedOpportunityId! reference 18",
	"Contact":        "LastName string 80,Email email 80,AccountId reference 18,OwnerId reference 18",
	"Account":        "Name string 255,Website url 255,Type string 255,OwnerId reference 18",
	"Opportunity":    "Name string 120,AccountId reference 18,StageName string 255,IsClosed! boolean 0,IsWon! boolean 0,Amount currency 0,CurrencyIsoCode string 3,CloseDate date 0,OwnerId reference 18",
	"User":           "Email email 80,IsActive boolean 0",
	"Campaign":       "Name string 80",
	"CampaignMember": "CampaignId reference 18,LeadId reference 18,ContactId reference 18,Status string 40",
}

// NewSalesforce is an org with one user and nobody else in it.
func NewSalesforce(o SalesforceOptions) *Salesforce {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Org == "" {
		o.Org = sfOrg
	}
	s := &Salesforce{o: o, records: map[string]map[string]*SalesforceRecord{}, fields: map[string]map[string]*sfField{},
		granted: map[string]bool{}, rules: map[string]string{}, sessions: map[string]bool{}}
	s.most = 20_000
	for kind, text := range sfFields {
		s.records[kind], s.fields[kind] = map[string]*SalesforceRecord{}, map[string]*sfField{}
		for line := range strings.SplitSeq(text+",Id! id 18,CreatedDate! datetime 0,SystemModstamp! datetime 0,IsDeleted! boolean 0", ",") {
			part := strings.Fields(line)
			length, _ := strconv.Atoi(part[2])
			name, readOnly := strings.CutSuffix(part[0], "!")
			s.fields[kind][name] = &sfField{kind: part[1], length: length, readOnly: readOnly}
		}
	}
	if o.Prepared {
		for _, name := range []string{"Id", "Score", "Verdict", "Stage", "Explanation", "Facts", "Partner", "Tier", "Source", "Attribution", "Reviewer", "Decision", "Decided_On",
			"Proposal", "Override", "Written"} {
			s.fields["Lead"]["Leadtriage_"+name+"__c"] = &sfField{kind: "string", length: 32_768, unique: name == "Id"}
		}
		s.fields["Lead"]["Leadtriage_Score__c"].kind, s.fields["Lead"]["Leadtriage_Override__c"].kind = "double", "boolean"
	}
	s.Put("User", "", map[string]any{"Email": "integration@vendor.example", "IsActive": true})
	return s
}

// sfRefusal refuses with one error.
func sfRefusal(status int, code, message string, fields ...string) (int, any) {
	return status, []map[string]any{{"message": message, "errorCode": code, "fields": slices.Concat([]string{}, fields)}}
}

func (s *Salesforce) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 4<<20))
	made := SalesforceCall{Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Header: r.Header.Clone()}
	if made.Header.Del("Authorization"); json.Valid(body) {
		made.Body = body
	}
	call, fault := s.add(made), s.next(made)
	var status int
	var out any
	if fault == nil || fault.Done {
		s.state.Lock()
		status, out = s.answer(w, r, body)
		s.state.Unlock()
	}
	if fault != nil {
		if fault.Delay > 0 && !pause(r, fault.Delay) || fault.Cut {
			panic(http.ErrAbortHandler)
		}
		if fault.Status != 0 {
			status, out = sfRefusal(fault.Status, fault.Code, fault.Message)
		}
	}
	s.calls.change(func() { call.Status = status })
	if fault != nil && fault.HTML {
		w.WriteHeader(fault.Status)
		io.WriteString(w, "<html>Down for Maintenance</html>")
		return
	}
	if out == nil {
		w.WriteHeader(status)
		return
	}
	writeJSON(w, status, out)
}

// answer is status and body; a nil body is none.
func (s *Salesforce) answer(w http.ResponseWriter, r *http.Request, body []byte) (int, any) {
	if r.URL.Path == "/services/oauth2/token" {
		return s.login(r, body)
	}
	rest, ok := strings.CutPrefix(r.URL.EscapedPath(), "/services/data/v")
	version, rest, _ := strings.Cut(rest, "/")
	if n, err := strconv.ParseFloat(version, 64); !ok || err != nil || n < 46 || n > 68 {
		return sfRefusal(404, "NOT_FOUND", "The requested resource does not exist")
	}
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !s.sessions[token] {
		return sfRefusal(401, "INVALID_SESSION_ID", "Session expired or invalid")
	}
	most := s.o.Daily
	if most == 0 {
		most = 100_000
	}
	s.spent++
	w.Header().Set("Sforce-Limit-Info", fmt.Sprintf("api-usage=%d/%d", min(s.spent, most), most))
	if s.o.Daily > 0 && s.spent > s.o.Daily {
		return sfRefusal(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
	}
	var parts []string
	for part := range strings.SplitSeq(rest, "/") {
		plain, _ := url.PathUnescape(part)
		parts = append(parts, plain)
	}
	fields := map[string]any{}
	if len(body) > 0 && json.Unmarshal(body, &fields) != nil {
		return sfRefusal(400, "JSON_PARSER_ERROR", "Unexpected character")
	}
	if parts[0] == "query" {
		return s.query(r.URL.Query().Get("q"))
	}
	if len(parts) < 2 || parts[0] != "sobjects" || s.fields[parts[1]] == nil {
		return sfRefusal(404, "NOT_FOUND", "The requested resource does not exist")
	}
	kind, rule := parts[1], r.Header.Get("Sforce-Duplicate-Rule-Header")
	in := sfWrite{fields: fields, assign: !strings.EqualFold(r.Header.Get("Sforce-Auto-Assign"), "FALSE"), save: strings.Contains(strings.ReplaceAll(rule, " ", ""), "allowSave=true")}
	switch {
	case len(parts) == 3 && parts[2] == "describe" && r.Method == http.MethodGet:
		return s.describe(kind)
	case len(parts) == 2 && r.Method == http.MethodPost:
		return s.write(kind, nil, in)
	case len(parts) == 4 && r.Method == http.MethodPatch:
		return s.upsert(kind, parts[2], parts[3], r.URL.Query().Get("updateOnly") == "true", in)
	case len(parts) != 3:
		return sfRefusal(404, "NOT_FOUND", "The requested resource does not exist")
	}
	o := s.records[kind][parts[2]]
	switch {
	case o == nil && len(parts[2]) != 15 && len(parts[2]) != 18:
		return sfRefusal(404, "NOT_FOUND", "Provided external ID field does not exist or is not accessible: "+parts[2])
	case o == nil:
		return sfRefusal(404, "NOT_FOUND", "The requested resource does not exist")
	case o.Deleted:
		return sfRefusal(404, "ENTITY_IS_DELETED", "entity is deleted")
	case r.Method == http.MethodPatch:
		return s.write(kind, o, in)
	case r.Method == http.MethodGet:
		return 200, s.shown(o, slices.Sorted(maps.Keys(s.fields[kind])))
	}
	return sfRefusal(405, "METHOD_NOT_ALLOWED", "HTTP Method not allowed")
}

// login gives a token by one of the two flows.
func (s *Salesforce) login(r *http.Request, body []byte) (int, any) {
	no := func(code, says string) (int, any) {
		return 400, map[string]string{"error": code, "error_description": says}
	}
	form, _ := url.ParseQuery(string(body))
	id, secret, basic := r.BasicAuth()
	if !basic {
		id, secret = form.Get("client_id"), form.Get("client_secret")
	}
	switch form.Get("grant_type") {
	case "client_credentials":
		switch {
		case id != s.o.ClientID:
			return no("invalid_client_id", "client identifier invalid")
		case s.o.Secret == "" || secret != s.o.Secret:
			return no("invalid_client", "invalid client credentials")
		}
	case "urn:ietf:params:oauth:grant-type:jwt-bearer":
		var claims struct {
			Iss, Sub, Aud string
			Exp           int64
		}
		signed, now := strings.Split(form.Get("assertion"), "."), s.o.Now().Unix()
		if len(signed) != 3 || s.o.Key == nil {
			return no("invalid_grant", "invalid assertion")
		}
		body, _ := base64.RawURLEncoding.DecodeString(signed[1])
		signature, _ := base64.RawURLEncoding.DecodeString(signed[2])
		sum := sha256.Sum256([]byte(signed[0] + "." + signed[1]))
		switch {
		case json.Unmarshal(body, &claims) != nil || rsa.VerifyPKCS1v15(s.o.Key, crypto.SHA256, sum[:], signature) != nil:
			return no("invalid_grant", "invalid assertion")
		case claims.Iss != s.o.ClientID:
			return no("invalid_client_id", "client identifier invalid")
		case claims.Aud != "https://login.salesforce.com" && claims.Aud != "https://test.salesforce.com":
			return no("invalid_grant", "audience is invalid")
		case claims.Exp <= now || claims.Exp > now+185:
			return no("invalid_grant", "expired authorization code")
		case claims.Sub != s.o.Username:
			return no("invalid_grant", "user hasn't approved this consumer")
		}
	default:
		return no("unsupported_grant_type", "grant type not supported")
	}
	s.tokens++
	token := s.o.Org[:15] + "!" + base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "session %d", s.tokens))
	s.sessions[token] = true
	return 200, map[string]string{"access_token": token, "instance_url": "http://" + r.Host, "token_type": "Bearer", "signature": "c2lt",
		"id": "https://login.salesforce.com/id/" + s.o.Org + "/005xx000001SwiUAAS", "issued_at": strconv.FormatInt(s.o.Now().UnixMilli(), 10)}
}

func (s *Salesforce) describe(kind string) (int, any) {
	list := []any{}
	for _, name := range slices.Sorted(maps.Keys(s.fields[kind])) {
		f := s.fields[kind][name]
		if f.hidden {
			continue
		}
		values := []any{}
		for _, v := range f.values {
			values = append(values, map[string]any{"value": v, "label": v, "active": true, "defaultValue": false})
		}
		required := kind == "Lead" && (name == "LastName" || name == "Company")
		list = append(list, map[string]any{"name": name, "label": name, "type": f.kind, "length": f.length, "updateable": !f.readOnly, "createable": !f.readOnly, "nillable": !required,
			"restrictedPicklist": f.values != nil, "picklistValues": values, "externalId": f.unique, "unique": f.unique, "custom": strings.HasSuffix(name, "__c")})
	}
	return 200, map[string]any{"name": kind, "label": kind, "fields": list, "createable": true, "updateable": true, "queryable": true}
}

// Deploy takes a folder in the form of the Metadata API, as `sf project deploy start
// --metadata-dir` does: fields of Lead that package.xml names, and a permission set. What
// it grants is seen once the set is assigned.
func (s *Salesforce) Deploy(folder string) error {
	s.state.Lock()
	defer s.state.Unlock()
	var pack struct {
		Types []struct {
			Members []string `xml:"members"`
			Name    string   `xml:"name"`
		} `xml:"types"`
		Version string `xml:"version"`
	}
	var object struct {
		XMLName xml.Name `xml:"http://soap.sforce.com/2006/04/metadata CustomObject"`
		Fields  []struct {
			FullName   string   `xml:"fullName"`
			Type       string   `xml:"type"`
			Label      string   `xml:"label"`
			Length     int      `xml:"length"`
			ExternalID bool     `xml:"externalId"`
			Unique     bool     `xml:"unique"`
			Default    string   `xml:"defaultValue"`
			Values     []string `xml:"valueSet>valueSetDefinition>value>fullName"`
		} `xml:"fields"`
	}
	var set struct {
		XMLName xml.Name `xml:"http://soap.sforce.com/2006/04/metadata PermissionSet"`
		Fields  []struct {
			Field    string `xml:"field"`
			Readable bool   `xml:"readable"`
			Editable bool   `xml:"editable"`
		} `xml:"fieldPermissions"`
	}
	for name, into := range map[string]any{"package.xml": &pack, "objects/Lead.object": &object, "permissionsets/Leadtriage.permissionset": &set} {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return err
		}
		if err := xml.Unmarshal(text, into); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	members := map[string]bool{}
	for _, t := range pack.Types {
		for _, m := range t.Members {
			members[t.Name+" "+m] = true
		}
	}
	for _, f := range object.Fields {
		kind := map[string]string{"Text": "string", "LongTextArea": "textarea", "Number": "double", "Picklist": "picklist", "Checkbox": "boolean", "Date": "date"}[f.Type]
		switch {
		case !members["CustomField Lead."+f.FullName]:
			return fmt.Errorf("%s is not in package.xml", f.FullName)
		case kind == "" || f.Label == "" || len(f.Label) > 40, f.Type == "Text" && (f.Length < 1 || f.Length > 255), f.Type == "LongTextArea" && (f.Length < 256 || f.Length > 131_072),
			kind == "boolean" && f.Default == "", kind == "picklist" && len(f.Values) == 0:
			return fmt.Errorf("%s: bad %s", f.FullName, f.Type)
		}
		s.fields["Lead"][f.FullName] = &sfField{kind: kind, length: f.Length, values: f.Values, unique: f.Unique && f.ExternalID, hidden: true}
	}
	if !members["PermissionSet Leadtriage"] {
		return fmt.Errorf("the permission set is not in package.xml")
	}
	for _, p := range set.Fields {
		if s.fields["Lead"][strings.TrimPrefix(p.Field, "Lead.")] == nil {
			return fmt.Errorf("the permission set names %s, which there is not", p.Field)
		}
		s.granted[p.Field] = p.Readable && p.Editable
	}
	return nil
}
