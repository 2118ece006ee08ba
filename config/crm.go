package config

import (
	"strings"
	"time"

	"leadtriage/config/strict"
	"leadtriage/internal/lead"
)

// CRM are the CRMs that leads are written to.
type CRM struct {
	HubSpot    HubSpot    `yaml:"hubspot" doc:"HubSpot; HUBSPOT_TOKEN turns it on."`
	Salesforce Salesforce `yaml:"salesforce" doc:"Salesforce; SALESFORCE_URL turns it on."`
}

// HubSpot is what is written there, and where.
type HubSpot struct {
	APIVersion string `yaml:"api_version" is:"hubspot_version" doc:"Of HubSpot's API."`
	Calls      int    `yaml:"calls" is:"5..10000" doc:"Calls in 10 s, over all workers."`
	Stage      string `yaml:"stage" schema:"1.." doc:"Label of the lifecycle stage of an approved lead's contact."`
	StageAfter string `yaml:"stage_after" schema:"1.." doc:"Label or value of the stage behind which crm setup puts it."`
	Contacts   string `yaml:"contacts" is:"all|newest" doc:"Which contacts of a lead are written."`
	Parked     bool   `yaml:"parked" doc:"Whether parked leads are written, too; they never get the stage."`
	Match      bool   `yaml:"match" doc:"Whether HubSpot is asked if it knows a lead's company or contact."`
	Note       bool   `yaml:"note" doc:"Whether a lead has a note there."`

	Poll time.Duration `yaml:"poll" is:"1m..24h" doc:"How often HubSpot is asked what became of leads."`
	ARR  string        `yaml:"arr" doc:"The property of deals that holds the yearly revenue; empty: none."`

	Contact map[string]string `yaml:"contact" is:"keys=hubspot_property crm_value" doc:"What each property of a contact holds."`
	Company map[string]string `yaml:"company" is:"keys=hubspot_property crm_value" doc:"What each property of a company holds."`
}

// Salesforce is what is written there, and where.
type Salesforce struct {
	APIVersion   string `yaml:"api_version" is:"salesforce_version" doc:"Of Salesforce's API."`
	Calls        int    `yaml:"calls" is:"5..10000" doc:"Calls in 10 s, over all workers."`
	Org          string `yaml:"org" is:"salesforce_org" doc:"Id of the org; nothing is written to another one."`
	Audience     string `yaml:"audience" is:"salesforce_audience" doc:"Whom a signed request for a token names, with SALESFORCE_PRIVATE_KEY."`
	Stage        string `yaml:"stage" schema:"1.." doc:"What Leadtriage_Stage__c of an approved lead's Lead says."`
	Status       string `yaml:"status" doc:"Status of a Lead that is made; empty: the org's own."`
	Duplicates   string `yaml:"duplicates" is:"save|refuse" doc:"What becomes of a new Lead of which a duplicate rule of the org warns."`
	NamedAccount string `yaml:"named_account" is:"salesforce_field" doc:"A checkbox of accounts that tells named ones; empty: none."`
	Parked       bool   `yaml:"parked" doc:"Whether parked leads are written, too; they never get the stage."`
	Match        bool   `yaml:"match" doc:"Whether Salesforce is asked if it knows a lead's company or contact."`

	Poll     time.Duration `yaml:"poll" is:"1m..24h" doc:"How often Salesforce is asked what became of leads."`
	Currency string        `yaml:"currency" doc:"ISO 4217 code of all amounts; empty: the org has several currencies."`
	ARR      string        `yaml:"arr" is:"salesforce_field" doc:"The field of opportunities that holds the yearly revenue; empty: none."`

	Campaigns map[string]string `yaml:"campaigns" is:"salesforce_id" doc:"The campaign that a partner's people become members of, by partner."`
	Lead      map[string]string `yaml:"lead" is:"keys=salesforce_field crm_value" doc:"What each field of a Lead holds."`
}

var (
	_ = strict.Pattern("salesforce_version", `^[4-9][0-9]\.0$`, "%q is not a version of Salesforce's API; write one such as 66.0, 46.0 at least")
	_ = strict.Pattern("salesforce_id", `^[A-Za-z0-9]{15}([A-Za-z0-9]{3})?$`, "%q is not an id of Salesforce's, of 15 or 18 letters and digits")
	_ = strict.Pattern("salesforce_org", `^([A-Za-z0-9]{15}([A-Za-z0-9]{3})?)?$`, "%q is not the id of an org, of 15 or 18 letters and digits; leave it empty for any org")
	_ = strict.Pattern("salesforce_field", `^[A-Za-z0-9_]*$`, "%q is not the API name of a field, such as Leadtriage_Score__c")
	_ = strict.Pattern("salesforce_audience", `^(https://[^ ]+)?$`, "%q is not an address; write https://login.salesforce.com or https://test.salesforce.com, or leave it empty")
)

var (
	_ = strict.Pattern("hubspot_version", `^20[0-9]{2}-[0-9]{2}$`, "%q is not a version of HubSpot's API; write one such as 2026-09")
	_ = strict.Pattern("hubspot_property", `^[a-z][a-z0-9_]*$`, "%q is not the internal name of a property, such as leadtriage_score")
	_ = strict.Words("crm_value", crmValues(), "%q is nothing that a property can hold; known: ")
)

func crmValues() (names []string) {
	for _, v := range lead.CRMValues {
		names = append(names, v.Name)
	}
	return names
}

// checkCRM looks at what the map must leave to the writing itself.
func (c *Config) checkCRM(f *faults) {
	h := c.CRM.HubSpot
	for of, fields := range map[string]map[string]string{"contact": h.Contact, "company": h.Company} {
		for _, name := range []string{"email", "lifecyclestage", "leadtriage_written", "leadtriage_domain"} {
			if _, mapped := fields[name]; mapped {
				f.at("%s is written by itself; leave it out of the map", []any{name}, "crm", "hubspot", of, name)
			}
		}
	}
	for _, name := range []string{"Id", "Email", "OwnerId", "Status", "Leadtriage_Id__c", "Leadtriage_Stage__c", "Leadtriage_Written__c"} {
		if _, mapped := c.CRM.Salesforce.Lead[name]; mapped {
			f.at("%s is written by itself; leave it out of the map", []any{name}, "crm", "salesforce", "lead", name)
		}
	}
	for crm, stage := range map[string]string{"hubspot": h.Stage, "salesforce": c.CRM.Salesforce.Stage} {
		if strings.TrimSpace(stage) == "" {
			f.at("name a stage by its label, such as EQL", nil, "crm", crm, "stage")
		}
	}
}
