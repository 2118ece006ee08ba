package store

import (
	"context"
	"database/sql/driver"
)

// prepared opens SQLite's connections so that they keep the statements which they prepared:
// reading its text costs more than most statements do.
type prepared struct {
	driver driver.Driver
	dsn    string
}

func (p prepared) Driver() driver.Driver { return p.driver }

func (p prepared) Connect(context.Context) (driver.Conn, error) {
	c, err := p.driver.Open(p.dsn)
	if err != nil {
		return nil, err
	}
	return &preparedConn{sqliteConn: c.(sqliteConn), free: map[string][]preparedStmt{}}, nil
}

// sqliteConn is what the driver's connections can do.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

type preparedStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// mostPrepared bounds what a connection keeps; beyond it, it begins anew.
const mostPrepared = 300

// preparedConn is used by one caller at a time. A statement whose rows are still read is not
// among the free ones.
type preparedConn struct {
	sqliteConn
	free map[string][]preparedStmt
	n    int
}

func (c *preparedConn) take(ctx context.Context, query string) (preparedStmt, error) {
	if free := c.free[query]; len(free) > 0 {
		c.free[query] = free[:len(free)-1]
		c.n--
		return free[len(free)-1], nil
	}
	s, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.(preparedStmt), nil
}

func (c *preparedConn) give(query string, s preparedStmt) {
	if c.n >= mostPrepared {
		c.forget()
	}
	c.free[query] = append(c.free[query], s)
	c.n++
}

func (c *preparedConn) forget() {
	for _, free := range c.free {
		for _, s := range free {
			s.Close()
		}
	}
	clear(c.free)
	c.n = 0
}

func (c *preparedConn) Close() error {
	c.forget()
	return c.sqliteConn.Close()
}

func (c *preparedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	defer c.give(query, s)
	return s.ExecContext(ctx, args)
}

func (c *preparedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(ctx, args)
	if err != nil {
		c.give(query, s)
		return nil, err
	}
	return &preparedRows{Rows: rows, done: func() { c.give(query, s) }}, nil
}

// preparedRows give their statement back when they are closed.
type preparedRows struct {
	driver.Rows
	done func() // nil: given back
}

func (r *preparedRows) Close() error {
	err := r.Rows.Close()
	if r.done != nil {
		r.done()
		r.done = nil
	}
	return err
}
