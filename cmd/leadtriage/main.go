// Command leadtriage sorts the leads that partners send: it finds facts about
// each company, scores the lead by rules, asks a person in Slack, and tells the
// CRM what that person decided.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"
	"github.com/redis/go-redis/v9"

	"leadtriage/config"
)

// The exit codes of the contract.
const (
	done   = 0
	failed = 1
	usage  = 2
)

func main() {
	redis.SetLogger(noRedisLog{})
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(300) // a small heap that is collected less often
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// cli is the command line.
type cli struct {
	Config string `help:"YAML file with the configuration; without it LEADTRIAGE_CONFIG names one, else built-in defaults run." type:"path" placeholder:"FILE"`

	Demo        demoCmd        `cmd:"" help:"Show everything in one process with nothing installed: simulated Slack, model, CRM and company sites."`
	Run         runCmd         `cmd:"" help:"Run API, worker and schedule in one process."`
	API         apiCmd         `cmd:"" name:"api" help:"Run the API alone; needs Redis (REDIS_URL)."`
	Worker      workerCmd      `cmd:"" help:"Run the worker alone; needs Redis (REDIS_URL)."`
	Lead        leadCmd        `cmd:"" help:"Look at leads, or put one back in motion."`
	Score       scoreCmd       `cmd:"" help:"Explain the score of a lead-with-facts JSON, offline."`
	Card        cardCmd        `cmd:"" help:"Print the Block Kit JSON of a lead, for Slack's Block Kit Builder."`
	Eval        evalCmd        `cmd:"" help:"Measure enrichment over labelled companies: precision, recall, unsupported facts, calls, cost, latency."`
	Import      importCmd      `cmd:"" help:"Send the leads of a CSV or JSONL file to the API; may be stopped and started again."`
	Sources     sourcesCmd     `cmd:"" help:"Try out the mappings of sources that send webhooks of their own."`
	Links       linksCmd       `cmd:"" help:"Make links with a partner's UTM parameters, and check those on partners' pages."`
	CRM         crmCmd         `cmd:"" name:"crm" help:"Prepare a CRM for leads, and check that it is ready."`
	Partner     partnerCmd     `cmd:"" help:"Give a partner the address of its page, or take it back."`
	Webhook     webhookCmd     `cmd:"" help:"Send webhooks again."`
	Export      exportCmd      `cmd:"" help:"Print leads, touchpoints and outcomes for a warehouse, from where the export before ended."`
	Report      reportCmd      `cmd:"" help:"Tables of what leads came to."`
	Conf        configCmd      `cmd:"" name:"config" help:"Check or print the configuration."`
	Migrate     migrateCmd     `cmd:"" help:"Bring the database up to date."`
	Doctor      doctorCmd      `cmd:"" help:"Ask each dependency as it will be used: one line each, with what to do."`
	Backup      backupCmd      `cmd:"" help:"Copy a SQLite database into a new file, while the service runs."`
	Healthcheck healthcheckCmd `cmd:"" help:"Ask the running process whether it is ready; exit code 0 or 1."`
	Usage       usageCmd       `cmd:"" help:"Show what the model cost, by day and partner."`
	Version     versionCmd     `cmd:"" help:"Print the version."`
}

// app is what every command gets.
type app struct {
	ctx     context.Context
	config  string
	environ []string
	out     io.Writer
	errOut  io.Writer
}

// run is the program without its process: same arguments, same output.
func run(ctx context.Context, args, environ []string, out, errOut io.Writer) int {
	var c cli
	exited := -1
	parser := kong.Must(&c, kong.Name("leadtriage"), kong.Writers(out, errOut),
		kong.Description("Sorts the leads that partners send, with facts, a score that explains itself, and a person who decides."),
		kong.UsageOnError(), kong.Exit(func(code int) { exited = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}))
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 { // --help was answered
		return exited
	}
	if err != nil {
		fmt.Fprintf(errOut, "leadtriage: %v\nRun 'leadtriage --help' for the commands.\n", err)
		return usage
	}
	a := &app{ctx: ctx, config: c.Config, environ: environ, out: out, errOut: errOut}
	if err := parsed.Run(a); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintf(errOut, "leadtriage: %v\n", err)
		return failed
	}
	return done
}

func (a *app) load() (*config.Config, error) {
	cfg, err := config.Load(a.config, a.environ)
	if err != nil {
		err = fmt.Errorf("the configuration has faults:\n%w", err)
	}
	return cfg, err
}

// logger leaves out what is below the configured level, and below least.
func (a *app) logger(cfg *config.Config, least slog.Level) *slog.Logger {
	o := &slog.HandlerOptions{Level: max(least, cfg.Env.LogLevel.Level)}
	if cfg.Env.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(a.errOut, o))
	}
	return slog.New(slog.NewTextHandler(a.errOut, o))
}
