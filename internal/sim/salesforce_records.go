package sim

import (
	"cmp"
	"fmt"
	"maps"
	"net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// sfWrite is what a call wants written.
type sfWrite struct {
	fields map[string]any
	assign bool // the assignment rule may have its way
	save   bool // also what a duplicate rule warns of
}

// make is a new record.
func (s *Salesforce) make(kind string) *SalesforceRecord {
	s.last++
	at := s.o.Now().UTC().Format(sfTime)
	r := &SalesforceRecord{ID: fmt.Sprintf("%sxx%010dAAA", sfPrefixes[kind], s.last), Kind: kind}
	r.Fields = map[string]any{"Id": r.ID, "CreatedDate": at, "SystemModstamp": at, "IsDeleted": false}
	switch kind {
	case "Lead":
		r.Fields["IsConverted"], r.Fields["Status"], r.Fields["OwnerId"] = false, "Open - Not Contacted", "005xx0000000001AAA"
	case "Opportunity":
		r.Fields["IsClosed"], r.Fields["IsWon"] = false, false
	}
	for name, f := range s.fields[kind] {
		if f.kind == "boolean" && r.Fields[name] == nil {
			r.Fields[name] = false
		}
	}
	s.records[kind][r.ID] = r
	return r
}

func (s *Salesforce) upsert(kind, field, value string, updateOnly bool, in sfWrite) (int, any) {
	if f := s.fields[kind][field]; f == nil || !f.unique || f.hidden {
		return sfRefusal(404, "NOT_FOUND", "Provided external ID field does not exist or is not accessible: "+field)
	}
	if _, twice := in.fields[field]; twice {
		return sfRefusal(400, "INVALID_FIELD", "The "+field+" field should not be specified in the sobject data.")
	}
	for _, o := range s.records[kind] {
		if !o.Deleted && o.Text(field) == value {
			return s.write(kind, o, in)
		}
	}
	if updateOnly {
		return sfRefusal(404, "NOT_FOUND", "The requested resource does not exist")
	}
	in.fields[field] = value
	return s.write(kind, nil, in)
}

// write changes a record, or makes one, if nothing is against it.
func (s *Salesforce) write(kind string, o *SalesforceRecord, in sfWrite) (int, any) {
	if o != nil && o.Fields["IsConverted"] == true {
		return sfRefusal(400, "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
	}
	for _, name := range slices.Sorted(maps.Keys(in.fields)) {
		if status, no := s.check(kind, name, in.fields[name], o); no != nil {
			return status, no
		}
	}
	is := func(name string) string {
		if v, ok := in.fields[name]; ok {
			return SalesforceRecord{Fields: map[string]any{name: v}}.Text(name)
		}
		if o != nil {
			return o.Text(name)
		}
		return ""
	}
	var missing []string
	for _, name := range map[string][]string{"Lead": {"LastName", "Company"}, "Contact": {"LastName"}, "Account": {"Name"}, "CampaignMember": {"CampaignId"}}[kind] {
		if is(name) == "" {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return sfRefusal(400, "REQUIRED_FIELD_MISSING", "Required fields are missing: ["+strings.Join(missing, ", ")+"]", missing...)
	}
	for _, field := range slices.Sorted(maps.Keys(s.rules)) {
		if kind == "Lead" && is(field) == "" {
			return sfRefusal(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", s.rules[field])
		}
	}
	for _, other := range s.records[kind] {
		switch {
		case other == o || other.Deleted:
		case kind == "CampaignMember" && other.Text("CampaignId") == is("CampaignId") && other.Text("LeadId") == is("LeadId") && other.Text("ContactId") == is("ContactId"):
			return sfRefusal(400, "DUPLICATE_VALUE", "Already a campaign member.")
		case kind == "Lead" && o == nil && s.o.Duplicates != "" && strings.EqualFold(other.Text("LastName"), is("LastName")) && strings.EqualFold(other.Text("Company"), is("Company")):
			if s.o.Duplicates == "block" || !in.save {
				return s.duplicate(other)
			}
		}
	}
	fresh := o == nil
	if fresh {
		o = s.make(kind)
	}
	for name, v := range in.fields {
		if o.Fields[name] = v; v == "" {
			o.Fields[name] = nil
		}
	}
	if kind == "Lead" && in.assign && s.o.AssignTo != "" {
		o.Fields["OwnerId"] = s.o.AssignTo
	}
	o.Writes++
	o.Fields["SystemModstamp"] = s.o.Now().UTC().Format(sfTime)
	status := 200
	if fresh {
		status = 201
	}
	return status, map[string]any{"id": o.ID, "success": true, "errors": []any{}, "created": fresh}
}

func (s *Salesforce) duplicate(other *SalesforceRecord) (int, any) {
	match := map[string]any{"entityType": "Lead", "rule": "Standard_Lead_Match_Rule_v1_0", "size": 1, "success": true, "matchRecords": []any{map[string]any{
		"matchConfidence": 100.0, "record": map[string]any{"attributes": map[string]string{"type": "Lead"}, "Id": other.ID}}}}
	return 400, []map[string]any{{"errorCode": "DUPLICATES_DETECTED", "message": "Use one of these records?", "duplicateResut": map[string]any{
		"allowSave": s.o.Duplicates == "alert", "duplicateRule": "Standard_Lead_Duplicate_Rule", "matchResults": []any{match}}}}
}

// check refuses a value that Salesforce refuses; nil: it does not.
func (s *Salesforce) check(kind, name string, value any, o *SalesforceRecord) (int, any) {
	f := s.fields[kind][name]
	text, isText := value.(string)
	_, isNumber := value.(float64)
	_, isBool := value.(bool)
	switch {
	case f == nil || f.hidden:
		return sfRefusal(400, "INVALID_FIELD", fmt.Sprintf("No such column '%s' on sobject of type %s", name, kind))
	case f.readOnly:
		return sfRefusal(400, "INVALID_FIELD_FOR_INSERT_UPDATE", "Unable to create/update fields: "+name+". Please check the security settings of this field.", name)
	case value == nil:
	case f.kind == "double" || f.kind == "currency":
		if !isNumber {
			return sfRefusal(400, "JSON_PARSER_ERROR", fmt.Sprintf("Cannot deserialize instance of double from VALUE_STRING value %v", value))
		}
	case f.kind == "boolean":
		if !isBool {
			return sfRefusal(400, "JSON_PARSER_ERROR", fmt.Sprintf("Cannot deserialize instance of boolean from VALUE_STRING value %v", value))
		}
	case !isText:
		return sfRefusal(400, "JSON_PARSER_ERROR", fmt.Sprintf("Cannot deserialize instance of string from %v", value))
	case f.length > 0 && len([]rune(text)) > f.length:
		return sfRefusal(400, "STRING_TOO_LONG", fmt.Sprintf("%s: data value too large: %s (max length=%d)", name, text, f.length), name)
	case f.values != nil && text != "" && !slices.Contains(f.values, text):
		return sfRefusal(400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "bad value for restricted picklist field: "+text, name)
	case f.kind == "email" && text != "":
		if _, err := mail.ParseAddress(text); err != nil || !strings.Contains(text[strings.LastIndex(text, "@")+1:], ".") {
			return sfRefusal(400, "INVALID_EMAIL_ADDRESS", name+": invalid email address: "+text, name)
		}
	case f.kind == "reference" && text != "":
		there := false
		for of, prefix := range sfPrefixes {
			if r := s.records[of][text]; r != nil && strings.HasPrefix(text, prefix) {
				there = !r.Deleted
				if name == "OwnerId" && r.Fields["IsActive"] == false {
					return sfRefusal(400, "INACTIVE_OWNER_OR_USER", "operation performed with inactive user ["+text+"] as owner of "+strings.ToLower(kind), name)
				}
			}
		}
		if !there {
			return sfRefusal(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
		}
	case f.unique && text != "":
		for _, other := range s.records[kind] {
			if other != o && !other.Deleted && other.Text(name) == text {
				return sfRefusal(400, "DUPLICATE_VALUE", "duplicate value found: "+name+" duplicates value on record with id: "+other.ID)
			}
		}
	}
	return 0, nil
}

// shown is a record as an answer has it.
func (s *Salesforce) shown(o *SalesforceRecord, names []string) map[string]any {
	out := map[string]any{"attributes": map[string]string{"type": o.Kind, "url": "/services/data/v66.0/sobjects/" + o.Kind + "/" + o.ID}}
	for _, name := range names {
		of, field, linked := strings.Cut(name, ".")
		if !linked {
			out[name] = o.Fields[name]
			continue
		}
		inner, _ := out[of].(map[string]any)
		if inner == nil {
			inner = map[string]any{}
		}
		inner[field] = s.value(o, name)
		out[of] = inner
	}
	return out
}

// value is a field, also of the record that one refers to, such as Owner.Email.
func (s *Salesforce) value(o *SalesforceRecord, name string) any {
	of, field, linked := strings.Cut(name, ".")
	if !linked {
		return o.Fields[name]
	}
	for kind := range sfPrefixes {
		if r := s.records[kind][o.Text(of+"Id")]; r != nil {
			return r.Fields[field]
		}
	}
	return nil
}

var (
	sfQuery = regexp.MustCompile(`(?is)^\s*SELECT\s+(.+?)\s+FROM\s+(\w+)(?:\s+WHERE\s+(.+?))?(?:\s+ORDER\s+BY\s+([\w., ]+?))?(?:\s+LIMIT\s+(\d+))?\s*$`)
	sfToken = regexp.MustCompile(`'(?:\\.|[^'\\])*'|[\w.:+-]+|!=|>=|<=|[(),=<>]`)
)

// query answers the part of SOQL that is needed here: one object, conditions with AND, OR
// and parentheses, an order, a limit.
func (s *Salesforce) query(text string) (int, any) {
	m := sfQuery.FindStringSubmatch(text)
	if m == nil {
		return sfRefusal(400, "MALFORMED_QUERY", "unexpected token: "+text)
	}
	kind := m[2]
	if s.fields[kind] == nil {
		return sfRefusal(400, "INVALID_TYPE", "sObject type '"+kind+"' is not supported.")
	}
	split := func(r rune) bool { return r == ',' || r == ' ' }
	names, order := strings.FieldsFunc(m[1], split), strings.FieldsFunc(m[4], split)
	q := soql{s: s, kind: kind, tokens: sfToken.FindAllString(m[3], -1)}
	fits := func(*SalesforceRecord) bool { return true }
	for _, name := range slices.Concat(names, order) {
		q.column(name)
	}
	if m[3] != "" {
		if fits = q.or(); q.bad == "" && len(q.tokens) > 0 {
			return sfRefusal(400, "MALFORMED_QUERY", "unexpected token: "+q.tokens[0])
		}
	}
	if q.bad != "" {
		return sfRefusal(400, cmp.Or(q.code, "INVALID_FIELD"), q.bad)
	}
	found := []*SalesforceRecord{}
	for _, id := range slices.Sorted(maps.Keys(s.records[kind])) {
		if o := s.records[kind][id]; !o.Deleted && fits(o) {
			found = append(found, o)
		}
	}
	slices.SortStableFunc(found, func(a, b *SalesforceRecord) int {
		for _, name := range order {
			if c := cmp.Compare(a.Text(name), b.Text(name)); c != 0 {
				return c
			}
		}
		return 0
	})
	if most, err := strconv.Atoi(m[5]); err == nil {
		found = found[:min(most, len(found))]
	}
	list := []any{}
	for _, o := range found[:min(2000, len(found))] {
		list = append(list, s.shown(o, names))
	}
	return 200, map[string]any{"totalSize": len(found), "done": len(found) <= 2000, "records": list}
}

// soql reads a condition.
type soql struct {
	s         *Salesforce
	kind      string
	tokens    []string
	code, bad string // the first fault
}

func (q *soql) column(name string) {
	of, _, linked := strings.Cut(name, ".")
	if f := q.s.fields[q.kind][name]; f != nil && !f.hidden || linked && q.s.fields[q.kind][of+"Id"] != nil || q.bad != "" {
		return
	}
	q.bad = fmt.Sprintf("No such column '%s' on entity '%s'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name.", name, q.kind)
}

func (q *soql) next() string {
	if len(q.tokens) == 0 {
		if q.bad == "" {
			q.code, q.bad = "MALFORMED_QUERY", "unexpected token: <EOF>"
		}
		return ""
	}
	t := q.tokens[0]
	q.tokens = q.tokens[1:]
	return t
}

func (q *soql) is(word string) bool {
	if len(q.tokens) > 0 && strings.EqualFold(q.tokens[0], word) {
		q.tokens = q.tokens[1:]
		return true
	}
	return false
}

func (q *soql) or() func(*SalesforceRecord) bool {
	a := q.and()
	for q.is("OR") {
		left, b := a, q.and()
		a = func(o *SalesforceRecord) bool { return left(o) || b(o) }
	}
	return a
}

func (q *soql) and() func(*SalesforceRecord) bool {
	a := q.term()
	for q.is("AND") {
		left, b := a, q.term()
		a = func(o *SalesforceRecord) bool { return left(o) && b(o) }
	}
	return a
}

func (q *soql) term() func(*SalesforceRecord) bool {
	if q.is("(") {
		inner := q.or()
		q.is(")")
		return inner
	}
	name, op := q.next(), strings.ToUpper(q.next())
	q.column(name)
	var values []string
	if op == "IN" {
		for q.is("("); len(q.tokens) > 0 && !q.is(")"); q.is(",") {
			values = append(values, q.literal())
		}
	} else {
		values = []string{q.literal()}
	}
	return func(o *SalesforceRecord) bool {
		v := ""
		if name == "Id" && (op == "=" || op == "IN") {
			return slices.ContainsFunc(values, func(want string) bool { return len(want) >= 15 && want[:15] == o.ID[:15] })
		}
		if got := q.s.value(o, name); got != nil {
			v = fmt.Sprint(got)
		}
		return slices.ContainsFunc(values, func(want string) bool { return compare(v, op, want) })
	}
}

// literal is a value as text; null is nothing, and so equal to what is empty.
func (q *soql) literal() string {
	t := q.next()
	if strings.HasPrefix(t, "'") {
		t = strings.NewReplacer(`\'`, `'`, `\\`, `\`, `\_`, `\_`, `\%`, `\%`).Replace(t[1 : len(t)-1])
	} else if strings.EqualFold(t, "null") {
		t = ""
	} else {
		t = strings.Replace(t, "Z", "+0000", 1)
	}
	return t
}

func compare(v, op, want string) bool {
	switch op {
	case "=", "IN":
		return strings.EqualFold(v, want)
	case "!=":
		return !strings.EqualFold(v, want)
	case ">":
		return v > want
	case ">=":
		return v >= want
	case "<":
		return v < want
	case "LIKE":
		pattern := strings.NewReplacer("%", ".*", `\_`, "_", `\%`, "%").Replace(regexp.QuoteMeta(strings.ReplaceAll(strings.ReplaceAll(want, `\_`, "\x00"), `\%`, "\x01")))
		pattern = strings.NewReplacer("\x00", "_", "\x01", "%").Replace(pattern)
		ok, _ := regexp.MatchString("(?i)^"+pattern+"$", v)
		return ok
	}
	return false
}

// Put makes a record, or changes one, as a person does.
func (s *Salesforce) Put(kind, id string, fields map[string]any) string {
	s.state.Lock()
	defer s.state.Unlock()
	o := s.records[kind][id]
	if o == nil {
		o = s.make(kind)
	}
	maps.Copy(o.Fields, fields)
	o.Fields["SystemModstamp"] = s.o.Now().UTC().Format(sfTime)
	return o.ID
}

// Records are copies of all of a kind that are not deleted, oldest first.
func (s *Salesforce) Records(kind string) (all []SalesforceRecord) {
	s.state.Lock()
	defer s.state.Unlock()
	for _, id := range slices.Sorted(maps.Keys(s.records[kind])) {
		if o := s.records[kind][id]; !o.Deleted {
			c := *o
			c.Fields = maps.Clone(o.Fields)
			all = append(all, c)
		}
	}
	return all
}

// Convert makes Account, Contact and, if sale is true, Opportunity of a Lead.
func (s *Salesforce) Convert(lead string, sale bool) (contact, opportunity string) {
	s.state.Lock()
	defer s.state.Unlock()
	l := s.records["Lead"][lead]
	account := s.make("Account")
	account.Fields["Name"], account.Fields["Website"] = l.Fields["Company"], l.Fields["Website"]
	c := s.make("Contact")
	c.Fields["Email"], c.Fields["LastName"], c.Fields["AccountId"] = l.Fields["Email"], l.Fields["LastName"], account.ID
	if sale {
		o := s.make("Opportunity")
		o.Fields["AccountId"], o.Fields["Name"], o.Fields["StageName"] = account.ID, l.Fields["Company"], "Prospecting"
		opportunity = o.ID
		l.Fields["ConvertedOpportunityId"] = o.ID
	}
	now := s.o.Now().UTC()
	l.Fields["IsConverted"], l.Fields["ConvertedContactId"], l.Fields["ConvertedAccountId"] = true, c.ID, account.ID
	l.Fields["ConvertedDate"], l.Fields["SystemModstamp"], l.Fields["Status"] = now.Format("2006-01-02"), now.Format(sfTime), "Closed - Converted"
	return c.ID, opportunity
}

// Delete puts a record into the bin.
func (s *Salesforce) Delete(kind, id string) {
	s.state.Lock()
	defer s.state.Unlock()
	s.records[kind][id].Deleted = true
}

// Require is a validation rule of the org's own: a Lead needs the field, else it says so.
func (s *Salesforce) Require(field, words string) {
	s.state.Lock()
	defer s.state.Unlock()
	s.rules[field] = words
}

// Assign gives the run-as user the permission sets that were deployed.
func (s *Salesforce) Assign() {
	s.state.Lock()
	defer s.state.Unlock()
	for name := range s.granted {
		s.fields["Lead"][strings.TrimPrefix(name, "Lead.")].hidden = !s.granted[name]
	}
}

// SetSecret has another secret taken from now on, and ends all sessions.
func (s *Salesforce) SetSecret(secret string) {
	s.state.Lock()
	defer s.state.Unlock()
	s.o.Secret = secret
	clear(s.sessions)
}

// Logins counts the tokens that were given.
func (s *Salesforce) Logins() int {
	s.state.Lock()
	defer s.state.Unlock()
	return s.tokens
}

// AddField makes a field, or changes one; with values it is a restricted picklist.
func (s *Salesforce) AddField(kind, name, of string, values ...string) {
	s.state.Lock()
	defer s.state.Unlock()
	s.fields[kind][name] = &sfField{kind: of, length: 255, values: values}
}
