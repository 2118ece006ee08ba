package config

import (
	"strings"

	"leadtriage/config/strict"
	"leadtriage/internal/lead"
)

// CRM are the CRMs that leads are written to.
type CRM struct {
	HubSpot HubSpot `yaml:"hubspot" doc:"HubSpot; HUBSPOT_TOKEN turns it on."`
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

	Contact map[string]string `yaml:"contact" is:"keys=hubspot_property crm_value" doc:"What each property of a contact holds."`
	Company map[string]string `yaml:"company" is:"keys=hubspot_property crm_value" doc:"What each property of a company holds."`
}

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
	if strings.TrimSpace(h.Stage) == "" {
		f.at("name a lifecycle stage by its label, such as EQL", nil, "crm", "hubspot", "stage")
	}
}
