package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// BenchmarkRest measures `run` on SQLite: from its start until it is ready, and
// the memory it holds when it has nothing to do. It builds the program; the
// yardstick is the same program that prints its version.
func BenchmarkRest(b *testing.B) {
	const idle = 3 * time.Second
	program := filepath.Join(b.TempDir(), "leadtriage")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		b.Skipf("needs the go command: %v: %s", err, out)
	}
	var ready, resident, startRatio, memoryRatio []float64
	for b.Loop() {
		began := time.Now()
		version := exec.Command(program, "version")
		if err := version.Run(); err != nil {
			b.Fatal(err)
		}
		least := time.Since(began)
		leastMemory := float64(version.ProcessState.SysUsage().(*syscall.Rusage).Maxrss) / 1024

		addr := freeAddress(b)
		began = time.Now()
		run := exec.Command(program, "run")
		run.Env = []string{"LEADTRIAGE_ADDR=" + addr, "DATABASE_URL=sqlite://" + filepath.Join(b.TempDir(), "leads.db"),
			"LEADTRIAGE_API_KEYS=crm:" + demoCRMKey, "LOG_LEVEL=error"}
		run.Stderr = os.Stderr
		if err := run.Start(); err != nil {
			b.Fatal(err)
		}
		took := untilReady(b, addr)
		time.Sleep(idle)
		memory := residentMB(b, run.Process.Pid)
		run.Process.Signal(syscall.SIGTERM)
		if err := run.Wait(); err != nil {
			b.Error(err)
		}
		ready, startRatio = append(ready, milliseconds(took.Sub(began))), append(startRatio, float64(took.Sub(began))/float64(least))
		resident, memoryRatio = append(resident, memory), append(memoryRatio, memory/leastMemory)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(slices.Max(ready), "ready-ms")
	b.ReportMetric(medianOf(startRatio), "ready-ratio")
	b.ReportMetric(slices.Max(resident), "MB")
	b.ReportMetric(medianOf(memoryRatio), "MB-ratio")
}

func untilReady(b *testing.B, addr string) time.Time {
	late := time.After(30 * time.Second)
	ticker := time.NewTicker(2 * time.Millisecond)
	defer ticker.Stop()
	for {
		if res, err := http.Get("http://" + addr + "/readyz"); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return time.Now()
			}
		}
		select {
		case <-ticker.C:
		case <-late:
			b.Fatal("the program is never ready")
		}
	}
}

// residentMB is what Linux says a process holds in memory.
func residentMB(b *testing.B, pid int) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Skipf("needs Linux: %v", err)
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	var kB float64
	if _, err := fmt.Sscan(rest, &kB); err != nil {
		b.Fatal(err)
	}
	return kB / 1024
}

func freeAddress(b *testing.B) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
