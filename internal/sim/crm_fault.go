package sim

// CRMFaultKind is a way in which the consumer of webhooks fails.
type CRMFaultKind string

// CRMError answers 500, and takes nothing in.
const CRMError CRMFaultKind = "error"

// CRMFault is one failure of the consumer.
type CRMFault struct{ Kind CRMFaultKind }
