package salesforce

import (
	"cmp"
	"context"
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"leadtriage/internal/crm"
	"leadtriage/internal/lead"
)

const (
	metadata = "http://soap.sforce.com/2006/04/metadata"
	setName  = "Leadtriage"
	longText = 32_768
	mostName = 40 // letters of a label
)

// customField is one to be made, as the Metadata API describes it.
type customField struct {
	FullName   string    `xml:"fullName"`
	Default    string    `xml:"defaultValue,omitempty"`
	ExternalID bool      `xml:"externalId,omitempty"`
	Label      string    `xml:"label"`
	Length     int       `xml:"length,omitempty"`
	Precision  int       `xml:"precision,omitempty"`
	Scale      string    `xml:"scale,omitempty"`
	Type       string    `xml:"type"`
	Unique     bool      `xml:"unique,omitempty"`
	CaseSens   bool      `xml:"caseSensitive,omitempty"`
	Values     *valueSet `xml:"valueSet"`
	Lines      int       `xml:"visibleLines,omitempty"`
}

type valueSet struct {
	Restricted bool     `xml:"restricted"`
	Sorted     bool     `xml:"valueSetDefinition>sorted"`
	Values     []choice `xml:"valueSetDefinition>value"`
}

type choice struct {
	FullName string `xml:"fullName"`
	Default  bool   `xml:"default"`
	Label    string `xml:"label"`
}

// ours are the fields of ours: those that the map names, and those that the writing needs.
func (s *Salesforce) ours() []customField {
	all := []customField{
		{FullName: idField, Label: "Leadtriage Id", Type: "Text", Length: 64, ExternalID: true, Unique: true, CaseSens: true},
		{FullName: stageField, Label: "Leadtriage Stage", Type: "Text", Length: 40},
		{FullName: markField, Label: "Leadtriage: what it wrote", Type: "LongTextArea", Length: longText, Lines: 3},
	}
	for _, name := range slices.Sorted(maps.Keys(s.o.Lead)) {
		v, ok := lead.CRMValueNamed(s.o.Lead[name])
		if !ok || !strings.HasPrefix(name, prefix) {
			continue
		}
		f := customField{FullName: name, Label: crm.Cut("Leadtriage "+v.Label, mostName)}
		switch v.Type {
		case lead.CRMText:
			f.Type, f.Length = "Text", 255
		case lead.CRMLong:
			f.Type, f.Length, f.Lines = "LongTextArea", longText, 8
		case lead.CRMNumber:
			f.Type, f.Precision, f.Scale = "Number", 3, "0"
		case lead.CRMDate:
			f.Type = "Date"
		case lead.CRMBool:
			f.Type, f.Default = "Checkbox", "false"
		case lead.CRMChoice:
			f.Type, f.Values = "Picklist", &valueSet{Restricted: true}
			for _, value := range v.Choices {
				f.Values.Values = append(f.Values.Values, choice{FullName: value, Label: value})
			}
		}
		all = append(all, f)
	}
	return all
}

