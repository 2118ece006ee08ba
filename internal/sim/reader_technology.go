package sim

import (
	"regexp"
	"strings"
)

// products are names the model knows as tools that companies run.
const products = `HubSpot|Salesforce|Pipedrive|Zoho CRM|Microsoft Dynamics(?: 365)?|Marketo|Mailchimp|ActiveCampaign|Klaviyo|Zendesk|Intercom|Freshdesk|Shopify|Magento|WooCommerce|PrestaShop|Shopware|WordPress|Stripe|Adyen|Klarna|PayPal|Segment|Google Analytics|Matomo|Snowflake|Datadog|Slack|Jira|Confluence|Notion|SAP(?: S/4HANA)?|NetSuite|Odoo|DATEV|Xero|QuickBooks|Kubernetes|PostgreSQL|AWS|Google Cloud|Azure`

// productNames are the beginnings of products, to skip most sentences early.
var productNames = strings.Split(regexp.MustCompile(`\(.*?\)\?`).ReplaceAllString(products, ""), "|")

var (
	useVerbs = regexp.MustCompile(`(?i)\b(?:we (?:also |all )?(?:use|run|rely on|work (?:in|with)|switched to|moved to|chose)|our (?:[\w-]+ ){0,4}(?:team|teams|people|reps|CRM|stack|shop|site|pipeline|customer data|support)[^.;]{0,40}?(?:use|uses|is|runs on|run on|works? in|lives? in|relies on)|runs? on|is built on|are built on|powered by|managed in|kept in|(?:wir )?(?:nutzen|verwenden|setzen) wir|wir (?:nutzen|verwenden|arbeiten mit|setzen)|läuft auf|nutzt unser|arbeitet (?:\w+ )?mit|usiamo|utilizziamo|lavoriamo con|ci affidiamo a|gestiamo [^.;]{0,40}?con|nous utilisons|notre (?:boutique|CRM|site) (?:tourne sur|est)|wij gebruiken|we gebruiken)\b`)
	// notUsed marks lists of integrations, customers' tools and the past.
	notUsed = regexp.MustCompile(`(?i)\b(integrat\w*|connects?|connector|plug-?in|compatible|works with your|import from|export to|sync\w* (?:with|to)|partner of|certified|used to use|until 20\d\d|replaced|alternative to|instead of|your|Schnittstelle|anbind\w*|verbindet|integrazion\w*|collega|intégration\w*|connecteur)\b`)
	product = regexp.MustCompile(`(?:^|[^\p{L}])(` + products + `)(?:$|[^\p{L}])`)
)

// findTechnologies lists the products that a source says the company uses.
func findTechnologies(src readPage) []finding {
	var found []finding
	for _, s := range src.sentences {
		if !containsAny(s, productNames...) {
			continue
		}
		verb := useVerbs.FindStringIndex(s)
		if verb == nil || notUsed.MatchString(s) {
			continue
		}
		for _, m := range product.FindAllStringSubmatchIndex(s, -1) {
			if m[2] >= verb[0] {
				found = append(found, finding{strings.TrimSpace(s[m[2]:m[3]]), quoteAround(s, verb[0], m[3]), 3})
			}
		}
	}
	return found
}
