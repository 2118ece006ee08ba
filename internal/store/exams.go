package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"leadtriage/internal/lead"
)

// LeaseExam returns the result on record under the key, or makes the caller the one who
// examines until the lease ends, unless another worker does.
func (s *Store) LeaseExam(ctx context.Context, key string, now time.Time, lease time.Duration) (r *lead.ExamResult, mine bool, err error) {
	var doc []byte
	err = s.write.QueryRowContext(ctx, `
		INSERT INTO exams (id, doc, lease_until, ended_at) VALUES ($1, '', $2, 0)
		ON CONFLICT (id) DO UPDATE SET lease_until = excluded.lease_until WHERE exams.doc = '' AND exams.lease_until <= $3
		RETURNING doc`, key, now.Add(lease).UnixMilli(), now.UnixMilli()).Scan(&doc)
	if err == nil {
		return nil, true, nil
	}
	if errors.Is(err, sql.ErrNoRows) {
		if err = s.write.QueryRowContext(ctx, `SELECT doc FROM exams WHERE id = $1`, key).Scan(&doc); err == nil && len(doc) > 0 {
			err = json.Unmarshal(doc, &r)
		}
	}
	if err != nil {
		return nil, false, fmt.Errorf("read the model's exam: %w", err)
	}
	return r, false, nil
}

// EndExam records the result, nil where there is none, and what was spent, and ends the
// lease.
func (s *Store) EndExam(ctx context.Context, key string, r *lead.ExamResult, spent lead.Usage) error {
	doc, now := []byte{}, time.Now()
	if r != nil {
		var err error
		if doc, err = json.Marshal(r); err != nil {
			return fmt.Errorf("record the model's exam: %w", err)
		}
		now = r.At
	}
	writes := []write{{`UPDATE exams SET doc = ?, lease_until = 0, ended_at = ? WHERE id = ?`, []any{string(doc), now.UnixMilli(), key}}}
	if spent != (lead.Usage{}) {
		writes = append(writes, putSpend(now, examiner, spent))
	}
	_, err := s.commit(ctx, writes...)
	if err != nil {
		return fmt.Errorf("record the model's exam: %w", err)
	}
	return nil
}

// examiner is in the place of a partner where the model was asked for its exam.
const examiner = "(exam)"