// Setup writes what is to be deployed to the org into a folder, in the form of the Metadata
// API: fields, a permission set, package.xml. It returns what to do with it.
func (s *Salesforce) Setup(folder string) (todo string, err error) {
	type grant struct {
		Editable bool   `xml:"editable"`
		Field    string `xml:"field"`
		Readable bool   `xml:"readable"`
	}
	type object struct {
		Create    bool   `xml:"allowCreate"`
		Delete    bool   `xml:"allowDelete"`
		Edit      bool   `xml:"allowEdit"`
		Read      bool   `xml:"allowRead"`
		ModifyAll bool   `xml:"modifyAllRecords"`
		Name      string `xml:"object"`
		ViewAll   bool   `xml:"viewAllRecords"`
	}
	type members struct {
		Members []string `xml:"members"`
		Name    string   `xml:"name"`
	}
	fields := s.ours()
	var names []string
	var grants []grant
	for _, f := range fields {
		names, grants = append(names, "Lead."+f.FullName), append(grants, grant{true, "Lead." + f.FullName, true})
	}
	reads := func(name string) object { return object{Read: true, Name: name, ViewAll: true} }
	files := map[string]any{
		"package.xml": struct {
			XMLName xml.Name  `xml:"http://soap.sforce.com/2006/04/metadata Package"`
			Types   []members `xml:"types"`
			Version string    `xml:"version"`
		}{Types: []members{{names, "CustomField"}, {[]string{setName}, "PermissionSet"}}, Version: s.o.Version},
		"objects/Lead.object": struct {
			XMLName xml.Name      `xml:"http://soap.sforce.com/2006/04/metadata CustomObject"`
			Fields  []customField `xml:"fields"`
		}{Fields: fields},
		"permissionsets/" + setName + ".permissionset": struct {
			XMLName xml.Name `xml:"http://soap.sforce.com/2006/04/metadata PermissionSet"`
			Fields  []grant  `xml:"fieldPermissions"`
			Clicks  bool     `xml:"hasActivationRequired"`
			Label   string   `xml:"label"`
			Objects []object `xml:"objectPermissions"`
		}{Fields: grants, Label: setName, Objects: []object{reads("Account"), reads("Campaign"), reads("Contact"),
			{Create: true, Edit: true, Read: true, Name: "Lead", ViewAll: true}, reads("Opportunity")}},
	}
	for name, content := range files {
		text, err := xml.MarshalIndent(content, "", "    ")
		if err == nil {
			err = os.MkdirAll(filepath.Dir(filepath.Join(folder, name)), 0o755)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, name), append([]byte(xml.Header), append(text, '\n')...), 0o644)
		}
		if err != nil {
			return "", fmt.Errorf("write what Salesforce is to be given: %w", err)
		}
	}
	return fmt.Sprintf(`%d fields of Lead and the permission set %s are in %s. As an administrator of the org:
1. Deploy them: sf project deploy start --metadata-dir %s --target-org ALIAS
   (or zip the folder's content and deploy it in Workbench: migration, Deploy).
2. Give the permission set to the run-as user: Setup, Permission Sets, %s, Manage Assignments.
   To people who shall see the fields, too; then put the fields on the page layout of Lead.
3. Run: leadtriage crm check
`, len(fields), setName, folder, folder, setName), nil
}

// Check looks for all that writing and asking need, and changes nothing: the token and its
// org; fields, their lengths and picklist values; the objects that are read; campaigns.
func (s *Salesforce) Check(ctx context.Context, say func(crm.Finding)) error {
	fields, err := s.describe(ctx)
	if err != nil {
		return err
	}
	org := crm.Finding{What: "token of the org " + s.org}
	if s.o.Org == "" {
		org.What += ", whatever org it is: to be safe against mixing up sandbox and production, write it to crm.salesforce.org"
	}
	say(org)
	for _, want := range s.ours() {
		say(judge(want, fields))
	}
	for _, name := range slices.Sorted(maps.Keys(s.o.Lead)) {
		if strings.HasPrefix(name, prefix) {
			continue
		}
		f := crm.Finding{What: "field " + name + " of Lead"}
		if is, there := fields[name]; !there || !is.Updateable {
			f.Mend = "the run-as user sees none of that name that can be written: mend crm.salesforce.lead, or give the user access to it"
		}
		say(f)
	}
	if is := fields["Status"]; s.o.Status != "" {
		say(lacks(crm.Finding{What: "Status " + strconv.Quote(s.o.Status)}, is, []string{s.o.Status}))
	}
	return s.checkObjects(ctx, say)
}

