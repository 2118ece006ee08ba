package sim_test

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"leadtriage/internal/sim"
)

// vendorClients names the folder in which the vendors' own clients are installed: a virtual
// environment py, and node_modules (CONTRIBUTING.md says how).
const vendorClients = "LEADTRIAGE_VENDOR_CLIENTS"

// vendors is the folder of their clients; the test ends where there is none.
func vendors(t *testing.T) string {
	folder := os.Getenv(vendorClients)
	if folder == "" {
		if os.Getenv("CI") != "" {
			t.Fatalf("CI runs the vendors' own clients: set %s", vendorClients)
		}
		t.Skipf("the vendors' own clients are not installed: set %s", vendorClients)
	}
	return folder
}

// jsforce, by which most programs speak to Salesforce, finds in the simulated org what it
// expects.
func TestSalesforceByItsUsualClient(t *testing.T) {
	folder := vendors(t)
	server := httptest.NewServer(sim.NewSalesforce(sim.SalesforceOptions{ClientID: "consumer", Secret: "hush", Prepared: true}))
	defer server.Close()
	client := exec.CommandContext(t.Context(), "node", filepath.Join("testdata", "vendors", "salesforce.js"), server.URL, "hush")
	client.Env = append(os.Environ(), "NODE_PATH="+filepath.Join(folder, "node_modules"))
	if out, err := client.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// HubSpot's own clients find in the simulated account what they expect: the newer one by
// dated paths, the older one by those of v3 and v4.
func TestHubSpotByItsOwnClients(t *testing.T) {
	folder := vendors(t)
	for script, program := range map[string]string{"hubspot.py": filepath.Join(folder, "py", "bin", "python"), "hubspot.js": "node"} {
		t.Run(script, func(t *testing.T) {
			far := sim.NewHubSpot(sim.HubSpotOptions{Token: "pat-vendor"})
			far.AddOwner(sim.HubSpotOwner{ID: "41629779", Email: "dana@ours.example", UserID: 9586504})
			server := httptest.NewServer(far)
			defer server.Close()
			client := exec.CommandContext(t.Context(), program, filepath.Join("testdata", "vendors", script), server.URL, "pat-vendor")
			client.Env = append(os.Environ(), "NODE_PATH="+filepath.Join(folder, "node_modules"))
			if out, err := client.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}