// judge compares a field of ours with the one that is there.
func judge(want customField, fields map[string]field) crm.Finding {
	types := map[string]string{"Text": "string", "LongTextArea": "textarea", "Number": "double", "Picklist": "picklist", "Checkbox": "boolean", "Date": "date"}
	f, is := crm.Finding{What: "field " + want.FullName + " of Lead"}, fields[want.FullName]
	var choices []string
	if want.Values != nil {
		for _, v := range want.Values.Values {
			choices = append(choices, v.FullName)
		}
	}
	switch {
	case is.Name == "":
		f.Mend = "it is missing, or the run-as user may not see it: deploy what `leadtriage crm setup salesforce` writes, and assign the permission set " + setName
	case !is.Updateable:
		f.Mend = "the run-as user may not write it: assign the permission set " + setName
	case want.Unique && !(is.Unique && is.ExternalID):
		f.Mend = "it is not unique, or no external id: deploy what `leadtriage crm setup salesforce` writes"
	case is.Type != types[want.Type] && !(is.Type == "string" || is.Type == "textarea"):
		f.Mend = fmt.Sprintf("it is of type %s, and %s is written: map another field, or make it anew", is.Type, types[want.Type])
	}
	return lacks(f, is, choices)
}

// lacks says which values a restricted picklist has not.
func lacks(f crm.Finding, is field, values []string) crm.Finding {
	var missing []string
	for _, v := range values {
		there := false
		for _, has := range is.Values {
			there = there || has.Active && has.Value == v
		}
		if !there {
			missing = append(missing, v)
		}
	}
	if is.Restricted && len(missing) > 0 {
		f.Mend = cmp.Or(f.Mend, "it lacks the values "+strings.Join(missing, ", ")+": add them in Setup, Object Manager, Lead")
	}
	return f
}

// checkObjects reads one of each object that is read, and each campaign.
func (s *Salesforce) checkObjects(ctx context.Context, say func(crm.Finding)) error {
	objects := []string{"Contact"}
	if s.o.Match {
		objects = append(objects, "Account", "Opportunity")
	}
	for _, name := range objects {
		f := crm.Finding{What: "object " + name}
		if _, err := s.find(ctx, "SELECT Id FROM "+name+" LIMIT 1"); crm.StatusOf(err) == http.StatusBadRequest {
			f.Mend = "the run-as user may not read it: assign the permission set " + setName
		} else if err != nil {
			return err
		}
		say(f)
	}
	for _, partner := range slices.Sorted(maps.Keys(s.o.Campaigns)) {
		f := crm.Finding{What: fmt.Sprintf("campaign %s of %s", s.o.Campaigns[partner], partner)}
		found, err := s.find(ctx, "SELECT Id FROM Campaign WHERE Id = %s", s.o.Campaigns[partner])
		if err != nil {
			return err
		}
		if len(found) == 0 {
			f.Mend = "there is none, or the run-as user may not read it: mend crm.salesforce.campaigns"
		}
		say(f)
	}
	return nil
}

// Try writes one field of ours to a Lead, reads it back, and puts back what stood there.
func (s *Salesforce) Try(ctx context.Context, id string) error {
	const value = "leadtriage crm check"
	read := func() (row, error) {
		found, err := s.find(ctx, "SELECT Id, "+markField+" FROM Lead WHERE Id = %s", id)
		if err == nil && len(found) == 0 {
			err = fmt.Errorf("Salesforce has no Lead %s: name one of the sandbox by its id", id)
		}
		if err != nil {
			return nil, err
		}
		return found[0], nil
	}
	write := func(text string) error {
		return s.call(ctx, http.MethodPatch, s.path("sobjects", "Lead", id), nil, map[string]string{markField: text}, nil)
	}
	before, err := read()
	if err != nil {
		return err
	}
	if err := write(value); err != nil {
		return err
	}
	after, err := read()
	if undone := write(before.text(markField)); err != nil || undone != nil {
		return cmp.Or(err, undone)
	}
	if after.text(markField) != value {
		return fmt.Errorf("Lead %s does not hold what was written to it: is a flow of the org changing %s?", id, markField)
	}
	return nil
}
